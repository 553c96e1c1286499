"""Whether the lines under ``assert`` of a scenario hold.

A line is asked at every cell of its targets, one after the other. It *holds* at a cell when the whole interval of
the figure is on the right side, and *fails* when none of it is. Else it *cannot be told*: the interval reaches over
the value, or the figure is not known, is a bound on the wrong side, or is of a trial that cannot be trusted. A figure
whose interval needs more trials is not known well enough either. ``errors`` and ``peak_rss`` are judged as measured:
they are a count over all trials and a maximum, and have no interval. A ratio is that of the pairs, adjusted for
their number (``pairs.py``).

Cells that a target declares it cannot serve are not asked. A line holds when it holds at every cell asked, and there
is one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fwcompare.model.plan import Cell, Plan
from fwcompare.model.summary import CellSummary, Interval, PairSummary, QuantileSummary, Summary
from fwcompare.model.threshold import METRICS, Threshold, ThresholdCell, ThresholdResult, ThresholdState

_UNTRUSTED = ("unstable", "noisy")
_AS_MEASURED = ("errors", "peak_rss")
_NO_INTERVAL = "one trial has no interval; two are needed"
_CLIENT = "the load generator was the limit"


@dataclass(frozen=True)
class _Figure:
    """A figure of a cell, known when ``value`` is there; ``low`` and ``high`` are None where it has no interval.

    ``at_least`` and ``at_most`` say that the truth may lie beyond the figure on that side; ``reason`` says why, or
    why the figure is not known.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    at_least: bool = False
    at_most: bool = False


def judge_thresholds(thresholds: Iterable[Threshold], summary: Summary, plan: Plan) -> list[ThresholdResult]:
    """Judge every line, in the order of the scenario."""
    cells = {cell.key: cell for cell in summary.cells}
    return [_judge(threshold, summary, cells, plan) for threshold in thresholds]


def _judge(threshold: Threshold, summary: Summary, summaries: Mapping[str, CellSummary], plan: Plan) -> ThresholdResult:
    asked = [cell for cell in plan.cells if threshold.target in (None, cell.target)]
    if threshold.over is None:
        found = [_asked(threshold, cell.key, None, _figure(threshold, summaries[cell.key])) for cell in asked]
    else:
        found = [_ratio_at(threshold, cell, summary, summaries, plan) for cell in asked]
    states = {one.state for one in found}
    state: ThresholdState = "holds" if states == {"holds"} else "fails" if "fails" in states else "cannot be told"
    who = "" if threshold.target is None else f" of target {threshold.target!r}"
    return ThresholdResult(
        line=threshold.text,
        state=state,
        unit=threshold.unit,
        cells=found,
        reason="" if found else f"the run has no cell{who} that can be served",
    )


def _asked(threshold: Threshold, cell: str, over: str | None, figure: _Figure) -> ThresholdCell:
    state, reason = _state(threshold, figure)
    return ThresholdCell(
        cell=cell, over=over, state=state, value=figure.value, low=figure.low, high=figure.high, reason=reason
    )


def _state(threshold: Threshold, figure: _Figure) -> tuple[ThresholdState, str]:
    if figure.value is None:
        return "cannot be told", figure.reason
    low = -math.inf if figure.at_most else figure.value if figure.low is None else figure.low
    high = math.inf if figure.at_least else figure.value if figure.high is None else figure.high
    if figure.reason and not (figure.at_least or figure.at_most):
        return "cannot be told", figure.reason
    # Every operator is monotone: what holds at both ends holds between them.
    ends = {threshold.admits(low), threshold.admits(high)}
    if len(ends) == 1:
        return ("holds" if True in ends else "fails"), ""
    return "cannot be told", figure.reason or "its interval reaches over the threshold"


