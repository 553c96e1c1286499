"""What is drawn along a load, whoever draws it: the series of a run, what lies along the axis, and which are left out.

A series is a target with the parameters that vary. It keeps its colour and its marker in every plot and chart of a run,
also in those of another workload: workloads have plots of their own, since their figures share no scale. Colours are
those of Okabe and Ito ("Color Universal Design", 2008), with two exceptions: no yellow, which is too pale for a line,
and grey instead of black, which can be seen on paper and on a dark screen. Where there are more series than colours,
lines of the same colour differ in their dashes, and bars in their hatching or outline.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fwcompare.model.ports import Report
from fwcompare.model.quantities import as_variable
from fwcompare.model.summary import CellSummary
from fwcompare.reporting import figures

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#767676", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P", ">", "<")
"""By matplotlib's names; :data:`SHAPES` are the same by Vega's."""

SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "cross",
    "triangle-right",
    "triangle-left",
)

DASHES: tuple[tuple[int, ...], ...] = ((), (6, 3), (2, 2), (9, 3, 2, 3))
"""Lengths of strokes and gaps: all colours come with the first, a whole line, then with the second, and so on."""

MOST_SERIES = 24
"""More lines in one picture cannot be told apart; the fastest are drawn, and the note counts the others."""

_MOST_POINTS = 400
_LEAST_SERIES = 8
_SPREAD = 30.0


@dataclass(frozen=True)
class Point:
    """A figure to be drawn, with its bounds where it has any. ``lower_bound``: the truth may be higher."""

    value: float
    low: float | None = None
    high: float | None = None
    lower_bound: bool = False

    @property
    def reach(self) -> tuple[float, float]:
        """The bounds; where there are none, the point itself."""
        return (self.value if self.low is None else self.low, self.value if self.high is None else self.high)


@dataclass(frozen=True)
class Panel:
    """One pair of axes: the figure's name with its unit, and where it comes from; None when it is not known.

    ``unknown`` says in a few words why a cell that is ok has no figure.
    """

    label: str
    figure: Callable[[CellSummary], Point | None]
    unknown: Callable[[CellSummary], str] | None = None

    def absence(self, cell: CellSummary) -> str:
        """Say in a few words why a cell has no figure."""
        if cell.outcome != "ok":
            return cell.outcome
        return f"{self.label} not known" if self.unknown is None else self.unknown(cell)


@dataclass(frozen=True)
class Series:
    """The cells of one target and its varying parameters, with the amount of load of each.

    ``place`` is that of the target in the plan, from 0.
    """

    place: int
    label: str
    colour: str
    marker: str
    shape: str
    cells: tuple[tuple[float, CellSummary], ...]

    @property
    def turn(self) -> int:
        """How often all colours were given to others before: with the colour, it tells a series from every other."""
        return self.place // len(COLOURS)

    @property
    def dash(self) -> tuple[int, ...]:
        """The strokes and gaps of its lines; none for a whole line."""
        return DASHES[self.turn % len(DASHES)]

    def points(self, panel: Panel) -> list[tuple[float, Point]]:
        """Give the figures that are known, by the amount of load."""
        found = ((level, panel.figure(cell)) for level, cell in self.cells)
        return sorted(((level, point) for level, point in found if point is not None), key=lambda seen: seen[0])


@dataclass(frozen=True)
class Sweep:
    """The series of one workload over the loads of a run.

    ``axis`` is what varies; ``levels`` are its values, ascending. ``workload`` is empty where a run has but one.
    ``left_out`` are series that are not drawn because there are too many.
    """

    workload: str
    axis: Literal["connections", "rate"]
    levels: tuple[float, ...]
    series: tuple[Series, ...]
    left_out: tuple[Series, ...] = ()

    @property
    def single(self) -> bool:
        """Whether there is but one load, so that bars are drawn instead of lines."""
        return len(self.levels) <= 1

    @property
    def every_series(self) -> tuple[Series, ...]:
        """Those drawn and those left out, in the order of the plan."""
        return tuple(sorted((*self.series, *self.left_out), key=lambda line: line.place))

    @property
    def label(self) -> str:
        """The title of the axis."""
        return "connections" if self.axis == "connections" else "arrival rate (requests/s)"

    @property
    def logarithmic(self) -> bool:
        """Whether the loads differ so much that a logarithmic axis shows them better."""
        return bool(self.levels) and self.levels[-1] > _SPREAD * self.levels[0]

    def drawn(self, panels: Iterable[Panel]) -> tuple[Series, ...]:
        """Give the series of which at least one figure is known."""
        asked = tuple(panels)
        return tuple(line for line in self.series if any(line.points(panel) for panel in asked))

    def at(self, level: float) -> str:
        """Name an amount of load: ``10 connections``."""
        if self.axis == "connections":
            return figures.count(round(level), "connection")
        return f"{figures.number(level)} requests/s"


def sweeps(report: Report) -> tuple[Sweep, ...]:
    """Give what a run measured, by workload in the order of the plan."""
    cells = report.summary.cells
    axis: Literal["connections", "rate"] = "rate" if len({cell.load.rate for cell in cells}) > 1 else "connections"
    names = series_names(report)
    places = {name: place for place, name in enumerate(dict.fromkeys(names[cell.key] for cell in cells))}
    workloads = dict.fromkeys(cell.workload for cell in cells)
    found = []
    for workload in workloads:
        own = [cell for cell in cells if cell.workload == workload]
        grouped: dict[str, list[tuple[float, CellSummary]]] = {}
        for cell in own:
            grouped.setdefault(names[cell.key], []).append((_level(cell, axis), cell))
        levels = tuple(sorted({_level(cell, axis) for cell in own}))
        lines = [_series(name, places[name], tuple(members)) for name, members in grouped.items()]
        chosen, left_out = _choose(lines, max(_LEAST_SERIES, min(MOST_SERIES, _MOST_POINTS // len(levels))))
        found.append(Sweep(workload if len(workloads) > 1 else "", axis, levels, chosen, left_out))
    return tuple(found)


def series_names(report: Report) -> dict[str, str]:
    """Name the series of every cell, by its key: target, runtime and parameters that vary, connections beside rates."""
    cells = report.summary.cells
    both = len({cell.load.rate for cell in cells}) > 1 and len({cell.load.connections for cell in cells}) > 1
    planned = {cell.key: cell for cell in (*report.plan.every_cell, *(one.cell for one in report.plan.unsupported))}
    axes = {key: cell.axes for key, cell in planned.items()}
    runtimes = {key: [cell.runtime] if cell.runtime_varies else [] for key, cell in planned.items()}
    return {
        cell.key: figures.one_line(
            " ".join(
                [
                    cell.target,
                    *runtimes.get(cell.key, ()),
                    *(f"{name}={as_variable(cell.params[name])}" for name in axes.get(cell.key, ())),
                    *([figures.count(cell.load.connections, "connection")] if both else []),
                ]
            )
        )
        for cell in cells
    }


def spread(values: Sequence[float]) -> bool:
    """Tell whether figures differ so much that they are drawn on a logarithmic axis, as far as none is 0."""
    return bool(values) and min(values) > 0 and max(values) > _SPREAD * min(values)


def _series(name: str, place: int, cells: tuple[tuple[float, CellSummary], ...]) -> Series:
    shape = place % len(MARKERS)
    return Series(place, name, COLOURS[place % len(COLOURS)], MARKERS[shape], SHAPES[shape], cells)


def _level(cell: CellSummary, axis: Literal["connections", "rate"]) -> float:
    return float(cell.load.connections if axis == "connections" or cell.load.rate is None else cell.load.rate)


def _choose(lines: Sequence[Series], most: int) -> tuple[tuple[Series, ...], tuple[Series, ...]]:
    """Keep the fastest of those that have a figure, and all that have none: these take no room in the picture."""
    fastest = sorted((line for line in lines if _best(line) is not None), key=lambda line: -(_best(line) or 0.0))
    left_out = {line.label for line in fastest[most:]}
    return (
        tuple(line for line in lines if line.label not in left_out),
        tuple(line for line in lines if line.label in left_out),
    )


def _best(line: Series) -> float | None:
    known = [cell.throughput_rps.mean for _, cell in line.cells if cell.throughput_rps is not None]
    return max(known, default=None)
