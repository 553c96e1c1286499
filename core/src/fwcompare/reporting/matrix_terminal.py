"""A matrix on a terminal: a table for every figure, in as many parts as its columns need."""

import textwrap
from collections.abc import Sequence

from fwcompare.model.matrix import Matrix
from fwcompare.reporting.matrix_view import OVERALL, CellText, FigureTable, RowText, matrix_view

_GAP = "  "
_INDENT = "  "


def matrix_lines(matrix: Matrix, *, width: int = 80) -> list[str]:
    """Give the lines of a matrix.

    :param width: characters that a line should have at most; a single column that is wider is not cut.
    """
    view = matrix_view(matrix)
    lines = [line for text in view.heading for line in _wrapped(text, width)]
    for table in view.tables:
        lines += ["", *_table(table, width)]
    lines += [""] if view.legend else []
    lines += _wrapped(" ".join(view.legend), width)
    for mark, text in view.notes:
        lines += _wrapped(f"{mark} {text}", width, hang=len(mark) + 1)
    return lines


def _table(table: FigureTable, width: int) -> list[str]:
    head = f"{table.title}, {table.unit}; {table.direction}"
    if table.nothing:
        return _wrapped(f"{head}: n/a, {table.nothing}", width, hang=2)
    named: list[tuple[str, RowText | None]] = []
    for language, rows in table.groups:
        named.append((language, None))
        named += [(f"{_INDENT}{row.name}", row) for row in rows]
    columns = [
        [workload, load, *("" if row is None else _text(row.cells[place], table.unit) for _, row in named)]
        for place, (workload, load) in enumerate(table.columns)
    ]
    if len(columns) > 1:
        means = ["" if row is None or row.overall is None else _text(row.overall, table.unit) for _, row in named]
        columns.append([OVERALL, "", *means])
    first = ["", "target", *(name for name, _ in named)]
    return [head, *(line for part in _parts(first, columns, width) for line in part)]


def _text(cell: CellText, unit: str) -> str:
    marks = "".join(cell.marks)
    if cell.tone == "baseline":
        said = f"{cell.value} {unit}" if cell.value else cell.ratio
        return f"{said} {marks}".rstrip()
    bounds = f"({cell.bounds})" if cell.bounds else ""
    return " ".join(filter(None, (cell.ratio, bounds, marks)))


def _parts(first: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Lay out columns beside the first in as many tables as it takes."""
    parts: list[list[Sequence[str]]] = [[first]]
    for column in columns:
        used = sum(_width(other) + len(_GAP) for other in parts[-1])
        if len(parts[-1]) > 1 and used + _width(column) > width:
            parts.append([first])
        parts[-1].append(column)
    return [[*([""] if place else []), *_laid_out(part)] for place, part in enumerate(parts)]


def _laid_out(columns: Sequence[Sequence[str]]) -> list[str]:
    widths = [_width(column) for column in columns]
    return [
        _GAP.join(
            text.ljust(widths[place]) if place == 0 else text.rjust(widths[place]) for place, text in enumerate(row)
        ).rstrip()
        for row in zip(*columns, strict=True)
    ]


def _width(column: Sequence[str]) -> int:
    return max(map(len, column))


def _wrapped(text: str, width: int, *, hang: int = 0) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=" " * hang, break_on_hyphens=False)
