"""How a plot is drawn: lines over concurrency, or bars where a run has a single load point.

Figures are made without pyplot, so nothing global is touched and nothing needs a display. A series is a
target with the parameters that vary; it keeps its colour and its marker in every plot of a run. Colours are
those of Okabe and Ito ("Color Universal Design", 2008), less yellow, which is too pale for a line.
What has no figure is absent from the axes and named in the note below them.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary
from fwcompare.reporting import figures
from fwcompare.reporting.league import labels
from fwcompare.reporting.plots import Panel, Plot, Point

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

_SPREAD = 30.0
"""Figures that differ by more than this factor are drawn on a logarithmic axis, as far as none is 0."""

_NAMED = 12
"""The most absences that a note names; the others are counted."""

_TICKS = 12
_TITLE_SIZE = 12
_LETTERS_OF_A_HANDLE = 8
_WIDTH_ONE_PANEL = 8.0
_WIDTH_PANELS = 10.5
_LETTERS_PER_INCH = 16.5
_LEGEND_LETTERS_PER_INCH = 12.0
_NUMBERS = FuncFormatter(lambda value, _: f"{value:,g}")


@dataclass(frozen=True)
class Series:
    """A line of the plot: the cells of one target and its varying parameters, by concurrency."""

    label: str
    colour: str
    marker: str
    cells: tuple[CellSummary, ...]

    def points(self, panel: Panel) -> list[tuple[int, Point]]:
        """Give the figures that are known, by number of connections."""
        found = ((cell.load.connections, panel.figure(cell)) for cell in self.cells)
        return sorted(((level, point) for level, point in found if point is not None), key=lambda seen: seen[0])


def draw(plot: Plot, report: Report) -> Figure:
    """Draw a plot of a run; the caller saves it."""
    lines = series(report)
    levels = sorted({cell.load.connections for line in lines for cell in line.cells})
    single = len(levels) <= 1
    width = _WIDTH_ONE_PANEL if len(plot.panels) == 1 else _WIDTH_PANELS
    note = textwrap.wrap(_note(plot, report, lines, levels), round(width * _LETTERS_PER_INCH))
    drawn = [line for line in lines if any(line.points(panel) for panel in plot.panels)]
    height = (1.5 + 0.42 * max(2, len(drawn)) if single else 4.6) + 0.15 * len(note)
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.supxlabel(_plain("\n".join(note)), fontsize=8, color="#404040", x=0.01, ha="left")
    title = _plain(figures.one_line(f"{plot.title} - {report.scenario.title or report.summary.scenario}"))
    if single or not drawn:
        figure.suptitle(title, fontsize=_TITLE_SIZE, x=0.01, ha="left")
    else:
        _title_with_legend(figure, title, drawn)
    panels = figure.subplots(1, len(plot.panels), squeeze=False, sharey=single)[0]
    for axes, panel in zip(panels, plot.panels, strict=True):
        if not drawn:
            axes.text(0.5, 0.5, "no figure is known", ha="center", transform=axes.transAxes)
            axes.set_axis_off()
        elif single:
            _draw_bars(axes, panel, drawn)
        else:
            _draw_lines(axes, panel, drawn, levels, ticks=_TICKS // len(plot.panels))
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _title_with_legend(figure: Figure, title: str, lines: Sequence[Series]) -> None:
    # One artist: the layout would put a title and a legend above the axes on top of each other.
    longest = max(len(line.label) for line in lines) + _LETTERS_OF_A_HANDLE
    figure.legend(
        handles=[
            Line2D([], [], color=line.colour, marker=line.marker, markersize=5, label=_plain(line.label))
            for line in lines
        ],
        loc="outside upper left",
        ncols=max(1, min(len(lines), int(figure.get_figwidth() * _LEGEND_LETTERS_PER_INCH / longest))),
        title=title,
        title_fontsize=_TITLE_SIZE,
        alignment="left",
        frameon=False,
        fontsize=9,
    )


def series(report: Report) -> list[Series]:
    """Give the lines of every plot of a run, in the order of the plan."""
    names = labels(report.plan)
    grouped: dict[str, list[CellSummary]] = {}
    for cell in report.summary.cells:
        grouped.setdefault(names[cell.key], []).append(cell)
    return [
        Series(name, COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], tuple(cells))
        for place, (name, cells) in enumerate(grouped.items())
    ]


def _draw_lines(axes: Axes, panel: Panel, lines: Sequence[Series], levels: Sequence[int], *, ticks: int) -> None:
    for line in lines:
        points = line.points(panel)
        where = [level for level, _ in points]
        low, high = _reach(point for _, point in points)
        axes.fill_between(where, low, high, color=line.colour, alpha=0.15, linewidth=0)
        axes.vlines(where, low, high, color=line.colour, linewidth=0.8, alpha=0.5)
        values = [point.value for _, point in points]
        axes.plot(where, values, color=line.colour, linewidth=1.5, marker=line.marker, markersize=5.5, clip_on=False)
        held_back = [(level, point.value) for level, point in points if point.lower_bound]
        if held_back:
            open_markers, *_ = axes.plot(*zip(*held_back, strict=True), line.marker, color=line.colour, markersize=5.5)
            open_markers.set_markerfacecolor("white")
            open_markers.set_clip_on(False)
    axes.set_xlabel("connections")
    axes.set_ylabel(panel.label)
    if levels[-1] > _SPREAD * levels[0]:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(levels[:: -(-len(levels) // ticks)]))
    axes.xaxis.set_major_formatter(_NUMBERS)
    values = _values(panel, lines)
    if values and min(values) > 0 and max(values) > _SPREAD * min(values):
        axes.set_ylabel(f"{panel.label}, logarithmic")
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(0, _top(values))
    axes.yaxis.set_major_formatter(_NUMBERS)
    axes.grid(visible=True, alpha=0.3)


def _draw_bars(axes: Axes, panel: Panel, lines: Sequence[Series]) -> None:
    highest = _top(_values(panel, lines))
    for place, line in enumerate(lines):
        for _, point in line.points(panel):
            hatch = "//" if point.lower_bound else None
            axes.barh(place, point.value, height=0.6, color=line.colour, alpha=0.75, hatch=hatch, edgecolor="white")
            (low,), (high,) = _reach([point])
            if point.low is not None:
                axes.plot([low, high], [place, place], color="black", linewidth=1.2, marker="|", markersize=8)
            text = (">= " if point.lower_bound else "") + figures.number(point.value)
            axes.text(high + 0.02 * highest, place, text, va="center", fontsize=9)
    # Room for the figure beside the longest bar.
    axes.set_xlim(0, highest * 1.2)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_yticks(range(len(lines)), [_plain(line.label) for line in lines])
    axes.set_xlabel(panel.label)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(_NUMBERS)
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.set_axisbelow(True)


def _note(plot: Plot, report: Report, lines: Sequence[Series], levels: Sequence[int]) -> str:
    cells = [cell for line in lines for cell in line.cells]
    points = [point for panel in plot.panels for cell in cells if (point := panel.figure(cell)) is not None]
    sentences = [f"{figures.count(levels[0], 'connection')}."] if len(levels) == 1 else []
    bounds, held_back = ("Error bars", "Hatched") if len(levels) == 1 else ("Bands", "Open markers")
    if any(point.low is not None for point in points):
        confidence = figures.setting_percent(report.summary.confidence)
        sentences.append(f"{bounds}: {confidence} interval over trials.")
    if any(point.lower_bound for point in points):
        sentences.append(f"{held_back}: a lower bound, the load generator was the limit.")
    missing = _missing(plot, lines, levels)
    if missing:
        more = [f"{len(missing) - _NAMED} more"] if len(missing) > _NAMED else []
        sentences.append(f"Not shown: {figures.listing(missing[:_NAMED] + more)}.")
    return " ".join(sentences)


def _missing(plot: Plot, lines: Sequence[Series], levels: Sequence[int]) -> list[str]:
    """Name what has no figure, once a series and reason, with the loads where it is not all of them."""
    absent: dict[tuple[str, str], set[int]] = {}
    for line in lines:
        for panel in plot.panels:
            for cell in line.cells:
                if panel.figure(cell) is None:
                    reason = f"{panel.label} not known" if cell.outcome == "ok" else cell.outcome
                    absent.setdefault((line.label, reason), set()).add(cell.load.connections)
    return [
        f"{label} ({reason}{'' if len(where) == len(levels) else f' at {figures.listing([*map(str, sorted(where))])}'})"
        for (label, reason), where in absent.items()
    ]


def _reach(points: Iterable[Point]) -> tuple[list[float], list[float]]:
    """Give the bounds of every point; where there are none, the point itself."""
    seen = list(points)
    return (
        [point.value if point.low is None else point.low for point in seen],
        [point.value if point.high is None else point.high for point in seen],
    )


def _values(panel: Panel, lines: Sequence[Series]) -> list[float]:
    points = [point for line in lines for _, point in line.points(panel)]
    return [value for bounds in _reach(points) for value in bounds]


def _top(values: Sequence[float]) -> float:
    return 1.08 * max(values, default=0) or 1.0


def _plain(text: str) -> str:
    # matplotlib reads what stands between two dollar signs as mathematics.
    return text.replace("$", r"\$")
