"""A matrix in words: what stands in every cell, its numbered reasons, and the sentences around the tables.

One way for the terminal, for Markdown and for the page; they differ in layout alone. A ratio that may not be believed
is followed by a question mark and the number of a note, also where colours are not seen.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fwcompare.model.matrix import MORE_IS_BETTER, Matrix, MatrixCell, MatrixColumn, MatrixFigure, MatrixOverall
from fwcompare.model.summary import LoadSummary
from fwcompare.reporting import figures
from fwcompare.reporting.league import Notes
from fwcompare.reporting.load_point import offered

Tone = Literal["better", "worse", "same", "doubtful", "none", "baseline"]

TITLES: Final[Mapping[MatrixFigure, tuple[str, str]]] = {
    "throughput_rps": ("Throughput", "req/s"),
    "response_p99_ms": ("Response time p99 at an equal rate", "ms"),
    "cpu_ms_per_request": ("CPU time per request", "ms"),
    "peak_rss_mib": ("Peak memory", "MiB"),
}
"""Each figure's name and unit."""

NO_LANGUAGE: Final = "language not recorded"
OVERALL: Final = "overall"
_DARKEST: Final = math.log(16)
"""The ratio from which on a cell is as dark as it gets, as a logarithm."""


@dataclass(frozen=True)
class CellText:
    """What stands in a cell: ``ratio`` to the baseline or what is instead, its ``bounds``, and the figure itself.

    ``heat`` is how dark it is, from 0 to 1, by the logarithm of the ratio; ``word`` says in short what is the matter.
    """

    ratio: str
    bounds: str = ""
    value: str = ""
    word: str = ""
    marks: tuple[str, ...] = ()
    tone: Tone = "none"
    heat: float = 0.0


@dataclass(frozen=True)
class RowText:
    """A row: its name, a text for every column, and the overall one, None where there is a single workload."""

    name: str
    cells: Sequence[CellText]
    overall: CellText | None


@dataclass(frozen=True)
class FigureTable:
    """The table of one figure. ``nothing`` says why no cell has the figure; empty where any has."""

    figure: MatrixFigure
    title: str
    unit: str
    direction: str
    columns: Sequence[tuple[str, str]]
    groups: Sequence[tuple[str, Sequence[RowText]]]
    nothing: str


@dataclass(frozen=True)
class MatrixView:
    """What is shown, from top to bottom."""

    heading: Sequence[str]
    tables: Sequence[FigureTable]
    legend: Sequence[str]
    notes: Sequence[tuple[str, str]]
    warnings: Sequence[str]


def matrix_view(matrix: Matrix) -> MatrixView:
    """Lay out a matrix."""
    notes = Notes()
    cells = {(cell.figure, cell.workload, cell.row): cell for cell in matrix.cells}
    overall = {(one.figure, one.row): one for one in matrix.overall}
    tables = [_table(matrix, figure, cells, overall, notes) for figure in MORE_IS_BETTER]
    return MatrixView(
        heading=_heading(matrix),
        tables=tables,
        legend=_legend(matrix, tables),
        notes=notes.lines(),
        warnings=[figures.one_line(line) for line in matrix.warnings],
    )


def load_words(load: LoadSummary) -> str:
    """Name a load: ``10 connections``."""
    connections = figures.count(load.connections, "connection")
    return connections if load.rate is None else f"{offered(load)}, {connections}"


def heat_of(ratio: float) -> float:
    """Give how dark a ratio is, from 0 to 1."""
    return min(1.0, abs(math.log(ratio)) / _DARKEST)


def _heading(matrix: Matrix) -> list[str]:
    size = f"{figures.count(len(matrix.rows), 'target')} by {figures.count(len(matrix.workloads), 'workload')}"
    runs = ", ".join(figures.one_line(run.name) for run in matrix.runs)
    chosen = f"{figures.one_line(matrix.baseline)}, {figures.one_line(matrix.baseline_reason)}"
    return [
        f"{size}, of {figures.count(len(matrix.runs), 'run')}: {runs}",
        f"The baseline is {chosen}; --baseline TARGET takes another.",
    ]


