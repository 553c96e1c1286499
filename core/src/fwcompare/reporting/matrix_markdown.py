"""A matrix as GitHub-flavoured Markdown: a table for every figure, the language in a column of its own."""

from fwcompare.model.matrix import Matrix
from fwcompare.reporting.gfm import escape, paragraph, table
from fwcompare.reporting.matrix_view import OVERALL, CellText, FigureTable, matrix_view


def matrix_markdown(matrix: Matrix) -> str:
    """Give the whole document, which ends with a line feed."""
    view = matrix_view(matrix)
    blocks = [
        ["# Matrix"],
        *([paragraph(line)] for line in view.heading),
        *([f"- {escape(f'warning: {line}')}" for line in view.warnings] for _ in view.warnings[:1]),
    ]
    for one in view.tables:
        blocks.append([f"## {escape(one.title)}: {escape(one.unit)}, {one.direction}"])
        blocks.append([paragraph(f"n/a: {one.nothing}")] if one.nothing else _table(one))
    if view.legend:
        blocks.append([paragraph(" ".join(view.legend))])
    if view.notes:
        blocks.append([f"- {escape(mark)} {escape(text)}" for mark, text in view.notes])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _table(one: FigureTable) -> list[str]:
    several = len(one.columns) > 1
    header = ["language", "target", *(escape(f"{workload}, {load}") for workload, load in one.columns)]
    rows = [
        [
            escape(language),
            escape(row.name),
            *(_cell(cell, one.unit) for cell in row.cells),
            *([_cell(row.overall, one.unit)] if row.overall else []),
        ]
        for language, rows in one.groups
        for row in rows
    ]
    header += [OVERALL] * several
    return table(header, rows, right=range(2, len(header)))


def _cell(cell: CellText, unit: str) -> str:
    bounds = f" ({cell.bounds})" if cell.bounds else ""
    value = f", {cell.value} {unit}" if cell.value else ""
    word = f", {cell.word}" if cell.word else ""
    return escape(f"{cell.ratio}{bounds}{value}{word} {''.join(cell.marks)}".rstrip())
