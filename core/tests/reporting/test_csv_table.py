"""``results.csv``: one row a trial, tidy, with nothing lost."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fwcompare.model.ports import Report
from fwcompare.model.workload import Bound
from fwcompare.reporting.csv_table import CsvReporter

Make = Callable[..., Report]


def rows_of(report: Report) -> list[dict[str, str]]:
    (path,) = CsvReporter().write(report)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_trial_is_a_row_and_every_unsupported_cell_too(make_report: Make, tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)

    rows = rows_of(report)

    assert len(rows) == len(report.trials) + 1
    assert [row["outcome"] for row in rows].count("failed") == 6
    assert rows[-1]["cell"] == "wsgi-sync-c10"
    assert (rows[-1]["outcome"], rows[-1]["block"], rows[-1]["reason"]) == (
        "unsupported",
        "",
        "a WSGI target has no event loop",
    )


def test_a_failed_trial_has_empty_figures_and_a_reason_on_one_line(make_report: Make, tmp_path: Path) -> None:
    (row,) = [
        row for row in rows_of(make_report(folder=tmp_path)) if row["cell"] == "fastapi-c10" and row["block"] == "4"
    ]

    assert row["reason"] == "target 'fastapi' exited with code 3 see its log"
    assert {row["throughput_rps"], row["sent"], row["service_p99_ms"], row["postgresql_cpu_s"]} == {""}


def test_figures_keep_their_precision(make_report: Make, tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)
    first = next(trial for trial in report.trials if trial.measurement is not None)
    row = rows_of(report)[0]

    assert first.measurement is not None
    assert float(row["throughput_rps"]) == first.measurement.throughput_rps
    assert float(row["cpu_ms_per_request"]) == first.measurement.cpu_ms_per_request
    assert row["failed_gates"] == ""


def test_an_unknown_figure_is_empty_and_never_zero(
    make_report: Make, make_target: Callable[..., Any], tmp_path: Path
) -> None:
    rows = rows_of(make_report((make_target("axum", 100, requests=640),), folder=tmp_path))

    assert {row["service_p99_ms"] for row in rows} == {""}
    assert {row["error_rate_share"] for row in rows} == {"0.0"}


def test_parameters_have_columns(make_report: Make, make_target: Callable[..., Any], tmp_path: Path) -> None:
    made = (make_target("axum", 100, parameters=(("WORKERS", 2),)), make_target("flux", 100))

    rows = rows_of(make_report(made, blocks=1, folder=tmp_path))

    assert [(row["target"], row["param_WORKERS"]) for row in rows] == [("axum", "2"), ("flux", "")]


def test_a_failed_gate_is_told(make_report: Make, tmp_path: Path) -> None:
    told = {row["failed_gates"] for row in rows_of(make_report(folder=tmp_path)) if row["target"] == "axum"}

    assert told == {"client CPU: 82% of its share (expected at most 70%)"}


def test_a_run_without_trials_is_an_empty_table(make_report: Make, tmp_path: Path) -> None:
    assert rows_of(make_report((), folder=tmp_path)) == []


def test_parity_and_the_limit_stand_in_every_row_of_their_cell(make_audited: Make, tmp_path: Path) -> None:
    rows = rows_of(make_audited(bounds={"wsgi-c10": Bound(160.25, "80 threads")}, folder=tmp_path, blocks=2))

    assert {(row["target"], row["parity"], row["limit_rps"]) for row in rows} == {
        ("axum", "same work", ""),
        ("fastapi", "non-comparable", ""),
        ("django-asgi", "declared deviation", ""),
        ("wsgi", "not audited", "160.25"),
        ("without", "same work", ""),
    }
    assert len(rows) == 10


def test_a_run_without_audits_leaves_parity_empty(make_report: Make, tmp_path: Path) -> None:
    assert {row["parity"] for row in rows_of(make_report(folder=tmp_path))} == {""}
