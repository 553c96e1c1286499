"""A matrix as CSV: one row for every figure of every cell, in full precision; an empty field is not known, never 0.

The overall means are rows of their own, with an empty workload.
"""

import csv
from collections.abc import Iterable
from io import StringIO

from fwcompare.model.matrix import Matrix, MatrixCell, MatrixColumn, MatrixOverall, MatrixRow
from fwcompare.reporting.figures import one_line

Row = dict[str, object]


def matrix_csv(matrix: Matrix) -> str:
    """Give the whole text, with a line of names first."""
    rows = {row.key: row for row in matrix.rows}
    columns = {(column.figure, column.workload): column for column in matrix.columns}
    told = [
        *(_cell(matrix, rows[cell.row], columns[cell.figure, cell.workload], cell) for cell in matrix.cells),
        *(_overall(matrix, rows[one.row], one) for one in matrix.overall),
    ]
    file = StringIO()
    # What only a cell has is left empty in an overall row.
    writer = csv.DictWriter(file, told[0].keys(), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(told)
    return file.getvalue()


def _cell(matrix: Matrix, row: MatrixRow, column: MatrixColumn, cell: MatrixCell) -> Row:
    value, ratio = cell.value, cell.ratio
    return _identity(matrix, row) | {
        "workload": one_line(cell.workload),
        "load": column.load_key,
        "figure": cell.figure,
        "outcome": cell.outcome,
        "comparable": str(cell.comparable).lower(),
        "ratio": ratio and ratio.ratio,
        "ratio_low": ratio and ratio.low,
        "ratio_high": ratio and ratio.high,
        "ratio_open_end": ratio and ratio.open_end,
        "paired": None if ratio is None else str(ratio.paired).lower(),
        "value": value and value.mean,
        "value_low": value and value.low,
        "value_high": value and value.high,
        "value_is_lower_bound": str(cell.value_is_lower_bound).lower(),
        "trials": cell.trials,
        "run": one_line(cell.run or ""),
        "cell": one_line(cell.cell or ""),
        "reasons": _joined(f"{reason.word}: {reason.text}" for reason in cell.reasons),
    }


def _overall(matrix: Matrix, row: MatrixRow, one: MatrixOverall) -> Row:
    return _identity(matrix, row) | {
        "figure": one.figure,
        "comparable": str(one.ratio is not None).lower(),
        "ratio": one.ratio,
        "reasons": one_line(one.reason),
    }


def _identity(matrix: Matrix, row: MatrixRow) -> Row:
    told = {"baseline": matrix.baseline, "language": row.language, "framework": row.framework, "target": row.key}
    return {name: one_line(text or "") for name, text in told.items()}


def _joined(parts: Iterable[str]) -> str:
    return one_line("; ".join(parts))
