"""A live A/A run of this host: the same server under two names, judged as two targets are, beside the host's own signs.

Ten blocks of half a second for each name, in an order from a recorded seed; before each block the canary spins and
some short sleeps are timed. It takes about twenty seconds. What is found is kept for the host: the check for a day, the
client's ceiling until the load generator or the host is another. A ceiling that was measured while others used the CPUs
is too low, so it is measured again before the next run, and the highest counts.
"""

import random
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fwcompare.model.host_check import HostCheck, HostSigns
from fwcompare.model.measurement import Noise
from fwcompare.model.ports import Clock, LoadGenerator, Telemetry
from fwcompare.session.canary import spin_median_ms
from fwcompare.session.ceiling import NullServer, measure_ceiling, null_rate
from fwcompare.stats.host_fitness import MOST_FOREIGN, judge_host

_BLOCKS = 10
_SLEEPS = 30
_SLEEP_S = 0.001


@dataclass(frozen=True)
class Probe:
    """What a check touches: the clock, the load generator, null servers, a spin and the telemetry.

    ``pause`` raises when the user wants it to end.
    """

    clock: Clock
    load: LoadGenerator
    server: NullServer
    spin: Callable[[], float]
    telemetry: Telemetry
    pause: Callable[[], None]


@dataclass(frozen=True)
class Ceiling:
    """The highest rate that a load reached against the null server, and whether nobody else used the CPUs meanwhile."""

    rps: float
    undisturbed: bool


@dataclass(frozen=True)
class Checked:
    """A check, and the ceiling that its loads came to."""

    check: HostCheck
    ceiling: Ceiling


def find_ceiling(probe: Probe) -> Ceiling:
    """Measure the client's ceiling alone, in about three seconds."""
    with _watched(probe) as noise:
        rps = measure_ceiling(probe.load, probe.server)
    return Ceiling(rps, _undisturbed(noise().foreign_share))


def check_host(probe: Probe, seed: int) -> Checked:
    """Make the A/A run; ``seed`` orders the names within each block.

    :raises InterruptedRunError: when the user stops it.
    """
    # Not for secrets: what matters is that a recorded seed replays.
    order = random.Random(seed)  # noqa: S311
    pairs: list[tuple[float, float]] = []
    spins_ms: list[float] = []
    late_ms: list[float] = []
    with _watched(probe) as noise:
        for _ in range(_BLOCKS):
            probe.pause()
            spins_ms.append(spin_median_ms(probe.spin))
            late_ms += _lateness_ms(probe.clock)
            names = ["a", "b"]
            order.shuffle(names)
            rates = {name: null_rate(probe.load, probe.server) for name in names}
            pairs.append((rates["a"], rates["b"]))
    usual_ms = statistics.median(spins_ms)
    percentiles = statistics.quantiles(late_ms, n=100, method="inclusive")
    seen = noise()
    signs = HostSigns(
        canary_spread=max(abs(spin_ms / usual_ms - 1) for spin_ms in spins_ms),
        late_p50_ms=percentiles[49],
        late_p99_ms=percentiles[98],
        foreign_share=seen.foreign_share,
        steal_share=seen.steal_share,
        pressure_share=seen.pressure_share,
    )
    highest = max(rate for pair in pairs for rate in pair)
    return Checked(judge_host(pairs, signs, seed=seed), Ceiling(highest, _undisturbed(signs.foreign_share)))


def _undisturbed(foreign_share: float | None) -> bool:
    """Where the kernel does not tell, the ceiling counts, rather than being measured before every run."""
    return foreign_share is None or foreign_share <= MOST_FOREIGN


def _lateness_ms(clock: Clock) -> Iterator[float]:
    """Sleep shortly some times; give by how much each sleep ended late."""
    for _ in range(_SLEEPS):
        before = clock.monotonic()
        clock.sleep(_SLEEP_S)
        yield (clock.monotonic() - before - _SLEEP_S) * 1000


@contextmanager
def _watched(probe: Probe) -> Iterator[Callable[[], Noise]]:
    """Watch the machine; give what then tells what went on on it meanwhile.

    The load generator, the null server and the spins are all of this process, which is no foreign one.
    """
    watch = probe.telemetry.watch({})
    start_s = end_s = probe.clock.monotonic()
    try:
        yield lambda: watch.noise(start_s, end_s)
        end_s = probe.clock.monotonic()
    finally:
        watch.stop()
