import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from fwcompare.errors import HostError, MeasurementError, ScenarioError
from fwcompare.model.limits import Confinement, Held
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import LoadPoint, Stage
from fwcompare.model.ports import Process, Processes, Report
from fwcompare.reporting.beside import beside
from fwcompare.session.profile import profiled_load
from fwcompare.session.run import FinishedRun
from fwcompare.testing.fakes import (
    Behaviour,
    FakeLoadGenerator,
    FakeProcesses,
    FakeProfiler,
    FakeProfiling,
    FakeProvider,
    FakeService,
    fake_target,
)

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


def rows(finished: FinishedRun, target: str) -> list[Trial]:
    return [trial for trial in finished.report.trials if trial.planned.cell.target == target]


def test_the_whole_life_of_a_run(play: Callable[..., "Play"]) -> None:
    game = play(fast=Behaviour(rate_rps=1000), slow=Behaviour(rate_rps=200))
    finished = game.run()

    assert finished.exit_code == 0
    assert [trial.outcome for trial in finished.report.trials] == ["ok"] * 6
    cells = {cell.target: cell for cell in finished.report.summary.cells}
    assert cells["fast"].throughput_rps is not None
    assert cells["fast"].throughput_rps.mean == pytest.approx(1000)
    assert cells["slow"].cpu_ms_per_request is not None
    assert cells["slow"].cpu_ms_per_request.mean == pytest.approx(2.5)
    pair = next(pair for pair in finished.report.summary.pairs if pair.metric == "throughput_rps")
    assert pair.ratio == pytest.approx(5) or pair.ratio == pytest.approx(1 / 5)

    folder = finished.report.folder
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "complete"
    assert record["plan"]["seed"] == 3
    assert record["environment"]["services"]["postgresql"]["provider"] == "fake"
    assert record["environment"]["targets"]["fast"]["facts"]["framework"] == {"name": "Fake", "version": "1"}
    assert len((folder / "trials.jsonl").read_text().splitlines()) == 6
    assert (folder / "note.txt").read_text() == folder.name
    assert (game.results / "latest").resolve() == folder.resolve()
    for trial in finished.report.trials:
        place = folder / "trials" / trial.planned.cell.key / str(trial.planned.block)
        assert {file.name for file in place.iterdir()} == {
            "target.log",
            "service.hdr",
            "timeline.json",
            "telemetry.json",
            "profile.folded",
            "flamegraph.svg",
        }
        assert trial.flamegraph is not None
        assert trial.flamegraph.svg == f"trials/{trial.planned.cell.key}/{trial.planned.block}/flamegraph.svg"
    assert game.told == ["fwcompare_run_started", *["fwcompare_trial_finished"] * 6, "fwcompare_run_finished"]


