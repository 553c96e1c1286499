"""Samples groups of processes at 10 Hz in a thread of the runner, at well under 1 % of a core.

Each sample reads one small file a process; the tree is looked through at 2 Hz, since that costs a read for each
thread. Leaves out what the readings add up to (``accounts.py``) and what a window used (``usage.py``).
"""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fwcompare.model.measurement import Usage
from fwcompare.telemetry.accounts import CpuAccount
from fwcompare.telemetry.procfs import Reading, read_process, trees
from fwcompare.telemetry.usage import Sample, usage_between

PERIOD_S = 0.1
LOOKS_EVERY = 5
"""How many samples share one look at the tree."""

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

Roots = Callable[[], Sequence[int]]


class ProcessTelemetry:
    """Samples CPU time and memory of process trees from ``/proc``."""

    def watch(self, groups: Mapping[str, Roots]) -> "ProcessWatch":
        """Begin to sample; each group is a function that gives its root process ids."""
        return ProcessWatch(groups)


class ProcessWatch:
    """Sampling under way."""

    def __init__(self, groups: Mapping[str, Roots]) -> None:
        self._groups = {name: _Group(roots) for name, roots in groups.items()}
        self._own_cpu_s = 0.0
        self._taking = threading.Lock()
        self._stopped = threading.Event()
        self._take(look=True)
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()

    @property
    def own_cpu_s(self) -> float:
        """CPU seconds that the sampling itself took."""
        return self._own_cpu_s

    def stop(self) -> None:
        """End the sampling with one last sample; may be called twice."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._thread.join()
            self._take(look=False)

    def usage(self, group: str, start_s: float, end_s: float) -> Usage:
        """Give what ``group`` used between two times of ``time.monotonic``; see :func:`usage_between`."""
        if not self._stopped.is_set():
            # A window that ended just now is read off between two samples as well.
            self._take(look=False)
        with self._taking:
            return usage_between(self._groups[group].samples, start_s, end_s)

    def _run(self) -> None:
        due_s = time.monotonic()
        taken = 0
        while True:
            # Counted from the start, so that the time a sample takes does not add up; missed ones are left out.
            due_s = max(due_s + PERIOD_S, time.monotonic())
            if self._stopped.wait(due_s - time.monotonic()):
                return
            taken += 1
            self._take(look=taken % LOOKS_EVERY == 0)

    def _take(self, *, look: bool) -> None:
        with self._taking:
            began_s = time.thread_time()
            for group in self._groups.values():
                if look:
                    group.look()
                group.take(time.monotonic())
            self._own_cpu_s += time.thread_time() - began_s


@dataclass
class _Group:
    """One group: its processes, parents first, with their start times once read."""

    roots: Roots
    samples: list[Sample] = field(default_factory=list)
    _known: dict[int, int | None] = field(default_factory=dict)
    _account: CpuAccount = field(default_factory=CpuAccount)

    def look(self) -> None:
        """Find every process: below the roots, and below those that were reparented away from them."""
        reached = trees(self.roots())
        orphans = [pid for pid in self._known if pid not in set(reached)]
        self._known = {pid: self._known.get(pid) for pid in trees([*reached, *orphans])}

    def take(self, at_s: float) -> None:
        """Read every process and add a sample."""
        readings = self._read()
        while len(readings) < len(self._known):
            # Some ended. Those that waited for them are read anew, now that the end is certain.
            self._known = {reading.pid: reading.started for reading in readings}
            readings = self._read()
        self._known = {reading.pid: reading.started for reading in readings}
        ticks = self._account.advance(readings)
        self.samples.append(
            Sample(
                at_s=at_s,
                user_s=ticks.user * _TICK_S,
                system_s=ticks.system * _TICK_S,
                rss_bytes=sum(reading.rss_pages for reading in readings) * _PAGE_BYTES,
                processes=sum(not reading.zombie for reading in readings),
                threads=sum(reading.threads for reading in readings if not reading.zombie),
            )
        )

    def _read(self) -> list[Reading]:
        readings = (read_process(pid) for pid in self._known)
        return [
            reading
            for reading in readings
            if reading is not None and self._known[reading.pid] in {None, reading.started}
        ]
