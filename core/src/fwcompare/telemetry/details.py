"""What a process reads, writes, holds open and waits for: dearer to read than its CPU time, so once a second.

Decides which fields are read, and adds up counters that only grow, over processes and threads that come and go. A
figure that the kernel does not let us read, of a process of another user say, is unknown for its whole group.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fwcompare.telemetry.procfs import read_file

_STATUS_BYTES = 8192
_IO_BYTES = 1024
_READ, _WRITTEN = b"\nread_bytes: ", b"\nwrite_bytes: "
_VOLUNTARY, _INVOLUNTARY = b"\nvoluntary_ctxt_switches:", b"\nnonvoluntary_ctxt_switches:"

Key = tuple[int, ...]
"""Process id and start time, and the id of a thread where one is meant."""


class Switches(NamedTuple):
    """How often a thread gave up the CPU itself, and how often it was taken from it; since its start."""

    voluntary: int
    involuntary: int


class Disk(NamedTuple):
    """Bytes that a process made storage read and write since its start; what a cache served is not in it."""

    read: int
    written: int


class Details(NamedTuple):
    """One process at one time; ``switches`` by thread. None: not ours to see."""

    files: int | None
    disk: Disk | None
    switches: Mapping[int, Switches]


def read_details(pid: int, root: str = "/proc") -> Details | None:
    """Read one process; None when it is gone."""
    place = f"{root}/{pid}"
    try:
        return Details(_files(place), _disk(place), _switches(place))
    except (FileNotFoundError, ProcessLookupError):
        return None


@dataclass
class Growth:
    """Adds up counters of many owners, each of which only grows, from the first reading on.

    What an owner counted before the first reading is left out; of an owner that began later, all is counted. What
    it counted between its last reading and its end is lost.
    """

    _last: dict[Key, Sequence[int]] = field(default_factory=dict)
    _total: list[int] = field(default_factory=list)
    _begun: bool = False

    def advance(self, now: Mapping[Key, Sequence[int]], width: int) -> tuple[int, ...]:
        """Take the counters of every owner, ``width`` of each; give the totals."""
        self._total = self._total or [0] * width
        for key, counters in now.items():
            before: Sequence[int] = self._last.get(key, (0,) * width if self._begun else counters)
            for place, (old, new) in enumerate(zip(before, counters, strict=True)):
                self._total[place] += max(0, new - old)
        self._last.update(now)
        self._begun = True
        return tuple(self._total)


class DetailSample(NamedTuple):
    """A group at one time: files open, and totals since the first sample. None: not to be known."""

    at_s: float
    files: int | None
    voluntary_switches: int
    involuntary_switches: int
    read_bytes: int | None
    written_bytes: int | None


@dataclass
class DetailAccount:
    """The details of one group since its first reading."""

    _disk: Growth = field(default_factory=Growth)
    _switches: Growth = field(default_factory=Growth)

    def advance(self, at_s: float, seen: Iterable[tuple[tuple[int, int], Details]]) -> DetailSample:
        """Take the details of every live process, with its id and start time."""
        seen = list(seen)
        files = [details.files for _, details in seen]
        disks = {key: details.disk for key, details in seen}
        threads: dict[Key, Switches] = {
            (*key, thread): switches for key, details in seen for thread, switches in details.switches.items()
        }
        known: dict[Key, Disk] = {key: disk for key, disk in disks.items() if disk is not None}
        voluntary, involuntary = self._switches.advance(threads, len(Switches._fields))
        read, written = self._disk.advance(known, len(Disk._fields))
        all_disks = len(known) == len(disks)
        return DetailSample(
            at_s=at_s,
            files=None if None in files else sum(count for count in files if count is not None),
            voluntary_switches=voluntary,
            involuntary_switches=involuntary,
            read_bytes=read if all_disks else None,
            written_bytes=written if all_disks else None,
        )


def _files(place: str) -> int | None:
    try:
        # Since Linux 6.2 the size of the folder is the number of files; before, it is 0.
        return os.stat(f"{place}/fd").st_size or len(os.listdir(f"{place}/fd"))  # noqa: PTH116, PTH208 - no Path objects
    except PermissionError:
        return None


def _disk(place: str) -> Disk | None:
    try:
        text = read_file(f"{place}/io", _IO_BYTES)
    except PermissionError:
        return None
    return Disk(_number(text, _READ), _number(text, _WRITTEN))


def _switches(place: str) -> Mapping[int, Switches]:
    """Read every thread of a process: its own ``status`` tells of its first thread alone."""
    found: dict[int, Switches] = {}
    for thread in os.listdir(f"{place}/task"):  # noqa: PTH208 - no Path objects
        try:
            text = read_file(f"{place}/task/{thread}/status", _STATUS_BYTES)
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread ended; the process may not have
        found[int(thread)] = Switches(_number(text, _VOLUNTARY), _number(text, _INVOLUNTARY))
    return found


def _number(text: bytes, label: bytes) -> int:
    return int(text[text.index(label) + len(label) :].split(None, 1)[0])
