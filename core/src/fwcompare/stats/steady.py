"""Whether a throughput stays what it is: METHOD's equivalence test on equal buckets, and where a warm-up ends.

Steady is what passes three tests, as shares of the mean, with a tolerance of 2 %: the means of three thirds lie within
1.5 tolerances of each other, the Theil-Sen slope times the span is at most 1.5 tolerances, and the first ten buckets
differ from the rest by at most 2.5 tolerances (*METHOD*, "A trial", 4).

One deviation from METHOD: each limit is at least what chance alone explains, ``z`` standard errors of the figure that
is held to it. Without that, a window of 6 s of a target that serves 80 requests in each bucket of 0.25 s is never
steady, as the counting alone scatters its thirds by 4 %; and *unstable* said of every such trial says nothing. With
buckets that scatter little the limits are METHOD's own. What was too small to be seen is told in the reason.

The standard errors are of long-run scatter, for buckets that hang together: ``s sqrt((1 + r) / (1 - r))``, where s and
r are the deviation and the correlation of neighbours about the best fit of one step. The step is fitted because a late
drop would otherwise count as scatter and excuse itself; at least five buckets lie on each side of it, so that a dip of
a garbage collector does count as scatter.

Simulated (seeded, 600 windows of each kind; the tests repeat the main ones), windows of 20 to 120 buckets. A steady
target is refused in at most 3 % for scatter of 0.1 to 30 % without correlation, 5 % with a correlation of 0.3, and 11 %
with 0.5; with dips of 30 % in a tenth of the buckets, at random or in turn, in at most 3 %. A drop of 8 % in the last
20 to 33 % of the window is refused in 96 % or more with scatter of 1 %; in its last third with scatter of 6 %, in 44 %
of windows of 24 buckets, 82 % of 40 and 99 % of 60.

Pure. Leaves out what is made of an answer (``session/``, ``cell_verdict.py``). numpy alone, and no scipy: the warm-up
asks while the load runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fwcompare.model.measurement import Steadiness

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

TOLERANCE = 0.02
"""METHOD's tolerance; the limits are 1.5 and 2.5 times as much."""

MIN_BUCKETS = 20
"""Buckets below which nothing is said."""

_FIRST = 10
_LEAST_BESIDE_STEP = 5
_MOST_CORRELATED = 0.5
"""Neighbours that hang together more than this are a change and not scatter: a ramp is not to excuse itself."""
_LEAST_SCATTER = 12
"""Buckets at least, to see the scatter of a warm-up by."""
_MOST_BUCKETS = 240
"""More are merged: the slope looks at every pair."""
_MOST_STARTS = 20
"""So many beginnings of the steady part are tried at most, since the warm-up asks four times a second."""
_NO_DIGITS = 10
"""Percent from which they are written without digits after the point."""
_SEEN = 1.645
"""Standard errors beyond its limit at which a change is seen in 95 of 100 windows."""


@dataclass(frozen=True)
class _Test:
    """One of the three tests: what was seen, as a share of the mean, its standard error, and METHOD's limit."""

    name: str
    seen: float
    error: float
    least_limit: float
    z: float

    @property
    def limit(self) -> float:
        return max(self.least_limit, self.z * self.error)

    @property
    def passed(self) -> bool:
        return self.seen <= self.limit


def steadiness(buckets: Sequence[float]) -> Steadiness | None:
    """Judge a measured window by the throughput of its equal buckets, in any unit.

    None with fewer than 20 buckets: too short to tell.
    """
    if len(buckets) < MIN_BUCKETS:
        return None
    window = _merged(buckets)
    if not window.mean():
        return Steadiness(steady=True, reason="steady at 0", change=0.0)
    deviation, correlation = _scatter(window)
    tests = _tests(window, deviation, correlation)
    failed = [test for test in tests if not test.passed]
    if failed:
        told = (f"{test.name}: {_percent(test.seen)}, at most {_percent(test.limit)}" for test in failed)
        return Steadiness(steady=False, reason="; ".join(told), change=max(test.seen for test in failed))
    thirds = tests[0]
    if thirds.limit == thirds.least_limit:
        return Steadiness(steady=True, reason=f"steady within {_percent(TOLERANCE)}", change=0.0)
    unseen = thirds.limit + _SEEN * thirds.error
    return Steadiness(
        steady=True,
        reason=f"steady as far as its scatter of {_percent(deviation / window.mean())} can tell "
        f"(a lasting change below {_percent(unseen)} might not be seen)",
        change=0.0,
    )


