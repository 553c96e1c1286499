"""The CPU time of processes that are not the run's, and their names.

All processes that can be seen are read, but for the run's own and those of the kernel; how their times add up while
they come and go is ``accounts.py``'s.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fwcompare.telemetry.accounts import CpuAccount
from fwcompare.telemetry.procfs import OpenProcesses, Reading, all_processes

ENDED = "processes that ended"


class ForeignProcesses:
    """Reads every process that is not the run's."""

    def __init__(self) -> None:
        self._kernel: set[int] = set()
        self._files = OpenProcesses()

    def read(self, ours: Collection[int]) -> Sequence[Reading]:
        """Read every process that is neither one of ``ours`` nor below one of them, nor of the kernel.

        Read anew until none ended meanwhile: a process that waited for it may have been read before its end.
        """
        visible = set(all_processes())
        self._files.keep_only(visible)
        # Most processes are the kernel's own: they are read once. An id that is free is forgotten.
        self._kernel.intersection_update(visible)
        pids = list(visible.difference(ours, self._kernel))
        while True:
            readings = [reading for reading in map(self._files.read, pids) if reading is not None]
            if len(readings) == len(pids):
                self._kernel.update(reading.pid for reading in readings if reading.kernel)
                return foreign_among(readings, ours)
            pids = [reading.pid for reading in readings]

    def close(self) -> None:
        """Close the files that were read from."""
        self._files.close()


def foreign_among(readings: Sequence[Reading], ours: Collection[int]) -> Sequence[Reading]:
    """Leave out threads of the kernel, and what has one of ``ours`` above it: begun since ours were last looked for."""
    parents = {reading.pid: reading.parent for reading in readings}

    def below_ours(pid: int) -> bool:
        for _ in range(len(parents)):  # an id that came back as a new process could make a ring
            pid = parents.get(pid, 0)
            if pid in ours:
                return True
            if not pid:
                return False
        return False

    return [reading for reading in readings if not reading.kernel and not below_ours(reading.pid)]


@dataclass
class ForeignAccount:
    """What foreign processes used since the first look, and who they were.

    ``names[i]`` has what each name used between looks i - 1 and i, in seconds.
    """

    tick_s: float
    read: Callable[[Collection[int]], Sequence[Reading]]
    times_s: list[float] = field(default_factory=list)
    totals_s: list[float] = field(default_factory=list)
    names: list[Mapping[str, float]] = field(default_factory=list)
    _account: CpuAccount = field(default_factory=CpuAccount)
    _last: dict[tuple[int, int], int] = field(default_factory=dict)

    def look(self, at_s: float, ours: Collection[int]) -> None:
        """Read them all."""
        readings = self.read(ours)
        ticks = self._account.advance(readings)
        total_s = (ticks.user + ticks.system) * self.tick_s
        used = self._used(readings)
        since_s = total_s - self.totals_s[-1] if self.totals_s else 0.0
        rest_s = since_s - sum(used.values())
        if rest_s > self.tick_s / 2:
            used[ENDED] += rest_s
        self.times_s.append(at_s)
        self.totals_s.append(total_s)
        self.names.append(dict(used))

    def used_s(self, start_s: float, end_s: float) -> Mapping[str, float]:
        """Give what each name used between two times; of a look that reaches over an edge, its part within."""
        used: defaultdict[str, float] = defaultdict(float)
        for number, names in enumerate(self.names[1:], start=1):
            from_s, to_s = self.times_s[number - 1], self.times_s[number]
            within_s = min(end_s, to_s) - max(start_s, from_s)
            if within_s > 0:
                for name, seconds in names.items():
                    used[name] += seconds * within_s / (to_s - from_s)
        return used

    def _used(self, readings: Iterable[Reading]) -> defaultdict[str, float]:
        begun = bool(self.times_s)
        used: defaultdict[str, float] = defaultdict(float)
        now = {}
        for reading in readings:
            key, ticks = (reading.pid, reading.started), reading.user + reading.system
            now[key] = ticks
            since = ticks - self._last.get(key, 0 if begun else ticks)
            if since > 0:
                used[reading.name] += since * self.tick_s
        self._last = now
        return used
