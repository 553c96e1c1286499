"""What a session tells while it goes on, in a world of fakes: every event in its order, and the same in its file."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from fwcompare.errors import HostError
from fwcompare.model.events import (
    Event,
    Live,
    PhaseBegan,
    RunBegan,
    RunEnded,
    Said,
    StepBegan,
    TimeLeft,
    TrialBegan,
    TrialEnded,
    Warned,
)
from fwcompare.store.events import EVENTS, read_events
from fwcompare.store.run_directory import find_run
from fwcompare.testing.fakes import Behaviour, FakeLoadGenerator, FakeProvider

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

PHASES = ["reset", "start", "check", "warm-up", "measure", "profile", "stop"]


def kept(game: "Play") -> list[Event]:
    return [stamped.event for stamped in read_events(find_run(game.results, "latest").folder / EVENTS)[0]]


def outline(events: Sequence[Event]) -> list[str]:
    """Give the course of a session: kinds, and of phases their names."""
    shown = [event for event in events if not isinstance(event, Said | Warned | Live)]
    return [event.phase if isinstance(event, PhaseBegan) else event.kind for event in shown]


def of(events: Sequence[Event], target: str) -> list[str]:
    """Give the outline of the first trial of a target."""
    mine = [event for event in events if isinstance(event, TrialBegan | PhaseBegan | TrialEnded)]
    mine = [event for event in mine if event.cell.startswith(f"{target}-")]
    end = next(number for number, event in enumerate(mine) if isinstance(event, TrialEnded))
    return outline(mine[: end + 1])


def began(events: Sequence[Event]) -> list[TrialBegan]:
    return [event for event in events if isinstance(event, TrialBegan)]


def ended(events: Sequence[Event]) -> list[TrialEnded]:
    return [event for event in events if isinstance(event, TrialEnded)]


def test_a_whole_run_is_told_in_order_and_kept_in_its_directory(play: Callable[..., "Play"]) -> None:
    game = play(fast=Behaviour(rate_rps=400), slow=Behaviour())
    finished = game.run(repeats=2, audit=True)
    trial = ["trial began", *PHASES, "trial ended"]
    steps = ["step began"] * 5  # two builds, the service, two audits
    assert outline(game.events) == ["run began", *steps, *trial * 4, "run ended"]
    assert game.events[0] == RunBegan(finished.report.run, "play", 2, 4, "2 cells in 2 blocks, seed 3")
    assert game.events[-1] == RunEnded(finished.report.run, "complete")
    about = [(event.step, event.about, event.number, event.of) for event in game.events if isinstance(event, StepBegan)]
    assert about == [
        ("build", "fast", 1, 2),
        ("build", "slow", 2, 2),
        ("service", "postgresql", 1, 1),
        ("audit", "fast", 1, 2),
        ("audit", "slow", 2, 2),
    ]
    assert kept(game) == game.events


def test_trials_are_numbered_and_the_time_left_follows_from_those_that_ended(play: Callable[..., "Play"]) -> None:
    game = play(fast=Behaviour(rate_rps=400), slow=Behaviour())
    game.run(repeats=3)
    begun = began(game.events)
    assert [(one.number, one.of, one.block, one.blocks) for one in begun] == [
        (number, 6, 1 + (number - 1) // 2, 3) for number in range(1, 7)
    ]
    assert [(one.cell_number, one.cells) for one in begun] == [(1, 2), (2, 2)] * 3
    assert begun[0].left is None
    assert begun[0].place == f"[block 1 of 3, 1/2] {begun[0].cell}"
    assert begun[0].text == "measuring"
    # On the fakes' clock each takes as long as every other.
    (each_s,) = {round(trial.elapsed_s, 6) for trial in game.run(repeats=1).report.trials}
    left = [one.left for one in ended(game.events)[:6]]
    assert [round(one.least_s / each_s, 6) for one in left if one is not None] == [5, 4, 3, 2, 1, 0]
    assert all(one is not None and one.least_s == one.most_s for one in left)


def test_blocks_that_are_repeated_until_they_are_narrow_leave_a_least_and_a_most(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.run(repeats={"width": "2%", "min": 10, "max": 15})
    assert game.events[0].trials == 15  # type: ignore[union-attr]
    first, *_, last = ended(game.events)
    assert first.left is not None
    each_s = first.left.least_s / 9
    assert first.left.most_s == pytest.approx(14 * each_s)
    assert began(game.events)[1].of == 15
    # Its figures do not vary, so that the least is enough.
    assert len(ended(game.events)) == 10
    assert last.left is not None
    assert last.left.least_s == 0
    assert last.left.most_s == pytest.approx(5 * each_s)


def test_a_load_is_told_live_with_its_phase(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour(rate_rps=400))
    game.run(repeats=1, load={"connections": 10, "duration": "10s", "warmup": "2s"})
    lives = [event for event in game.events if isinstance(event, Live)]
    # Looked at every 0.2 s, told when half a second has passed.
    assert len(lives) == pytest.approx(20, abs=1)
    assert lives[-1].throughput_rps == pytest.approx(400, rel=0.02)
    assert lives[-1].p99_ms == 25
    assert {event.phase for event in lives if event.elapsed_s < 2} == {"warm-up"}
    assert {event.phase for event in lives if event.elapsed_s >= 2} == {"measure"}
    lengths = {event.phase: event.length_s for event in game.events if isinstance(event, PhaseBegan)}
    assert (lengths["warm-up"], lengths["measure"], lengths["start"]) == (2, 10, None)


def test_a_warm_up_that_ends_by_itself_is_told_live_too(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour(rate_rps=400))
    game.run(repeats=1, load={"connections": 10, "duration": "10s", "warmup": "auto"})
    assert of(game.events, "only") == ["trial began", *PHASES, "trial ended"]
    before = game.events.index(PhaseBegan(began(game.events)[0].cell, "measure", 10.0))
    warming = [event for event in game.events[:before] if isinstance(event, Live)]
    assert len(warming) >= 10
    assert {event.phase for event in warming} == {"warm-up"}


def test_a_target_that_fails_is_told_with_its_reason_and_not_waited_for_again(play: Callable[..., "Play"]) -> None:
    game = play(wrong=Behaviour(answer="nonsense"), right=Behaviour(), unbuilt=Behaviour(builds=False))
    game.run(repeats=2)
    # A target that could not be started is not tried again.
    assert of(game.events, "wrong") == ["trial began", "reset", "start", "check", "stop", "trial ended"]
    assert of(game.events, "unbuilt") == ["trial ended"]
    failed = [event for event in ended(game.events) if event.target == "wrong"]
    assert [(event.outcome, event.throughput_rps, event.errors) for event in failed] == [("failed", None, None)] * 2
    assert failed[0].text.startswith("failed: ")
    assert "not tried again" in failed[1].text
    assert len([one for one in began(game.events) if one.target == "wrong"]) == 1
    assert len(ended(game.events)) == game.events[0].trials  # type: ignore[union-attr]
    assert any(isinstance(event, Warned) and "unbuilt" in event.text for event in game.events)
    # What is left of the second block when its first trial is over: the sound target alone, or nothing.
    left = ended(game.events)[-1].left
    assert left == TimeLeft(0.0, 0.0)


def test_a_target_that_serves_nothing_under_load_fails_after_its_window(play: Callable[..., "Play"]) -> None:
    game = play(deaf=Behaviour(serves_load=False))
    game.run(repeats=1)
    phases = [phase for phase in PHASES if phase != "profile"]
    assert of(game.events, "deaf") == ["trial began", *phases, "trial ended"]
    lives = [event for event in game.events if isinstance(event, Live)]
    assert {(live.throughput_rps, live.p99_ms) for live in lives} == {(0.0, None)}
    assert lives[-1].errors > 0


def test_an_interrupted_run_tells_its_end_and_a_resumed_one_goes_on_in_the_same_file(
    play: Callable[..., "Play"],
) -> None:
    game = play(fast=Behaviour(), slow=Behaviour())
    waits = iter(range(100))

    def interrupt() -> None:
        # A load to measure and one to profile make a trial: this is in the third.
        if next(waits) == 4:
            game.world.stop.request()

    game.change(load=FakeLoadGenerator(game.machine, interrupt))
    game.run(repeats=3)
    assert game.events[-1] == RunEnded(find_run(game.results, "latest").name, "interrupted")
    assert outline(game.events)[-8:-1] == ["trial began", *PHASES[:5], "stop"]
    assert (len(began(game.events)), len(ended(game.events))) == (3, 2)
    first = kept(game)
    assert first == game.events

    again = play(fast=Behaviour(), slow=Behaviour())
    again.resume()
    assert kept(again) == first + again.events
    (resumed,) = (event for event in again.events if isinstance(event, RunBegan))
    assert (resumed.text, resumed.trials) == ("2 trials are kept, of 3 blocks", 4)
    assert [(one.number, one.of, one.block, one.attempt) for one in began(again.events)] == [
        (1, 4, 2, 1),
        (2, 4, 2, 1),
        (3, 4, 3, 1),
        (4, 4, 3, 1),
    ]
    assert again.events[-1].status == "complete"  # type: ignore[union-attr]


def test_a_run_that_cannot_have_its_service_tells_that_it_failed(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.change(providers={"postgresql": FakeProvider(game.machine, refuses=True)})
    with pytest.raises(HostError):
        game.run()
    assert outline(game.events) == ["run began", "step began", "step began", "run ended"]
    assert game.events[-1].status == "failed"  # type: ignore[union-attr]
    assert kept(game) == game.events


def test_a_search_for_a_capacity_has_no_number_of_trials_and_no_time_left(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour(rate_rps=300))
    game.run(
        load={"connections": 10, "duration": "10s", "capacity": {"slo": {"p99": "250ms", "errors": "1%"}, "from": 100}}
    )
    assert game.events[0].trials is None  # type: ignore[union-attr]
    begun = began(game.events)
    assert {(one.of, one.left, one.blocks) for one in begun} == {(None, None, None)}
    assert [one.number for one in begun] == list(range(1, len(begun) + 1))
    assert begun[0].place.startswith("[only-c10, probe 1] ")
    assert begun[0].text.startswith("measuring for 10")
    assert len(ended(game.events)) == len(begun)
    assert {one.left for one in ended(game.events)} == {None}


def test_a_file_of_events_that_cannot_be_written_is_warned_of_once_and_the_run_goes_on(
    play: Callable[..., "Play"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwcompare.session.run.EVENTS", "gone/events.jsonl")
    game = play(only=Behaviour())
    assert game.run(repeats=2).exit_code == 0
    (warned,) = game.warned
    assert warned.startswith("events.jsonl cannot be written: [Errno 2]")
    assert warned.endswith("; the run goes on, and can no longer be watched by others")
    assert len(ended(game.events)) == 2


def test_gates_are_details(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.run(repeats=1)
    details = [event.text for event in game.events if isinstance(event, Said) and event.detail]
    assert any(text.startswith("only-c10: conservation: ") for text in details)
