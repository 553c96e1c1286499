"""Reads of ``/proc`` about processes, as cheap as they come: one file a process and sample, no object but a tuple.

Decides which fields are read. Leaves out what they add up to (``accounts.py``), and what is read once a second
(``details.py``).
"""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import psutil

_STAT_BYTES = 1024
_CHILDREN_BYTES = 65536
# Fields of /proc/PID/stat after the command name, counted from 0; see proc(5), where they begin at 3.
_STATE, _PARENT, _FLAGS, _USER, _SYSTEM, _WAITED_USER, _WAITED_SYSTEM = 0, 1, 6, 11, 12, 13, 14
_THREADS, _STARTED, _RSS = 17, 19, 21
_KERNEL_THREAD = 0x00200000
_LOADAVG_BYTES = 128
_LINKS_OF_ONE = 3
_MOST_OPEN = 200
"""Processes whose files are kept open; a target of more is read the dear way, lest the run is short of files."""


class Reading(NamedTuple):
    """One process at one time. CPU times are in clock ticks, memory is in pages, ``started`` ticks after boot.

    ``waited_user`` and ``waited_system`` are the times of children that ended and were waited for, and of
    theirs. A zombie keeps its CPU times and has no memory. ``kernel`` is a thread of the kernel's own.
    """

    pid: int
    started: int
    parent: int
    user: int
    system: int
    waited_user: int
    waited_system: int
    rss_pages: int
    threads: int
    zombie: bool
    name: str = ""
    kernel: bool = False


def read_file(path: str, at_most: int) -> bytes:
    """Read the beginning of a file of the kernel at a third of the cost of a file object.

    :raises OSError: when it is not there, or may not be read.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, at_most)
    finally:
        os.close(handle)


def read_process(pid: int) -> Reading | None:
    """Read one process; None when it is gone."""
    try:
        return _reading(pid, read_file(f"/proc/{pid}/stat", _STAT_BYTES))
    except (FileNotFoundError, ProcessLookupError):
        return None


class OpenProcesses:
    """Reads the same processes again and again: a file that is kept open costs a third of one that is opened anew.

    Such a file is of one process for ever: it does not pass to another one of the same id.
    """

    def __init__(self) -> None:
        self._handles: dict[int, int] = {}

    def read(self, pid: int) -> Reading | None:
        """Read one process; None when it is gone. An id that has come back since is read by the next call."""
        handle = self._handles.get(pid)
        try:
            if handle is None:
                if len(self._handles) >= _MOST_OPEN:
                    return read_process(pid)
                handle = self._handles[pid] = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
            return _reading(pid, os.pread(handle, _STAT_BYTES, 0))
        except (FileNotFoundError, ProcessLookupError):
            self.forget(pid)
            return None

    def forget(self, pid: int) -> None:
        """Close the file of one process, if it is open."""
        handle = self._handles.pop(pid, None)
        if handle is not None:
            os.close(handle)

    def keep_only(self, pids: Collection[int]) -> None:
        """Close the files of all others."""
        for pid in self._handles.keys() - pids:
            self.forget(pid)

    def close(self) -> None:
        """Close all files; may be called twice, and reading goes on to work."""
        self.keep_only(())


def _reading(pid: int, line: bytes) -> Reading:
    # The command name may hold spaces and parentheses; nothing after it does.
    end = line.rindex(b")")
    fields = line[end + 2 :].split(None, _RSS + 1)
    return Reading(
        pid,
        int(fields[_STARTED]),
        int(fields[_PARENT]),
        int(fields[_USER]),
        int(fields[_SYSTEM]),
        int(fields[_WAITED_USER]),
        int(fields[_WAITED_SYSTEM]),
        int(fields[_RSS]),
        int(fields[_THREADS]),
        fields[_STATE] == b"Z",
        line[line.index(b"(") + 1 : end].decode(errors="replace"),
        bool(int(fields[_FLAGS]) & _KERNEL_THREAD),
    )


def all_processes() -> list[int]:
    """Give every process that this one can see, those of the kernel too."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - no Path objects here


class Births:
    """Tells whether any process or thread has begun on the machine: cheaper by far than looking through a tree."""

    def __init__(self, root: str = "/proc") -> None:
        self._handle = os.open(f"{root}/loadavg", os.O_RDONLY)
        self._last = b""

    def any(self) -> bool:
        """Tell whether one has begun since the last call; true at the first."""
        # The last field is the id that was given out last: "0.20 0.18 0.12 1/80 11206".
        last, self._last = self._last, os.pread(self._handle, _LOADAVG_BYTES, 0).rpartition(b" ")[2]
        return last != self._last

    def close(self) -> None:
        """Close the file that is read from."""
        os.close(self._handle)


def trees(roots: Iterable[int]) -> list[int]:
    """Give the processes ``roots`` and all below them, each once, parents before their children."""
    return list(families(roots))


def families(roots: Iterable[int]) -> dict[int, list[int]]:
    """Give the processes ``roots`` and all below them with their children, parents before their children."""
    found: dict[int, list[int]] = {}
    ahead = list(roots)
    for pid in ahead:
        if pid not in found:
            found[pid] = _children(pid)
            ahead += found[pid]
    return found


def below(families: Mapping[int, list[int]], roots: Iterable[int]) -> list[int]:
    """Pick out of ``families`` the processes ``roots`` and all below them, parents before their children."""
    found: dict[int, None] = {}
    ahead = list(roots)
    for pid in ahead:
        if pid not in found:
            found[pid] = None
            ahead += families.get(pid, ())
    return list(found)


def _children_from_files(pid: int) -> list[int]:
    """Read the children of one process; costs a read for each of its threads."""
    children: list[int] = []
    try:
        place = f"/proc/{pid}/task"
        # A folder has two links, and one more for each folder in it: counting is cheaper than naming.
        single = os.stat(place).st_nlink == _LINKS_OF_ONE  # noqa: PTH116 - no Path objects in the hot path
        for thread in (pid,) if single else os.listdir(place):  # noqa: PTH208 - same
            children += map(int, read_file(f"/proc/{pid}/task/{thread}/children", _CHILDREN_BYTES).split())
    except (FileNotFoundError, ProcessLookupError):
        pass  # It, or one of its threads, is gone; what was read holds.
    return children


def _children_from_scan(pid: int) -> list[int]:
    """Look through every process of the machine: slower, for kernels that keep no list of children."""
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


_children = _children_from_files if Path(f"/proc/self/task/{os.getpid()}/children").exists() else _children_from_scan
