"""What the events of a run come to, and how that reads."""

from datetime import UTC, datetime, timedelta

import pytest

from fwcompare.model.events import (
    Event,
    Live,
    PhaseBegan,
    RunBegan,
    RunEnded,
    Said,
    Stamped,
    StepBegan,
    TimeLeft,
    TrialBegan,
    TrialEnded,
    Warned,
)
from fwcompare.ui.watching import Watched, live_texts, share_done, time_left

AT = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
BEGAN = RunBegan("r", "users", 2, 4, "2 cells in 2 blocks")
LEFT = TimeLeft(60.0, 60.0)


def trial(number: int, left: TimeLeft | None = None, attempt: int = 1) -> TrialBegan:
    return TrialBegan(
        "axum-c10", "axum", 1, attempt, number, 4, 1, 2, 2, left, "[block 1 of 2, 1/2] axum-c10", "measuring"
    )


def ended(*, disturbed: bool = False, left: TimeLeft | None = None) -> TrialEnded:
    place = "[block 1 of 2, 1/2] axum-c10"
    return TrialEnded("axum-c10", "axum", 1, 1, "ok", 9000.0, 0, disturbed, left, place, "9,000 req/s, 0 errors")


def live(rps: float, p99_ms: float | None = 2.5) -> Live:
    return Live("axum-c10", "measure", 1.0, rps, p99_ms, 3, 12_000)


def after(*events: Event) -> Watched:
    return Watched().after_all(Stamped("2026-11-20T10:00:00Z", event) for event in events)


def test_a_load_under_way_is_told_with_its_figures_and_where_it_stands() -> None:
    watched = after(
        BEGAN, trial(1), ended(left=LEFT), trial(2, LEFT, attempt=2), PhaseBegan("axum-c10", "measure", 6.0)
    )
    watched = watched.after(Stamped("2026-11-20T10:00:01Z", live(8765.4)))
    assert live_texts(watched, AT + timedelta(seconds=2)) == {
        "busy": "measuring, 2 of 6 s",
        "cell": "axum-c10, block 1.2",
        "trial": "2 of 4",
        "throughput": "8,765 req/s",
        "p99": "2.50 ms",
        "errors": "3 of 12,000",
        "left": "about 58 s",
    }
    assert share_done(watched) == 0.25


def test_what_is_not_known_is_never_a_figure() -> None:
    texts = live_texts(after(BEGAN, trial(1), live(10, p99_ms=None)), AT)
    assert (texts["p99"], texts["left"]) == ("n/a", "not known yet")
    assert share_done(after(RunBegan("r", "users", 0, None, "1 search"))) is None
    assert live_texts(Watched(), AT)["throughput"] == "-"


@pytest.mark.parametrize(
    ("left", "gone_s", "text"),
    [
        (TimeLeft(45, 45), 0, "about 45 s"),
        (TimeLeft(45, 45), 60, "about 1 s"),
        (TimeLeft(600, 600), 60, "about 9 min"),
        (TimeLeft(120, 7800), 0, "about 2 min to 2 h 10 min"),
    ],
)
def test_the_time_left_runs_down_and_is_never_less_than_nothing(left: TimeLeft, gone_s: float, text: str) -> None:
    assert time_left(after(BEGAN, ended(left=left)), AT + timedelta(seconds=gone_s)) == text


def test_lines_are_those_of_the_log_without_details() -> None:
    watched = after(BEGAN, StepBegan("build", "axum", 1, 2, "building"), Said("x", detail=True), Warned("hot"), ended())
    assert watched.lines == (
        "10:00:00 run r: 2 cells in 2 blocks",
        "10:00:00 [build 1/2] axum: building",
        "10:00:00 warning: hot",
        "10:00:00 [block 1 of 2, 1/2] axum-c10: 9,000 req/s, 0 errors",
    )


def test_a_disturbed_trial_is_marked_and_all_that_ended_are_counted() -> None:
    watched = after(BEGAN, ended(), ended(disturbed=True))
    assert [result.outcome for result in watched.results] == ["ok", "ok, disturbed"]
    assert watched.results_ended == 2


def test_a_session_that_resumes_counts_anew_and_keeps_what_was_seen() -> None:
    watched = after(
        BEGAN, ended(left=LEFT), RunEnded("r", "interrupted"), RunBegan("r", "users", 2, 3, "1 trial is kept")
    )
    assert (watched.status, watched.results_ended, watched.of, watched.left) == ("", 0, 3, None)
    assert len(watched.results) == 1


def test_no_more_is_kept_than_is_shown() -> None:
    watched = after(BEGAN, *[live(rps) for rps in range(1, 1000)], *[Said(str(number)) for number in range(100)])
    assert [point.throughput_rps for point in watched.points] == list(range(760, 1000))
    assert watched.lines[-1] == "10:00:00 99"
    assert len(watched.lines) == 40
