"""What became of the thresholds, as it reads in the terminal and in Markdown."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from fwcompare.model.ports import Report
from fwcompare.model.threshold import read_threshold
from fwcompare.reporting.markdown import render
from fwcompare.reporting.terminal import print_summary
from fwcompare.reporting.threshold_lines import threshold_headline, threshold_sentences
from fwcompare.stats.thresholds import judge_thresholds

LINES = (
    "fastapi-asyncpg: throughput > 1000",
    "fastapi: peak_rss < 50MiB",
    "django: errors < 0.1%",
    "axum/fastapi-asyncpg: throughput > 2",
    "fastapi: errors <= 0%",
)


@pytest.fixture
def judged(make_report: Callable[..., Report]) -> Report:
    report = make_report()
    results = judge_thresholds([read_threshold(line) for line in LINES], report.summary, report.plan)
    return replace(report, summary=report.summary.model_copy(update={"thresholds": results}))


def test_each_line_reads_with_its_verdict_and_what_was_seen(judged: Report) -> None:
    results = judged.summary.thresholds
    assert threshold_headline(results) == "thresholds: 3 of 5 hold"
    holds, fails, unknown, ratio, errors = threshold_sentences(results)
    assert holds.startswith(
        "holds: fastapi-asyncpg: throughput > 1000 (fastapi-asyncpg-c10: 1,639 req/s (1,619 to 1,658))"
    )
    assert fails == "fails: fastapi: peak_rss < 50MiB (fastapi-c10: 84.4 MiB)"
    assert unknown.startswith("cannot be told; no pass: django: errors < 0.1% (django-c10: failed: failed in blocks")
    assert "(axum-c10 over fastapi-asyncpg-c10: 5.9" in ratio
    assert errors == "holds: fastapi: errors <= 0% (fastapi-c10: 0 %)"


def test_no_threshold_says_nothing(make_report: Callable[..., Report]) -> None:
    assert threshold_headline([]) == ""
    assert "hreshold" not in render(make_report())


def test_they_are_the_last_word_in_the_terminal(judged: Report) -> None:
    file = io.StringIO()
    print_summary(judged, Console(file=file, width=100))
    end = file.getvalue()[file.getvalue().index("thresholds: 3 of 5 hold") :]
    assert "fails: fastapi: peak_rss < 50MiB" in end
    assert end.splitlines()[-1].startswith("holds: fastapi: errors <= 0%")


def test_the_report_has_a_row_for_each_line_and_cell(judged: Report) -> None:
    section = render(judged).split("## Thresholds")[1].split("\n## ")[0]
    assert "| fastapi: peak\\_rss < 50MiB | fails | fastapi-c10 | 84.4 MiB |".replace("<", "&lt;") in section
    assert "One that cannot be told is no pass." in section
    assert section.count("\n| ") == len(LINES) + 2
