"""Every pair of cells that bore the same load on the same workload, matched by block.

A block holds one trial of each cell, run close in time; what disturbed one disturbed the other, and the
difference within the block cancels it. So trials meet by block number alone, never by their place in a list,
and a block in which either trial is missing, is not ok or lacks the figure is left out of that pair.

A family, for Holm's procedure, is all pairs of one workload, load point and metric.

Leaves out what a side brings (``contenders.py``), how a cell's own figures are made (``cells.py``) and what a verdict
takes (``verdicts.py``).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fwcompare.model.summary import Metric, PairSummary
from fwcompare.stats.contenders import Contender
from fwcompare.stats.holm import holm_levels
from fwcompare.stats.intervals import LogEstimate, paired_estimate
from fwcompare.stats.verdicts import Decision, decide, refusal
from fwcompare.stats.wording import block_list, percent

HIGHER_IS_BETTER: Mapping[Metric, bool] = {
    "throughput_rps": True,
    "cpu_ms_per_request": False,
    "response_p99_ms": False,
}


@dataclass(frozen=True)
class _Matched:
    a: Contender
    b: Contender
    blocks: tuple[int, ...]
    discarded: tuple[int, ...]
    estimate: LogEstimate | None
    without_ratio: str


def compare(contenders: Sequence[Contender], metric: Metric, *, confidence: float, margin: float) -> list[PairSummary]:
    """Judge all pairs of cells of one workload and load point, in the order of ``contenders``.

    :param confidence: of the family: the share of runs in which no verdict of it is wrong.
    """
    pairs = [_match(a, b) for a, b in combinations(contenders, 2)]
    delta = math.log1p(margin)
    p_values = [1.0 if pair.estimate is None else pair.estimate.p_beyond(delta) for pair in pairs]
    levels = holm_levels(p_values, 1 - confidence)
    return [
        _judge(pair, metric, level=level, confidence=confidence, margin=margin)
        for pair, level in zip(pairs, levels, strict=True)
    ]


def _match(a: Contender, b: Contender) -> _Matched:
    blocks = sorted(a.figures.keys() & b.figures.keys())
    lost = {block for side in (a, b) for block in side.blocks if block not in side.figures}
    without_ratio = ""
    estimate = None
    for side in (a, b):
        zero = [block for block in blocks if side.figures[block] <= 0]
        if zero:
            without_ratio = f"the figure of {side.key} is 0 in {block_list(zero)}, and a ratio to 0 does not exist"
    if not without_ratio:
        estimate = paired_estimate((a.figures[block], b.figures[block]) for block in blocks)
    return _Matched(a, b, tuple(blocks), tuple(sorted(lost)), estimate, without_ratio)


def _judge(pair: _Matched, metric: Metric, *, level: float, confidence: float, margin: float) -> PairSummary:
    low, high = (pair.estimate.bounds(1 - level) if pair.estimate else None) or (None, None)
    decision = _decision(pair, metric, level=level, confidence=confidence, margin=margin)
    left_out = f"{block_list(pair.discarded)} left out" if pair.discarded and decision.verdict != "refused" else ""
    return PairSummary(
        a=pair.a.key,
        b=pair.b.key,
        metric=metric,
        ratio=pair.estimate.ratio if pair.estimate else None,
        low=low,
        high=high,
        blocks=len(pair.blocks),
        verdict=decision.verdict,
        reason="; ".join(text for text in (decision.reason, left_out) if text),
    )


def _decision(pair: _Matched, metric: Metric, *, level: float, confidence: float, margin: float) -> Decision:
    if pair.without_ratio:
        return Decision("refused", pair.without_ratio)
    other_work = [side.key for side in (pair.a, pair.b) if not side.same_work]
    if other_work:
        return Decision("refused", f"{' and '.join(other_work)} did other work than the contract says (parity)")
    doubts = "; ".join(f"{side.key}: {doubt}" for side in (pair.a, pair.b) for doubt in side.doubts)
    if pair.estimate is None:
        if doubts:
            return Decision("refused", doubts)
        return Decision("too few repeats", "no block holds a valid trial of both")
    decision = decide(
        pair.estimate,
        level=level,
        confidence=confidence,
        margin=margin,
        higher_is_better=HIGHER_IS_BETTER[metric],
    )
    reason = doubts or refusal(
        decision,
        error_rates=(pair.a.error_rate, pair.b.error_rate),
        lower_bounds=(pair.a.lower_bound, pair.b.lower_bound),
        names=(pair.a.key, pair.b.key),
        blocks=len(pair.blocks),
        discarded=len(pair.discarded),
    )
    if decision.verdict == "too few repeats":
        return decision
    return Decision("refused", reason) if reason else _weighed(decision, pair, level=level, margin=margin)


def _weighed(decision: Decision, pair: _Matched, *, level: float, margin: float) -> Decision:
    """Hold a verdict against how much either side changed within its trials: less than that tells no winner."""
    unsteady = [side for side in (pair.a, pair.b) if side.unsteady]
    if not unsteady:
        return decision
    told = "; ".join(
        f"{side.key} is not steady (by {percent(side.unsteady)} in {side.unsteady_in})" for side in unsteady
    )
    low, high = (pair.estimate and pair.estimate.log_bounds(1 - level)) or (0.0, 0.0)
    beyond = math.log1p(margin + sum(side.unsteady for side in unsteady))
    if decision.verdict in ("faster", "slower") and (low > beyond or high < -beyond):
        return Decision(decision.verdict, f"{told}, and the difference is larger than that")
    return Decision("refused", told)
