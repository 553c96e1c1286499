"""The trends of a target as a plot: a pair of axes for every workload and host, a line for every cell.

A line joins the runs of one cell on one host and nothing else. Bands and bars are intervals over trials; an open marker
is a lower bound. A figure axis holds what there is and need not begin at 0: over time it is changes that one looks for.
"""

from datetime import datetime
from io import BytesIO
from typing import Final, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from fwcompare.model.history import History, Trend
from fwcompare.reporting import figures
from fwcompare.reporting.charts import COLOURS, MARKERS
from fwcompare.reporting.history_view import METRIC_WORDS, TrendPanel, axis_of, trend_panels

_DPI: Final = 110
_WIDTH: Final = 9.0
_PANEL_HEIGHT: Final = 3.4
_DAY_S: Final = 86_400
_LEAST_DAYS: Final = 1 / 48
_NUMBERS: Final = FuncFormatter(lambda value, _: f"{value:,g}")


def draw_history(history: History, kind: Literal["svg", "png"]) -> bytes:
    """Draw every trend that has a point, as a file of that kind; equal histories give equal bytes."""
    panels = trend_panels(history)
    figure = Figure(figsize=(_WIDTH, 0.8 + _PANEL_HEIGHT * max(1, len(panels))), layout="constrained")
    title = f"{history.target}: {METRIC_WORDS[history.metric]} from run to run"
    figure.suptitle(_plain(figures.one_line(title)), x=0.01, ha="left", fontsize=12)
    if panels:
        figure.supxlabel(
            "Bands and bars: intervals over trials. Open markers: a lower bound. Axes need not begin at 0.",
            fontsize=8,
            color="#404040",
            x=0.01,
            ha="left",
        )
        for axes, panel in zip(figure.subplots(len(panels), 1, squeeze=False)[:, 0], panels, strict=True):
            _draw(axes, panel)
    else:
        axes = figure.subplots()
        axes.text(0.5, 0.5, "no figure is known", ha="center", transform=axes.transAxes)
        axes.set_axis_off()
    target = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "fwcompare", "svg.fonttype": "none"}):
        figure.savefig(target, format=kind, dpi=_DPI, metadata={"Date": None} if kind == "svg" else None)
    return target.getvalue()


def _draw(axes: Axes, panel: TrendPanel) -> None:
    for place, (name, trend) in enumerate(panel.trends):
        _line(axes, name, trend, place)
    times = [time for _, trend in panel.trends for time in _times(trend)]
    axes.set_title(_plain(panel.title), loc="left", fontsize=10)
    axes.set_ylabel(panel.unit)
    axes.set_ylim(*axis_of(panel))
    room = max(0.03 * (max(times) - min(times)), _LEAST_DAYS)
    axes.set_xlim(min(times) - room, max(times) + room)
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_formatter(_NUMBERS)
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9)


def _line(axes: Axes, name: str, trend: Trend, place: int) -> None:
    colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
    times = _times(trend)
    points = [point.figure for point in trend.points]
    low = [point.mean if point.low is None else point.low for point in points]
    high = [point.mean if point.high is None else point.high for point in points]
    axes.fill_between(times, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.vlines(times, low, high, color=colour, linewidth=0.9, alpha=0.6)
    axes.plot(times, [point.mean for point in points], color=colour, marker=marker, markersize=5.5, label=_plain(name))
    bounds = [(time, point.figure.mean) for time, point in zip(times, trend.points, strict=True) if point.lower_bound]
    if bounds:
        axes.plot(*zip(*bounds, strict=True), marker, color=colour, markersize=5.5, markerfacecolor="white")


def _times(trend: Trend) -> list[float]:
    """Give the times of a trend's points in days, as matplotlib counts them: since 1970."""
    return [
        datetime.fromisoformat(point.started).timestamp() / _DAY_S
        for point in trend.points
        if point.started is not None
    ]


def _plain(text: str) -> str:
    # matplotlib reads what stands between two dollar signs as mathematics.
    return text.replace("$", r"\$")
