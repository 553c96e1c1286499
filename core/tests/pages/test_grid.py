"""A table of a page: what stands in its cells, which columns are figures, and how little markup it takes."""

import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from fwcompare.reporting.document import Content, Grid, Link, Named, Words
from fwcompare.reporting.pages.grid import content_html, grid_html

HOSTILE = '</td></table><script>alert(1)</script><img src=x onerror="alert(2)">'


class Cells(HTMLParser):
    """The tags of a table, and the text of each of its cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data


def made(*rows: tuple[Content, ...], right: tuple[int, ...] = (1,)) -> str:
    return str(grid_html(Grid("caption", ("name", "figure", "why")[: len(rows[0])], rows, right=right)))


def test_a_row_is_its_texts_and_its_opening_tags() -> None:
    assert "<tr><th>axum<td>9,740<td>because\n" in made(("axum", "9,740", "because"))


def test_hostile_text_stays_in_its_cell_wherever_it_stands() -> None:
    cells = Cells(made((HOSTILE, Named(HOSTILE, HOSTILE), Link(HOSTILE, "log")), ("next", "1", "2")))

    assert set(cells.tags) == {"div", "table", "caption", "thead", "tr", "th", "tbody", "td", "small", "a"}
    told = [text.strip() for text in cells.texts[3:]]
    assert told == [HOSTILE, HOSTILE + HOSTILE, HOSTILE, "next", "1", "2"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Words("9,740 (9,510 to 9,980)"), "9,740 <small>(9,510 to 9,980)</small>"),
        (
            Words(">= 9,740 (9,510 to 9,980) [2]"),
            '&gt;= 9,740 <small>(9,510 to 9,980)</small> <a href="#note-2">[2]</a>',
        ),
        (Words("4,950 (97%)"), "4,950 <small>(97%)</small>"),
        (Words("unstable [1]", "doubt"), '<span class="doubt">unstable <a href="#note-1">[1]</a></span>'),
        (Named("axum", "1 SELECT"), "axum<small>1 SELECT</small>"),
        # What a target writes is no mark and has no bounds.
        ("a [1] (1 to 2)", "a [1] (1 to 2)"),
    ],
)
def test_bounds_and_shares_stand_below_their_figure_and_marks_lead_to_notes(told: Content, expected: str) -> None:
    assert str(content_html(told)) == expected


def test_columns_of_figures_are_told_by_the_table_and_each_has_its_rule() -> None:
    table = made(("axum", "1", "2"), right=(1, 2))
    rules = files("fwcompare.reporting.pages").joinpath("page.css").read_text(encoding="utf-8")

    assert '<table class="grid r1 r2">' in table
    for place in range(16):
        assert re.search(rf"\.r{place} tr > :nth-child\({place + 1}\)[,)]", rules)


@pytest.mark.parametrize(
    ("texts", "least"),
    [
        (("ok", "failed"), 6),
        (("100 connections",), 14),
        (("not steady in block 1",), 14),
        (("io-intensive-postgresql WORKERS=2",), 23),
        (("x" * 90,), 24),
        (("a sentence of words " * 5,), 24),
    ],
)
def test_a_column_of_texts_becomes_no_narrower_than_reads_well(texts: tuple[str, ...], least: int) -> None:
    table = made(*((text, "1") for text in texts))

    assert f'<th scope="col" style="min-width:{least}ch">name</th><th scope="col">figure</th>' in table
