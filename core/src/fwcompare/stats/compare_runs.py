"""Two runs of one scenario on one host, cell by cell: is the second better than the first?

Cells meet by key and digest. Trials of two runs were not taken side by side, so they are not paired: the ratio of the
geometric means has Welch's interval (``welch.py``), and what changed on the host meanwhile is a part of it. All cells
of a metric are one family for Holm's procedure. The confidence and the margin are those of the second run.

A verdict is refused where either figure is not to be trusted: then it is *inconclusive*, with the reason. What else
differs between the runs is in ``run_factors.py``, and what must be known before believing a verdict in
``run_warnings.py``.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from fwcompare.errors import ScenarioError
from fwcompare.model.comparison import CellAlone, CellComparison, RunComparison, RunVerdict
from fwcompare.model.history import HOST_IDENTITY
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, Interval, Metric
from fwcompare.stats.blocks import is_valid, sort_out
from fwcompare.stats.holm import holm_levels
from fwcompare.stats.intervals import geometric_interval
from fwcompare.stats.pairs import HIGHER_IS_BETTER
from fwcompare.stats.run_factors import factors, flattened
from fwcompare.stats.run_warnings import warnings
from fwcompare.stats.verdicts import MAX_ERROR_RATE_GAP, MIN_BLOCKS
from fwcompare.stats.welch import WelchEstimate
from fwcompare.stats.wording import count, percent

_METRICS: Final[tuple[Metric, ...]] = ("throughput_rps", "cpu_ms_per_request")


@dataclass(frozen=True)
class Side:
    """A cell in one run, by one metric, with the number of trials that its figure is of."""

    cell: CellSummary
    trials: int
    metric: Metric


@dataclass(frozen=True)
class _Side(Side):
    """The same with the figures of those trials."""

    values: Sequence[float]


def compare_runs(a: Report, b: Report, *, force: bool = False) -> RunComparison:
    """Compare run ``b`` with run ``a``.

    :param force: compare runs of different scenarios or hosts, and cells whose settings differ, with a warning.
    :raises ScenarioError: unless forced, when scenario or host is another one.
    """
    unlike = _unlike(a, b)
    if unlike and not force:
        raise ScenarioError(
            f"runs {a.run} and {b.run} cannot be compared",
            seen="\n".join(unlike),
            expected="two runs of one scenario (name, workload, load) on one host",
            hint="fwcompare compare ... --force    compares them all the same, and says so",
        )
    keys, alone = _joined(a, b, force=force)
    cells = [one for metric in _METRICS for one in _compare_metric(a, b, keys, metric)]
    order = {key: place for place, key in enumerate(keys)}
    targets = sorted({cell.target for cell in a.plan.cells if cell.key in order})
    differing = factors(a, b, targets)
    return RunComparison(
        a=a.run,
        b=b.run,
        confidence=b.summary.confidence,
        margin=b.summary.margin,
        cells=sorted(cells, key=lambda one: order[one.key]),
        alone=alone,
        factors=differing,
        warnings=[*(f"forced: {line}" for line in unlike), *warnings(a, b, targets, differing, cells)],
    )


def _unlike(a: Report, b: Report) -> list[str]:
    """Say in which way the runs are not of one scenario and host; empty when they are."""
    left, right = (one.scenario.model_dump(mode="json", include={"name", "workload", "load"}) for one in (a, b))
    told = [f"scenario {line}" for line in differences(left, right)]
    return told + [f"host {line}" for line in unlike_hosts(a, b)]


def unlike_hosts(a: Report, b: Report) -> list[str]:
    """Say in which way the runs are of different hosts; empty when they are of one, as far as is known."""
    hosts = [one.environment.get("host") for one in (a, b)]
    mine, theirs = (
        {name: host.get(name) for name in HOST_IDENTITY} if isinstance(host, Mapping) else {} for host in hosts
    )
    # A host that does not tell its model may be the same one.
    known = [name for name in HOST_IDENTITY if mine.get(name) is not None and theirs.get(name) is not None]
    return [f"{name}: {mine[name]} and {theirs[name]}" for name in known if mine[name] != theirs[name]]


def differences(left: object, right: object) -> list[str]:
    """Say what differs between two settings, by path: ``duration_s: 5 and 6``."""
    first, second = flattened(left), flattened(right)
    paths = [path for path in sorted({*first, *second}) if first.get(path) != second.get(path)]
    return [f"{'.'.join(path)}: {first.get(path)} and {second.get(path)}" for path in paths]


def _joined(a: Report, b: Report, *, force: bool) -> tuple[list[str], list[CellAlone]]:
    """Give the keys of the cells to compare, in the order of run b, and every other cell with the reason."""
    mine, theirs = ({cell.key: cell for cell in report.plan.cells} for report in (a, b))
    keys: list[str] = []
    alone = [CellAlone(key=key, run="a", reason="only in a") for key in mine if key not in theirs]
    for key, cell in theirs.items():
        if key not in mine:
            alone.append(CellAlone(key=key, run="b", reason="only in b"))
        elif cell.digest != mine[key].digest and not force:
            alone.append(CellAlone(key=key, run="both", reason=f"not the same cell: {_settings(mine[key], cell)}"))
        elif lost := _lost(key, a, b):
            alone.append(CellAlone(key=key, run="both", reason=lost))
        else:
            keys.append(key)
    return keys, alone


def _settings(a: Cell, b: Cell) -> str:
    left, right = (
        {**asdict(cell), "parameters": dict(cell.parameters), "arguments": dict(cell.arguments)} for cell in (a, b)
    )
    return "; ".join(differences(left, right))


def _lost(key: str, a: Report, b: Report) -> str:
    found = [(name, _cell(report, key)) for name, report in (("a", a), ("b", b))]
    return "; ".join(
        f"{cell.outcome} in {name}: {cell.reasons.get('outcome', 'no valid trial')}"
        for name, cell in found
        if cell.outcome != "ok"
    )


def _cell(report: Report, key: str) -> CellSummary:
    return next(cell for cell in report.summary.cells if cell.key == key)


def _compare_metric(a: Report, b: Report, keys: Sequence[str], metric: Metric) -> list[CellComparison]:
    confidence, margin = b.summary.confidence, b.summary.margin
    values = [_values(report.trials, metric) for report in (a, b)]
    sides = [(_side(a, key, values[0], metric), _side(b, key, values[1], metric)) for key in keys]
    estimates = [_estimate(*both) for both in sides]
    delta = math.log1p(margin)
    p_values = [1.0 if estimate is None else estimate.p_beyond(delta) for estimate in estimates]
    levels = holm_levels(p_values, 1 - confidence)
    return [
        _judge(both, estimate, metric, level=level, confidence=confidence, margin=margin)
        for both, estimate, level in zip(sides, estimates, levels, strict=True)
    ]


def _side(report: Report, key: str, values: Mapping[str, Sequence[float]], metric: Metric) -> _Side:
    found = values.get(key, ())
    return _Side(_cell(report, key), len(found), metric, found)


def _values(trials: Iterable[Trial], metric: Metric) -> Mapping[str, list[float]]:
    """Give the figures of the trials that count, by cell; a block that the host disturbed does not, as a whole."""
    found: dict[str, list[float]] = {}
    for trial in sort_out(trials).counted:
        figure = None if trial.measurement is None else getattr(trial.measurement, metric)
        if is_valid(trial) and figure is not None:
            found.setdefault(trial.planned.cell.key, []).append(figure)
    # Sorted, so that the order in which trials were stored changes no last digit.
    return {key: sorted(figures) for key, figures in found.items()}


def _estimate(a: _Side, b: _Side) -> WelchEstimate | None:
    return None if min((*a.values, *b.values), default=0) <= 0 else WelchEstimate.of(a.values, b.values)


def _judge(
    sides: tuple[_Side, _Side],
    estimate: WelchEstimate | None,
    metric: Metric,
    *,
    level: float,
    confidence: float,
    margin: float,
) -> CellComparison:
    a, b = sides
    low, high = (estimate.bounds(1 - level) if estimate else None) or (None, None)
    verdict, reason = judge(a, b, estimate, level=level, confidence=confidence, margin=margin)
    return CellComparison(
        key=b.cell.key,
        metric=metric,
        a=_mean(a, confidence),
        b=_mean(b, confidence),
        trials_a=a.trials,
        trials_b=b.trials,
        ratio=estimate.ratio if estimate else None,
        low=low,
        high=high,
        verdict=verdict,
        reason=reason,
    )


def judge(
    a: Side, b: Side, estimate: WelchEstimate | None, *, level: float, confidence: float, margin: float
) -> tuple[RunVerdict, str]:
    """Say whether ``b`` is better than ``a``, and why no more can be said; *inconclusive* where it must not be said.

    :param estimate: how far apart they are; None where nothing can be estimated.
    :param level: the share of errors that is allowed, adjusted for the size of the family.
    """
    verdict, reason = _verdict(estimate, level=level, confidence=confidence, margin=margin, metric=b.metric)
    refused = _refusal(a, b, verdict)
    return ("inconclusive", refused) if refused else (verdict, reason)


def _mean(side: _Side, confidence: float) -> Interval | None:
    return geometric_interval(side.values, confidence) if min(side.values, default=0) > 0 else None


def _verdict(
    estimate: WelchEstimate | None, *, level: float, confidence: float, margin: float, metric: Metric
) -> tuple[RunVerdict, str]:
    if estimate is None:
        return "inconclusive", "a figure above zero is missing, or one trial alone has it"
    low, high = estimate.log_bounds(1 - level)
    inner = estimate.log_bounds(2 * confidence - 1)
    delta = math.log1p(margin)
    if low > delta or high < -delta:
        return ("better" if (low > delta) is HIGHER_IS_BETTER[metric] else "worse"), ""
    if -delta <= inner[0] and inner[1] <= delta:
        return "same", f"the {percent(2 * confidence - 1)} interval lies within the margin of {percent(margin)}"
    if low > 0 or high < 0:
        return "inconclusive", f"they differ, and perhaps by less than the margin of {percent(margin)}"
    return "inconclusive", "the interval holds both no difference and one beyond the margin"


def _refusal(a: Side, b: Side, verdict: RunVerdict) -> str:
    """Say why a verdict must not stand; empty when it may."""
    named: tuple[tuple[Literal["a", "b"], Side], ...] = (("a", a), ("b", b))
    for name, side in named:
        if side.trials < MIN_BLOCKS:
            return f"{count(side.trials, 'trial')} in {name} that may be used, {MIN_BLOCKS} are needed"
        if side.cell.parity == "non-comparable":
            return f"it did other work than the contract says in {name} (parity)"
        if side.cell.verdict in ("unstable", "noisy"):
            return f"{side.cell.verdict} in {name}"
    rates = a.cell.error_rate, b.cell.error_rate
    if rates[0] is not None and rates[1] is not None and abs(rates[0] - rates[1]) > MAX_ERROR_RATE_GAP:
        return f"error rates differ, {percent(rates[0])} and {percent(rates[1])}: an error can be a cheap answer"
    if a.metric != "throughput_rps":
        return ""
    # The truth lies above a lower bound: only a verdict that this makes stronger stands.
    safe = {"a": "worse", "b": "better"}
    bounded = [name for name, side in named if side.cell.throughput_is_lower_bound and verdict != safe[name]]
    return f"the load generator was the limit in {' and '.join(bounded)}: more may be possible" if bounded else ""
