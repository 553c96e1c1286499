"""The p99 of what a load answered lately, from two looks at its counts of answers by time. Pure.

For the eye of whoever waits: right to the width of a bucket, some per cent, and never published.
"""

from collections.abc import Sequence
from typing import Final

Times = Sequence[tuple[float, int]]
"""Answers so far by how long they took: the upper edge of a bucket in ms, and how many are in it; edges ascend."""

_P99: Final = 0.99
ENOUGH: Final = 100
"""Below so many answers the slowest alone would be their p99."""


def recent_p99_ms(before: Times, now: Times) -> float | None:
    """Give the 99th percentile of the answers between two looks, in ms; None below :data:`ENOUGH` of them."""
    earlier = dict(before)
    new = [(edge_ms, count - earlier.get(edge_ms, 0)) for edge_ms, count in now]
    total = sum(count for _, count in new)
    if total < ENOUGH:
        return None
    seen = 0
    for edge_ms, count in new:
        seen += count
        if seen >= _P99 * total:
            return edge_ms
    return None
