"""The rows of the main table."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fwcompare.model.ports import Report
from fwcompare.model.workload import Bound
from fwcompare.reporting.league import Notes, columns, group_words, labels, load_groups, row_texts


def texts(report: Report) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Give every row by its label and heading, and the notes by their marks."""
    notes = Notes()
    names = labels(report.plan)
    headings = [*(f"{column.title} {column.subtitle}".strip() for column in columns(report)), "outcome"]
    rows = {
        names[cell.key]: dict(zip(headings, row_texts(report, cell, notes, full=False), strict=True))
        for group in load_groups(report)
        for cell in group.cells
    }
    return rows, dict(notes.lines())


def test_the_best_comes_first_and_what_failed_last(make_report: Callable[..., Report]) -> None:
    rows, _ = texts(make_report())

    assert list(rows) == ["axum", "fastapi-asyncpg", "fastapi", "django", "wsgi-sync"]


def test_a_failed_cell_shows_no_figure_and_its_reason(make_report: Callable[..., Report]) -> None:
    rows, notes = texts(make_report())

    assert set(rows["django"].values()) == {"-", "failed [3]"}
    assert notes["[3]"] == "failed in blocks 1, 2, 3, 4, 5: conformance: body: 99 elements, expected 100"
    assert notes["[4]"] == "a WSGI target has no event loop"


def test_a_lower_bound_and_lost_trials_are_marked(make_report: Callable[..., Report]) -> None:
    rows, _ = texts(make_report())

    assert rows["axum"]["throughput req/s"].startswith(">= 9,7")
    assert rows["axum"]["outcome"] == "client-bound [1]"
    assert rows["fastapi"]["outcome"] == "4 of 5 ok [2]"


def test_a_null_figure_has_its_reason_and_zero_errors_are_a_figure(
    make_report: Callable[..., Report], make_target: Callable[..., Any]
) -> None:
    rows, notes = texts(make_report((make_target("axum", 100, requests=640),)))

    assert rows["axum"]["service p99 ms"] == "n/a [1]"
    assert notes == {"[1]": "too few requests for p99: 640 in block 1, 1,000 are needed"}
    assert rows["axum"]["errors"] == "0 %"


def test_an_open_model_shows_response_times_and_the_arithmetic_of_a_saturated_target(
    make_report: Callable[..., Report],
) -> None:
    report = make_report(rate=5000)
    rows, notes = texts(report)

    assert rows["axum"]["response p50 ms"] == "n/a [1]", "a late generator times its own delay"
    assert "the load generator was late" in notes["[1]"]
    assert rows["fastapi"]["outcome"].startswith("saturated")
    said = next(note for note in notes.values() if "(306 req/s)" in note)
    assert "the offered rate of 5,000 req/s is 16.3x what the target sustained (306 req/s)" in said
    assert "response times up to 76.6 s, 38.3 s at the median, follow from that alone" in said
    assert load_groups(report)[0].label == "5,000 req/s, 10 connections"


def test_an_open_model_within_capacity_shows_its_response_times(
    make_report: Callable[..., Report], make_target: Callable[..., Any]
) -> None:
    rows, notes = texts(make_report((make_target("axum", 100, requests=8000),), rate=100))

    assert rows["axum"]["response p99 ms"] not in ("", "n/a")
    assert rows["axum"]["outcome"] == "ok"
    assert notes == {}


def test_one_block_has_no_interval_and_says_so(make_report: Callable[..., Report]) -> None:
    rows, notes = texts(make_report(blocks=1))

    assert rows["fastapi"]["throughput req/s"] == "306 [1]"
    assert notes["[1]"] == "one trial has no interval; two are needed"


def test_parity_stands_beside_the_figures_of_who_did_not_do_the_same_work(make_audited: Callable[..., Report]) -> None:
    rows, notes = texts(make_audited())

    outcomes = {name: row["outcome"].partition(" [")[0] for name, row in rows.items()}
    assert outcomes == {
        "axum": "ok",
        "fastapi": "non-comparable",
        "django-asgi": "declared deviation",
        "wsgi": "not audited",
        "without": "ok",
    }
    assert list(notes.values()) == [
        "it did other work than the contract says: see the table of the work",
        "it does other work than the contract says, and declares it: see the table of the work",
        "whether it did the work of the contract is not known: see the table of the work",
    ]


def test_parity_comes_before_the_other_remarks(make_audited: Callable[..., Report]) -> None:
    report = make_audited()
    bound = [
        cell.model_copy(
            update={
                "verdict": "client-bound",
                "failed_trials": 1,
                "reasons": {"throughput_is_lower_bound": "busy", "failed_trials": "cut"},
            }
        )
        for cell in report.summary.cells
    ]
    rows, notes = texts(replace(report, summary=report.summary.model_copy(update={"cells": bound})))

    assert rows["fastapi"]["outcome"] == "non-comparable [3], client-bound [1], 5 of 6 ok [2]"
    assert (notes["[1]"], notes["[2]"]) == ("busy", "cut")


def test_a_limit_stands_beside_the_throughput_with_the_share_that_was_reached(
    make_audited: Callable[..., Report],
) -> None:
    report = make_audited(bounds={"wsgi-c10": Bound(160.0, "80 threads"), "without-c10": Bound(99.5, "x")})
    rows, _ = texts(report)

    assert list(rows["axum"])[:2] == ["throughput req/s", "limit (reached)"]
    limits = {name: row["limit (reached)"] for name, row in rows.items()}
    mean = {cell.target: cell.throughput_rps.mean for cell in report.summary.cells if cell.throughput_rps}
    assert limits == {
        "axum": "-",
        "fastapi": "-",
        "django-asgi": "-",
        "wsgi": f"160 ({mean['wsgi'] / 160:.0%})",
        "without": f"99.5 ({mean['without'] / 99.5:.0%})",
    }


