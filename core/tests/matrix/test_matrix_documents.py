"""A matrix as text, Markdown, CSV and JSON: everything is in each, and nothing in a wrong place."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from fwcompare.model.matrix import Matrix, MatrixCell
from fwcompare.model.ports import Report
from fwcompare.reporting.figures import one_line
from fwcompare.reporting.matrix_csv import matrix_csv
from fwcompare.reporting.matrix_markdown import matrix_markdown
from fwcompare.reporting.matrix_terminal import matrix_lines
from fwcompare.reporting.matrix_view import CellText, matrix_view
from fwcompare.stats.matrix import make_matrix

if TYPE_CHECKING:
    from core.tests.matrix.conftest import Made, Run

HOSTILE = "</script><img src=x onerror=alert(1)>|`*_[x](y)\x1b[31m"


@pytest.fixture
def matrix(kinds: list[Report]) -> Matrix:
    return make_matrix(kinds, baseline="axum")


@pytest.fixture
def hostile(make_run: "type[Run]", make_cell: "type[Made]") -> Matrix:
    cells = [make_cell("axum", HOSTILE), make_cell(HOSTILE, HOSTILE, rps=7), make_cell("b", HOSTILE, fate="failed")]
    return make_matrix([make_run(cells, languages={HOSTILE: HOSTILE}).report()], baseline="axum")


def text_of(matrix: Matrix, cell: MatrixCell) -> CellText:
    """Find the text of a cell by what it is."""
    (table,) = [one for one in matrix_view(matrix).tables if one.figure == cell.figure]
    (row,) = [row for _, rows in table.groups for row in rows if row.name == cell.row]
    return row.cells[[workload for workload, _ in table.columns].index(cell.workload)]


def test_every_cell_tells_its_outcome_and_is_marked_with_its_reasons(matrix: Matrix) -> None:
    notes = dict(matrix_view(matrix).notes)
    for cell in matrix.cells:
        text = text_of(matrix, cell)
        if cell.outcome != "ok":
            assert text.ratio == cell.outcome
        assert text.ratio.endswith("?") == (cell.ratio is not None and not cell.comparable and cell.row != "axum")
        assert len(text.marks) == len(cell.reasons)
        for mark, reason in zip(text.marks, cell.reasons, strict=True):
            assert reason.text in notes[mark]
        if not cell.comparable:
            assert text.tone in ("none", "doubtful", "baseline")
            assert text.word in (cell.reasons[0].word, "")


def test_only_what_can_be_told_apart_has_a_colour_and_more_of_it_the_more(matrix: Matrix) -> None:
    heats = {}
    for cell in matrix.cells:
        text = text_of(matrix, cell)
        assert (text.tone in ("better", "worse")) == (cell.differs and cell.row != "axum")
        assert (text.tone == "better") == (cell.differs and cell.better)
        heats[cell.row, cell.workload, cell.figure] = text.heat
    assert heats["fastapi", "users", "throughput_rps"] > heats["actix", "users", "throughput_rps"] > 0
    assert heats["fastapi", "users", "cpu_ms_per_request"] == 1, "20 times is as dark as it gets"


def test_the_terminal_has_every_target_in_every_table_and_no_line_too_wide(matrix: Matrix) -> None:
    lines = matrix_lines(matrix, width=80)
    assert max(map(len, lines)) <= 80
    body = lines[: lines.index(next(line for line in lines if line.startswith("[1]")))]
    parts = sum(line == "target" or line.startswith("target  ") for line in body)
    for row in matrix.rows:
        assert sum(line.startswith(f"  {row.key} ") for line in body) == parts
    first = next(line for line in lines if line.startswith("  flask "))
    assert [word for word in first.split()[1:] if word[0] != "["] == ["n/a", "absent"]


def test_a_figure_that_no_cell_has_is_one_sentence(make_run: "type[Run]", make_cell: "type[Made]") -> None:
    lines = matrix_lines(make_matrix([make_run([make_cell("axum"), make_cell("flask")]).report()]), width=200)
    (line,) = [line for line in lines if line.startswith("Response time p99")]
    assert line.endswith("n/a, closed model: no rate was equal for all, and only service times exist")


def test_csv_has_a_row_for_every_cell_in_full_precision(matrix: Matrix) -> None:
    rows = list(csv.DictReader(StringIO(matrix_csv(matrix))))
    assert len(rows) == len(matrix.cells) + len(matrix.overall)
    found = {(row["target"], row["workload"], row["figure"]): row for row in rows}
    for cell in matrix.cells:
        row = found[cell.row, cell.workload, cell.figure]
        assert row["outcome"] == cell.outcome
        assert row["comparable"] == str(cell.comparable).lower()
        assert row["ratio"] == ("" if cell.ratio is None else str(cell.ratio.ratio))
        assert row["value"] == ("" if cell.value is None else str(cell.value.mean))
        assert all(reason.word in row["reasons"] for reason in cell.reasons)
    for one in matrix.overall:
        assert found[one.row, "", one.figure]["ratio"] == ("" if one.ratio is None else str(one.ratio))


def test_markdown_has_every_cell_where_it_belongs(matrix: Matrix) -> None:
    for table in matrix_view(matrix).tables:
        lines = matrix_markdown(matrix).split(f"## {table.title}")[1].split("\n## ")[0].splitlines()
        rows = [line.replace("\\", "").strip("| ").split(" | ") for line in lines if line.startswith("|")]
        header, _, *body = rows
        assert [cells[:2] for cells in body] == [[row.language or "", row.key] for row in matrix.rows]
        for cells in body:
            for column, told in list(zip(header, cells, strict=True))[2:-1]:
                workload = column.split(",")[0]
                (cell,) = [
                    one
                    for one in matrix.cells
                    if (one.row, one.workload, one.figure) == (cells[1], workload, table.figure)
                ]
                assert told.replace("&gt;", ">").startswith(text_of(matrix, cell).ratio)


def test_hostile_names_stay_text_and_on_their_line(hostile: Matrix) -> None:
    markdown = matrix_markdown(hostile)
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    kinds = {child.type for token in tokens for child in token.children or ()}
    assert kinds <= {"text", "softbreak"}
    assert not any(token.type == "html_block" for token in tokens)
    for text in (markdown, "\n".join(matrix_lines(hostile)), matrix_csv(hostile)):
        assert "\x1b" not in text
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {4}
    assert one_line(HOSTILE) in {row["target"] for row in csv.DictReader(StringIO(matrix_csv(hostile)))}


def test_json_is_read_back_as_it_was(matrix: Matrix) -> None:
    text = matrix.model_dump_json(by_alias=True)
    assert json.loads(text)["schema"] == 1
    assert Matrix.model_validate_json(text) == matrix


@pytest.mark.parametrize("order", range(3))
def test_documents_are_the_same_in_whatever_order_the_runs_are(
    order: int, kinds: list[Report], kinds_in_order: Callable[[int], list[Report]]
) -> None:
    one, other = make_matrix(kinds), make_matrix(kinds_in_order(order))
    for document in (matrix_csv, matrix_markdown, lambda made: "\n".join(matrix_lines(made))):
        assert document(one) == document(other)