def test_each_trial_starts_fresh_on_restored_data_and_is_loaded_twice(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.run(repeats=2)
    once = [
        "restore target_only",
        "start only",
        "load http://only.test/echo",  # measured
        "load http://only.test/echo",  # profiled, outside the measured window
        "stop only",
    ]
    assert game.machine.events == ["build only", "start service", *once, *once, "stop service"]


FAILURES = {
    "builds": (Behaviour(builds=False), "target 'bad' could not be built"),
    "exits": (Behaviour(exits_at_start=True), "target 'bad' exited at start"),
    "never_ready": (Behaviour(ready=False), "target 'bad' never became ready"),
    "wrong_answer": (Behaviour(answer=[]), "target 'bad' answers workload 'echo' wrongly"),
    "stranger": (Behaviour(held_by="pid 7 (other)"), "target 'bad' does not hold its own port"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_target_that_fails_before_load_stops_only_itself(name: str, play: Callable[..., "Play"]) -> None:
    behaviour, reason = FAILURES[name]
    game = play(bad=behaviour, good=Behaviour())
    finished = game.run()

    assert finished.exit_code == 3
    assert [trial.outcome for trial in rows(finished, "good")] == ["ok"] * 3
    failed = rows(finished, "bad")
    assert [trial.outcome for trial in failed] == ["failed"] * 3
    assert reason in failed[0].reason
    # What failed before any load fails again: the later blocks say so and cost no time.
    assert reason in failed[2].reason
    assert game.machine.events.count("start bad") <= 1
    assert "load http://bad.test/echo" not in game.machine.events
    assert game.machine.running == {}
    cell = next(cell for cell in finished.report.summary.cells if cell.target == "bad")
    assert (cell.outcome, cell.trials, cell.failed_trials, cell.throughput_rps) == ("failed", 0, 3, None)


def test_a_wrong_answer_is_shown_with_its_difference(play: Callable[..., "Play"]) -> None:
    finished = play(bad=Behaviour(answer=[{"hello": "moon"}])).run()
    assert "body[0].hello: 'moon', expected 'world'" in rows(finished, "bad")[0].reason


def test_a_target_that_never_became_ready_shows_what_was_waited_for_and_its_log(play: Callable[..., "Play"]) -> None:
    reason = rows(play(bad=Behaviour(ready=False)).run(), "bad")[0].reason
    assert "waited 30 s for GET http://bad.test/health to answer 200; last answer: timed out" in reason
    assert "> bad with 1 workers" in reason
    assert "next: fwcompare up bad" in reason


def test_a_target_that_serves_nothing_under_load_is_failed_with_its_counts(play: Callable[..., "Play"]) -> None:
    game = play(bad=Behaviour(serves_load=False), good=Behaviour())
    finished = game.run()
    assert finished.exit_code == 3
    assert "1000 requests due, none answered with 2xx: timeout 1000" in rows(finished, "bad")[0].reason
    # Under load anything may have happened, so each block tries again.
    assert game.machine.events.count("start bad") == 3


def test_a_trial_that_leaves_rows_behind_is_invalid(play: Callable[..., "Play"]) -> None:
    finished = play(dirty=Behaviour(leaves_rows=True)).run()
    assert finished.exit_code == 5
    trial = rows(finished, "dirty")[0]
    assert trial.outcome == "invalid"
    assert "data unchanged" in trial.reason
    assert trial.measurement is not None, "an invalid trial keeps what it measured"


def test_a_saturated_client_makes_a_lower_bound(play: Callable[..., "Play"]) -> None:
    finished = play(quick=Behaviour(client_share=0.9)).run()
    cell = finished.report.summary.cells[0]
    assert finished.exit_code == 0
    assert cell.verdict == "client-bound"
    assert cell.throughput_is_lower_bound


def test_an_open_load_keeps_response_times_and_a_saturated_target_is_told_apart(play: Callable[..., "Play"]) -> None:
    finished = play(quick=Behaviour(rate_rps=4000), slow=Behaviour(rate_rps=250)).run(
        load={"connections": 10, "duration": "10s", "warmup": "0s", "rate": 1000}
    )
    assert finished.exit_code == 0
    cells = {cell.target: cell for cell in finished.report.summary.cells}
    assert cells["quick"].response_ms is not None
    assert (cells["quick"].verdict, cells["quick"].load.rate) == (None, 1000)
    assert (cells["slow"].verdict, cells["slow"].response_ms) == ("saturated", None)
    # Of 10 s at four times the capacity, the last request waits 10 (4 - 1) s.
    assert "is 4x what the target sustained (250 req/s)" in cells["slow"].reasons["response_ms"]
    assert "response times up to 30 s, 15 s at the median" in cells["slow"].reasons["response_ms"]
    place = finished.report.folder / "trials" / "quick-c10-r1000" / "1"
    assert (place / "response.hdr").exists()


def test_a_staged_load_is_told_by_what_was_measured_and_never_by_its_first_rate(play: Callable[..., "Play"]) -> None:
    stages = [{"duration": "4s", "rate": 500}, {"rate": 1000}]
    game = play(quick=Behaviour(rate_rps=4000), slow=Behaviour(rate_rps=250))
    finished = game.run(load={"connections": 10, "duration": "10s", "rate": 100, "stages": stages})
    cells = {cell.target: cell for cell in finished.report.summary.cells}
    # 4 s at 300 in the mean, 6 s at 1,000.
    assert cells["quick"].offered_rps == pytest.approx(720)
    assert [stage.rate for stage in cells["quick"].load.stages] == [500, 1000]
    said = cells["slow"].reasons["saturated"]
    assert "at 720 req/s, the mean of the offered rates, the target served 250 req/s" in said
    assert "follow from that alone" not in said, "the arithmetic holds at one rate only"


def test_a_backlog_that_is_cut_short_gets_no_arithmetic(play: Callable[..., "Play"]) -> None:
    finished = play(slow=Behaviour(rate_rps=250)).run(
        load={"connections": 10, "duration": "10s", "rate": 1000, "backlog": {"shed": "1s"}}
    )
    said = finished.report.summary.cells[0].reasons["saturated"]
    assert "at 1,000 req/s, the offered rate, the target served 250 req/s" in said
    assert "follow from that alone" not in said


def test_the_profile_is_taken_under_the_load_at_which_the_window_ended() -> None:
    point = LoadPoint(5, 9, None, 2, 30, 5, keepalive=True, model="open", rate=10, stages=(Stage(4, 50), Stage(0, 90)))
    assert profiled_load(point) == LoadPoint(5, 9, None, 0, 30, 5, keepalive=True, model="open", rate=90)
    thinking = LoadPoint(5, 9, None, 2, 30, 5, keepalive=True, spawn_rate=5, think_time_s=0.1)
    assert profiled_load(thinking) == LoadPoint(5, 9, None, 0, 30, 5, keepalive=True, think_time_s=0.1)


def test_a_profile_that_cannot_be_had_leaves_the_trial_standing_with_the_reason(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.change(profilers={"fake-profiler": FakeProfiler(reason="not permitted here; run as root")})
    trial = rows(game.run(), "only")[0]
    assert trial.outcome == "ok"
    assert trial.flamegraph is not None
    assert (trial.flamegraph.svg, trial.flamegraph.reason) == (None, "not permitted here; run as root")
    assert any("no flamegraph: not permitted here" in line for line in game.said)


def test_a_target_that_names_no_profiler_is_measured_and_has_no_flamegraph(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.change(targets={"only": fake_target("only", profiler="none")})
    trial = rows(game.run(), "only")[0]
    assert trial.outcome == "ok"
    assert trial.flamegraph is not None
    assert trial.flamegraph.reason == "the target names no profiler that could look into it"


def test_a_load_that_breaks_while_it_is_profiled_leaves_the_trial_standing(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    loads = 0

    def break_the_second() -> None:
        nonlocal loads
        loads += 1
        if loads == 2:  # the first is measured, the second profiled
            raise MeasurementError("load could not be carried out")

    game.change(load=FakeLoadGenerator(game.machine, break_the_second))
    trial = rows(game.run(repeats=1), "only")[0]
    assert (trial.outcome, trial.measurement is not None) == ("ok", True)
    assert trial.flamegraph is not None
    assert trial.flamegraph.reason == "load could not be carried out"


def test_an_interrupted_run_keeps_what_was_measured(play: Callable[..., "Play"]) -> None:
    game = play(one=Behaviour(), two=Behaviour())
    loads = 0

    def interrupt_the_third_trial() -> None:
        nonlocal loads
        loads += 1
        if loads == 5:  # each trial is loaded twice
            game.world.stop.request()

    game.change(load=FakeLoadGenerator(game.machine, interrupt_the_third_trial))
    finished = game.run()
    assert finished.exit_code == 130
    assert [trial.outcome for trial in finished.report.trials] == ["ok", "ok"]
    assert finished.report.summary.status == "interrupted"
    assert json.loads((finished.report.folder / "run.json").read_text())["status"] == "interrupted"
    assert game.machine.running == {}
    assert game.machine.events[-1] == "stop service"
    assert (finished.report.folder / "note.txt").exists()


def test_a_service_that_cannot_be_had_ends_the_run_and_its_record_says_failed(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.change(providers={"postgresql": FakeProvider(game.machine, refuses=True)})
    with pytest.raises(HostError, match="service 'postgresql' cannot be started") as caught:
        game.run()
    assert caught.value.exit_code == 4
    assert json.loads((game.results / "latest" / "run.json").read_text())["status"] == "failed"


def test_what_this_machine_lacks_is_told_before_a_run_has_a_folder(play: Callable[..., "Play"]) -> None:
    @dataclass
    class Lacking(FakeProvider):
        def must_be_had(self) -> None:
            raise HostError("no engine answers")

    game = play(only=Behaviour())
    game.change(providers={"postgresql": Lacking(game.machine)})

    with pytest.raises(HostError, match="no engine answers"):
        game.run()
    assert not list(game.results.glob("*"))
    assert game.machine.events == []


def test_a_reporter_that_raises_is_named_and_the_others_write(play: Callable[..., "Play"]) -> None:
    class Broken:
        name = "broken"

        def write(self, _report: Report) -> Iterable[Path]:
            raise ZeroDivisionError("oops")

    class Beside:
        name = "beside"

        def write(self, _report: Report) -> Iterable[Path]:
            return beside(lambda: [Path(str(1 // 0))])

    game = play(only=Behaviour())
    game.change(reporters=(Broken(), Beside(), *game.world.reporters))
    finished = game.run()
    assert finished.exit_code == 0
    assert game.warned == [
        "reporter 'broken' failed: ZeroDivisionError: oops",
        "reporter 'beside' failed: ZeroDivisionError: integer division or modulo by zero",
    ]
    assert (finished.report.folder / "note.txt").exists()


def test_a_target_that_loses_a_worker_for_want_of_memory_fails_by_that_name(play: Callable[..., "Play"]) -> None:
    game = play(greedy=Behaviour(oom=True), good=Behaviour())
    game.limit(memory="64MiB")
    finished = game.run(repeats=1)

    assert finished.exit_code == 3
    (greedy,), (good,) = rows(finished, "greedy"), rows(finished, "good")
    assert (greedy.outcome, good.outcome) == ("failed", "ok")
    assert greedy.reason.splitlines() == [
        "target 'greedy' ran out of memory",
        "  its limit of 64 MiB; 1 of its processes was ended by the kernel",
        "  expected: a target that does its work within the limit",
        "  next: raise `limits: {memory: ...}` in the scenario, or give the target fewer workers",
    ]
    assert greedy.measurement is not None, "what was measured before is kept"
    assert game.machine.running == {}


def test_a_target_that_serves_nothing_for_want_of_memory_is_not_blamed_for_serving_nothing(
    play: Callable[..., "Play"],
) -> None:
    game = play(greedy=Behaviour(oom=True, serves_load=False))
    game.limit(memory="64MiB")
    assert rows(game.run(repeats=1), "greedy")[0].reason.startswith("target 'greedy' ran out of memory\n")
    game.limit()
    assert rows(game.run(repeats=1), "greedy")[0].reason.startswith("target 'greedy' served nothing under load\n")


def test_each_trial_says_which_limits_held_and_the_run_who_was_where(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())
    game.limit(cpus=1, memory="512MiB", pin=True)
    finished = game.run(repeats=1)

    held = rows(finished, "only")[0].limits
    assert held is not None
    assert (held.words, held.missing) == ("1 CPU by quota, on CPU 1, 512 MiB", "")
    environment = json.loads((finished.report.folder / "run.json").read_text())["environment"]
    assert environment["client"] == "on CPU 0, said the fake"
    assert game.machine.events[0] == "build only"
    assert game.machine.events[1:3] == ["client to (0,)", "start service"], "builds may use every CPU"
    assert game.machine.events[-2:] == ["stop service", "client back"]
    assert game.warned == []


def test_a_limit_that_does_not_hold_is_warned_of_once_and_told_in_every_row(play: Callable[..., "Play"]) -> None:
    lost = Held("affinity only: on CPU 1", cpus=(1,), by="affinity", missing="no CPU quota: no right; run as root")
    game = play(only=Behaviour())
    game.limit(cpus=1, pin=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fwcompare.testing.fakes.FakeRunning.held", lambda _self: lost)
        finished = game.run(repeats=2)

    assert game.warned == [
        "limits asked for: 1 CPU by quota; held: affinity only: on CPU 1. no CPU quota: no right; run as root"
    ]
    assert [trial.limits for trial in finished.report.trials] == [lost, lost]
    assert finished.exit_code == 0


class NotingProcesses(FakeProcesses):
    """Starts nothing, and notes who was to be kept to which CPUs."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, tuple[int, ...]]] = []

    def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        confinement: Confinement | None = None,
        afterwards: Sequence[Sequence[str]] = (),
    ) -> Process:
        self.kept.append((argv[0], () if confinement is None else confinement.cpus))
        return cast("Process", None)


class SpawningProvider(FakeProvider):
    def start(self, processes: Processes, folder: Path) -> FakeService:
        processes.spawn(["postgres"], cwd=folder, env={}, log=folder / "log")
        return super().start(processes, folder)


class SpawningProfiler(FakeProfiler):
    def attach(
        self, pids: Sequence[int], processes: Processes, *, duration_s: float, rate_hz: int, folder: Path
    ) -> FakeProfiling:
        processes.spawn(["py-spy"], cwd=folder, env={}, log=folder / "log")
        return super().attach(pids, processes, duration_s=duration_s, rate_hz=rate_hz, folder=folder)


@pytest.mark.parametrize(("pin", "cpus"), [(True, (0,)), (False, ())])
def test_services_and_profilers_stay_off_the_cpus_of_the_target(
    play: Callable[..., "Play"], *, pin: bool, cpus: tuple[int, ...]
) -> None:
    game = play(only=Behaviour())
    game.limit(pin=pin)
    processes = NotingProcesses()
    game.change(
        processes=processes,
        providers={"postgresql": SpawningProvider(game.machine)},
        profilers={"fake-profiler": SpawningProfiler()},
    )
    assert game.run(repeats=1).exit_code == 0
    assert processes.kept == [("postgres", cpus), ("py-spy", cpus)]


@pytest.mark.parametrize(
    ("line", "code", "state"),
    [
        ("throughput > 90", 0, "holds"),
        ("fast: throughput > 90", 0, "holds"),
        ("throughput > 500", 1, "fails"),
        ("fast/slow: throughput > 4", 0, "holds"),
        ("service_p99 < 5s", 0, "holds"),
    ],
)
def test_a_threshold_that_does_not_hold_makes_the_run_exit_with_1(
    play: Callable[..., "Play"], line: str, code: int, state: str
) -> None:
    finished = play(fast=Behaviour(rate_rps=1000), slow=Behaviour(rate_rps=200)).run(**{"assert": [line]})
    assert finished.exit_code == code
    assert [one.state for one in finished.report.summary.thresholds] == [state]
    recorded = json.loads((finished.report.folder / "run.json").read_text())
    assert recorded["scenario"]["assert"] == [line]


def test_a_threshold_that_cannot_be_told_is_no_pass(play: Callable[..., "Play"]) -> None:
    finished = play(only=Behaviour()).run(repeats=1, **{"assert": ["only: throughput > 1"]})
    assert (finished.exit_code, finished.report.summary.thresholds[0].state) == (1, "cannot be told")


@pytest.mark.parametrize(("behaviour", "code"), [(Behaviour(ready=False), 3), (Behaviour(leaves_rows=True), 5)])
def test_a_failed_target_or_an_invalid_trial_says_more_than_a_threshold(
    play: Callable[..., "Play"], behaviour: Behaviour, code: int
) -> None:
    finished = play(bad=behaviour, good=Behaviour()).run(**{"assert": ["errors < 1%"]})
    assert finished.exit_code == code
    assert finished.report.summary.thresholds[0].state == "cannot be told"


def test_a_line_about_a_target_that_nobody_offers_is_refused_before_anything_starts(
    play: Callable[..., "Play"],
) -> None:
    game = play(only=Behaviour())
    with pytest.raises(ScenarioError, match="asserts something of a target that does not run") as caught:
        game.run(targets=[], **{"assert": ["onyl: errors < 1%"]})
    assert caught.value.seen == ("onyl: errors < 1%: 'onyl' is no target of the scenario; did you mean 'only'?")
    assert game.machine.events == []
