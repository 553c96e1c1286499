"""Samples groups of processes and the machine at 10 Hz in a thread of the runner, at less than 1 % of a core.

Each sample reads one small file a process and three of the machine. The trees are looked through at 2 Hz, since that
costs a read for each thread. What is dearer still, the details of the run's processes and the CPU time of all others,
is read at 1 Hz at most, and less often where it would cost more than its part of the whole. Leaves out what the
readings add up to (``groups.py``, ``accounts.py``) and what a window used (``usage.py``, ``noise.py``).

Its series, as JSON: every table is a set of columns of equal length, units in their names, and ``at_s`` counts from
the beginning of the measured window, so that the warm-up is negative. CPU times and other totals grow from sample to
sample, from an arbitrary beginning; what cannot be known is null.

``groups``
    for ``target``, each service, ``client`` (the runner's own process, which the load generator is part of) and
    ``run`` (the runner and all that it started): ``samples`` and, at 1 Hz, ``details``.
``machine``
    of all CPUs together: ``busy_s`` without interrupts, ``interrupt_s``, ``io_wait_s``, ``stolen_s``; ``pressure_s``,
    how long something waited for a CPU; ``loopback_bytes`` sent. ``own_cpu_s`` is of the sampling itself.
``foreign``
    ``cpu_s`` of all processes that are not the run's.
``throttled``, ``connections``
    by group, of those that may be under a CPU quota, how long it held them back; by service, how many connections
    targets hold (5 Hz).
"""

import os
import threading
import time
from collections.abc import Callable, Mapping

from fwcompare.model.measurement import Noise, Usage
from fwcompare.telemetry.changes import changes_between
from fwcompare.telemetry.connections import ConnectionSampling
from fwcompare.telemetry.details import DetailSample
from fwcompare.telemetry.foreign import ForeignAccount, ForeignProcesses
from fwcompare.telemetry.groups import TICK_S, Family, Group, Roots
from fwcompare.telemetry.machine import Machine, MachineSample
from fwcompare.telemetry.noise import busiest, foreign_share
from fwcompare.telemetry.quota import own_throttling
from fwcompare.telemetry.timeseries import columns, grown
from fwcompare.telemetry.usage import usage_between

PERIOD_S = 0.1
LOOKS_EVERY = 5
"""How many samples share one look at the trees."""

CLIENT, RUN = "client", "run"
_DEAR_EVERY_S = 1.0
_DEAR_SHARE = 0.001
"""The part of a core that details and foreign processes may cost each: what takes more than a millisecond to read is
read less often."""

_SAMPLE_COLUMNS = ("at_s", "user_s", "system_s", "rss_bytes", "processes", "threads")


class ProcessTelemetry:
    """Samples from ``/proc``."""

    def watch(
        self,
        groups: Mapping[str, Roots],
        *,
        throttled: Mapping[str, Callable[[], float | None]] | None = None,
        connections: Mapping[str, Callable[[], int | None]] | None = None,
    ) -> "ProcessWatch":
        """Begin to sample; each group is a function that gives its root process ids."""
        return ProcessWatch(groups, throttled or {}, connections or {})


