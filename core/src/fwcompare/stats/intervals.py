"""How sure a mean over trials is: Student's t over logarithms.

One trial gives one value (its throughput, its quantile, its CPU time per request); such values are positive
and scatter by factors, so means are geometric and intervals are multiplicative. Requests of one trial are
never pooled with those of another: they are not independent.

Leaves out how many pairs are compared at once (``holm.py``) and what an interval means for a winner
(``verdicts.py``).

Source: W. S. Gosset's t on d = ln A - ln B; for the choice against a bootstrap over few trials see METHOD,
"A comparison".
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fwcompare.model.summary import Interval

MIN_VALUES = 2
"""The fewest values that have an interval: with one there is nothing to see the scatter by."""

_LARGEST_EXPONENT = 700.0
"""``exp`` of more than this does not fit a float; two wildly different trials can ask for it."""


@dataclass(frozen=True)
class LogEstimate:
    """The mean of ``n`` logarithms and its standard error; the error is None when ``n`` is 1."""

    n: int
    mean: float
    error: float | None

    @classmethod
    def of(cls, logarithms: Sequence[float]) -> "LogEstimate":
        """Estimate from at least one logarithm.

        :raises ValueError: when there is none.
        """
        n = len(logarithms)
        if n == 0:
            raise ValueError("expected at least one value")
        mean = math.fsum(logarithms) / n
        if n < MIN_VALUES:
            return cls(n, mean, None)
        variance = math.fsum((value - mean) ** 2 for value in logarithms) / (n - 1)
        return cls(n, mean, math.sqrt(variance / n))

    @classmethod
    def behind(cls, interval: Interval, *, n: int, confidence: float) -> "LogEstimate | None":
        """Give back the estimate that an interval over ``n`` values was made of; None where it has no bounds."""
        if interval.low is None or interval.high is None or n < MIN_VALUES:
            return None
        from scipy.special import stdtrit  # noqa: PLC0415 - as below

        half = (math.log(interval.high) - math.log(interval.low)) / 2
        return cls(n, math.log(interval.mean), half / float(stdtrit(n - 1, (1 + confidence) / 2)))

    @property
    def ratio(self) -> float:
        """Give the mean as a factor, ``exp(mean)``."""
        return math.exp(self.mean)

    def log_bounds(self, confidence: float) -> tuple[float, float] | None:
        """Give ``mean -+ t * error`` with t at ``(1 + confidence) / 2`` and n - 1 degrees of freedom.

        None when ``n`` is 1. Without any scatter both bounds are the mean.
        """
        if self.error is None:
            return None
        from scipy.special import stdtrit  # noqa: PLC0415 - half a second that only a judgement should wait for

        half = float(stdtrit(self.n - 1, (1 + confidence) / 2)) * self.error
        return self.mean - half, self.mean + half

    def bounds(self, confidence: float) -> tuple[float, float] | None:
        """Give :meth:`log_bounds` as factors; None also when they are too far apart for a float."""
        logs = self.log_bounds(confidence)
        if logs is None or max(map(abs, logs)) > _LARGEST_EXPONENT:
            return None
        return math.exp(logs[0]), math.exp(logs[1])

    def p_beyond(self, delta: float) -> float:
        """Give the p-value of "the true mean lies within -+ ``delta``", at most 1.

        It is at most ``a`` if and only if the interval at confidence ``1 - a`` lies beyond ``delta`` on one
        side: ``2 P(T > (|mean| - delta) / error)``. With one value nothing can be said: 1.
        """
        if self.error is None:
            return 1.0
        excess = abs(self.mean) - delta
        if self.error == 0:
            return 0.0 if excess > 0 else 1.0
        from scipy.special import stdtr  # noqa: PLC0415 - as above

        return min(1.0, 2 * float(stdtr(self.n - 1, -excess / self.error)))


def geometric_interval(values: Sequence[float], confidence: float) -> Interval | None:
    """Give the geometric mean of positive values with its confidence interval, in the values' unit.

    None without values; null bounds with one value, or where the bounds do not fit a float.

    :raises ValueError: when a value is zero, negative or not finite: it has no logarithm. A caller says what
        that means for its figure; leaving the value out would make the figure better than what was seen.
    """
    if not values:
        return None
    estimate = LogEstimate.of([_logarithm(value) for value in values])
    low, high = estimate.bounds(confidence) or (None, None)
    return Interval(mean=estimate.ratio, low=low, high=high)


def paired_estimate(pairs: Iterable[tuple[float, float]]) -> LogEstimate | None:
    """Estimate the mean of ``ln a - ln b``; None without pairs.

    :raises ValueError: when a value is zero, negative or not finite.
    """
    differences = [_logarithm(a) - _logarithm(b) for a, b in pairs]
    return LogEstimate.of(differences) if differences else None


def _logarithm(value: float) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{value!r} has no logarithm; expected a finite number above zero")
    return math.log(value)