def _figure(threshold: Threshold, cell: CellSummary) -> _Figure:
    """Give the figure that a line speaks of; a reason beside a value says that the value is not to be judged."""
    metric = METRICS[threshold.metric]
    if cell.outcome != "ok":
        return _Figure(reason=f"{cell.outcome}: {cell.reasons.get('outcome', 'no valid trial')}")
    doubt = _doubt(threshold, cell)
    name, _, quantile = metric.field.partition(".")
    figure = _figure_at(getattr(cell, name), quantile)
    if figure is None:
        return _Figure(reason=cell.reasons.get(metric.field) or cell.reasons.get(name) or "it is not known")
    if not isinstance(figure, Interval):
        return _Figure(figure, reason=doubt)
    if figure.low is None or figure.high is None:
        return _Figure(figure.mean, reason=doubt or cell.reasons.get(f"{metric.field}.low", _NO_INTERVAL))
    lower_bound = metric.field == "throughput_rps" and cell.throughput_is_lower_bound
    if lower_bound and not doubt:
        why = f"{_CLIENT}: more throughput may be possible"
        return _Figure(figure.mean, figure.low, figure.high, reason=why, at_least=True)
    return _Figure(figure.mean, figure.low, figure.high, reason=doubt)


def _figure_at(found: Interval | QuantileSummary | float | None, quantile: str) -> Interval | float | None:
    if not isinstance(found, QuantileSummary):
        return found
    means: Mapping[str, float | None] = {"p50": found.p50, "p90": found.p90, "p99": found.p99}
    intervals = {str(name): interval for name, interval in found.intervals.items()}
    mean = means[quantile]
    return None if mean is None else intervals.get(quantile, Interval(mean=mean, low=None, high=None))


def _doubt(threshold: Threshold, cell: CellSummary) -> str:
    """Say why a figure that was measured must not be judged; empty when it may be."""
    if cell.parity == "non-comparable":
        return "it did other work than the contract says (parity)"
    if threshold.metric in _AS_MEASURED:
        return ""
    if cell.verdict in _UNTRUSTED:
        return f"{cell.verdict}: {cell.reasons.get(cell.verdict) or cell.reasons.get('verdict') or 'see its gates'}"
    if METRICS[threshold.metric].timed and cell.verdict == "client-bound":
        return f"{_CLIENT}, so what it timed is partly its own delay"
    return ""


def _ratio_at(
    threshold: Threshold, cell: Cell, summary: Summary, summaries: Mapping[str, CellSummary], plan: Plan
) -> ThresholdCell:
    other = _beside(cell, threshold.over, plan.cells)
    if other is None:
        why = f"target {threshold.over!r} has no cell at the same load and parameters"
        return _asked(threshold, cell.key, None, _Figure(reason=why))
    figure = _ratio(threshold, summaries[cell.key], summaries[other.key], summary.pairs)
    return _asked(threshold, cell.key, other.key, figure)


def _beside(cell: Cell, target: str | None, cells: Sequence[Cell]) -> Cell | None:
    """Find the cell of another target at the same point of the matrix: what varies in the run is equal."""
    return next((one for one in cells if one.target == target and _point(one) == _point(cell)), None)


def _point(cell: Cell) -> tuple[object, ...]:
    values = cell.values
    return cell.workload, cell.load, cell.runtime, tuple((axis, values[axis]) for axis in cell.axes)


def _ratio(threshold: Threshold, a: CellSummary, b: CellSummary, pairs: Iterable[PairSummary]) -> _Figure:
    metric = METRICS[threshold.metric].field
    for side in (a, b):
        if side.outcome != "ok":
            return _Figure(reason=f"{side.key} {side.outcome}: {side.reasons.get('outcome', 'no valid trial')}")
        doubt = _doubt(threshold, side)
        if doubt:
            return _Figure(reason=f"{side.key}: {doubt}")
    pair = next((one for one in pairs if one.metric == metric and {one.a, one.b} == {a.key, b.key}), None)
    if pair is None or pair.ratio is None or pair.low is None or pair.high is None:
        return _Figure(reason=(pair.reason if pair else "") or "the two have no interval: too few blocks hold both")
    inverse = pair.a != a.key
    ratio, low, high = (1 / pair.ratio, 1 / pair.high, 1 / pair.low) if inverse else (pair.ratio, pair.low, pair.high)
    if pair.verdict in ("refused", "too few repeats"):
        return _Figure(ratio, low, high, reason=pair.reason or pair.verdict)
    bounded = [side.key for side in (a, b) if side.throughput_is_lower_bound and metric == "throughput_rps"]
    why = f"{_CLIENT} of {' and '.join(bounded)}: more throughput may be possible" if bounded else ""
    return _Figure(ratio, low, high, reason=why, at_least=a.key in bounded, at_most=b.key in bounded)
