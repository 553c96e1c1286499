"""What each target did for a request: its rows, the sentences below, the facts that differ, and their layout."""

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from fwcompare.model.parity import Audit, Finding
from fwcompare.model.ports import Report
from fwcompare.reporting.terminal import print_control, print_work
from fwcompare.reporting.work import (
    HEADER,
    control_sentences,
    differing_facts,
    problem_sentences,
    work_name,
    work_rows,
    work_table,
)

Make = Callable[..., Report]

LONG = replace(
    Audit("django-asgi", "io-intensive-postgres", (), "declared deviation"),
    name="django-asgi-io-intensive-postgres-transactionper-request",
    statements={"INSERT": 30.0, "SELECT": 36.0, "UPDATE": 15.0, "DELETE": 30.0, "CALL": 1.0},
    write_commits=3.0,
    connections_peak=5,
    answer_bytes=1_234_567.0,
    file_events={"create": 5.0},
    processes=2,
    threads=1043,
)


def printed(audits: Iterable[Audit], width: int, *, terminal: bool = True) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, color_system=None, legacy_windows=False)
    print_work(tuple(audits), console)
    print_control(tuple(audits), console)
    return [line.rstrip() for line in file.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def _able_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dumb terminal is taken to have 80 columns, whatever it is told."""
    monkeypatch.setenv("TERM", "xterm")


def figures_of(audits: Iterable[Audit]) -> list[str]:
    return [word for row in work_rows(tuple(audits)) for text in row[1:-1] for word in text.split()]


def test_a_row_has_a_figure_for_every_heading(make_audited: Make) -> None:
    rows = {row[0]: dict(zip(HEADER, row, strict=True)) for row in work_rows(make_audited().audits)}

    assert rows["axum"] == {
        "work of a request": "axum",
        "INSERT": "30",
        "SELECT": "6",
        "UPDATE": "15",
        "DELETE": "30",
        "other": "0",
        "commits": "3",
        "conn.": "5",
        "files": "5",
        "bytes": "104",
        "proc.": "1",
        "thr.": "4",
        "parity": "same work",
    }
    assert (rows["fastapi"]["other"], rows["fastapi"]["commits"]) == ("0.3333", "24.5")


def test_what_could_not_be_known_is_no_zero(make_audited: Make) -> None:
    rows = {row[0]: dict(zip(HEADER, row, strict=True)) for row in work_rows(make_audited().audits)}

    assert (rows["django-asgi"]["conn."], rows["django-asgi"]["files"]) == ("?", "?")
    assert set(list(rows["wsgi"].values())[1:-1]) == {"-"}
    of_database = ("INSERT", "SELECT", "UPDATE", "DELETE", "other", "commits", "conn.")
    assert {rows["without"][heading] for heading in of_database} == {"-"}
    assert (rows["without"]["files"], rows["without"]["bytes"]) == ("0", "48")


def test_figures_that_nobody_has_are_left_out_and_one_that_somebody_has_stays_for_all(make_audited: Make) -> None:
    audits = {audit.target: audit for audit in make_audited().audits}

    assert work_table((audits["axum"],)).headings == tuple(heading for heading in HEADER if heading != "other")
    assert work_table((audits["without"],)).headings == ("work of a request", "bytes", "proc.", "thr.", "parity")
    assert work_table((audits["wsgi"],)).headings == ("work of a request", "parity")
    assert work_table(tuple(audits.values())).headings == HEADER


def test_a_name_is_that_of_the_target_the_workload_and_what_varies() -> None:
    assert work_name(replace(LONG, name="django-asgi")) == "django-asgi"
    assert work_name(LONG) == "django-asgi io-intensive-postgres-transactionper-request"
    assert work_name(replace(LONG, name="")) == "django-asgi"


def test_what_is_not_as_agreed_is_said_with_its_reason(make_audited: Make) -> None:
    assert problem_sentences(make_audited().audits) == [
        "django-asgi: SELECT statements: 36, expected 6 per request (declared: delete() asks for each row first)",
        "fastapi: INSERT statements: 3, expected 30 per request",
        (
            "fastapi: answer without its tables: status 200, expected an error of status 5xx of one request "
            "(undeclared: a failure is swallowed)"
        ),
        "wsgi: not audited: PostgreSQL cannot record statements its log is not to be read",
    ]


def test_what_a_driver_adds_is_said_in_three_and_how_many_more(make_audited: Make) -> None:
    assert control_sentences(make_audited().audits) == [
        "axum: 3 x BEGIN, 3 x COMMIT",
        "django-asgi: 3 x BEGIN, 3 x COMMIT, 0.01 x SELECT set_config(?, ?, ?), and 2 more",
    ]


def test_what_a_target_says_of_itself_cannot_steer_the_terminal() -> None:
    evil = "\x1b[2J[bold]gone[/]\x07\n\n"
    audit = replace(
        LONG, control={f"SET {evil}": 1.0}, findings=(Finding("WORKERS", "1", evil, "in facts", "undeclared", evil),)
    )
    text = "\n".join(printed([audit], 80))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert text.count("[bold]gone[/]") == 3


@pytest.mark.parametrize("width", [48, 60, 80, 100, 120, 160, 200])
def test_no_figure_is_cut_or_folded_and_no_line_is_wider_than_the_terminal(width: int, make_audited: Make) -> None:
    for audits in (make_audited().audits, (*make_audited().audits, LONG), (LONG,)):
        lines = printed(audits, width)
        words = {word for line in lines for word in line.split()}
        assert set(figures_of(audits)) | set(work_table(audits).headings[1:]) <= words
        assert "\u2026" not in "".join(lines)
        assert [line for line in lines if len(line) > width] == []


def test_a_table_that_is_too_wide_becomes_two_with_every_target_in_each(make_audited: Make) -> None:
    audits = make_audited().audits
    headings = [line for line in printed(audits, 80) if line.startswith("work of a request")]
    assert len(headings) == 2
    assert [heading.split()[4:] for heading in headings] == [
        ["INSERT", "SELECT", "UPDATE", "DELETE", "other", "parity"],
        ["commits", "conn.", "files", "bytes", "proc.", "thr."],
    ]
    names = [line.split()[0] for line in printed(audits, 80) if line and not line.startswith((" ", "added"))]
    assert [names.count(audit.target) for audit in audits] == [2, 2, 2, 2, 2]
    assert len([line for line in printed(audits, 160) if line.startswith("work of a request")]) == 1


def test_in_a_file_a_row_is_one_line_however_long(make_audited: Make) -> None:
    audits = (*make_audited().audits, LONG)
    lines = printed(audits, 80, terminal=False)
    assert [line.split() for line in lines[1:7]] == [
        [word for text in row for word in text.split()] for row in work_table(audits).rows
    ]
    assert len(lines[6]) > 120
    # Sentences are wrapped there too.
    assert [line for line in lines[7:] if len(line) > 80] == []


def facts_of(report: Report, **facts: dict[str, object]) -> Report:
    trials = tuple(replace(trial, facts=facts.get(trial.planned.cell.target)) for trial in report.trials)
    return replace(report, trials=trials)


def test_facts_that_differ_stand_beside_each_other_and_equal_ones_are_left_out(make_audited: Make) -> None:
    report = facts_of(
        make_audited(),
        axum={"framework": {"name": "axum", "version": "0.8"}, "workers": 1, "debug": False, "middlewares": []},
        fastapi={"framework": {"name": "fastapi"}, "workers": 1, "debug": False, "middlewares": ["a", "b"], "gc": 7},
    )
    assert differing_facts(report) == [
        ["target", "framework", "gc", "middlewares"],
        ["axum", "axum 0.8", "-", "none"],
        ["fastapi", "fastapi", "7", "a, b"],
    ]


def test_targets_that_say_the_same_under_every_workload_have_one_row_in_the_order_of_the_plan(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    made = (make_target("zig", 100), make_target("axum", 90), make_target("bun", 80))
    report = make_report(made, workloads=("users", "io"))
    drivers = {"users": "a", "io": "b"}
    trials = tuple(
        replace(
            trial,
            facts={
                "language": trial.planned.cell.target,
                "driver": drivers[trial.planned.cell.workload] if trial.planned.cell.target == "axum" else "a",
            },
        )
        for trial in reversed(report.trials)
    )

    assert differing_facts(replace(report, trials=trials)) == [
        ["target", "driver", "language"],
        ["zig", "a", "zig"],
        ["axum users", "a", "axum"],
        ["axum io", "b", "axum"],
        ["bun", "a", "bun"],
    ]


def test_what_a_target_was_told_is_no_fact_unless_it_says_otherwise(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    made = tuple(make_target("axum", 100, parameters=(("THREADS", 4), ("UNITS", units))) for units in (3, 8))

    def facts(**said: int) -> list[list[str]]:
        report = make_report(made)
        trials = tuple(
            replace(
                trial,
                facts={
                    "threads": 4,
                    "units": dict(trial.planned.cell.parameters)["UNITS"],
                    **(said if trial.planned.cell.key.startswith("axum-threads4-units8") else {}),
                },
            )
            for trial in report.trials
        )
        return differing_facts(replace(report, trials=trials))

    assert facts() == []
    assert facts(threads=2) == [
        ["target", "threads"],
        ["axum THREADS=4 UNITS=3", "4"],
        ["axum THREADS=4 UNITS=8", "2"],
    ]


def test_facts_that_agree_make_no_table(make_audited: Make) -> None:
    same: dict[str, object] = {"workers": 1}
    assert differing_facts(facts_of(make_audited(), axum=same, fastapi=same)) == []
    assert differing_facts(make_audited()) == []
