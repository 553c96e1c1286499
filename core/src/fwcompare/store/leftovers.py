"""What a run that died left half done, and how it is cleared away before the run goes on.

A torn last line is cut off: what was appended behind it would become part of it, and be lost with it. The folder of
a trial that has no line is removed, and so are the files of services. Whole lines and their folders stay as they are.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from fwcompare.errors import HostError
from fwcompare.model.measurement import Trial
from fwcompare.store.run_directory import RunDirectory

_TRIES = 20
_PAUSE_S = 0.5


def cut_torn_lines(store: RunDirectory) -> list[str]:
    """Cut every file of lines back to its last whole line; say what was cut off."""
    said = []
    for path in sorted(store.folder.glob("*.jsonl")):
        torn = _cut(path)
        if torn:
            said.append(f"{path.name}: a torn last line of {torn} bytes was cut off")
    return said


def _cut(path: Path) -> int:
    """Truncate after the last newline; give how many bytes that took away."""
    text = path.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole == len(text):
        return 0
    with path.open("r+b") as file:
        file.truncate(whole)
        os.fsync(file.fileno())
    return len(text) - whole


def remove_unfinished(store: RunDirectory, trials: Iterable[Trial]) -> list[str]:
    """Remove the folder of every trial that was begun and has no line; say which."""
    ended = {store.place_of(trial.planned.cell, trial.planned.block, trial.planned.attempt) for trial in trials}
    said = []
    for folder in sorted((store.folder / "trials").glob("*/*")):
        if folder not in ended:
            shutil.rmtree(folder)
            said.append(f"{store.relative(folder)}: what an unfinished trial left was removed")
    return said


def remove_services(store: RunDirectory, pause: Callable[[float], None]) -> None:
    """Remove the files of the services of a session that died.

    :param pause: waits so many seconds; the keeper may be ending a database that still writes.
    :raises HostError: when they cannot be removed.
    """
    folder = store.folder / "services"
    for left in reversed(range(_TRIES)):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            if not folder.exists():
                return
            if not left:
                raise HostError(
                    f"what the services of run {store.name} left cannot be removed",
                    seen=str(error),
                    expected="that nobody uses it any more",
                    hint=f"end what writes below {folder}, then {store.how_to_resume}",
                ) from error
        else:
            return
        pause(_PAUSE_S)
