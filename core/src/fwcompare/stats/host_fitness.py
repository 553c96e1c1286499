"""Whether a host is fit: to compare throughputs on, and to check ground truths on.

The first is asked by ``run --host-check``, the second by every test of a known answer; both report "host unfit" with a
reason, and judge the host by its own signs, never by the outcome. The limits are METHOD's gates on the host and the
client, and for the ground truths stricter ones.

Pure. Leaves out how the signs are taken (``session/host_check.py``, the tests).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from fwcompare.model.host_check import HostCheck, HostSigns
from fwcompare.stats.intervals import LogEstimate
from fwcompare.stats.verdicts import decide

MOST_RESOLUTION: Final = 0.05
"""Differences that a fit host tells apart: coarser than the margin of 2 % is usable, coarser than this is not."""

MOST_CANARY: Final = 0.05
MOST_FOREIGN: Final = 0.02
MOST_STEAL: Final = 0.01
MOST_SLEEP_LATE_MS: Final = 1.0

MOST_ANSWER_LATE_MS: Final[Mapping[float, float]] = {0.5: 0.06, 0.9: 0.12}
"""By quantile, for known answers. Stricter than the truths: a queue at 70 % load makes three times as much of it."""

MOST_TRUTH_PRESSURE: Final = 0.03
"""Twice what the load of a ground truth makes by itself on a quiet host of two cores."""

MOST_TRUTH_LAG_MS: Final = 1.0
"""The client's gate of METHOD, in its strict form."""

_CONFIDENCE: Final = 0.95
_MARGIN: Final = 0.02


def judge_host(pairs: Sequence[tuple[float, float]], signs: HostSigns, *, seed: int) -> HostCheck:
    """Judge an A/A run by the throughput of its blocks, each of the first and of the second name, and by its signs.

    :param pairs: at least two blocks; a rate of zero makes the host unfit.
    """
    unfit = list(disturbances(signs))
    if min(rate for pair in pairs for rate in pair) <= 0:
        unfit.insert(0, "a load against the null server got no answer")
        return HostCheck(tuple(unfit), len(pairs), seed, None, 0.0, signs)
    estimate = LogEstimate.of([math.log(a) - math.log(b) for a, b in pairs])
    decision = decide(estimate, level=1 - _CONFIDENCE, confidence=_CONFIDENCE, margin=_MARGIN, higher_is_better=True)
    if decision.verdict in ("faster", "slower"):
        unfit.insert(0, f"the same server under two names is said to be {decision.verdict} than itself")
    resolution = _resolution(estimate)
    if resolution is None or resolution > MOST_RESOLUTION:
        seen = "no difference" if resolution is None else f"only differences above {resolution:.1%}"
        unfit.append(f"it tells {seen} apart, expected {MOST_RESOLUTION:.0%} or finer")
    return HostCheck(tuple(unfit), len(pairs), seed, resolution, _spread(pairs), signs)


def disturbances(signs: HostSigns) -> list[str]:
    """Say what disturbs the host, each with its figure and its limit; empty when nothing does.

    Pressure is no reason by itself: client and server press each other where there are few CPUs.
    """
    limits = {
        "canary": (signs.canary_spread, MOST_CANARY, "off its median"),
        "CPU of others": (signs.foreign_share, MOST_FOREIGN, "of all CPUs"),
        "steal": (signs.steal_share, MOST_STEAL, "of all CPUs"),
    }
    found = [
        f"{name} {seen:.1%} {of}, expected at most {most:.0%}"
        for name, (seen, most, of) in limits.items()
        if seen is not None and seen > most
    ]
    if signs.late_p99_ms > MOST_SLEEP_LATE_MS:
        found.append(
            f"a sleep of 1 ms ends {signs.late_p99_ms:.2f} ms late at p99, expected at most {MOST_SLEEP_LATE_MS:g} ms"
        )
    return found


def known_answer_late(late_ms: Mapping[float, float]) -> str | None:
    """Say by how much a known answer comes too late for ground truths; None when the host is fit for them.

    :param late_ms: by quantile, those of :data:`MOST_ANSWER_LATE_MS`.
    """
    for q, most_ms in MOST_ANSWER_LATE_MS.items():
        if late_ms[q] > most_ms:
            return f"answers {late_ms[q]:.3f} ms late at p{q * 100:.0f}, expected at most {most_ms} ms"
    return None


def truth_disturbed(*, pressure_share: float, lag_p99_ms: float | None) -> str | None:
    """Say what disturbed the load of a ground truth; None when nothing did.

    :param lag_p99_ms: the generator's own; None in a closed model.
    """
    if pressure_share > MOST_TRUTH_PRESSURE:
        return f"CPU pressure {pressure_share:.1%} during the load, expected at most {MOST_TRUTH_PRESSURE:.0%}"
    if lag_p99_ms is not None and lag_p99_ms > MOST_TRUTH_LAG_MS:
        return f"generator lag {lag_p99_ms:.3f} ms at p99, expected at most {MOST_TRUTH_LAG_MS:g} ms"
    return None


def _resolution(estimate: LogEstimate) -> float | None:
    """Give half the width of the ratio's interval as a share; None when it is a factor of two or more."""
    logs = estimate.log_bounds(_CONFIDENCE)
    half = math.inf if logs is None else (logs[1] - logs[0]) / 2
    return math.expm1(half) if half < math.log(2) else None


def _spread(pairs: Sequence[tuple[float, float]]) -> float:
    """Give the standard deviation of the logarithms about the mean of each name."""
    squares = 0.0
    for name in (0, 1):
        logs = [math.log(pair[name]) for pair in pairs]
        mean = math.fsum(logs) / len(logs)
        squares += math.fsum((value - mean) ** 2 for value in logs)
    return math.sqrt(squares / (2 * len(pairs) - 2))
