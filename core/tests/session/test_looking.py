"""What looks at a load come to: the window that begins, and figures of the last second."""

import pytest

from fwcompare.model.events import Event, Live, PhaseBegan
from fwcompare.model.ports import LoadProgress
from fwcompare.session.looking import Look

WINDOW = PhaseBegan("a-c1", "measure", 6.0)


def looks(*seen: LoadProgress, window: PhaseBegan | None = WINDOW) -> list[Event]:
    told: list[Event] = []
    look = Look("a-c1", told.append, window=window)
    for progress in seen:
        look.at(progress)
    return told


def steady(elapsed_s: float, rps: float = 200.0, phase: str = "measuring", each_ms: float = 4.0) -> LoadProgress:
    ok = round(rps * elapsed_s)
    return LoadProgress(phase, elapsed_s, ok + 3, 3, ok, ((each_ms, ok),))  # type: ignore[arg-type]


def lives(told: list[Event]) -> list[Live]:
    return [event for event in told if isinstance(event, Live)]


def test_the_window_is_told_when_it_begins_and_once() -> None:
    told = looks(steady(0.4, phase="warm-up"), steady(1.2, phase="warm-up"), steady(2.1), steady(2.3), steady(2.8))
    assert [event.phase for event in told if isinstance(event, Live | PhaseBegan)] == [
        "warm-up",
        "measure",
        "measure",
        "measure",
    ]
    assert told.count(WINDOW) == 1
    assert told[1] == WINDOW


def test_a_load_too_short_to_be_seen_has_its_window_told_at_its_end() -> None:
    told: list[Event] = []
    look = Look("a-c1", told.append, window=WINDOW)
    look.measuring()
    look.measuring()
    assert told == [WINDOW]


def test_a_warm_up_of_its_own_stays_one() -> None:
    told = looks(*(steady(0.25 * turn) for turn in range(1, 9)), window=None)
    assert {event.phase for event in lives(told)} == {"warm-up"}


def test_figures_are_told_twice_a_second_however_often_it_is_looked() -> None:
    told = lives(looks(*(steady(0.1 * turn) for turn in range(1, 101))))
    assert len(told) == 20
    assert [live.throughput_rps for live in told] == pytest.approx([200.0] * 20)


def test_throughput_and_p99_are_of_the_last_second() -> None:
    slow = [LoadProgress("measuring", at, at * 150, 0, at * 150, ((80.0, at * 150),)) for at in range(1, 6)]
    fast = LoadProgress("measuring", 6.0, 1750, 0, 1750, ((2.0, 1000), (80.0, 750)))
    *_, before, last = lives(looks(*slow, fast))
    assert (before.throughput_rps, before.p99_ms) == (150.0, 80.0)
    assert (last.throughput_rps, last.p99_ms) == (1000.0, 2.0)


def test_where_a_second_has_too_few_answers_p99_is_of_up_to_five_and_none_below_that() -> None:
    told = lives(looks(*(steady(float(at), rps=40.0) for at in range(1, 9))))
    assert [live.p99_ms for live in told] == [None, None, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]
    assert [live.p99_ms for live in lives(looks(*(steady(float(at), rps=19.0) for at in range(1, 20))))] == [None] * 19


def test_errors_and_requests_sent_count_from_the_beginning() -> None:
    (live,) = lives(looks(steady(2.0)))
    assert (live.sent, live.errors, live.elapsed_s) == (403, 3, 2.0)
