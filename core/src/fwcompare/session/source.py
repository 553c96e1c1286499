"""Which source fwcompare itself runs from: the commit where a repository keeps it, and a hash of its files anywhere.

Two installations of one version can differ: while fwcompare is developed, and wherever it was patched.
"""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_GIT_TIMEOUT_S = 10.0
_DIGITS = 16


@dataclass(frozen=True)
class Source:
    """A package's source. ``commit`` and ``dirty`` are None where no repository keeps it, or git is not there.

    ``dirty`` says whether a file of the package is not as in the commit. ``digest`` is of all its Python files.
    """

    commit: str | None
    dirty: bool | None
    digest: str


def source_of(package: Path) -> Source:
    """Ask git, where it is installed, about the folder of a package."""
    digest = _digest(package)
    # A virtual environment may lie within the repository of something else, which does not keep what is in it.
    kept = _git(package, "ls-files", "--error-unmatch", "__init__.py")
    commit = _git(package, "rev-parse", "HEAD") if kept is not None else None
    changes = _git(package, "status", "--porcelain", "--", ".") if commit else None
    if not commit or changes is None:
        return Source(None, None, digest)
    return Source(commit, bool(changes), digest)


def _digest(package: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        # A fixed-length hash after each name, so that no content can pass for another file's name.
        content = hashlib.sha256(path.read_bytes()).digest()
        total.update(path.relative_to(package).as_posix().encode() + b"\0" + content)
    return total.hexdigest()[:_DIGITS]


def _git(folder: Path, *arguments: str) -> str | None:
    """Give what git answers; None where it is not there, or does not answer."""
    git = shutil.which("git")
    if git is None:
        return None
    # Within a hook of git, these name another repository.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [git, *arguments],
            cwd=folder,
            env={**variables, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
