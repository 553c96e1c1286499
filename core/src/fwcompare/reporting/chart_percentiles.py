"""The curves of the percentile charts: of each target at one load, response time and, beside it, service time.

A curve merges the histograms of several trials, for the eye alone: what is ranked are quantiles of each trial. The axis
has 90 %, 99 %, 99.9 % ... at equal distances, ``-log10(1 - q)``, since what users complain of is in the tail.
"""

import math
from dataclasses import dataclass

from fwcompare.model.ports import Report
from fwcompare.model.recordings import Curve, CurvePoint, TimeKind
from fwcompare.reporting import figures
from fwcompare.reporting.chart_notes import named
from fwcompare.reporting.chart_series import Series, Sweep
from fwcompare.reporting.chart_trials import Detail, details, told

TICKS = tuple(-math.log10(1 - quantile) for quantile in (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999))

THICK, THIN = 2.6, 1.0
"""Widths of the lines of response and of service times, where both are drawn."""

_TOLD = ("p50", 0.5), ("p99", 0.99)


@dataclass(frozen=True)
class TimeCurve:
    """One line: whose times, which, and its points."""

    series: Series
    times: TimeKind
    curve: Curve

    @property
    def points(self) -> tuple[tuple[float, CurvePoint], ...]:
        """The points with their places on the axis; the very highest time has none."""
        return tuple((place(point.quantile), point) for point in self.curve.points if 0 <= point.quantile < 1)


@dataclass(frozen=True)
class Percentiles:
    """The curves of one workload at one load."""

    curves: tuple[TimeCurve, ...]
    note: str
    words: str


def place(quantile: float) -> float:
    """Give where a quantile below 1 lies on the axis."""
    return -math.log10(1 - quantile) if quantile else 0.0


def percentile(quantile: float) -> str:
    """Name a quantile: ``99.9 %``."""
    return f"{round(quantile * 100, 7):.9g} %"


def percentiles(report: Report, sweep: Sweep) -> Percentiles:
    """Read the curves of a workload; there are none where nothing was recorded."""
    chosen = details(report, sweep)
    found = [(detail, _curves(report, detail)) for detail in chosen.details]
    curves = tuple(curve for _, own in found for curve in own)
    unread = [f"{detail.series.label} (no histogram)" for detail, own in found if not own]
    overloaded = [detail.series.label for detail, own in found if own and _overloaded(detail)]
    kinds = {curve.times for curve in curves}
    sentences = [
        chosen.note,
        "Thick lines: response time. Thin lines: service time." if len(kinds) > 1 else "",
        "Service time: in a closed model there is no response time." if _closed(found) else "",
        f"No response time of {named(overloaded)}: see the verdict." if overloaded else "",
        f"Without a curve: {named(unread)}." if unread else "",
        "Requests of all valid trials together, for display: intervals are of whole trials.",
    ]
    return Percentiles(curves, told(sentences), _words(curves, chosen.load))


def _closed(found: list[tuple[Detail, tuple[TimeCurve, ...]]]) -> bool:
    return any(own for _, own in found) and all(detail.cell.load.model == "closed" for detail, _ in found)


def _overloaded(detail: Detail) -> bool:
    return detail.cell.load.model == "open" and detail.cell.response_ms is None


def _curves(report: Report, detail: Detail) -> tuple[TimeCurve, ...]:
    recordings = report.recordings
    if recordings is None:
        return ()
    # Response times that the summary does not publish are not drawn either.
    kinds: tuple[TimeKind, ...] = ("service",) if detail.cell.response_ms is None else ("response", "service")
    read = ((kind, recordings.curve(detail.trials, kind)) for kind in kinds)
    return tuple(TimeCurve(detail.series, kind, curve) for kind, curve in read if curve is not None and curve.points)


def _words(curves: tuple[TimeCurve, ...], load: str) -> str:
    lines = []
    for curve in curves:
        ends = [
            f"{name} {figures.number(point.ms)} ms"
            for name, quantile in _TOLD
            for point in curve.curve.points
            if math.isclose(point.quantile, quantile)
        ]
        lines.append(f"{curve.series.label} {curve.times} time {', '.join(ends)}".rstrip())
    return f"Percentiles of times at {load}: {'; '.join(lines)}."
