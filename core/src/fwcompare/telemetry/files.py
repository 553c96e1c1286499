"""Counts what is done to the files of one folder, as the kernel tells it: inotify, on Linux alone.

The kernel keeps events until they are read and drops them beyond a limit, so a thread reads them all the time; what
was dropped all the same makes the count unknown, never too low.
"""

import sys
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from fwcompare.model.ports import FileWatch

_READ_MS = 50


class FileEvents:
    """Watches folders, where the system can."""

    def watch(self, folder: Path) -> FileWatch:
        """Begin to count what is done to the files directly in ``folder``."""
        return _Inotify(folder) if sys.platform == "linux" else _Blind()


class _Blind:
    """A watch on a system that tells nothing."""

    def take(self) -> Mapping[str, int] | None:
        return None

    def stop(self) -> None:
        pass


class _Inotify:
    def __init__(self, folder: Path) -> None:
        # Not at the top: it needs a C library with inotify, which only Linux has.
        from inotify_simple import INotify, flags  # noqa: PLC0415

        self._names = {
            flags.CREATE: "create",
            flags.CLOSE_WRITE: "close written",
            flags.CLOSE_NOWRITE: "close read",
            flags.DELETE: "delete",
        }
        self._folder_itself = flags.ISDIR
        self._overflow = flags.Q_OVERFLOW
        self._events = INotify(nonblocking=True)
        self._events.add_watch(folder, sum(self._names))
        self._counts: Counter[str] | None = Counter()
        self._reading = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="file events", daemon=True)
        self._thread.start()

    def take(self) -> Mapping[str, int] | None:
        """Give the counts since the last call."""
        with self._reading:
            self._read()
            counts = self._counts
            self._counts = None if counts is None else Counter()
            return counts

    def stop(self) -> None:
        """End it; may be called twice."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._thread.join()
            self._events.close()

    def _run(self) -> None:
        while not self._stopped.wait(_READ_MS / 1000):
            with self._reading:
                self._read()

    def _read(self) -> None:
        for event in self._events.read(timeout=0):
            if event.mask & self._overflow:
                self._counts = None
            elif self._counts is not None and not event.mask & self._folder_itself:
                self._counts.update(name for flag, name in self._names.items() if event.mask & flag)
