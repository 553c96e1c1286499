"""Makes the plugin of a target that is about to be written.

A template is a plugin that works, whose target is named ``newcomer``; making one is copying it and what all languages
have in common, under another name. So the templates are built, linted and tested as they are, and an app's lock is that
app's. Leaves out which names are taken already: that is the caller's to know.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from fwcompare.errors import HostError, ScenarioError

LANGUAGES: Final = ("python", "rust", "go", "node", "java")

TEMPLATES: Final = Path(__file__).parent / "templates"
"""A folder for each language, and one of what all have in common."""

_COMMON: Final = "common"
_NAME_THERE: Final = "newcomer"
_MODULE_THERE: Final = "fwcompare_newcomer"
# A narrower form than that of targets: it is a folder's name too, part of a distribution's and of an image's.
_NAME: Final = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_LONGEST_NAME: Final = 40
# Under their own names git and builders of images would heed them here.
_RENAMED: Final = {"gitignore": ".gitignore", "dockerignore": ".dockerignore"}
# A package carries its data; links, so that there is one of each and the folder alone is a plugin as well.
_LINKS: Final[Mapping[str, Mapping[str, str]]] = {
    "python": {
        f"src/{_MODULE_THERE}/app": "../../app",
        f"src/{_MODULE_THERE}/target.toml": "../../target.toml",
        f"src/{_MODULE_THERE}/Dockerfile": "../../Dockerfile",
    }
}


@dataclass(frozen=True)
class Made:
    """A plugin that was made: its folder, and its files relative to it."""

    folder: Path
    files: tuple[str, ...]


def make_plugin(name: str, language: str, into: Path) -> Made:
    """Make the folder ``name`` below ``into``, with a plugin of one target of that name.

    :param language: one of :data:`LANGUAGES`.
    :raises ScenarioError: when the name cannot be one, or something is there already; nothing was written then.
    :raises HostError: when it cannot be written; what was begun is taken away.
    """
    _check(name, language)
    folder = into / name
    if folder.exists() or folder.is_symlink():
        raise ScenarioError(
            f"plugin {name!r} cannot be made",
            seen=f"{folder} exists",
            expected="a name that no file and no folder there has",
            hint="choose another name, or another folder with --into",
        )
    try:
        folder.mkdir(parents=True)
        try:
            files = tuple(_write(folder, name, language))
        except OSError:
            shutil.rmtree(folder)
            raise
    except OSError as error:
        raise HostError(
            f"plugin {name!r} cannot be written",
            seen=str(error),
            expected=f"a folder that this user may write to, for {folder}",
            hint="choose another folder with --into",
        ) from error
    return Made(folder, files)


def _check(name: str, language: str) -> None:
    if _NAME.fullmatch(name) is None or len(name) > _LONGEST_NAME:
        likely = re.sub(r"[^a-z0-9]+", "-", name.lower())[:_LONGEST_NAME].strip("-") or "my-target"
        raise ScenarioError(
            f"{name!r} is no name for a target",
            expected=f"lower-case letters and digits, with single '-', '_' or '.' between; {_LONGEST_NAME} at most",
            hint=f"fwcompare plugin new {likely} --language {language}",
        )


def _write(folder: Path, name: str, language: str) -> Iterator[str]:
    for place, source in sorted(_sources(language).items()):
        written = _renamed(str(place), name)
        (folder / written).parent.mkdir(parents=True, exist_ok=True)
        (folder / written).write_text(_renamed(source.read_text(encoding="utf-8"), name), encoding="utf-8")
        yield written
    for link, to in _LINKS.get(language, {}).items():
        written = _renamed(link, name)
        (folder / written).symlink_to(to)
        yield written


def _sources(language: str) -> dict[PurePosixPath, Path]:
    found: dict[PurePosixPath, Path] = {}
    for base in (TEMPLATES / _COMMON, TEMPLATES / language):
        for file in base.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                place = PurePosixPath(file.relative_to(base).as_posix())
                found[place.with_name(_RENAMED.get(place.name, place.name))] = file
    return found


def _renamed(text: str, name: str) -> str:
    module = "fwcompare_" + re.sub(r"[^a-z0-9]", "_", name)
    return text.replace(_MODULE_THERE, module).replace(_NAME_THERE, name)
