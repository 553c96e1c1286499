"""Errors by class: nothing is counted twice, nothing is lost, and what is not known is not drawn as none."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.measurement import Counts
from fwcompare.model.ports import Report
from fwcompare.reporting.chart_errors import MOST_CLASSES, OTHER, classes, errors
from fwcompare.reporting.chart_series import sweeps

Make = Callable[..., Report]
few = st.integers(0, 50)
SEEN = Counts(
    sent=100,
    ok=60,
    http_errors=12,
    transport_errors=8,
    timeouts=5,
    censored=4,
    due=100,
    shed=11,
    by_status={"200": 63, "503": 7, "404": 2},
    by_error={"reset": 6, "connect_refused": 2, "timeout": 5, "unexpected_body": 3},
)


def with_counts(report: Report, counts: Counts) -> Report:
    trials = tuple(
        replace(trial, measurement=replace(trial.measurement, counts=counts)) if trial.measurement else trial
        for trial in report.trials
    )
    return replace(report, trials=trials)


def test_every_error_has_one_class() -> None:
    assert classes(SEEN) == {
        "status 404": 2,
        "status 503": 7,
        "other wrong answers": 3,
        "connect refused": 2,
        "reset": 6,
        "timeouts": 5,
        "shed": 11,
        "unfinished": 4,
    }


@given(few, few, few, few, few, few, few)
def test_classes_add_up_to_all_that_got_no_right_answer(
    gone: int, busy: int, wrong: int, reset: int, timeouts: int, shed: int, censored: int
) -> None:
    counts = Counts(
        sent=100,
        ok=10,
        http_errors=gone + busy + wrong,
        transport_errors=reset,
        timeouts=timeouts,
        censored=censored,
        due=10 + gone + busy + wrong + reset + timeouts + shed + censored,
        shed=shed,
        by_status={"200": 10, "404": gone, "503": busy},
        by_error={"reset": reset, "timeout": timeouts},
    )
    assert sum(classes(counts).values()) == counts.due - counts.ok


def test_without_errors_there_is_a_sentence_instead_of_a_chart(make_report: Make) -> None:
    report = make_report()

    found = errors(report, sweeps(report)[0])

    assert found.rows == ()
    assert found.note == (
        "Every request of every counted trial got its answer: there are no errors to draw. "
        "Not known everywhere: errors of django (failed) and wsgi-sync (unsupported)."
    )


def test_shares_are_of_the_requests_due_over_all_counted_trials(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    report = with_counts(make_report((make_target("axum", 100),), blocks=2), SEEN)

    found = errors(report, sweeps(report)[0])

    (row,) = found.rows
    assert (row.label, row.due, row.percent("shed"), row.total_percent) == ("axum", 200, 11.0, 40.0)
    assert found.words == (
        "Requests without a right answer, of those due: axum 40.0 % (22 shed, 14 status 503, 12 reset, 10 timeouts, "
        "8 unfinished, 6 other wrong answers, 8 others)."
    )


def test_rare_classes_are_drawn_as_one(make_report: Make, make_target: Callable[..., Any]) -> None:
    counts = replace(SEEN, http_errors=12, by_status={str(status): 1 for status in range(500, 512)})
    report = with_counts(make_report((make_target("axum", 100),), blocks=1), counts)

    found = errors(report, sweeps(report)[0])

    assert len(found.classes) == MOST_CLASSES
    assert found.classes[-1] == OTHER
    assert sum(count for _, count in found.rows[0].by_class) == sum(classes(counts).values())
