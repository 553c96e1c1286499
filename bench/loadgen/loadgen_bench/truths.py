"""The ground truths: times that arithmetic gives, and whether a tool said them (METHOD, "Ground truths").

Pure. The stub's draws are told here once more, as its users may. Leaves out the loads (``truth_trials.py``).
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

from loadgen_bench.quantiles import nearest_rank

QUANTILES: Final = (0.5, 0.9, 0.99)
MOST_ERROR: Final = 0.02
LOOPBACK_MS: Final = 0.2
"""The way over loopback, which no truth knows: so much is always granted."""

MOST_LITTLE_ERROR: Final = 0.01

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


def stall_ms(service_ms: float, stall_ms: float, period_ms: float, rate: float) -> dict[str, float]:
    """Give the response times of a server that stands still for ``stall_ms`` of every ``period_ms``.

    Uniform arrivals over whole periods: the q-quantile is s + max(0, S - (1 - q)(1 - rho) T), and the mean is
    s + S^2 / (2 (1 - rho) T).
    """
    free = 1 - rate * service_ms / 1000
    times = {_name(q): service_ms + max(0.0, stall_ms - (1 - q) * free * period_ms) for q in QUANTILES}
    return times | {"mean": service_ms + stall_ms**2 / (2 * free * period_ms)}


def queue_ms(due_ms: Sequence[float], service_ms: Sequence[float], *, clerks: int = 1) -> dict[str, float]:
    """Give the figures of :func:`queue_times_ms`."""
    times = queue_times_ms(due_ms, service_ms, clerks=clerks)
    return {_name(q): nearest_rank(times, q) for q in QUANTILES} | {"mean": math.fsum(times) / len(times)}


def queue_times_ms(due_ms: Sequence[float], service_ms: Sequence[float], *, clerks: int = 1) -> list[float]:
    """Give the response times, ascending, of one queue in front of so many clerks, with these arrivals and services.

    Of one clerk that is Lindley's W' = max(0, W + S - A), L = W + S.
    """
    free_ms = [0.0] * clerks
    times = []
    for due, service in zip(due_ms, service_ms, strict=True):
        done = max(due, heapq.heappop(free_ms)) + service
        heapq.heappush(free_ms, done)
        times.append(done - due)
    return sorted(times)


def constant_due_ms(rate: float, count: int) -> list[float]:
    """Give when requests at a constant rate are due."""
    return [index * 1000 / rate for index in range(count)]


def poisson_due_ms(rate: float, seed: int, count: int) -> list[float]:
    """Give when our generator's drawn arrivals are due: stream 0 of the seed."""
    stream = _mix(seed ^ _mix(_GOLDEN))
    return list(accumulate(_exponential(stream, index) * 1000 / rate for index in range(count)))


def drawn_service_ms(mean_ms: float, seed: int, count: int) -> list[float]:
    """Give the stub's drawn service times: its request i takes draw i."""
    return [_exponential(seed, index) * mean_ms for index in range(count)]


def error_share(truth: float, said: float) -> float:
    """Give by how much of the truth a tool is off, signed."""
    return said / truth - 1


def within(name: str, truth: float, said: float) -> bool:
    """Say whether a figure is as near to the truth as METHOD asks; ``connections`` is that of Little's law."""
    if name == "connections":
        return abs(error_share(truth, said)) <= MOST_LITTLE_ERROR
    return abs(said - truth) <= max(MOST_ERROR * truth, LOOPBACK_MS)


def said_ms(quantiles_ms: Mapping[float, float], mean_ms: float) -> dict[str, float]:
    """Give what a tool says under the names of the truths."""
    return {_name(q): quantiles_ms[q] for q in QUANTILES if q in quantiles_ms} | {"mean": mean_ms}


def _name(q: float) -> str:
    return f"p{q * 100:.0f}"


def _mix(bits: int) -> int:
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


def _exponential(seed: int, index: int) -> float:
    bits = _mix((seed + (index + 1) * _GOLDEN) & _MASK)
    return -math.log(((bits >> 11) + 1) / (1 << 53))
