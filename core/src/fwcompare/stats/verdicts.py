"""What may be said about a pair: METHOD, "Verdict of a pair", and the cases in which nothing may be.

The hypothesis that Holm's procedure tests is "the true ratio lies within the margin", because that is what
``faster`` and ``slower`` deny. The margin is a factor: 2 % means 1/1.02 to 1.02, so that a pair and its mirror
image are judged alike.

Verdicts are about ``a`` and about merit: ``faster`` says that ``a`` is *better* in the metric (more requests
per second, or less CPU time per request), ``slower`` that it is worse.

Leaves out the refusals of METHOD that one side gives by itself: steadiness, saturation, provenance (``contenders.py``).
"""

import math
from dataclasses import dataclass

from fwcompare.model.summary import PairVerdict
from fwcompare.stats.intervals import LogEstimate
from fwcompare.stats.wording import count, percent

MIN_BLOCKS = 3
"""Blocks below which a pair is not ranked (METHOD, "Repeats")."""

MAX_ERROR_RATE_GAP = 0.001
"""Error rates further apart than this many points (0.1 of a percent point) are not compared."""

MAX_DISCARDED = 0.2
"""The largest share of blocks that may be left out of a pair."""


@dataclass(frozen=True)
class Decision:
    """A verdict and why, in the user's words; the reason may be empty when the interval says it all."""

    verdict: PairVerdict
    reason: str


def decide(
    estimate: LogEstimate, *, level: float, confidence: float, margin: float, higher_is_better: bool
) -> Decision:
    """Judge a pair by its intervals alone.

    :param level: the level of the pair's step in Holm's procedure; 1 - level is the adjusted confidence.
    :param confidence: of a single interval; equivalence takes two one-sided tests at 1 - confidence each, that
        is an interval at 2 * confidence - 1 (90 % for 95 %).
    :param margin: differences below this share are of no interest, such as 0.02.
    """
    adjusted = estimate.log_bounds(1 - level)
    one_sided = estimate.log_bounds(2 * confidence - 1)
    if estimate.n < MIN_BLOCKS or adjusted is None or one_sided is None:
        return Decision("too few repeats", f"{count(estimate.n, 'block')} with both, {MIN_BLOCKS} are needed")
    delta = math.log1p(margin)
    low, high = adjusted
    if low > delta or high < -delta:
        return Decision("faster" if (low > delta) is higher_is_better else "slower", "")
    if -delta <= one_sided[0] and one_sided[1] <= delta:
        shown = f"{math.exp(one_sided[0]):.3f} to {math.exp(one_sided[1]):.3f}"
        return Decision(
            "equivalent",
            f"the {percent(2 * confidence - 1)} interval, {shown}, lies within the margin of {percent(margin)}",
        )
    if low > 0 or high < 0:
        return Decision("differs", f"the difference may be smaller than the margin of {percent(margin)}")
    return Decision("inconclusive", "the interval holds both no difference and one beyond the margin")


def refusal(
    decision: Decision,
    *,
    error_rates: tuple[float | None, float | None],
    lower_bounds: tuple[bool, bool],
    names: tuple[str, str],
    blocks: int,
    discarded: int,
) -> str:
    """Say why the pair must not be judged although it was; empty when it may be.

    :param error_rates: of a and b, as shares.
    :param lower_bounds: whether the figures of a and b are lower bounds, the client having been the limit.
    :param blocks: blocks compared; ``discarded`` were run as well and are left out of the pair.
    """
    if discarded > MAX_DISCARDED * (blocks + discarded):
        return (
            f"{discarded} of {count(blocks + discarded, 'block')} left out: disturbed, or without valid trials of "
            f"both; at most {percent(MAX_DISCARDED)} may be"
        )
    a_rate, b_rate = error_rates
    if a_rate is not None and b_rate is not None and abs(a_rate - b_rate) > MAX_ERROR_RATE_GAP:
        return (
            f"error rates differ by {abs(a_rate - b_rate) * 100:.3g} percentage points, and at most "
            f"{MAX_ERROR_RATE_GAP * 100:g} may be: an error can be a cheap answer"
        )
    return _lower_bound_refusal(decision.verdict, lower_bounds, names)


def _lower_bound_refusal(verdict: PairVerdict, lower_bounds: tuple[bool, bool], names: tuple[str, str]) -> str:
    # A winner whose figure is a lower bound has won all the same; every other verdict could turn.
    winner = {"faster": 0, "slower": 1}.get(verdict)
    doubtful = [name for side, name in enumerate(names) if lower_bounds[side] and side != winner]
    if not doubtful:
        return ""
    return f"the load generator was the limit of {' and '.join(doubtful)}: more throughput may be possible"