def _table(
    matrix: Matrix,
    figure: MatrixFigure,
    cells: Mapping[tuple[MatrixFigure, str, str], MatrixCell],
    overall: Mapping[tuple[MatrixFigure, str], MatrixOverall],
    notes: Notes,
) -> FigureTable:
    columns = [column for column in matrix.columns if column.figure == figure]
    known = any(cell.value is not None for (of, _, _), cell in cells.items() if of == figure)
    groups: dict[str, list[RowText]] = {}
    for row in matrix.rows if known else ():
        texts = [_text(cells[figure, column.workload, row.key], matrix.baseline, notes) for column in columns]
        mean = _overall(overall[figure, row.key], matrix.baseline, notes) if len(columns) > 1 else None
        groups.setdefault(row.language or NO_LANGUAGE, []).append(RowText(figures.one_line(row.key), texts, mean))
    title, unit = TITLES[figure]
    return FigureTable(
        figure=figure,
        title=title,
        unit=unit,
        direction="more is better" if MORE_IS_BETTER[figure] else "less is better",
        columns=[(figures.one_line(column.workload), _load(column)) for column in columns],
        groups=[(figures.one_line(name), rows) for name, rows in groups.items()],
        nothing="" if known else _nothing(columns, [one for (of, _, _), one in cells.items() if of == figure]),
    )


def _load(column: MatrixColumn) -> str:
    return "no equal rate" if column.load is None else load_words(column.load)


def _nothing(columns: Sequence[MatrixColumn], cells: Sequence[MatrixCell]) -> str:
    told = dict.fromkeys(column.reason for column in columns if column.load is None)
    told |= dict.fromkeys(reason.text for cell in cells if cell.outcome == "ok" for reason in cell.reasons if not told)
    return figures.one_line("; ".join(told) or "no cell has a valid trial")


def _text(cell: MatrixCell, baseline: str, notes: Notes) -> CellText:
    marks = tuple(notes.mark(_note(one.word, one.text)) for one in cell.reasons)
    value = "" if cell.value is None else f"{'>= ' * cell.value_is_lower_bound}{figures.number(cell.value.mean)}"
    word = "" if cell.comparable else cell.reasons[0].word
    ratio = cell.ratio
    if ratio is None:
        shown = cell.outcome if cell.outcome != "ok" else figures.MISSING
        return CellText(shown, value=value, word="" if shown == word else word, marks=marks)
    if cell.row == baseline:
        return CellText("1x", value=value, word=word, marks=marks, tone="baseline")
    end = {"more": ">= ", "less": "<= ", None: ""}[ratio.open_end]
    text = f"{end}{figures.times(ratio.ratio)}"
    bounds = figures.bounds(ratio.low, ratio.high).strip(" ()")
    if not cell.comparable:
        return CellText(f"{text}?", bounds, value, word, marks, "doubtful")
    if not cell.differs:
        return CellText(text, bounds, value, word, marks, "same")
    return CellText(text, bounds, value, word, marks, "better" if cell.better else "worse", heat_of(ratio.ratio))


def _overall(one: MatrixOverall, baseline: str, notes: Notes) -> CellText:
    if one.ratio is None:
        return CellText(figures.MISSING, marks=(notes.mark(f"no overall: {one.reason}"),))
    if one.row == baseline:
        return CellText("1x", tone="baseline")
    # Without an interval nothing is told apart, so that it has no colour.
    return CellText(figures.times(one.ratio), tone="same")


def _note(word: str, text: str) -> str:
    return text if text.startswith(word) else f"{word}: {text}"


def _legend(matrix: Matrix, tables: Sequence[FigureTable]) -> list[str]:
    cells = [cell for cell in matrix.cells if cell.row != matrix.baseline and cell.ratio is not None]
    told = []
    if cells:
        percent = figures.setting_percent(matrix.confidence)
        told.append(
            f"Ratios are over {figures.one_line(matrix.baseline)}, geometric means with their {percent} interval, "
            "adjusted for the targets of a column."
        )
    if any(cell.ratio is not None and cell.ratio.paired for cell in cells):
        told.append("Within a run they are taken block by block.")
    if any(cell.ratio is not None and not cell.ratio.paired for cell in cells):
        told.append("Across runs nothing pairs the trials: those intervals are Welch's, on logarithms.")
    if any(not cell.comparable for cell in cells):
        told.append("A ratio with ? is not comparable: its note says why.")
    if any(row.overall for table in tables for _, rows in table.groups for row in rows):
        told.append(
            "Overall: geometric mean over all workloads, only where every cell is comparable; it has no interval, as "
            "workloads are no sample of anything."
        )
    choices = [column for column in matrix.columns if column.figure == "throughput_rps" and column.other_loads]
    told += [
        f"{figures.one_line(column.workload)} is shown at {column.load_key}, {column.reason}; there are also "
        f"{', '.join(column.other_loads)} (--load)."
        for column in choices
    ]
    return told
