"""How many samples a quantile takes before it is told (METHOD, "Measure"): ten beyond it, p99 thus 1,000 in all."""

SAMPLES_BEYOND = 10
"""Samples that must lie beyond a quantile."""

# 100 * (1 - 0.9) is a little less than 10 in binary.
_ROUNDING = 1e-9


def enough_samples(count: int, q: float) -> bool:
    """Tell whether ``count`` samples are enough for the quantile ``q``, from 0 to 1."""
    return count * (1 - q) + _ROUNDING >= SAMPLES_BEYOND


def samples_needed(q: float) -> int:
    """Give the least count for which :func:`enough_samples` holds."""
    return round(SAMPLES_BEYOND / (1 - q))
