"""Quantiles of few, known values; what the tools record themselves, they summarise themselves."""

import math
from collections.abc import Sequence


def nearest_rank(ascending: Sequence[float], q: float) -> float:
    """Give the least value at or below which the share ``q`` of all lies."""
    # Rounded, since 0.99 x 100 is a little more than 99 in binary.
    return ascending[math.ceil(round(q * len(ascending), 9)) - 1]
