"""From kept loads to figures: geometric means with their intervals, and ratios block by block.

Leaves out which loads are kept (``rounds.py``). The arithmetic is the project's own (``fwcompare.stats``).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fwcompare.model.summary import Interval
from fwcompare.stats.intervals import geometric_interval, paired_estimate

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Ours to a peer's, over the blocks in which both were undisturbed.

    ``mean`` is geometric; the bounds are of Student's t at 95 % over the blocks' logarithms, None with one block.
    """

    blocks: int
    mean: float
    low: float | None
    high: float | None


def figure_of(by_block: Mapping[int, float]) -> Interval | None:
    """Give the geometric mean with its interval; None without a block."""
    return geometric_interval(list(by_block.values()), CONFIDENCE)


def ratio_of(ours: Mapping[int, float], peer: Mapping[int, float]) -> Ratio | None:
    """Give the ratio of figures that are paired by their block; None where no block has both."""
    both = sorted(ours.keys() & peer.keys())
    estimate = paired_estimate((ours[block], peer[block]) for block in both)
    if estimate is None:
        return None
    low, high = estimate.bounds(CONFIDENCE) or (None, None)
    return Ratio(blocks=estimate.n, mean=estimate.ratio, low=low, high=high)


def goal_verdict(ratio: Ratio | None, goal: float | None) -> str:
    """Say whether a goal is reached; the lower bound decides, so that luck does not."""
    if goal is None:
        return ""
    if ratio is None or ratio.low is None or not math.isfinite(ratio.low):
        return f">= {goal:g}: unknown, too few blocks"
    return f">= {goal:g}: {'reached' if ratio.low >= goal else 'not reached'}"