def test_a_limit_without_a_throughput_is_told_all_the_same_and_without_any_there_is_no_column(
    make_audited: Callable[..., Report],
) -> None:
    report = make_audited(bounds={"wsgi-c10": Bound(160.0, "80 threads")})
    cells = [cell.model_copy(update={"throughput_rps": None}) for cell in report.summary.cells]
    rows, _ = texts(replace(report, summary=report.summary.model_copy(update={"cells": cells})))

    assert rows["wsgi"]["limit (reached)"] == "160"
    assert all("limit (reached)" not in row for row in texts(make_audited())[0].values())


def test_a_run_of_several_workloads_names_the_workload_of_each_row(make_report: Callable[..., Report]) -> None:
    report = make_report()
    cells = tuple(
        replace(cell, workload=workload, workload_varies=True)
        for workload in ("sleep-sync", "users")
        for cell in report.plan.cells[:1]
    )
    assert labels(replace(report.plan, cells=cells, unsupported=())) == {
        "fastapi-sleep-sync-c10": "fastapi sleep-sync",
        "fastapi-users-c10": "fastapi users",
    }


def test_equal_reasons_share_a_note() -> None:
    notes = Notes()

    assert [notes.mark("a\nb"), notes.mark("c"), notes.mark("a b")] == ["[1]", "[2]", "[1]"]


def test_varying_parameters_are_part_of_the_name(
    make_report: Callable[..., Report], make_target: Callable[..., Any]
) -> None:
    made = [make_target("axum", rps, parameters=(("WORKERS", workers),)) for rps, workers in ((100, 1), (190, 2))]

    rows, _ = texts(make_report(tuple(made)))

    assert list(rows) == ["axum WORKERS=2", "axum WORKERS=1"]


def test_every_load_point_has_its_own_order(make_report: Callable[..., Report]) -> None:
    groups = load_groups(make_report(connections=(10, 50)))

    assert [group.label for group in groups] == ["10 connections", "50 connections"]
    assert [len(group.ranked) for group in groups] == [3, 3]


def judged(report: Report, **changes: dict[str, Any]) -> Report:
    """Give cells, by their targets, other verdicts, groups or reasons."""
    cells = [cell.model_copy(update=changes.get(cell.target, {})) for cell in report.summary.cells]
    return replace(report, summary=report.summary.model_copy(update={"cells": cells}))


THREE = ("axum", "django", "wsgi")


def three(make_report: Callable[..., Report], make_target: Callable[..., Any]) -> Report:
    return make_report(tuple(make_target(name, 100 * place) for place, name in enumerate(THREE, 1)))


def test_ties_share_a_letter_in_a_column_of_their_own(
    make_report: Callable[..., Report], make_target: Callable[..., Any]
) -> None:
    groups: dict[str, dict[str, Any]] = {"axum": {"group": "b"}, "django": {"group": "ab"}, "wsgi": {"group": "a"}}
    report = judged(three(make_report, make_target), **groups)

    rows, _ = texts(report)

    assert {name: row["group"] for name, row in rows.items()} == {"wsgi": "a", "django": "ab", "axum": "b"}
    assert group_words(report.summary.cells).startswith("Group: targets of a load point that share a letter")


def test_without_ties_the_order_says_it_all(
    make_report: Callable[..., Report], make_target: Callable[..., Any]
) -> None:
    report = three(make_report, make_target)

    assert [cell.group for cell in report.summary.cells] == ["c", "b", "a"]
    assert "group" not in [column.field for column in columns(report)]
    assert group_words(report.summary.cells) == ""


def test_a_verdict_that_takes_something_from_a_figure_has_its_evidence_beside_it(
    make_report: Callable[..., Report], make_target: Callable[..., Any]
) -> None:
    report = judged(
        three(make_report, make_target),
        axum={"verdict": "unstable", "reasons": {"verdict": "not steady in block 2"}},
        django={"verdict": "noisy", "disturbed_blocks": 5, "reasons": {"verdict": "the host disturbed every block"}},
        wsgi={"verdict": "target-bound", "disturbed_blocks": 1, "reasons": {"disturbed": "block 2: steal"}},
    )

    rows, notes = texts(report)

    assert {name: row["outcome"] for name, row in rows.items()} == {
        "wsgi": "target-bound, 1 block disturbed [1]",
        "django": "noisy [2]",
        "axum": "unstable [3]",
    }
    assert notes == {"[1]": "block 2: steal", "[2]": "the host disturbed every block", "[3]": "not steady in block 2"}


def test_reasons_that_differ_in_figures_alone_share_a_note(
    make_report: Callable[..., Report], make_target: Callable[..., Any]
) -> None:
    made = (make_target("a", 100, requests=640), make_target("b", 90, requests=90), make_target("c", 80, requests=999))

    rows, notes = texts(make_report(made, blocks=1))

    assert {row["service p99 ms"] for row in rows.values()} == {"n/a [2]"}
    assert notes["[2]"] == "too few requests for p99: 90 to 999 in block 1, 1,000 are needed"


def test_a_heading_of_the_workload_takes_it_from_the_names(make_report: Callable[..., Report]) -> None:
    plan = make_report(workloads=("users", "io")).plan

    assert labels(plan)["axum-io-c10"] == "axum io"
    assert labels(plan, workload=False)["axum-io-c10"] == "axum"
