"""The table of trials: what became of each, and why, where it can be read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fwcompare.model.measurement import Gate
from fwcompare.model.ports import Report
from fwcompare.model.summary import DiscardedBlock
from fwcompare.reporting.document import Content, Grid
from fwcompare.reporting.trials import trial_grid

Make = Callable[..., Report]

FOREIGN = Gate("foreign CPU", passed=False, seen="30% of the CPUs: cc1 29%", limit="at most 2%", about="host")


def column(grid: Grid, title: str) -> list[str]:
    place = grid.header.index(title)
    return [_text(row[place]) for row in grid.rows]


def _text(told: Content) -> str:
    return told if isinstance(told, str) else told.text


def discarded(report: Report, *attempts: tuple[int, int]) -> Report:
    told = [DiscardedBlock(block=block, attempt=attempt, reason="disturbed") for block, attempt in attempts]
    return replace(report, summary=report.summary.model_copy(update={"discarded": told}))


def test_a_trial_of_a_discarded_block_is_not_just_ok(make_report: Make, five_targets: tuple[Any, ...]) -> None:
    report = discarded(make_report(five_targets[1:3], blocks=3), (1, 1))

    grid = trial_grid(report, report.trials)

    assert column(grid, "outcome") == ["ok, discarded"] * 2 + ["ok"] * 4
    assert "Discarded: of an attempt at a block that does not count." in grid.explained
    assert "Disturbed:" not in grid.explained


def test_where_every_attempt_was_disturbed_the_last_counts_after_all_and_says_so(
    make_report: Make, five_targets: tuple[Any, ...]
) -> None:
    report = make_report(five_targets[1:2], blocks=1)
    (first,) = report.trials
    again = replace(first, planned=replace(first.planned, attempt=2, position=1))

    grid = trial_grid(discarded(replace(report, trials=(first, again)), (1, 1), (1, 2)), (first, again))

    assert column(grid, "outcome") == ["ok, discarded", "ok, disturbed"]


def test_what_a_gate_saw_stands_with_the_reason_and_only_once(make_report: Make, five_targets: tuple[Any, ...]) -> None:
    report = make_report(five_targets[2:3], blocks=2)
    one, two = report.trials
    seen = replace(one, gates=(*one.gates, FOREIGN))
    said = replace(two, gates=(FOREIGN,), outcome="invalid", reason=f"foreign CPU: {FOREIGN.seen}")

    grid = trial_grid(replace(report, trials=(seen, said)), (seen, said))

    assert column(grid, "why") == [
        "foreign CPU: 30% of the CPUs: cc1 29% (expected at most 2%)",
        "foreign CPU: 30% of the CPUs: cc1 29%",
    ]
    assert column(grid, "gates") == ["1 of 2", "0 of 1"]


def test_a_load_that_all_trials_have_is_said_once(make_report: Make) -> None:
    one, two = (trial_grid(report, report.trials) for report in (make_report(), make_report(connections=(10, 50))))

    assert "conn." not in one.header
    assert one.caption.endswith(", all with 10 connections")
    assert set(column(two, "conn.")) == {"10", "50"}
    assert all(len(row) == len(grid.header) for grid in (one, two) for row in grid.rows)
    assert [one.header[place] for place in one.right] == [
        "block",
        "throughput req/s",
        "service p50 / p90 / p99 ms",
        "errors",
        "CPU ms/req.",
        "peak RSS MiB",
        "gates",
    ]
