"""The plots that are not against a load: percentile curves, errors by class, and a trial of each target over time.

What is drawn is chosen where it is chosen for the page too (``chart_percentiles.py``, ``chart_errors.py``,
``chart_timeseries.py``); a plot takes the first workload that has something to draw, and the note is of that.
"""

import math
from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from fwcompare.model.ports import Report
from fwcompare.reporting import figures
from fwcompare.reporting.chart_errors import errors
from fwcompare.reporting.chart_percentiles import THICK, THIN, TICKS, percentile, percentiles
from fwcompare.reporting.chart_series import COLOURS, sweeps
from fwcompare.reporting.chart_timeseries import Strip, TrialStrips, time_series
from fwcompare.reporting.plot_frame import NUMBERS, frame, line_style, no_figure, plain
from fwcompare.reporting.plots import Plot, PlotKind

_WIDTH = 9.0
_ALONE = 1.6


def draw(plot: Plot, report: Report) -> Figure:
    """Draw a plot that is not against a load."""
    return _KINDS[plot.kind](plot, report)


def _percentiles(plot: Plot, report: Report) -> Figure:
    found = next((curves for sweep in sweeps(report) if (curves := percentiles(report, sweep)).curves), None)
    if found is None:
        return _nothing(plot, report)
    lines = list({curve.series.label: curve.series for curve in found.curves}.values())
    figure = frame(plot, report, lines, found.note, width=_WIDTH, height=4.6)
    axes = figure.subplots()
    beside = any(curve.times == "response" for curve in found.curves)
    for curve in found.curves:
        points = [(place, point.ms) for place, point in curve.points if point.ms > 0]
        axes.plot(
            [place for place, _ in points],
            [ms for _, ms in points],
            color=curve.series.colour,
            linestyle=line_style(curve.series),
            linewidth=(THICK if curve.times == "response" else THIN) if beside else _ALONE,
        )
        marked = [(place, ms) for place, ms in points if any(math.isclose(place, tick, abs_tol=1e-6) for tick in TICKS)]
        axes.plot(
            [place for place, _ in marked],
            [ms for _, ms in marked],
            curve.series.marker,
            color=curve.series.colour,
            markersize=5,
        )
    furthest = max(place for curve in found.curves for place, _ in curve.points)
    axes.set_xlim(0, furthest * 1.02)
    ticks = [tick for tick in TICKS if tick <= furthest + 1e-6]
    axes.set_xticks(ticks, [percentile(1 - 10**-tick) for tick in ticks])
    axes.set_xlabel("percentile of requests")
    axes.set_ylabel("ms, logarithmic")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(NUMBERS)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_locator(NullLocator())
    _tidy(axes)
    return figure


def _errors(plot: Plot, report: Report) -> Figure:
    found = next((seen for sweep in sweeps(report) if (seen := errors(report, sweep)).rows), None)
    if found is None:
        return _nothing(plot, report)
    height = 1.6 + 0.34 * max(2, len(found.rows))
    figure = frame(plot, report, [], found.note, width=_WIDTH, height=height)
    axes = figure.subplots()
    left = [0.0] * len(found.rows)
    for place, name in enumerate(found.classes):
        widths = [row.percent(name) for row in found.rows]
        axes.barh(
            range(len(found.rows)),
            widths,
            left=left,
            height=0.6,
            color=COLOURS[place % len(COLOURS)],
            edgecolor="white",
            label=plain(name),
        )
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, row in enumerate(found.rows):
        axes.text(
            left[place] + 0.01 * max(left), place, f"{figures.number(row.total_percent)} %", va="center", fontsize=9
        )
    axes.set_xlim(0, 1.15 * max(left))
    axes.set_ylim(len(found.rows) - 0.4, -0.6)
    axes.set_yticks(range(len(found.rows)), [plain(row.label) for row in found.rows])
    axes.set_xlabel("% of the requests due")
    axes.xaxis.set_major_formatter(NUMBERS)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9)
    _tidy(axes)
    return figure


def _series(plot: Plot, report: Report) -> Figure:
    found = next((seen for sweep in sweeps(report) if (seen := time_series(report, sweep)).trials), None)
    if found is None:
        return _nothing(plot, report)
    figure = frame(plot, report, [trial.series for trial in found.trials], found.note, width=10.5, height=6.6)
    closed = all("response p99" not in dict(_strip(trial, "times").columns) for trial in found.trials)
    times = "service p99" if closed else "response p99"
    panels = (
        ("throughput", "ok answers", "throughput (requests/s)"),
        ("times", times, f"{times.replace(' ', ' time ')} (ms)"),
        ("cpu", "target", "CPU of the target (cores)"),
        ("memory", "target", "memory of the target (MiB)"),
    )
    for axes, (strip, line, label) in zip(figure.subplots(2, 2).flat, panels, strict=True):
        heights: list[float] = []
        for trial in found.trials:
            drawn = _strip(trial, strip)
            values = dict(drawn.columns).get(line, ())
            known = [(at_s, value) for at_s, value in zip(drawn.at_s, values, strict=False) if value is not None]
            heights += [value for _, value in known]
            axes.plot(
                [at_s for at_s, _ in known],
                [value for _, value in known],
                color=trial.series.colour,
                linestyle=line_style(trial.series),
                linewidth=1.2,
            )
        if not heights:
            no_figure(axes)
            continue
        axes.set_ylim(0, 1.08 * max(heights) or 1.0)
        axes.set_ylabel(label)
        axes.set_xlabel("seconds")
        axes.yaxis.set_major_formatter(NUMBERS)
        _tidy(axes)
    return figure


def _strip(trial: TrialStrips, name: str) -> Strip:
    return trial.strips.get(name, Strip((), ()))


def _nothing(plot: Plot, report: Report) -> Figure:
    figure = frame(plot, report, [], "", width=_WIDTH, height=2.0)
    no_figure(figure.subplots())
    return figure


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, alpha=0.3)
    axes.set_axisbelow(True)


_KINDS: dict[PlotKind, Callable[[Plot, Report], Figure]] = {
    "percentiles": _percentiles,
    "errors": _errors,
    "series": _series,
}
