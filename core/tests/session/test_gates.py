"""Gates about the host, the client and the target: pure ones, and played through a whole run of fakes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fwcompare.model.measurement import Gate, Noise
from fwcompare.session import gates
from fwcompare.session.run import FinishedRun
from fwcompare.testing.fakes import Behaviour, FakeTelemetry

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


def failed(found: tuple[Gate, ...]) -> list[tuple[str, str, str]]:
    return [(gate.about, gate.name, gate.seen) for gate in found if not gate.passed]


def test_a_quiet_host_passes() -> None:
    found = gates.host(Noise(0.02, 0.01, 0.9), 10.0, ())
    assert [(gate.name, gate.passed) for gate in found] == [("foreign CPU", True), ("steal", True)]


def test_a_busy_host_is_named_with_who_was_busy() -> None:
    found = gates.host(Noise(0.51, 0.02, 0.0), 10.0, ("rustc 50.2%", "sh 0.8%"))
    assert failed(found) == [
        ("host", "foreign CPU", "51.0% of the CPUs: rustc 50.2%, sh 0.8%"),
        ("host", "steal", "2.0% of the CPUs' time"),
    ]
    assert found[0].limit == "at most 2%"


def test_what_is_not_known_and_a_window_too_short_to_tell_are_no_gate() -> None:
    assert gates.host(Noise(None, None, None), 10.0, ()) == ()
    assert gates.host(Noise(0.5, 0.5, 0.5), 0.9, ()) == ()
    assert gates.host(None, 10.0, ()) == ()
    assert gates.client_quota(None, 10.0) == ()


def test_a_client_that_its_quota_held_back_is_named() -> None:
    assert failed(gates.client_quota(0.1, 10.0)) == []
    assert failed(gates.client_quota(8.1, 10.0)) == [
        ("client", "client quota", "held back by its CPU quota for 8.10 s of 10.0 s")
    ]


def every_failed(finished: FinishedRun) -> set[tuple[str, str, str]]:
    return {gate for trial in finished.report.trials for gate in failed(trial.gates)}


def test_a_busy_host_makes_every_trial_disturbed(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.change(telemetry=FakeTelemetry(noise=Noise(0.12, 0.0, 0.0)))
    finished = game.run()
    assert all(trial.disturbed for trial in finished.report.trials)
    assert every_failed(finished) == {("host", "foreign CPU", "12.0% of the CPUs: somebody")}


def test_a_target_that_recycles_a_worker_is_named(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    changes = ("process 4711 ended 3.2 s into the window", "process 4719 began 3.3 s into the window")
    game.change(telemetry=FakeTelemetry(recycled=changes))
    finished = game.run()
    assert every_failed(finished) == {("target", "processes kept", ", ".join(changes))}
    measurement = finished.report.trials[0].measurement
    assert measurement is not None
    assert measurement.recycled == changes


def test_a_generator_that_was_the_limit_makes_a_lower_bound_in_the_closed_model_too(
    play: Callable[..., "Play"],
) -> None:
    game = play(only=Behaviour(generator_reason="the client threads waited for a CPU"))
    finished = game.run()
    cell = finished.report.summary.cells[0]
    assert (cell.verdict, cell.throughput_is_lower_bound) == ("client-bound", True)
    assert every_failed(finished) == {("client", "generator", "the client threads waited for a CPU")}


def test_an_undisturbed_trial_passes_every_gate_and_records_what_it_was_judged_by(play: Callable[..., "Play"]) -> None:
    finished = play(only=Behaviour()).run()
    assert every_failed(finished) == set()
    measurement = finished.report.trials[0].measurement
    assert measurement is not None
    assert (measurement.noise, measurement.telemetry_share) == (Noise(0.0, 0.0, 0.0), 0.005)
    assert measurement.steadiness is not None
    assert measurement.steadiness.steady


def test_a_load_that_changes_by_design_is_not_judged_for_steadiness(play: Callable[..., "Play"]) -> None:
    stages = [{"duration": "4s", "rate": 500}]
    finished = play(only=Behaviour(rate_rps=4000)).run(
        load={"connections": 10, "duration": "10s", "rate": 100, "stages": stages}
    )
    measurement = finished.report.trials[0].measurement
    assert measurement is not None
    assert measurement.steadiness is None
