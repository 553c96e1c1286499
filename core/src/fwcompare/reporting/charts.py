"""How a plot against the load is drawn: lines, or bars where a run has a single one.

Figures are made without pyplot, so nothing global is touched and nothing needs a display. What a series is, and its
colour and marker, is in ``chart_series.py``: charts of the page have the same. Each workload has a row of its own.
What has no figure is absent from the axes and named in the note below them.
"""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator

from fwcompare.model.ports import Report
from fwcompare.reporting import figures
from fwcompare.reporting.chart_notes import note
from fwcompare.reporting.chart_series import COLOURS, MARKERS, Panel, Point, Series, Sweep, spread, sweeps
from fwcompare.reporting.plot_frame import NUMBERS, frame, line_style, no_figure, plain
from fwcompare.reporting.plots import Plot

__all__ = ["COLOURS", "MARKERS", "MOST_WORKLOADS", "draw", "series"]

MOST_WORKLOADS = 4
"""So many workloads are drawn, one below the other."""

_TICKS = 12
_HATCHES = ("", "//", "..", "xx")
"""Of bars of the same colour, as many as there are dashes."""

_WIDTH_ONE_PANEL = 8.0
_WIDTH_PANELS = 10.5


def draw(plot: Plot, report: Report) -> Figure:
    """Draw a plot against the load."""
    found = sweeps(report)[:MOST_WORKLOADS]
    if not found:
        return frame(plot, report, [], "", width=_WIDTH_ONE_PANEL, height=2.0)
    width = _WIDTH_ONE_PANEL if len(plot.panels) == 1 else _WIDTH_PANELS
    single = all(sweep.single for sweep in found)
    drawn = [sweep.drawn(plot.panels) for sweep in found]
    notes = [_prefixed(sweep, note(sweep, plot.panels, report.summary.confidence)) for sweep in found]
    height = sum(1.0 + 0.42 * max(2, len(lines)) if single else 4.1 for lines in drawn) + 0.5
    lines = {line.label: line for shown in drawn for line in shown}
    legend = [] if single else list(lines.values())
    figure = frame(plot, report, legend, "\n".join(filter(None, notes)), width=width, height=height)
    ratios = [max(2, len(lines)) for lines in drawn] if single else None
    grid = figure.subplots(
        len(found), len(plot.panels), squeeze=False, sharey="row" if single else False, height_ratios=ratios
    )
    for row, sweep, shown in zip(grid, found, drawn, strict=True):
        for axes, panel in zip(row, plot.panels, strict=True):
            if not shown:
                no_figure(axes)
            elif sweep.single:
                _draw_bars(axes, panel, shown)
            else:
                _draw_lines(axes, panel, sweep, shown, ticks=_TICKS // len(plot.panels))
            axes.spines[["top", "right"]].set_visible(False)
        if sweep.workload:
            row[0].set_title(plain(figures.one_line(sweep.workload)), fontsize=10, loc="left")
    return figure


def series(report: Report) -> list[Series]:
    """Give the lines of every plot of a run, in the order of the plan, those too many left out."""
    return list({line.label: line for sweep in sweeps(report) for line in sweep.series}.values())


def _prefixed(sweep: Sweep, said: str) -> str:
    return f"{figures.one_line(sweep.workload)}: {said}" if sweep.workload and said else said


def _draw_lines(axes: Axes, panel: Panel, sweep: Sweep, lines: Sequence[Series], *, ticks: int) -> None:
    levels = sweep.levels
    for line in lines:
        points = line.points(panel)
        where = [level for level, _ in points]
        low, high = _reach(point for _, point in points)
        axes.fill_between(where, low, high, color=line.colour, alpha=0.15, linewidth=0)
        axes.vlines(where, low, high, color=line.colour, linewidth=0.8, alpha=0.5)
        values = [point.value for _, point in points]
        axes.plot(
            where,
            values,
            color=line.colour,
            linestyle=line_style(line),
            linewidth=1.5,
            marker=line.marker,
            markersize=5.5,
            clip_on=False,
        )
        held_back = [(level, point.value) for level, point in points if point.lower_bound]
        if held_back:
            open_markers, *_ = axes.plot(*zip(*held_back, strict=True), line.marker, color=line.colour, markersize=5.5)
            open_markers.set_markerfacecolor("white")
            open_markers.set_clip_on(False)
    axes.set_xlabel(sweep.label)
    axes.set_ylabel(panel.label)
    if sweep.logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(levels[:: -(-len(levels) // ticks)]))
    axes.xaxis.set_major_formatter(NUMBERS)
    values = _values(panel, lines)
    if spread(values):
        axes.set_ylabel(f"{panel.label}, logarithmic")
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(0, _top(values))
    axes.yaxis.set_major_formatter(NUMBERS)
    axes.grid(visible=True, alpha=0.3)


def _draw_bars(axes: Axes, panel: Panel, lines: Sequence[Series]) -> None:
    highest = _top(_values(panel, lines))
    for place, line in enumerate(lines):
        for _, point in line.points(panel):
            axes.barh(
                place,
                point.value,
                height=0.6,
                color=line.colour,
                hatch=_HATCHES[line.turn % len(_HATCHES)],
                edgecolor="white" if line.turn else line.colour,
                linewidth=0,
                alpha=0.35 if point.lower_bound else 0.8,
            )
            (low,), (high,) = _reach([point])
            if point.low is not None:
                axes.plot([low, high], [place, place], color="black", linewidth=1.2, marker="|", markersize=8)
            text = (">= " if point.lower_bound else "") + figures.number(point.value)
            axes.text(high + 0.02 * highest, place, text, va="center", fontsize=9)
    # Room for the figure beside the longest bar.
    axes.set_xlim(0, highest * 1.2)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_yticks(range(len(lines)), [plain(line.label) for line in lines])
    axes.set_xlabel(panel.label)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(NUMBERS)
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.set_axisbelow(True)


def _reach(points: Iterable[Point]) -> tuple[list[float], list[float]]:
    """Give the bounds of every point; where there are none, the point itself."""
    reaches = [point.reach for point in points]
    return [low for low, _ in reaches], [high for _, high in reaches]


def _values(panel: Panel, lines: Sequence[Series]) -> list[float]:
    return [bound for line in lines for _, point in line.points(panel) for bound in point.reach]


def _top(values: Sequence[float]) -> float:
    return 1.08 * max(values, default=0) or 1.0
