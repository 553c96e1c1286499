"""Names that a person gives to runs: ``tags.json`` of a run directory.

A file of its own, because ``run.json`` is written anew by a run that goes on. A tag may be of several runs; where it
stands for one (``find_run``) it must be of one alone.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from fwcompare.errors import HostError, ScenarioError

TAGS_FILE: Final = "tags.json"
_SCHEMA: Final = 1
_LONGEST: Final = 64
_RESERVED: Final = "latest"


def check_tag(tag: str) -> str:
    """Give a tag as it is, if it may be one.

    :raises ScenarioError: when it is not made of letters, digits, dots, dashes and underlines, or begins with no letter
        or digit, or is ``latest``.
    """
    fit = tag[:1].isalnum() and len(tag) <= _LONGEST and all(char.isalnum() or char in "._-" for char in tag)
    if fit and tag != _RESERVED:
        return tag
    raise ScenarioError(
        f"{tag!r} cannot be a tag",
        expected=f"a letter or digit, then letters, digits, dots, dashes and underlines, at most {_LONGEST} in all; "
        f"not {_RESERVED!r}, which is the newest run",
    )


def read_tags(folder: Path) -> tuple[str, ...]:
    """Give the tags of a run directory, sorted; none where it has no such file.

    :raises ScenarioError: when the file cannot be read.
    """
    path = folder / TAGS_FILE
    try:
        return _tags_in(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ()
    except (OSError, KeyError, TypeError, ValueError, RecursionError, ScenarioError) as error:
        raise ScenarioError(
            f"the tags of run {folder.name} cannot be read",
            seen=f"{path}: {error}",
            expected="a file that fwcompare tag wrote",
            hint=f"mend or remove {path}",
        ) from error


def _tags_in(record: dict[str, Any]) -> tuple[str, ...]:
    if record["schema"] != _SCHEMA:
        raise ValueError(f"schema {record['schema']}, not {_SCHEMA}")
    return tuple(sorted({check_tag(str(tag)) for tag in record["tags"]}))


def write_tags(folder: Path, tags: Iterable[str]) -> tuple[str, ...]:
    """Give a run directory these tags and no others; without any the file goes. Give them as they are kept.

    :raises ScenarioError: when one cannot be a tag.
    :raises HostError: when the folder cannot be written to.
    """
    kept = tuple(sorted({check_tag(tag) for tag in tags}))
    path = folder / TAGS_FILE
    try:
        if not kept:
            path.unlink(missing_ok=True)
            return kept
        temporary = folder / f".{TAGS_FILE}"
        temporary.write_text(json.dumps({"schema": _SCHEMA, "tags": kept}, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise HostError(
            f"run {folder.name} cannot be tagged", seen=str(error), expected="a folder that can be written to"
        ) from error
    return kept
