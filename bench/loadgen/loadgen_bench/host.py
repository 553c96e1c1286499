"""What the host did while a load went on, and whether that disturbed it.

The rule looks at causes alone: at what the kernel says of waiting, of stolen time and of the CPU time of others. It is
never told what a load measured. Leaves out how often a disturbed load is repeated (``rounds.py``).
"""

import os
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from loadgen_bench.errors import BenchError

MOST_EXTRA_PRESSURE: Final = 0.03
"""Share of time in which a task waited for a CPU, above what such a load makes on a calm host."""

MOST_STEAL: Final = 0.01
"""Share of all cores' time that the hypervisor gave to others (METHOD, gates)."""

MOST_EXTRA_FOREIGN: Final = 0.02
"""Share of all cores' time that other processes used (METHOD, gates), above what no process is charged for in such a
load on a calm host: a core that falls asleep and wakes thousands of times a second is not idle, but nobody's."""

_CALM_SHARE: Final = 0.05
_CALM_WINDOW_S: Final = 0.3
_CALM_WITHIN_S: Final = 3.0

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_IDLE, _IOWAIT, _STEAL = 3, 4, 7
_US_PER_S: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What the host did during one load, as shares of the time (pressure) or of all cores' time."""

    pressure: float
    steal: float
    foreign: float


def calmest(signs: Iterable[Signs]) -> Signs:
    """Give the least of each sign over loads of one kind: what such a load makes by itself."""
    seen = list(signs)
    return Signs(
        pressure=min(one.pressure for one in seen),
        steal=min(one.steal for one in seen),
        foreign=min(one.foreign for one in seen),
    )


def disturbance(signs: Signs, calm: Signs) -> str | None:
    """Say why a load was disturbed; None if it was not.

    :param calm: the least that loads of this kind were seen with.
    """
    if signs.steal > MOST_STEAL:
        return f"stolen time {signs.steal:.1%}, expected at most {MOST_STEAL:.0%}"
    most_foreign = calm.foreign + MOST_EXTRA_FOREIGN
    if signs.foreign > most_foreign:
        return f"CPU time of others {signs.foreign:.1%} of the cores, expected at most {most_foreign:.1%}"
    most_pressure = calm.pressure + MOST_EXTRA_PRESSURE
    if signs.pressure > most_pressure:
        return f"CPU pressure {signs.pressure:.1%}, expected at most {most_pressure:.1%}"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The kernel's totals at one instant, in seconds."""

    at_s: float
    waited_s: float
    idle_s: float
    stolen_s: float
    own_cpu_s: float
    servers_cpu_s: float

    @classmethod
    def now(cls, server_pids: tuple[int, ...]) -> "Reading":
        """Read the totals of the host, of this process and of the servers.

        :raises BenchError: this kernel does not account for CPU pressure, so that disturbed loads would pass.
        """
        times = [int(field) / _TICKS_PER_S for field in Path("/proc/stat").read_text().partition("\n")[0].split()[1:]]
        own = resource.getrusage(resource.RUSAGE_SELF)
        return cls(
            at_s=time.monotonic(),
            waited_s=_waited_s(),
            idle_s=times[_IDLE] + times[_IOWAIT],
            stolen_s=times[_STEAL],
            own_cpu_s=own.ru_utime + own.ru_stime,
            servers_cpu_s=sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in server_pids),
        )

    def signs_until(self, end: "Reading", *, client_cpu_s: float, cores: int) -> Signs:
        """Give the signs between this reading and a later one."""
        length_s = end.at_s - self.at_s
        cores_s = length_s * cores
        stolen_s = end.stolen_s - self.stolen_s
        # By what was idle, which the kernel tells to the microsecond, and not by ticks that happen to fall on a task.
        busy_s = cores_s - (end.idle_s - self.idle_s) - stolen_s
        ours_s = client_cpu_s + end.own_cpu_s - self.own_cpu_s + end.servers_cpu_s - self.servers_cpu_s
        return Signs(
            pressure=(end.waited_s - self.waited_s) / length_s,
            steal=stolen_s / cores_s,
            foreign=max(0.0, busy_s - ours_s) / cores_s,
        )


def wait_for_calm() -> None:
    """Wait until others leave the cores alone, for some seconds at most: what disturbs a host mostly passes.

    To be called while no load goes on. A load that is made though the host never calmed is judged like any other.
    """
    end_s = time.monotonic() + _CALM_WITHIN_S
    while time.monotonic() < end_s:
        before = Reading.now(())
        time.sleep(_CALM_WINDOW_S)
        signs = before.signs_until(Reading.now(()), client_cpu_s=0.0, cores=os.cpu_count() or 1)
        if signs.foreign <= _CALM_SHARE:
            return


def _waited_s() -> float:
    try:
        pressure = Path("/proc/pressure/cpu").read_text()
    except OSError as error:  # missing, or refused by a kernel that was booted without it
        raise BenchError(
            "this host cannot be judged",
            seen=f"/proc/pressure/cpu: {error.strerror}",
            expected="a kernel that accounts for CPU pressure",
            hint="boot with psi=1",
        ) from error
    return int(pressure.split("total=")[1].split()[0]) / _US_PER_S
