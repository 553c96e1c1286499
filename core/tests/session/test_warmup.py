"""Warm-ups that end by themselves, in a world of fakes: when they end, what follows, and what is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fwcompare.model.measurement import Gate, Trial
from fwcompare.testing.fakes import Behaviour, FakeLoad, FakeLoadGenerator

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

    from fwcompare.model.ports import LoadOrder

AUTO = {"connections": 10, "duration": "10s", "warmup": "auto"}


def first(game: "Play", **changes: object) -> Trial:
    return game.run(repeats=1, **changes).report.trials[0]


def warmup_gate(trial: Trial) -> Gate:
    return next(gate for gate in trial.gates if gate.name == "warm-up")


def test_a_fixed_warm_up_is_the_beginning_of_the_measured_load(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    trial = first(game, load=AUTO | {"warmup": "3s"})
    assert trial.warmup_s == 3
    assert [gate.name for gate in trial.gates].count("warm-up") == 0
    assert "warm up http://only.test/echo" not in game.machine.events


def test_a_warm_up_ends_when_the_throughput_is_steady_and_the_measured_load_follows(
    play: Callable[..., "Play"],
) -> None:
    game = play(only=Behaviour(rate_rps=1000))
    trial = first(game, load=AUTO)
    # Twenty buckets of 0.25 s tell, and then the new connections settle.
    assert trial.warmup_s == pytest.approx(5.5)
    assert warmup_gate(trial) == Gate(
        "warm-up",
        passed=True,
        seen="steady after 5.0 s, the first 0 s left out",
        limit="a steady throughput within 30 s",
        about="target",
    )
    loads = [event for event in game.machine.events if event.endswith("only.test/echo")]
    assert loads == ["warm up http://only.test/echo", *["load http://only.test/echo"] * 2]


def test_what_the_target_did_while_it_was_cold_is_waited_out(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour(rate_rps=1000, cold_s=4))
    trial = first(game, load=AUTO)
    gate = warmup_gate(trial)
    assert gate.passed
    assert trial.warmup_s is not None
    # Sixteen buckets are cold; twenty warm ones follow.
    assert 8.5 < trial.warmup_s < 10
    assert trial.measurement is not None
    assert trial.measurement.throughput_rps == pytest.approx(1000)


def test_a_floor_is_waited_for_however_steady_the_target_is(play: Callable[..., "Play"]) -> None:
    trial = first(play(only=Behaviour()), load=AUTO | {"warmup": {"auto": {"least": "12s", "most": "20s"}}})
    assert trial.warmup_s == pytest.approx(12.5)


class _Growing(FakeLoad):
    """Serves more the longer it lasts, for ever."""

    def progress(self) -> object:  # type: ignore[override]
        seen = super().progress()
        return type(seen)(seen.phase, seen.elapsed_s, seen.sent, 0, round(20 * seen.elapsed_s**2))


class _GrowingLoads(FakeLoadGenerator):
    def start(self, order: "LoadOrder") -> FakeLoad:
        return _Growing(self.machine, order, self.on_wait)


def test_a_target_that_never_settles_is_measured_all_the_same_and_says_why_it_is_not_steady(
    play: Callable[..., "Play"],
) -> None:
    game = play(only=Behaviour())
    game.change(load=_GrowingLoads(game.machine))
    trial = first(game, load=AUTO | {"warmup": {"auto": {"most": "15s"}}})
    gate = warmup_gate(trial)
    assert (trial.outcome, gate.passed, gate.about) == ("ok", False, "target")
    assert gate.seen.startswith("not steady after 14.8 s of warm-up: its thirds differ")
    assert gate.limit == "a steady throughput within 15 s"
    assert trial.measurement is not None


def test_a_target_that_serves_nothing_is_steady_in_nothing(play: Callable[..., "Play"]) -> None:
    trial = first(play(only=Behaviour(serves_load=False)), load=AUTO)
    assert trial.outcome == "failed"
    assert "served nothing under load" in trial.reason
    assert not warmup_gate(trial).passed


def test_the_load_after_a_warm_up_opens_its_connections_at_once_and_has_the_scenarios_window(
    play: Callable[..., "Play"],
) -> None:
    game = play(only=Behaviour())
    asked: list[LoadOrder] = []

    class Noting(FakeLoadGenerator):
        def start(self, order: "LoadOrder") -> FakeLoad:
            asked.append(order)
            return super().start(order)

    game.change(load=Noting(game.machine))
    first(game, load=AUTO | {"spawn_rate": 5})
    warm, measured, _profiled = (order.point for order in asked)
    assert (warm.duration_s, warm.warmup_s, warm.spawn_rate, warm.warmup_ceiling_s) == (30, 0, 5, None)
    assert (measured.duration_s, measured.warmup_s, measured.spawn_rate, measured.warmup_ceiling_s) == (
        10,
        0.5,
        None,
        None,
    )


def test_a_run_that_is_stopped_while_a_target_warms_up_leaves_no_load_behind(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    loads: list[FakeLoad] = []

    class StopsAtOnce(FakeLoadGenerator):
        def start(self, order: "LoadOrder") -> FakeLoad:
            game.world.stop.request()
            loads.append(super().start(order))
            return loads[-1]

    game.change(load=StopsAtOnce(game.machine))
    finished = game.run(load=AUTO)
    assert finished.report.summary.status == "interrupted"
    assert finished.report.trials == ()
    assert [load.stopped for load in loads] == [True]
