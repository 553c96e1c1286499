"""Removing a run for good: the folder that is meant and nothing else.

What may be removed is a folder of the results folder itself, no link and no place elsewhere, that holds what a run
holds. It is renamed first, in one step, so that nobody finds half a run.
"""

import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from fwcompare.errors import HostError, ScenarioError
from fwcompare.store.index import Index
from fwcompare.store.index_rows import stamp_of
from fwcompare.store.run_directory import LATEST, RunDirectory
from fwcompare.store.tags import TAGS_FILE, read_tags

_REMOVED: Final = ".removed-"


def removable(results: Path, folder: Path, *, force: bool = False) -> RunDirectory:
    """Give a run that may be removed.

    :param folder: as it was found or named; a link is not followed.
    :param force: also when it has tags.
    :raises ScenarioError: when it is no run of this results folder, or has tags.
    """
    # The parent may be reached through links, the run itself may not be one.
    place = folder.parent.resolve() / folder.name
    inside = folder.name not in ("", ".", "..") and place.parent == results.resolve()
    if not inside or place.is_symlink() or not place.is_dir() or stamp_of(place) is None:
        seen = "it is a link" if place.is_symlink() else "it is elsewhere" if not inside else "it holds no run"
        raise ScenarioError(
            f"{folder} is not removed", seen=seen, expected=f"the folder of a run, directly below {results}"
        )
    if not force and (tags := _tags(place)):
        raise ScenarioError(
            f"run {place.name} is not removed",
            seen=f"it is tagged {tags}",
            expected="a run without tags",
            hint="fwcompare rm --force    removes it all the same",
        )
    return RunDirectory(place)


def remove_runs(results: Path, runs: Iterable[RunDirectory], removed: Callable[[RunDirectory], None]) -> None:
    """Remove runs that are :func:`removable`, one after the other, and point ``latest`` at the newest that is left.

    :param removed: is told of each.
    :raises ScenarioError: for one that is under way; those before it are removed.
    :raises HostError: when one cannot be removed.
    """
    try:
        for run in runs:
            _remove(run)
            removed(run)
    finally:
        _mend_latest(results)


def _remove(run: RunDirectory) -> None:
    grave = run.folder.with_name(f"{_REMOVED}{secrets.token_hex(4)}")
    try:
        if (run.folder / "trials.jsonl").exists():
            with run.held():
                run.folder.rename(grave)
        else:
            run.folder.rename(grave)
        # Links in it are removed and not followed.
        shutil.rmtree(grave)
    except OSError as error:
        raise HostError(
            f"run {run.name} cannot be removed",
            seen=str(error),
            expected="a folder that can be written to",
            hint=f"remove what is left by hand: {grave if grave.exists() else run.folder}",
        ) from error


def _mend_latest(results: Path) -> None:
    """Point ``latest`` at the run that was begun last, where it points nowhere; without a run it goes."""
    link = results / LATEST
    if not link.is_symlink() or link.exists():
        return
    newest = next((run.name for run in Index.open(results).runs() if (results / run.name).is_dir()), None)
    if newest is None:
        link.unlink(missing_ok=True)
        return
    temporary = results / f".{LATEST}-{secrets.token_hex(4)}"
    temporary.symlink_to(newest)
    temporary.replace(link)


def _tags(folder: Path) -> str:
    try:
        return ", ".join(read_tags(folder))
    except ScenarioError:
        return f"in a {TAGS_FILE} that cannot be read"
