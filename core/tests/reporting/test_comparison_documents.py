"""A comparison of two runs as a page, as Markdown and as CSV."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from browsing import Browse
from markdown_it import MarkdownIt

from fwcompare.model.comparison import CellAlone, CellComparison, Factor, RunComparison
from fwcompare.model.summary import Interval
from fwcompare.reporting.compare_csv import comparison_csv
from fwcompare.reporting.compare_markdown import comparison_markdown
from fwcompare.reporting.compare_view import verdict_counts
from fwcompare.reporting.comparison_page import comparison_page

HOSTILE = '</script><script>document.title = "taken"</script><img src=x onerror=document.title="taken">|`'


def cell(key: str, **changes: object) -> CellComparison:
    fields: dict[str, object] = {
        "key": key,
        "metric": "throughput_rps",
        "a": Interval(mean=100.25, low=99, high=101),
        "b": Interval(mean=150, low=149, high=151),
        "trials_a": 5,
        "trials_b": 5,
        "ratio": 1.5,
        "low": 1.4,
        "high": 1.6,
        "verdict": "better",
    }
    return CellComparison.model_validate(fields | changes)


@pytest.fixture
def comparison() -> RunComparison:
    cells = [
        cell("axum-c10"),
        cell("axum-c10", metric="cpu_ms_per_request", ratio=1.3, low=1.2, high=1.4, verdict="worse"),
        cell("flask-c10", ratio=1.0, low=0.99, high=1.01, verdict="same"),
        cell("django-c10", ratio=3.0, low=0.01, high=900, verdict="inconclusive", reason="wide"),
        cell(HOSTILE, a=None, ratio=None, low=None, high=None, verdict="inconclusive", reason=HOSTILE),
    ]
    return RunComparison(
        a="first",
        b=HOSTILE,
        confidence=0.95,
        margin=0.02,
        cells=cells,
        alone=[CellAlone(key="gone-c10", run="a", reason="only in a")],
        factors=[Factor(path="fwcompare", a="1", b=HOSTILE, thing="fwcompare")],
        warnings=[HOSTILE],
    )


def test_one_sentence_counts_the_verdicts(comparison: RunComparison) -> None:
    assert verdict_counts(comparison) == (
        "b against a - req/s: better in 1, same in 1, inconclusive in 2 of 4 cells; CPU ms/req.: worse in 1 of 1 cell; "
        "1 cell not compared."
    )
    assert verdict_counts(comparison.model_copy(update={"cells": [], "alone": []})) == "No cell is in both runs."


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_stands_alone_and_fits(
    width: int, *, dark: bool, comparison: RunComparison, tmp_path: Path, browse: Browse
) -> None:
    path = tmp_path / "compare.html"
    path.write_text(comparison_page(comparison), encoding="utf-8")
    seen = browse(path, width=width, dark=dark)
    assert seen.complaints == []
    assert seen.requests == [path.as_uri()]
    assert seen.overflow_px <= 0
    points = seen.page.locator("[data-chart=plot-1] .mark-symbol.role-mark path")
    assert points.count() == 3, "of four cells one has no ratio"
    assert seen.page.locator("[data-chart=plot-1] .mark-text.role-mark text").all_text_contents() == ["n/a"]
    assert seen.page.locator("[data-chart=plot-1] .mark-rect path").count() == 1, "the margin"


def test_the_page_says_what_the_terminal_says(comparison: RunComparison, tmp_path: Path, browse: Browse) -> None:
    path = tmp_path / "compare.html"
    path.write_text(comparison_page(comparison), encoding="utf-8")
    seen = browse(path)
    text = seen.page.locator("main").inner_text()
    for told in ("1.40 to 1.60", "inconclusive; wide", "gone-c10: not compared; only in a", "Within 2 % is the same."):
        assert told in text
    assert "Intervals that go beyond the axis are cut" in text
    assert HOSTILE in text
    assert seen.page.title().startswith(HOSTILE)
    assert seen.page.locator("img").count() == 0


def test_markdown_shows_it_all_and_no_markup_of_others(comparison: RunComparison) -> None:
    text = comparison_markdown(comparison)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert {child.type for token in tokens for child in token.children or ()} <= {"text", "softbreak"}
    assert not any(token.type == "html_block" for token in tokens)
    assert "| axum-c10 | req/s | 100 | 150 | 1.50x | 1.40 to 1.60 | better |" in text
    assert "gone-c10: not compared; only in a" in text
    assert "| fwcompare | 1 |" in text


def test_csv_is_in_full_precision_and_has_what_was_not_compared(comparison: RunComparison) -> None:
    rows = list(csv.DictReader(StringIO(comparison_csv(comparison))))
    assert [row["verdict"] for row in rows] == [
        "better",
        "worse",
        "same",
        "inconclusive",
        "inconclusive",
        "not compared",
    ]
    assert (rows[0]["a"], rows[0]["ratio_low"]) == ("100.25", "1.4")
    assert (rows[4]["ratio"], rows[5]["ratio"], rows[5]["reason"]) == ("", "", "only in a")
