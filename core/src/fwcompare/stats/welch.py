"""How far apart the means of two independent sets of trials are, as a ratio: Welch's t over logarithms.

For trials that nothing pairs: those of two runs were taken at different times, so no block holds one of each, and
their scatters need not be alike.

Source: B. L. Welch, "The generalization of Student's problem when several different population variances are
involved", Biometrika 34, 1947; degrees of freedom after Satterthwaite.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fwcompare.stats.intervals import LogEstimate

_LARGEST_EXPONENT = 700.0
"""``exp`` of more than this does not fit a float."""


@dataclass(frozen=True)
class WelchEstimate:
    """The difference of two means of logarithms, its standard error, and the degrees of freedom of that error.

    ``freedom`` is infinite where neither set scatters: the error is 0 then.
    """

    mean: float
    error: float
    freedom: float

    @classmethod
    def of(cls, a: Sequence[float], b: Sequence[float]) -> "WelchEstimate | None":
        """Estimate ``mean(ln b) - mean(ln a)`` of positive values; None where either has fewer than two.

        :raises ValueError: when a value is zero, negative or not finite.
        """
        first, second = (
            LogEstimate.of([_logarithm(value) for value in values]) if values else None for values in (a, b)
        )
        return None if first is None or second is None else cls.between(first, second)

    @classmethod
    def between(cls, first: LogEstimate, second: LogEstimate) -> "WelchEstimate | None":
        """Estimate ``second - first`` from two means of logarithms; None where either is of one value."""
        if first.error is None or second.error is None:
            return None
        error = math.hypot(first.error, second.error)
        mean = second.mean - first.mean
        if error == 0:
            return cls(mean, 0.0, math.inf)
        # As shares of the error: squares of tiny errors would be 0.
        parts = ((first.error / error) ** 4 / (first.n - 1), (second.error / error) ** 4 / (second.n - 1))
        return cls(mean, error, 1 / sum(parts))

    @property
    def ratio(self) -> float:
        """Give the difference as a factor."""
        return math.exp(self.mean)

    def log_bounds(self, confidence: float) -> tuple[float, float]:
        """Give ``mean -+ t * error``; both are the mean where nothing scatters."""
        if self.error == 0:
            return self.mean, self.mean
        from scipy.special import stdtrit  # noqa: PLC0415 - half a second that only a judgement should wait for

        half = float(stdtrit(self.freedom, (1 + confidence) / 2)) * self.error
        return self.mean - half, self.mean + half

    def bounds(self, confidence: float) -> tuple[float, float] | None:
        """Give :meth:`log_bounds` as factors; None when they are too far apart for a float."""
        low, high = self.log_bounds(confidence)
        return None if max(abs(low), abs(high)) > _LARGEST_EXPONENT else (math.exp(low), math.exp(high))

    def p_beyond(self, delta: float) -> float:
        """Give the p-value of "the true difference lies within -+ ``delta``", at most 1; see ``LogEstimate``."""
        excess = abs(self.mean) - delta
        if self.error == 0:
            return 0.0 if excess > 0 else 1.0
        from scipy.special import stdtr  # noqa: PLC0415 - as above

        return min(1.0, 2 * float(stdtr(self.freedom, -excess / self.error)))


def _logarithm(value: float) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{value!r} has no logarithm; expected a finite number above zero")
    return math.log(value)