class ProcessWatch:
    """Sampling under way."""

    def __init__(
        self,
        groups: Mapping[str, Roots],
        throttled: Mapping[str, Callable[[], float | None]],
        connections: Mapping[str, Callable[[], int | None]],
    ) -> None:
        own = [os.getpid()]
        self._groups = {name: Group(roots) for name, roots in groups.items()}
        self._groups[CLIENT] = Group(lambda: own, alone=True)
        self._groups[RUN] = Group(lambda: [*own, *(pid for roots in groups.values() for pid in roots())], seldom=True)
        self._blind_to = tuple(name for name, roots in groups.items() if not roots())
        self._family = Family(tuple(self._groups.values()))
        self._throttled = {CLIENT: own_throttling(), **throttled}
        self._throttling: dict[str, list[tuple[float, float | None]]] = {name: [] for name in self._throttled}
        self._reader = Machine(TICK_S)
        self._machine: list[MachineSample] = []
        self._own: list[float] = []
        self._own_cpu_s = 0.0
        self._strangers = ForeignProcesses()
        self._foreign = ForeignAccount(TICK_S, self._strangers.read)
        self._details_due_s = self._foreign_due_s = 0.0
        self._boot_s = time.monotonic() - time.clock_gettime(time.CLOCK_BOOTTIME)
        self._taking = threading.Lock()
        self._stopped = threading.Event()
        self._connections = ConnectionSampling(connections)
        self._take(look=True, everything=True)
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()

    @property
    def own_cpu_s(self) -> float:
        """CPU seconds that the sampling itself took."""
        return self._own_cpu_s + self._connections.own_cpu_s

    def stop(self) -> None:
        """End the sampling with one last sample; may be called twice."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._connections.stop()
            self._thread.join()
            self._take(look=True, everything=True)
            self._family.close()
            self._strangers.close()
            self._reader.close()

    def usage(self, group: str, start_s: float, end_s: float) -> Usage:
        """Give what ``group`` used between two times of ``time.monotonic``; see :func:`usage_between`."""
        self._reach(end_s)
        with self._taking:
            throttling = self._throttling.get(group, [])
            return usage_between(
                self._groups[group].samples,
                start_s,
                end_s,
                throttled_s=grown([at_s for at_s, _ in throttling], [total for _, total in throttling], start_s, end_s),
            )

    def changes(self, group: str, start_s: float, end_s: float) -> tuple[str, ...]:
        """Say in words which processes of ``group`` ended or began between two times; see :func:`changes_between`."""
        self._reach(end_s)
        with self._taking:
            return changes_between(self._groups[group].lives.values(), start_s, end_s)

    def noise(self, start_s: float, end_s: float) -> Noise:
        """Give what else went on between two times; nothing is known of foreign processes where a group is not seen."""
        self._reach(end_s)
        with self._taking:
            window_s, cpus = end_s - start_s, os.cpu_count() or 1
            times_s = [one.at_s for one in self._machine]
            busy_s = grown(times_s, [one.busy_s for one in self._machine], start_s, end_s)
            stolen_s = grown(times_s, [one.stolen_s for one in self._machine], start_s, end_s)
            pressure_s = grown(times_s, [one.pressure_s for one in self._machine], start_s, end_s)
            strangers_s = grown(self._foreign.times_s, self._foreign.totals_s, start_s, end_s)
            ours_s = usage_between(self._groups[RUN].samples, start_s, end_s).cpu_s
        foreign = None
        if busy_s is not None and strangers_s is not None and ours_s is not None and window_s and not self._blind_to:
            foreign = foreign_share(
                strangers_s=strangers_s, ours_s=ours_s, busy_s=busy_s, cpus=cpus, window_s=window_s, tick_s=TICK_S
            )
        return Noise(
            foreign_share=foreign,
            steal_share=None if stolen_s is None or not window_s else stolen_s / (cpus * window_s),
            pressure_share=None if pressure_s is None or not window_s else pressure_s / window_s,
        )

    def strangers(self, start_s: float, end_s: float) -> tuple[str, ...]:
        """Name the foreign processes that used most CPU time between two times, with their share of all CPUs."""
        self._reach(end_s)
        with self._taking:
            return tuple(busiest(self._foreign.used_s(start_s, end_s), os.cpu_count() or 1, end_s - start_s))

    def own_share(self, start_s: float, end_s: float) -> float | None:
        """Give the CPU time of the sampling itself between two times, over one core's time."""
        self._reach(end_s)
        with self._taking:
            own_s = grown([one.at_s for one in self._machine], self._own, start_s, end_s)
        return None if own_s is None or end_s <= start_s else own_s / (end_s - start_s)

    def series(self, start_s: float, end_s: float) -> Mapping[str, object]:
        """Give everything that was sampled, for a window between two times; the module says how it reads."""
        with self._taking:
            rows = [(*one, own_s) for one, own_s in zip(self._machine, self._own, strict=True)]
            foreign = list(zip(self._foreign.times_s, self._foreign.totals_s, strict=True))
            return {
                "version": 1,
                "window_s": round(end_s - start_s, 4),
                "groups": {name: _table(group, start_s) for name, group in self._groups.items()},
                "machine": columns((*MachineSample._fields, "own_cpu_s"), rows, start_s),
                "foreign": columns(("at_s", "cpu_s"), foreign, start_s),
                "throttled": {
                    name: columns(("at_s", "throttled_s"), rows, start_s) for name, rows in self._throttling.items()
                },
                "connections": {
                    name: columns(("at_s", "connections"), list(rows), start_s)
                    for name, rows in self._connections.counts.items()
                },
            }

    def _run(self) -> None:
        due_s = time.monotonic()
        taken = 0
        while True:
            # Counted from the start, so that the time a sample takes does not add up; missed ones are left out.
            due_s = max(due_s + PERIOD_S, time.monotonic())
            if self._stopped.wait(due_s - time.monotonic()):
                return
            taken += 1
            self._take(look=taken % LOOKS_EVERY == 0, everything=False)

    def _reach(self, end_s: float) -> None:
        """Look at everything once more, unless that was done since ``end_s``, so that the window's end is covered."""
        with self._taking:
            reached = bool(self._foreign.times_s) and self._foreign.times_s[-1] >= end_s
        if not reached and not self._stopped.is_set():
            self._take(look=True, everything=True)

    def _take(self, *, look: bool, everything: bool) -> None:
        with self._taking:
            began_s = time.thread_time()
            if look:
                self._family.look()
            at_s = time.monotonic()
            self._machine.append(self._reader.read(at_s))
            self._family.take(at_s, self._boot_s, looked=look)
            if look:
                for name, held_back in self._throttled.items():
                    self._throttling[name].append((at_s, held_back()))
                self._take_dear(at_s, everything=everything)
            self._own_cpu_s += time.thread_time() - began_s
            self._own.append(self.own_cpu_s)

    def _take_dear(self, at_s: float, *, everything: bool) -> None:
        if everything or at_s >= self._details_due_s:
            began_s = time.thread_time()
            for name, group in self._groups.items():
                if name != RUN:  # nothing is told of it but its CPU time
                    group.take_details(at_s)
            self._details_due_s = at_s + _rest_s(began_s)
        if everything or at_s >= self._foreign_due_s:
            began_s = time.thread_time()
            self._foreign.look(at_s, set(self._family.pids))
            self._foreign_due_s = at_s + _rest_s(began_s)


def _rest_s(began_s: float) -> float:
    """Give how long to wait after what began at ``began_s`` of this thread's CPU time, for it to cost its part."""
    # Looks are half a second apart: one that comes a little early must not be put off to the next.
    return max(_DEAR_EVERY_S, (time.thread_time() - began_s) / _DEAR_SHARE) - PERIOD_S


def _table(group: Group, zero_s: float) -> Mapping[str, object]:
    samples = [(one.at_s, one.user_s, one.system_s, one.rss_bytes, one.processes, one.threads) for one in group.samples]
    return {
        "samples": columns(_SAMPLE_COLUMNS, samples, zero_s),
        "details": columns(DetailSample._fields, group.details, zero_s),
    }
