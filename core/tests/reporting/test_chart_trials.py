"""Which cells and trials are shown in detail: those of one load, and of each the typical trial."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fwcompare.model.ports import Report
from fwcompare.model.summary import DiscardedBlock
from fwcompare.reporting.chart_series import sweeps
from fwcompare.reporting.chart_trials import MOST_CELLS, counted_trials, details

Make = Callable[..., Report]


def test_cells_are_of_the_highest_load_at_which_most_have_figures(make_report: Make) -> None:
    report = make_report(connections=(10, 50))
    failed = tuple(
        replace(trial, outcome="failed", measurement=None) if trial.planned.cell.key == "axum-c50" else trial
        for trial in report.trials
    )

    assert details(report, sweeps(report)[0]).load == "50 connections"
    chosen = details(replace(report, trials=failed), sweeps(report)[0])

    assert chosen.load == "10 connections"
    assert [detail.cell.key for detail in chosen.details] == ["fastapi-c10", "axum-c10", "fastapi-asyncpg-c10"]
    assert chosen.note == "10 connections. Not shown: django (failed) and wsgi-sync (unsupported)."


def test_the_typical_trial_is_the_one_nearest_the_mean(make_report: Make, make_target: Callable[..., Any]) -> None:
    report = make_report((make_target("axum", 1000),))

    (detail,) = details(report, sweeps(report)[0]).details

    # Its scatter of -0.9, 0, 1.2, -1.1 and 0.4 % has a mean of -0.08 %.
    measured = detail.typical.measurement
    assert measured is not None
    assert measured.throughput_rps == 1000


def test_only_the_fastest_of_many_are_shown_and_the_note_says_so(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    report = make_report(tuple(make_target(f"t{number}", 100 + number) for number in range(15)), blocks=2)

    chosen = details(report, sweeps(report)[0])

    assert [detail.series.label for detail in chosen.details] == [f"t{number}" for number in range(3, 15)]
    assert f"The {MOST_CELLS} fastest of 15 are shown." in chosen.note


def test_trials_of_a_discarded_attempt_do_not_count_unless_all_were_disturbed(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    report = make_report((make_target("axum", 1000),), blocks=3)
    blocks = [DiscardedBlock(block=number, attempt=1, reason="foreign CPU") for number in (1, 2, 3)]

    def counted(discarded: list[DiscardedBlock]) -> list[int]:
        summary = report.summary.model_copy(update={"discarded": discarded})
        return [trial.planned.block for trial in counted_trials(replace(report, summary=summary))["axum-c10"]]

    assert counted(blocks[:1]) == [2, 3]
    assert counted(blocks) == [1, 2, 3]