def settled(buckets: Sequence[float]) -> int | None:
    """Say how many buckets of a warm-up to drop from the front, so that the rest is steady; None when it is not yet.

    The rest has at least 20 buckets, each of which is as long as the others.
    """
    spare = len(buckets) - MIN_BUCKETS
    if spare < 0:
        return None
    for start in range(0, spare + 1, max(1, -(-spare // _MOST_STARTS))):
        rest = _merged(buckets[start:])
        # A slow start and a jump at the end are what is looked for, so that neither may pass for scatter.
        half = max(_LEAST_SCATTER, len(rest) // 2)
        scatter = min(_scatter(rest[:half]), _scatter(rest[-half:]), key=lambda seen: _long_run(*seen))
        # By the mean and not by its buckets: that of the smallest numbers there are is 0, too.
        if not rest.mean() or all(test.passed for test in _tests(rest, *scatter)):
            return start
    return None


def _merged(buckets: Sequence[float]) -> "NDArray[float64]":
    import numpy as np  # noqa: PLC0415 - a tenth of a second that only a judgement should wait for

    window = np.asarray(buckets, dtype=float)
    width = -(-len(window) // _MOST_BUCKETS)
    starts = np.arange(0, len(window), width)
    return np.asarray(np.add.reduceat(window, starts) / np.diff([*starts, len(window)]))


def _tests(window: "NDArray[float64]", deviation: float, correlation: float) -> list[_Test]:
    import numpy as np  # noqa: PLC0415 - as above

    n, mean = len(window), float(window.mean())
    long_run = _long_run(deviation, correlation) / mean
    # Student's t has longer tails for few buckets, and the three tests share one level of 5 %.
    z = 2.7 * (1 + 4 / n)
    thirds = [float(part.mean()) for part in np.array_split(window, 3)]
    earlier, later = np.triu_indices(n, 1)
    slope = float(np.median((window[later] - window[earlier]) / (later - earlier)))
    first, rest = float(window[:_FIRST].mean()), float(window[_FIRST:].mean())
    return [
        _Test("its thirds differ", (max(thirds) - min(thirds)) / mean, long_run * (6 / n) ** 0.5, 1.5 * TOLERANCE, z),
        _Test(
            "it falls from end to end" if slope < 0 else "it rises from end to end",
            abs(slope) * (n - 1) / mean,
            long_run * (12 / n) ** 0.5,
            1.5 * TOLERANCE,
            z,
        ),
        _Test(
            f"its first {_FIRST} buckets differ from the rest",
            abs(first - rest) / mean,
            long_run * (1 / _FIRST + 1 / (n - _FIRST)) ** 0.5,
            2.5 * TOLERANCE,
            z,
        ),
    ]


def _long_run(deviation: float, correlation: float) -> float:
    """Give the deviation of independent buckets whose mean is as uncertain as that of these."""
    return float(deviation * ((1 + correlation) / (1 - correlation)) ** 0.5)


def _scatter(window: "NDArray[float64]") -> tuple[float, float]:
    """Give the standard deviation and the correlation of neighbours, from 0 to 0.5, about the best fit of one step."""
    import numpy as np  # noqa: PLC0415 - as above

    n = len(window)
    sums = np.cumsum(window)
    places = np.arange(_LEAST_BESIDE_STEP, n - _LEAST_BESIDE_STEP + 1)
    before, after = sums[places - 1] / places, (sums[-1] - sums[places - 1]) / (n - places)
    step = int(places[np.argmax(places * (n - places) * (before - after) ** 2)])
    rest = np.concatenate([window[:step] - window[:step].mean(), window[step:] - window[step:].mean()])
    squares = float((rest**2).sum())
    if squares <= (1e-12 * float(window.mean())) ** 2 * n:
        return 0.0, 0.0
    seen = float((rest[1:] * rest[:-1]).sum()) / squares
    # Two fitted means bias the correlation downwards by about this much.
    unbiased = seen + (2 + 3 * max(seen, 0.0)) / n
    return (squares / (n - 3)) ** 0.5, min(max(unbiased, 0.0), _MOST_CORRELATED)


def _percent(share: float) -> str:
    points = share * 100
    return f"{points:.0f} %" if points >= _NO_DIGITS else f"{points:.2g} %"
