"""What building an environment and an image have in common: one at a time, watched line by line, with its last lines.

Leaves out what is built (``environments.py``, ``docker_image.py``).
"""

import fcntl
import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fwcompare.model.ports import Process, Progress

PROGRESS_EVERY_S = 5.0
SHOWN_LINES = 15
_LOCK_EVERY_S = 0.1
_SHOWN_COLUMNS = 100
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@contextmanager
def alone(lock: Path, what: str, progress: Progress) -> Iterator[None]:
    """Hold ``lock``; the kernel gives it back when this process ends, however it ends."""
    with lock.open("a") as held:
        told_s = -math.inf
        # Asked again and again, not waited for in the kernel: ``progress`` is where a run notices Ctrl-C.
        while not _locked(held):
            if time.monotonic() - told_s >= PROGRESS_EVERY_S:
                told_s = time.monotonic()
                progress(f"{what}: waiting for another run that builds it ({lock})")
            time.sleep(_LOCK_EVERY_S)
        yield


def _locked(held: IO[str]) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def await_end(process: Process, log: Path, what: str, began_s: float, progress: Progress) -> int:
    """Wait for a command of a build and tell its last line now and then; give its exit code. It is ended in any case.

    :param began_s: of ``time.monotonic``, when the whole build began.
    """
    try:
        while (code := process.wait(PROGRESS_EVERY_S)) is None:
            elapsed_s = time.monotonic() - began_s
            last = "".join(tail(log, 1))[:_SHOWN_COLUMNS]
            progress(f"{what}, {elapsed_s:.0f} s: {last}")
        return code
    finally:
        process.stop()  # compilers leave servers behind; an interrupted build must not go on


def tail(log: Path, lines: int) -> list[str]:
    """Give the last lines of a log, without terminal colours and progress bars' overwritten text."""
    text = _ESCAPES.sub("", log.read_text(encoding="utf-8", errors="replace")) if log.exists() else ""
    shown = [line.rpartition("\r")[2].rstrip() for line in text.split("\n")]
    return [line for line in shown if line][-lines:]
