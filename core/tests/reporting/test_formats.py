"""In every form of a run each cell is visible, and its name stands beside its own figures."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fwcompare.model.parity import Audit
from fwcompare.model.ports import Report
from fwcompare.reporting.figures import number
from fwcompare.reporting.formats import FORMATS, league_table, text
from fwcompare.reporting.html_page import render_page
from fwcompare.reporting.markdown import render
from fwcompare.stats.summarise import summarise

Fate = Literal["ok", "failed", "invalid", "unsupported", "non-comparable"]
FATES: tuple[Fate, ...] = ("ok", "failed", "invalid", "unsupported", "non-comparable")
MEASURED = ("ok", "non-comparable")
FOLDER = Path("results/2026-11-20-users-3f9c")
BLOCKS = 2

Make = Callable[..., Report]
Rows = Mapping[str, tuple[str, str]]
"""By the name of a cell: its throughput as it is written, and what became of it."""


def throughput_rps(place: int) -> float:
    return 1000.0 + 100 * place


def make(make_report: Make, make_target: Callable[..., Any], fates: list[Fate]) -> Report:
    """Make a run of targets that fared as told, each with a throughput of its own."""
    made = []
    for place, fate in enumerate(fates):
        lost = dict.fromkeys(range(1, BLOCKS + 1), "it broke") if fate in ("failed", "invalid") else None
        why = "no such path" if fate == "unsupported" else ""
        made.append(make_target(f"t{place}", throughput_rps(place), failed_blocks=lost, unsupported=why))
    report = make_report(tuple(made), blocks=BLOCKS, folder=FOLDER)
    invalid = {f"t{place}" for place, fate in enumerate(fates) if fate == "invalid"}
    trials = tuple(
        replace(trial, outcome="invalid") if trial.planned.cell.target in invalid else trial for trial in report.trials
    )
    audits = tuple(
        Audit(f"t{place}", "users", (), "non-comparable" if fate == "non-comparable" else "same work", name=f"t{place}")
        for place, fate in enumerate(fates)
        if fate != "unsupported"
    )
    summary = summarise(
        report.run,
        report.plan,
        trials,
        audits=audits,
        scenario="users",
        confidence=0.95,
        margin=0.02,
        status="complete",
    )
    return replace(report, trials=trials, audits=audits, summary=summary)


class Tables(HTMLParser):
    """The rows of every table of a page, by its caption."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self._caption = ""
        self._in = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "caption":
            self._caption = ""
        if tag in ("caption", "td", "th"):
            self._in = tag
        if tag == "tr":
            self.rows.setdefault(self._caption, []).append([])
        if tag in ("td", "th"):
            self.rows[self._caption][-1].append("")
        if tag == "small":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._in:
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "caption":
            self._caption += data
        elif self._in:
            self.rows[self._caption][-1][-1] += data


def by_heading(header: list[str], rows: list[list[str]]) -> Rows:
    named = [dict(zip(header, row, strict=True)) for row in rows]
    # On a page, what is in small stands in a line below: of a figure its bounds, of a target its work.
    return {
        row[header[0]].split("\n")[0]: (row["throughput req/s"].split(" ")[0], row["outcome"].strip()) for row in named
    }


def in_markdown(document: str) -> Rows:
    """Read the first table."""
    tokens = MarkdownIt("commonmark").enable("table").parse(document)
    table: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            table.append([])
        if token.type == "inline" and table:
            table[-1].append("".join(child.content for child in token.children or ()))
        if token.type == "table_close":
            break
    return by_heading(table[0], table[1:])


def in_page(document: str) -> Rows:
    (table,) = [rows for caption, rows in Tables(document).rows.items() if caption.startswith("Every cell")]
    return by_heading(table[0], table[1:])


def in_terminal(document: str) -> Rows:
    table = document.partition("\ntarget")[2].partition("\n\n")[0].splitlines()[1:]
    cells = [re.split(r"\s{2,}", line.strip()) for line in table]
    return {row[0]: (row[2].split(" ")[0], row[-1]) for row in cells}


def in_csv(document: str) -> Rows:
    rows = list(csv.DictReader(io.StringIO(document)))
    first = [row for row in rows if row["block"] in ("1", "")]
    return {row["target"]: (row["throughput_rps"], f"{row['outcome']} {row['parity']}") for row in first}


def in_json(document: str) -> Rows:
    return {
        cell["target"]: (
            number(cell["throughput_rps"]["mean"]) if cell["throughput_rps"] else "-",
            f"{cell['outcome']} {cell['parity']}",
        )
        for cell in json.loads(document)["cells"]
    }


READERS: Mapping[str, Callable[[str], Rows]] = {
    "markdown": in_markdown,
    "gfm": in_markdown,
    "html": in_page,
    "text": in_terminal,
    "csv": in_csv,
    "json": in_json,
}


def test_there_is_a_reader_for_every_form() -> None:
    assert set(READERS) == set(FORMATS)


@settings(max_examples=15)
@given(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=7))
@pytest.mark.parametrize("form", sorted(READERS))
def test_every_cell_is_visible_in_every_form_beside_its_own_figures(form: str, fates: list[Fate]) -> None:
    report = make(_MADE.make_report, _MADE.make_target, fates)

    rows = READERS[form](FORMATS[form](report))

    assert set(rows) == {f"t{place}" for place in range(len(fates))}
    for place, fate in enumerate(fates):
        figure, outcome = rows[f"t{place}"]
        if fate in MEASURED:
            # A trial lies within a few percent of its target's mean, and the next target ten percent away or more.
            assert float(figure.replace(",", "")) == pytest.approx(throughput_rps(place), rel=0.015)
        else:
            assert figure in ("-", "")
        if fate != "ok":
            assert fate in outcome


@pytest.fixture(autouse=True)
def _factories(make_report: Make, make_target: Callable[..., Any]) -> None:
    """Hand the factories to the property, which may not ask for fixtures of a test's own."""
    _MADE.make_report, _MADE.make_target = make_report, make_target


class _Made:
    make_report: Make
    make_target: Callable[..., Any]


_MADE = _Made()


def test_a_figure_that_moved_to_another_row_would_be_seen(make_report: Make, make_target: Callable[..., Any]) -> None:
    report = make(make_report, make_target, ["ok", "ok"])
    shifted = [line.replace("t0 ", "t9 ").replace("t1 ", "t0 ") for line in render(report).splitlines()]

    assert in_markdown("\n".join(shifted)) != in_markdown(render(report))


def test_the_table_to_paste_has_the_reasons_and_nothing_else(make_report: Make) -> None:
    lines = league_table(make_report()).splitlines()

    assert lines[0].startswith("| target | load |")
    assert lines[-1] == "- [4] a WSGI target has no event loop"
    assert not [line for line in lines if line.startswith("#")]


def test_text_is_what_the_terminal_shows(make_report: Make) -> None:
    assert text(make_report()).startswith("axum")
    assert "\x1b" not in text(make_report())
    assert render_page(make_report()).startswith("<!doctype html>")
