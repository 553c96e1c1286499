"""Reads of ``/proc``, as cheap as they come: one file a process and sample, no object but a tuple.

Decides which fields are read. Leaves out what they add up to (``accounts.py``).
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import psutil

_STAT_BYTES = 1024
_CHILDREN_BYTES = 65536
# Fields of /proc/PID/stat after the command name, counted from 0; see proc(5), where they begin at 3.
_STATE, _PARENT, _USER, _SYSTEM, _WAITED_USER, _WAITED_SYSTEM = 0, 1, 11, 12, 13, 14
_THREADS, _STARTED, _RSS = 17, 19, 21


class Reading(NamedTuple):
    """One process at one time. CPU times are in clock ticks, memory is in pages, ``started`` ticks after boot.

    ``waited_user`` and ``waited_system`` are the times of children that ended and were waited for, and of
    theirs. A zombie keeps its CPU times and has no memory.
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


def read_process(pid: int) -> Reading | None:
    """Read one process; None when it is gone."""
    # os.open and os.read: a third of the cost of a file object, ten times a second for every process.
    try:
        handle = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
        try:
            line = os.read(handle, _STAT_BYTES)
        finally:
            os.close(handle)
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name may hold spaces and parentheses; nothing after it does.
    fields = line[line.rindex(b")") + 2 :].split()
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
    )


def trees(roots: Iterable[int]) -> list[int]:
    """Give the processes ``roots`` and all below them, each once, parents before their children."""
    found = list(dict.fromkeys(roots))
    seen = set(found)
    for pid in found:
        for child in _children(pid):
            if child not in seen:
                seen.add(child)
                found.append(child)
    return found


def _children_from_files(pid: int) -> list[int]:
    """Read the children of one process; costs a read for each of its threads."""
    children: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - no Path objects in the hot path
            handle = os.open(f"/proc/{pid}/task/{thread}/children", os.O_RDONLY)
            try:
                children += map(int, os.read(handle, _CHILDREN_BYTES).split())
            finally:
                os.close(handle)
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
