"""Reads of ``/proc`` about processes, as cheap as they come: one file a process and sample, no object but a tuple.

Decides which fields are read. Leaves out what they add up to (``accounts.py``), and what is read once a second
(``details.py``).
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import psutil

_STAT_BYTES = 1024
_CHILDREN_BYTES = 65536
# Fields of /proc/PID/stat after the command name, counted from 0; see proc(5), where they begin at 3.
_STATE, _PARENT, _FLAGS, _USER, _SYSTEM, _WAITED_USER, _WAITED_SYSTEM = 0, 1, 6, 11, 12, 13, 14
_THREADS, _STARTED, _RSS = 17, 19, 21
_KERNEL_THREAD = 0x00200000


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
        line = read_file(f"/proc/{pid}/stat", _STAT_BYTES)
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name may hold spaces and parentheses; nothing after it does.
    end = line.rindex(b")")
    fields = line[end + 2 :].split()
    return Reading(
        pid=pid,
        started=int(fields[_STARTED]),
        parent=int(fields[_PARENT]),
        user=int(fields[_USER]),
        system=int(fields[_SYSTEM]),
        waited_user=int(fields[_WAITED_USER]),
        waited_system=int(fields[_WAITED_SYSTEM]),
        rss_pages=int(fields[_RSS]),
        threads=int(fields[_THREADS]),
        zombie=fields[_STATE] == b"Z",
        name=line[line.index(b"(") + 1 : end].decode(errors="replace"),
        kernel=bool(int(fields[_FLAGS]) & _KERNEL_THREAD),
    )


def all_processes() -> list[int]:
    """Give every process that this one can see, those of the kernel too."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - no Path objects here


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
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - no Path objects in the hot path
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
