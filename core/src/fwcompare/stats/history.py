"""How a target fared from run to run: one trend for every cell on every host.

Points are the figures of summaries that may be trusted as far as they go; a run that has the cell and no such figure is
a gap, with its reason. Neighbouring points are judged as ``compare_runs.py`` judges two runs: Welch's interval, of the
estimates that the points' intervals were made of, and all steps of a trend are one family for Holm's procedure.
The margin of a step is that of its later run, the confidence that of the latest. Hosts are never mixed in one trend.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from fwcompare.model.comparison import Factor
from fwcompare.model.history import (
    Conditions,
    History,
    IndexedCell,
    Trend,
    TrendGap,
    TrendMetric,
    TrendPoint,
    TrendStep,
)
from fwcompare.model.summary import CellSummary, Interval, Metric
from fwcompare.stats.compare_runs import Side, judge
from fwcompare.stats.holm import holm_levels
from fwcompare.stats.intervals import LogEstimate
from fwcompare.stats.run_factors import factors, things_of
from fwcompare.stats.welch import WelchEstimate

Figure = Literal["throughput_rps", "cpu_ms_per_request", "response_p99_ms", "service_p99_ms"]

_JUDGED_AS: Final[Mapping[TrendMetric, Metric]] = {
    "throughput": "throughput_rps",
    "cpu": "cpu_ms_per_request",
    "p99": "response_p99_ms",
}


@dataclass(frozen=True)
class _Seen:
    """A cell of one run with its figure, and from how many trials that is; None where some of them do not have it."""

    cell: IndexedCell
    figure: Interval
    n: int | None

    @property
    def estimate(self) -> LogEstimate | None:
        if self.n is None:
            return None
        return LogEstimate.behind(self.figure, n=self.n, confidence=self.cell.confidence)


def make_history(
    target: str, metric: TrendMetric, cells: Iterable[IndexedCell], conditions: Mapping[str, Conditions]
) -> History:
    """Make the trends of a target.

    :param cells: of the target, in any order.
    :param conditions: what the runs were made with, by name; of a run that has none, no change is known.
    """
    lines: dict[tuple[str, str], list[IndexedCell]] = {}
    for cell in sorted(cells, key=_began):
        # A host that nothing is known of is no host twice.
        host = cell.host or f"of {cell.run}"
        lines.setdefault((cell.line, host), []).append(cell)
    # Of several hosts, the one that was used last stands first.
    latest = {host: place for place, (_, host) in enumerate(sorted(lines, key=lambda key: _began(lines[key][-1])))}
    ordered = sorted(lines.items(), key=lambda item: (*_place(item[1][-1]), -latest[item[0][1]]))
    trends = [_trend(metric, line, conditions) for _, line in ordered]
    return History(target=target, metric=metric, trends=trends)


def _began(cell: IndexedCell) -> tuple[str, str]:
    return cell.started or "", cell.run


def _place(cell: IndexedCell) -> tuple[str, str, float, int, str, str]:
    load = cell.load
    return cell.summary.workload, load.model, load.rate or 0.0, load.connections, f"{cell.summary.params}", cell.line


def _trend(metric: TrendMetric, cells: Sequence[IndexedCell], conditions: Mapping[str, Conditions]) -> Trend:
    seen: list[_Seen] = []
    gaps: list[TrendGap] = []
    for cell in cells:
        found = _figure(metric, cell)
        if isinstance(found, str):
            gaps.append(TrendGap(run=cell.run, started=cell.started, reason=found))
        else:
            seen.append(found)
    last = cells[-1]
    return Trend(
        target=last.summary.target,
        workload=last.summary.workload,
        params=last.summary.params,
        runtime=last.summary.runtime,
        load=last.load,
        confidence=last.confidence,
        host=last.host,
        host_name=last.host_name,
        metric=metric,
        figure=figure_of(metric, last.summary),
        points=[_point(metric, one, conditions) for one in seen],
        gaps=gaps,
        steps=_steps(metric, seen, conditions),
    )


def figure_of(metric: TrendMetric, cell: CellSummary) -> Figure:
    """Name the figure of a summary that a metric is: in a closed model a request has no response time."""
    if metric == "p99":
        return "service_p99_ms" if cell.load.model == "closed" else "response_p99_ms"
    return "throughput_rps" if metric == "throughput" else "cpu_ms_per_request"


def _figure(metric: TrendMetric, cell: IndexedCell) -> _Seen | str:
    """Give the figure of a cell, or why it is no point."""
    summary = cell.summary
    if summary.outcome != "ok":
        return f"{summary.outcome}: {summary.reasons.get('outcome', 'no valid trial')}"
    if summary.parity == "non-comparable":
        return "non-comparable: it did other work than the contract says"
    if summary.verdict == "noisy":
        return f"noisy: {summary.reasons.get('verdict') or 'the host disturbed every block'}"
    name, interval = _interval(metric, summary)
    if interval is None:
        return summary.reasons.get(name) or summary.reasons.get(name.partition(".")[0]) or "not known"
    # A reason beside a figure says that some trials do not have it.
    return _Seen(cell, interval, None if name in summary.reasons else summary.trials)


def _interval(metric: TrendMetric, cell: CellSummary) -> tuple[str, Interval | None]:
    if metric == "throughput":
        return "throughput_rps", cell.throughput_rps
    if metric == "cpu":
        return "cpu_ms_per_request", cell.cpu_ms_per_request
    name, times = ("service_ms", cell.service_ms) if cell.load.model == "closed" else ("response_ms", cell.response_ms)
    if times is None or times.p99 is None:
        return f"{name}.p99", None
    return f"{name}.p99", times.intervals.get("p99") or Interval(mean=times.p99, low=None, high=None)


def _point(metric: TrendMetric, seen: _Seen, conditions: Mapping[str, Conditions]) -> TrendPoint:
    cell = seen.cell.summary
    made_with = conditions.get(seen.cell.run)
    version = None if made_with is None else made_with.environment.get("fwcompare")
    return TrendPoint(
        run=seen.cell.run,
        started=seen.cell.started,
        figure=seen.figure,
        trials=cell.trials,
        verdict=cell.verdict,
        lower_bound=metric == "throughput" and cell.throughput_is_lower_bound,
        fwcompare=version if isinstance(version, str) else None,
    )


def _steps(metric: TrendMetric, seen: Sequence[_Seen], conditions: Mapping[str, Conditions]) -> list[TrendStep]:
    pairs = list(pairwise(seen))
    estimates = [_estimate(a, b) for a, b in pairs]
    p_values = [
        1.0 if estimate is None else estimate.p_beyond(math.log1p(b.cell.margin))
        for (_, b), estimate in zip(pairs, estimates, strict=True)
    ]
    levels = holm_levels(p_values, 1 - seen[-1].cell.confidence) if pairs else []
    return [
        _step(metric, a, b, estimate, level, seen[-1].cell.confidence, conditions)
        for (a, b), estimate, level in zip(pairs, estimates, levels, strict=True)
    ]


def _estimate(a: _Seen, b: _Seen) -> WelchEstimate | None:
    first, second = a.estimate, b.estimate
    return None if first is None or second is None else WelchEstimate.between(first, second)


def _step(
    metric: TrendMetric,
    a: _Seen,
    b: _Seen,
    estimate: WelchEstimate | None,
    level: float,
    confidence: float,
    conditions: Mapping[str, Conditions],
) -> TrendStep:
    low, high = (estimate.bounds(1 - level) if estimate else None) or (None, None)
    judged_as = _JUDGED_AS[metric]
    verdict, reason = judge(
        Side(a.cell.summary, a.cell.summary.trials, judged_as),
        Side(b.cell.summary, b.cell.summary.trials, judged_as),
        estimate,
        level=level,
        confidence=confidence,
        margin=b.cell.margin,
    )
    changes = _changes(a.cell, b.cell, conditions)
    return TrendStep(
        before=a.cell.run,
        after=b.cell.run,
        ratio=b.figure.mean / a.figure.mean,
        low=low,
        high=high,
        verdict=verdict,
        reason=reason,
        changes=changes,
        things=things_of(b.cell.summary.target, changes),
    )


def _changes(a: IndexedCell, b: IndexedCell, conditions: Mapping[str, Conditions]) -> list[Factor]:
    before, after = conditions.get(a.run), conditions.get(b.run)
    if before is None or after is None:
        return []
    return [one for one in factors(before, after, [b.summary.target]) if one.thing is not None]
