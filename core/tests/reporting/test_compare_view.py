"""A comparison of two runs as it is printed."""

from fwcompare.model.comparison import CellAlone, CellComparison, Factor, RunComparison
from fwcompare.model.summary import Interval
from fwcompare.reporting.compare_view import CELL_HEADER, FACTOR_HEADER, comparison_view


def cell(**changes: object) -> CellComparison:
    fields: dict[str, object] = {
        "key": "axum-c10",
        "metric": "throughput_rps",
        "a": Interval(mean=9740, low=9510, high=9980),
        "b": Interval(mean=4870, low=4800, high=4900),
        "trials_a": 5,
        "trials_b": 5,
        "ratio": 0.5,
        "low": 0.48,
        "high": 0.52,
        "verdict": "worse",
    }
    return CellComparison.model_validate(fields | changes)


def comparison(*cells: CellComparison, **changes: object) -> RunComparison:
    fields = {
        "a": "run-a",
        "b": "run-b",
        "confidence": 0.95,
        "margin": 0.02,
        "cells": cells,
        "alone": [],
        "factors": [],
        "warnings": [],
    }
    return RunComparison.model_validate(fields | changes)


def test_a_cell_has_a_row_under_the_header() -> None:
    view = comparison_view(comparison(cell()))
    assert view.heading == ("a: run-a", "b: run-b")
    assert view.cells == [("axum-c10", "req/s", "9,740", "4,870", "0.500x", "0.480 to 0.520", "worse")]
    assert len(CELL_HEADER) == len(view.cells[0])


def test_that_nothing_pairs_the_trials_is_said() -> None:
    (note,) = comparison_view(comparison(cell())).notes
    assert "taken at different times, so nothing pairs their trials" in note
    assert "adjusted for the number of cells (95 %)" in note
    assert "Within 2 % is the same." in note
    assert comparison_view(comparison()).notes == []


def test_a_figure_that_is_missing_is_told_with_the_reason() -> None:
    unknown = cell(
        metric="cpu_ms_per_request", a=None, ratio=None, low=None, high=None, verdict="inconclusive", reason="one trial"
    )
    view = comparison_view(comparison(unknown, cell(verdict="same", reason="within")))
    assert view.cells[0] == ("axum-c10", "CPU ms/req.", "n/a", "4,870", "n/a", "n/a", "inconclusive")
    assert view.notes[0] == "axum-c10, CPU ms/req.: inconclusive; one trial"
    assert len(view.notes) == 2, "what is the same needs no reason"


def test_cells_of_one_run_factors_and_warnings_are_listed() -> None:
    factors = [
        Factor(path="host.kernel", a="6.1", b="6.2\x1b[0m", thing="host.kernel"),
        Factor(path="host.smt", a=None, b=[1, 2], thing=None),
        Factor(path="limits", a="x" * 99, b="none", thing="limits"),
    ]
    alone = [CellAlone(key="old-c10", run="a", reason="only in a")]
    view = comparison_view(comparison(alone=alone, factors=factors, warnings=["two\nthings"]))
    assert view.notes == ["old-c10: not compared; only in a"]
    assert view.factors == [
        ("host.kernel", "6.1", "6.2 [0m"),
        ("host.smt", "-", "1, 2"),
        ("limits", "x" * 37 + "...", "none"),
    ]
    assert len(FACTOR_HEADER) == len(view.factors[0])
    assert view.warnings == ["two things"]
