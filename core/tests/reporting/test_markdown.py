"""``report.md``: the blessed documents, their shape, and hostile text."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from fwcompare.model.parity import Finding
from fwcompare.model.ports import Report
from fwcompare.model.summary import DiscardedBlock
from fwcompare.model.workload import Bound
from fwcompare.reporting.errors import error_grid
from fwcompare.reporting.formats import league_table
from fwcompare.reporting.markdown import MarkdownReporter, render
from fwcompare.reporting.tables import pair_grid, verdict_grid

Make = Callable[..., Report]

PARSER = MarkdownIt("commonmark").enable("table")
HOSTILE = "</script><img src=x onerror=alert(1)> | `a` [b](c)\n# d"


@pytest.mark.parametrize("blocks", [1, 5])
def test_the_report_reads_as_blessed(
    make_report: Make, check_snapshot: Callable[[str, str], None], blocks: int
) -> None:
    check_snapshot(f"report-{blocks}-blocks.md", render(make_report(blocks=blocks)))


def test_the_report_of_an_audited_run_reads_as_blessed(
    make_audited: Make, check_snapshot: Callable[[str, str], None]
) -> None:
    report = make_audited(bounds={"axum-c10": Bound(10_000.0, "10 connections / 1 ms")})
    facts: dict[str, dict[str, object]] = {
        "axum": {"framework": {"name": "axum", "version": "0.8"}, "workers": 1, "debug": False},
        "fastapi": {"framework": {"name": "fastapi", "version": "0.120 | <b>"}, "workers": 1, "debug": False},
    }
    trials = tuple(replace(trial, facts=facts.get(trial.planned.cell.target)) for trial in report.trials)
    check_snapshot("report-audited.md", render(replace(report, trials=trials)))


def test_every_workload_has_a_league_table_of_its_own(make_report: Make) -> None:
    report = make_report(workloads=("users", "io"))

    for text in (render(report), league_table(report)):
        users, io = text.index("**users: every cell,"), text.index("**io: every cell,")
        for table in (text[users:io], text[io:].partition("\n## ")[0]):
            rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
            assert rows == ["target", "---", "axum", "fastapi-asyncpg", "fastapi", "django", "wsgi-sync"]
        assert text.count("Figures are geometric means") == 1
    said = render(report).split("\n\n")
    assert [line.partition(", ")[0] for line in said[1:3]] == ["On users", "On io"]


def test_verdicts_pairs_and_errors_of_several_workloads_name_the_workload_with_the_load(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    made = (make_target("axum", 900), make_target("falcon", 300), make_target("errs", 100, errors=0.2))
    report = make_report(made, workloads=("users", "io"))

    assert [row[:2] for row in verdict_grid(report).rows][::3] == [
        ["axum", "users, 10 connections"],
        ["axum", "io, 10 connections"],
    ]
    assert {row[2] for row in pair_grid(report).rows} == {"users, 10 connections", "io, 10 connections"}
    assert [row[:2] for row in error_grid(report).rows] == [
        ["errs", "users, 10 connections"],
        ["errs", "io, 10 connections"],
    ]


def test_without_audits_and_facts_there_are_no_sections_of_them(make_report: Make) -> None:
    text = render(make_report())

    assert "## Work" not in text
    assert "## Facts that differ" not in text


def test_hostile_text_in_an_audit_stays_text(make_audited: Make) -> None:
    report = make_audited()
    audit = replace(
        report.audits[0],
        control={HOSTILE: 1.0},
        findings=(Finding(HOSTILE, HOSTILE, HOSTILE, HOSTILE, "undeclared", HOSTILE),),
    )
    tokens = PARSER.parse(render(replace(report, audits=(audit,))))
    inline = [child for token in tokens for child in token.children or []]

    assert not [token for token in [*tokens, *inline] if token.type in ("html_block", "html_inline")]
    assert "c" not in {token.attrs.get("href") for token in inline}


def test_it_is_written_into_the_run_directory(make_report: Make, tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)

    assert list(MarkdownReporter().write(report)) == [tmp_path / "report.md"]
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == render(report)
    assert MarkdownReporter().name == "markdown"


def test_every_trial_and_every_cell_is_in_it(make_report: Make) -> None:
    report = make_report()
    text = render(report)

    assert text.count("](trials/") == len(report.trials) + sum(len(cell.flamegraphs) for cell in report.summary.cells)
    assert "wsgi-sync" in text
    assert "a WSGI target has no event loop" in text


def test_hostile_text_stays_text_and_tables_keep_their_shape(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    made = (
        make_target("axum", 100, parameters=(("NAME", HOSTILE),)),
        make_target("bad", 100, failed_blocks={1: HOSTILE, 2: HOSTILE, 3: HOSTILE}),
    )
    report = make_report(made, blocks=3, title=HOSTILE)
    report = replace(report, environment={"command": HOSTILE, HOSTILE: {"x": HOSTILE}})

    tokens = PARSER.parse(render(report))
    inline = [child for token in tokens for child in token.children or []]

    assert not [token for token in tokens if token.type == "html_block"]
    assert not [token for token in inline if token.type == "html_inline"]
    assert "c" not in {token.attrs.get("href") for token in inline}
    width = 0
    for token in tokens:
        if token.type == "tr_open":
            width = 0
        width += token.type in {"td_open", "th_open"}
        if token.type == "tr_close":
            assert width in {4, 8, 9, 10, 11}


def test_the_seed_is_given_once_in_the_command(make_report: Make) -> None:
    report = make_report()
    seeded = replace(report, environment={"command": "fwcompare run users --set seed=42"})
    unknown = replace(report, environment={})

    assert "fwcompare run scenarios/users.yaml --repeats 5 --set seed=42\n" in render(report)
    assert render(seeded).count("--set seed=42") == 2  # once as a condition, once to be copied
    assert "```console\nfwcompare run users --set seed=42\n```" in render(unknown)


def test_a_run_that_stopped_before_its_first_trial_has_a_report(make_report: Make) -> None:
    text = render(make_report(blocks=0))

    assert "No target gave a valid result" in text
    assert "No trial was run." in text
    assert "No trial was profiled." in text
    assert "No two cells of one load point have a valid trial." in text


def test_every_ranked_cell_has_its_verdict_with_the_evidence(make_report: Make) -> None:
    section = render(make_report()).partition("## Verdicts")[2].partition("\n## ")[0]

    assert "| axum | 10 connections | client-bound | the load generator was the limit (client CPU: 82% " in section
    assert "| fastapi | 10 connections | none | no CPU limit held on the target" in section
    assert "django" not in section


def test_discarded_blocks_are_listed_and_their_reason_stays_text(make_report: Make) -> None:
    report = make_report()
    discarded = [DiscardedBlock(block=2, attempt=1, reason=HOSTILE)]
    noisy = replace(report, summary=report.summary.model_copy(update={"discarded": discarded}))

    section = render(noisy).partition("## Discarded blocks")[2].partition("\n## ")[0]

    assert "| 2 | 1 | " in section
    assert "<img" not in section
    assert "## Discarded blocks" not in render(report)


def test_p99_is_compared_in_an_open_model_only(make_report: Make, make_target: Callable[..., Any]) -> None:
    made = (make_target("fast", 100, 1.0, requests=20_000), make_target("slow", 100, 5.0, requests=20_000))

    opened = render(make_report(made, rate=100))
    closed = render(make_report(made))

    assert "| fast | slow | 10 | response time p99 | 0.200x |" in opened
    assert "response time p99" not in closed
