"""Groups of processes: which processes belong to one, and what they used so far.

All processes of all groups are read at one go, so that each is read once, and anew as long as one of them ended
meanwhile; ``accounts.py`` says why.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fwcompare.telemetry.accounts import CpuAccount
from fwcompare.telemetry.changes import Life
from fwcompare.telemetry.details import DetailAccount, DetailSample, read_details
from fwcompare.telemetry.procfs import Births, OpenProcesses, Reading, below, families
from fwcompare.telemetry.usage import Sample

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

Roots = Callable[[], Sequence[int]]


@dataclass
class Group:
    """One group. ``roots`` gives its processes, to which all below them belong unless it is ``alone``.

    With ``seldom`` it gets a sample only when the trees are looked through.
    """

    roots: Roots
    alone: bool = False
    seldom: bool = False
    samples: list[Sample] = field(default_factory=list)
    details: list[DetailSample] = field(default_factory=list)
    lives: dict[tuple[int, int], Life] = field(default_factory=dict)
    _members: set[int] = field(default_factory=set)
    _present: tuple[Reading, ...] = ()
    _living: set[tuple[int, int]] = field(default_factory=set)
    _account: CpuAccount = field(default_factory=CpuAccount)
    _details: DetailAccount = field(default_factory=DetailAccount)

    def choose(self, tree: Mapping[int, list[int]], living: Sequence[int]) -> None:
        """Choose its members out of ``tree``: those below its roots, and below members reparented away from them."""
        roots = self.roots()
        self._members = set(roots) if self.alone else set(below(tree, [*roots, *self._members.intersection(living)]))

    def take(self, at_s: float, boot_s: float, readings: Sequence[Reading]) -> None:
        """Add a sample; ``readings`` are of all groups, ``boot_s`` is the time that start times are counted from."""
        mine = tuple(reading for reading in readings if reading.pid in self._members)
        self._present = tuple(reading for reading in mine if not reading.zombie)
        ticks = self._account.advance(mine)
        self._note_lives(at_s, boot_s)
        self.samples.append(
            Sample(
                at_s=at_s,
                user_s=ticks.user * TICK_S,
                system_s=ticks.system * TICK_S,
                rss_bytes=sum(reading.rss_pages for reading in mine) * _PAGE_BYTES,
                processes=len(self._present),
                threads=sum(reading.threads for reading in self._present),
            )
        )

    def take_details(self, at_s: float) -> None:
        """Add what is dearer to read, of the processes of the last sample."""
        seen = (((reading.pid, reading.started), read_details(reading.pid)) for reading in self._present)
        self.details.append(self._details.advance(at_s, [(key, found) for key, found in seen if found is not None]))

    def _note_lives(self, at_s: float, boot_s: float) -> None:
        present = {(reading.pid, reading.started) for reading in self._present}
        for key in present - self._living:
            self.lives[key] = Life(key[0], boot_s + key[1] * TICK_S)
        for key in self._living - present:
            life = self.lives[key]
            life.seen_s, life.gone_s = self.samples[-1].at_s, at_s
        self._living = present


@dataclass
class Family:
    """All processes of all groups, parents first, with their start times once read."""

    groups: Sequence[Group]
    _known: dict[int, int | None] = field(default_factory=dict)
    _files: OpenProcesses = field(default_factory=OpenProcesses)
    _births: Births = field(default_factory=Births)

    @property
    def pids(self) -> Sequence[int]:
        """Give the processes that were alive when last read or looked for."""
        return list(self._known)

    def look(self) -> None:
        """Find every process: below the roots, and below those that were reparented away from them.

        Where nothing has begun on the machine since the last time, all are known.
        """
        if not self._births.any():
            return
        roots = [pid for group in self.groups for pid in group.roots()]
        tree = families([*roots, *self._known])
        living = list(self._known)
        self._known = {pid: self._known.get(pid) for pid in tree}
        for group in self.groups:
            group.choose(tree, living)

    def take(self, at_s: float, boot_s: float, *, looked: bool) -> None:
        """Read every process and add a sample to every group; ``looked`` says that :meth:`look` came just before."""
        readings = self._read()
        while len(readings) < len(self._known):
            # Some ended. Those that waited for them are read anew, now that the end is certain.
            self._known = {reading.pid: reading.started for reading in readings}
            readings = self._read()
        self._known = {reading.pid: reading.started for reading in readings}
        for group in self.groups:
            if looked or not group.seldom:
                group.take(at_s, boot_s, readings)

    def close(self) -> None:
        """Close the files that were read from."""
        self._files.close()
        self._births.close()

    def _read(self) -> list[Reading]:
        readings = []
        for pid, started in self._known.items():
            reading = self._files.read(pid)
            if reading is not None and (started is None or started == reading.started):
                readings.append(reading)
        return readings
