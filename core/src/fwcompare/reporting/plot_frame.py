"""What every plot has around its axes, and how it is written: title, legend, the note below; PNG and SVG."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from fwcompare.model.ports import Report
from fwcompare.reporting import figures
from fwcompare.reporting.chart_series import Series
from fwcompare.reporting.plots import Plot

NUMBERS = FuncFormatter(lambda value, _: f"{value:,g}")
"""How the numbers of an axis are written."""

LineStyle = Literal["-"] | tuple[float, tuple[int, ...]]

_DPI = 110
_TITLE_SIZE = 12
_LETTERS_OF_A_HANDLE = 8
_LETTERS_PER_INCH = 16.5
_LEGEND_LETTERS_PER_INCH = 12.0


def frame(plot: Plot, report: Report, legend: Sequence[Series], said: str, *, width: float, height: float) -> Figure:
    """Make a figure with its title, its legend and the note below."""
    wrapped = [row for line in said.split("\n") for row in textwrap.wrap(line, round(width * _LETTERS_PER_INCH))]
    # With many series the legend takes rows of its own.
    rows = -(-len(legend) // _columns(legend, width)) if legend else 0
    figure = Figure(figsize=(width, height + 0.15 * len(wrapped) + 0.2 * rows), layout="constrained")
    figure.supxlabel(plain("\n".join(wrapped)), fontsize=8, color="#404040", x=0.01, ha="left")
    title = plain(figures.one_line(f"{plot.title} - {report.scenario.title or report.summary.scenario}"))
    if legend:
        _title_with_legend(figure, title, legend)
    else:
        figure.suptitle(title, fontsize=_TITLE_SIZE, x=0.01, ha="left")
    return figure


def no_figure(axes: Axes) -> None:
    """Say that there is nothing to draw."""
    axes.text(0.5, 0.5, "no figure is known", ha="center", transform=axes.transAxes)
    axes.set_axis_off()


def line_style(line: Series) -> LineStyle:
    """Give the dashes of a series as matplotlib takes them."""
    return (0, line.dash) if line.dash else "-"


def plain(text: str) -> str:
    """Give text that is drawn as it is: matplotlib reads what stands between two dollar signs as mathematics."""
    return text.replace("$", r"\$")


def save(figure: Figure, png: Path, svg: Path) -> None:
    """Write a figure as a bitmap and as text; of the same figure, the same bytes."""
    figure.savefig(png, dpi=_DPI)
    # Where everything is, is known now; to find it out takes longer than to draw.
    figure.set_layout_engine("none")
    # Names within an SVG are drawn at random unless salted, and it tells the time unless kept from it. Its text stays
    # text, to be searched and read aloud.
    with mpl.rc_context({"svg.hashsalt": "fwcompare", "svg.fonttype": "none"}):
        figure.savefig(svg, metadata={"Date": None})


def _columns(lines: Sequence[Series], width: float) -> int:
    longest = max(len(line.label) for line in lines) + _LETTERS_OF_A_HANDLE
    return max(1, min(len(lines), int(width * _LEGEND_LETTERS_PER_INCH / longest)))


def _title_with_legend(figure: Figure, title: str, lines: Sequence[Series]) -> None:
    # One artist: the layout would put a title and a legend above the axes on top of each other.
    figure.legend(
        handles=[
            Line2D(
                [],
                [],
                color=line.colour,
                linestyle=line_style(line),
                marker=line.marker,
                markersize=5,
                label=plain(line.label),
            )
            for line in lines
        ],
        loc="outside upper left",
        ncols=_columns(lines, figure.get_figwidth()),
        title=title,
        title_fontsize=_TITLE_SIZE,
        alignment="left",
        frameon=False,
        fontsize=9,
        # Long enough for a dash to be seen beside the marker.
        handlelength=3,
    )
