"""The canary: a fixed piece of work before each trial, that tells whether the host is as fast as it was before.

Ten spins of about 40 ms, by the CPU time of this thread: waiting for a CPU does not count, only how fast it is (METHOD,
"A trial", 3). The work is hashing in the first-level cache, compiled code that no version of Python changes; it is laid
out once, so that it is the same for the whole session. A CPU that was clocked down, or whose time the hypervisor gave
to others, takes longer for it.

Seen on a virtual machine of two cores, eight times ten spins: the medians lay within 1 % of each other, while other
programs kept both cores busy.
"""

import hashlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fwcompare.model.measurement import Gate

CANARY = "canary"
MOST_OFF = 0.05
"""How far a trial's spin may be off the session's median, as a share of it."""

_SPINS = 10
_SPIN_MS = 40.0
_JUDGED_FROM = 3
"""Trials that a median is made of at least."""

_BLOCK = bytes(range(256)) * 64
_PROBE_ROUNDS = 500


class HashSpin:
    """The same work each time, made to take about 40 ms of CPU time when it was first done."""

    def __init__(self) -> None:
        self._rounds: int | None = None

    def __call__(self) -> float:
        """Do it; give the CPU time it took, in milliseconds."""
        if self._rounds is None:
            _cpu_ms(_PROBE_ROUNDS)  # wakes the CPU
            self._rounds = max(1, round(_PROBE_ROUNDS * _SPIN_MS / _cpu_ms(_PROBE_ROUNDS)))
        return _cpu_ms(self._rounds)


def _cpu_ms(rounds: int) -> float:
    before = time.thread_time_ns()
    for _ in range(rounds):
        hashlib.sha256(_BLOCK).digest()
    return (time.thread_time_ns() - before) / 1e6


@dataclass
class Canary:
    """The canary of one session.

    :param spin: does a fixed work and gives its CPU time in milliseconds.
    """

    spin: Callable[[], float]
    _medians_ms: list[float] = field(default_factory=list)

    def gate(self) -> Gate:
        """Spin ten times, which takes 0.4 s, and hold the median to that of the session so far, this one included.

        The first two trials pass: there is nothing yet to hold them to.
        """
        median_ms = spin_median_ms(self.spin)
        self._medians_ms.append(median_ms)
        if len(self._medians_ms) < _JUDGED_FROM:
            return _gate(passed=True, seen=f"{median_ms:.1f} ms of CPU time, among the first of the session")
        usual_ms = statistics.median(self._medians_ms)
        off = median_ms / usual_ms - 1
        return _gate(
            passed=abs(off) <= MOST_OFF,
            seen=f"{median_ms:.1f} ms of CPU time, {off * 100:+.1f} % off the session's median of {usual_ms:.1f} ms",
        )


def spin_median_ms(spin: Callable[[], float]) -> float:
    """Spin ten times; give the median."""
    return statistics.median(spin() for _ in range(_SPINS))


def _gate(*, passed: bool, seen: str) -> Gate:
    return Gate(
        name=CANARY, passed=passed, seen=seen, limit=f"within {MOST_OFF:.0%} of the session's median", about="host"
    )
