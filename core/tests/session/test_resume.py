"""A run that dies at any step, or is stopped, or finds the disk full, and is resumed in a new session."""

import errno
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fwcompare.errors import FwcompareError, HostError, PluginError, ScenarioError
from fwcompare.model.measurement import Gate
from fwcompare.model.plan import Plan, PlannedTrial
from fwcompare.model.ports import Environment, Processes, Progress, Report
from fwcompare.model.resume_keys import HOST_FACTS, host_digest
from fwcompare.model.scenario import Scenario
from fwcompare.model.target import Target
from fwcompare.plugins import discover
from fwcompare.session.resume import find_resumable
from fwcompare.session.trial import Finished, run_trial
from fwcompare.session.world import World
from fwcompare.stats.blocks import sort_out
from fwcompare.store.run_directory import RunDirectory, find_run
from fwcompare.telemetry.host import Host
from fwcompare.testing.fakes import Behaviour, FakeLoadGenerator, FakeProfiler, FakeProfiling, FakeProvider, FakeRuntime

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

Make = Callable[..., "Play"]
FOREIGN = Gate("foreign CPU", passed=False, seen="12 % of the CPUs", limit="at most 2 %", about="host")


class Killed(BaseException):
    """The end of the process: nothing of the session catches it."""


class Fuse(list[str]):
    """The events of a machine, of which one is the last."""

    def __init__(self, dies: Callable[[int, str], bool]) -> None:
        super().__init__()
        self.dies = dies
        self.burnt = False

    def append(self, event: str) -> None:
        super().append(event)
        if not self.burnt and self.dies(len(self), event):
            self.burnt = True
            raise Killed


def two(play: Make) -> "Play":
    return play(one=Behaviour(rate_rps=300), two=Behaviour(rate_rps=200))


def found(report: Report) -> dict[str, Any]:
    """Give what an interruption may not change: what was measured of which cell in which block, and every audit."""
    return {
        "trials": sorted(
            (one.planned.cell.key, one.planned.block, one.outcome) for one in sort_out(report.trials).counted
        ),
        "audits": sorted((one.target, one.state) for one in report.audits),
        "status": report.summary.status,
        "cells": [(cell.key, cell.outcome) for cell in report.summary.cells],
    }


def whole(play: Make, results: Path, **changes: object) -> dict[str, Any]:
    game = two(play)
    game.results = results
    return found(game.run(audit=True, **changes).report)


def resumed(play: Make, results: Path) -> Report:
    game = two(play)
    game.results = results
    return game.resume().report


PHASES: dict[str, Callable[[int, str], bool]] = {
    "build": lambda _number, event: event == "build two",
    "service start": lambda _number, event: event == "start service",
    "audit": lambda number, event: event.startswith("load") and number < 10,
    "restore": lambda number, event: event.startswith("restore") and number > 24,
    "target start": lambda number, event: event.startswith("start") and number > 30,
    "load": lambda number, event: event.startswith("load") and number > 40,
    "target stop": lambda number, event: event.startswith("stop") and number > 30,
    "service stop": lambda _number, event: event == "stop service",
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_run_that_is_killed_and_resumed_has_the_cells_of_one_that_was_not(
    phase: str, play: Make, tmp_path: Path
) -> None:
    game = two(play)
    game.machine.events = Fuse(PHASES[phase])
    with pytest.raises(Killed):
        game.run(audit=True)
    folder = find_run(game.results, "latest").folder
    assert json.loads((folder / "run.json").read_text())["status"] == "running"

    report = resumed(play, game.results)

    assert found(report) == whole(play, tmp_path / "undisturbed")
    assert report.folder == folder
    assert json.loads((folder / "run.json").read_text())["status"] == "complete"


def test_a_run_that_is_killed_while_it_is_profiled_is_resumed(play: Make, tmp_path: Path) -> None:
    class Deadly(FakeProfiler):
        def attach(
            self, pids: Sequence[int], processes: object, *, duration_s: float, rate_hz: int, folder: Path
        ) -> FakeProfiling:
            raise Killed

    game = two(play)
    game.change(profilers={"fake-profiler": Deadly()})
    with pytest.raises(Killed):
        game.run(audit=True)
    assert (found(resumed(play, game.results))) == whole(play, tmp_path / "undisturbed")


@pytest.mark.parametrize("written", [0, 1, 200, None])
@pytest.mark.parametrize("name", ["trials.jsonl", "audits.jsonl"])
def test_a_run_that_is_killed_while_it_writes_a_line_is_resumed(
    name: str, written: int | None, play: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = RunDirectory._append

    def die(store: RunDirectory, which: str, line: bytes) -> None:
        if which == name and (store.folder / name).exists() and (store.folder / name).stat().st_size:
            with (store.folder / name).open("ab") as file:
                file.write((line + b"\n")[:written])
            raise Killed
        append(store, which, line)

    game = two(play)
    with monkeypatch.context() as patched:
        patched.setattr(RunDirectory, "_append", die)
        with pytest.raises(Killed):
            game.run(audit=True)
    again = two(play)
    again.results = game.results
    report = again.resume().report
    assert found(report) == whole(play, tmp_path / "undisturbed")
    cut = [line for line in again.warned if "torn" in line]
    assert cut == ([f"{name}: a torn last line of {written} bytes was cut off"] if written else [])
    for line in (report.folder / name).read_text().splitlines():
        json.loads(line)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 70), min_size=1, max_size=3))
def test_wherever_and_however_often_it_dies_it_ends_with_the_same_cells(
    cuts: list[int], play: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("cut")
    results = place / "results"
    report: Report | None = None
    for number, cut in enumerate([*cuts, 10_000]):
        game = two(play)
        game.results = results
        game.machine.events = Fuse(lambda count, _event, cut=cut: count == cut)  # type: ignore[misc]
        try:
            report = (game.resume() if number else game.run(audit=True)).report
        except Killed:
            continue
    assert report is not None
    assert found(report) == whole(play, place / "undisturbed")
    places = [(one.planned.block, one.planned.attempt, one.planned.cell.key) for one in report.trials]
    assert len(set(places)) == len(places)
    kept = {str(path.relative_to(report.folder / "trials")) for path in (report.folder / "trials").glob("*/*")}
    named = {f"{key}/{block}" + (f".{attempt}" if attempt > 1 else "") for block, attempt, key in places}
    assert kept == named, "no folder is left of a trial that has no line"


def stopped_in_block_two(game: "Play", **changes: object) -> None:
    """Ctrl-C in the second trial of the second block."""
    loads = 0

    def stop() -> None:
        nonlocal loads
        loads += 1
        if loads == 7:  # each trial is loaded twice
            game.world.stop.request()

    game.change(load=FakeLoadGenerator(game.machine, stop))
    assert game.run(**changes).exit_code == 130


def test_a_stopped_run_says_how_to_go_on_and_its_unfinished_block_is_run_again_as_a_whole(play: Make) -> None:
    game = two(play)
    stopped_in_block_two(game)
    folder = find_run(game.results, "latest").folder
    assert f"interrupted: the trials that ended are kept; fwcompare run --resume {folder}    goes on" in game.said

    again = two(play)
    finished = again.resume()

    assert finished.exit_code == 0
    rows = [(one.planned.block, one.planned.attempt) for one in finished.report.trials]
    assert rows == [(1, 1), (1, 1), (2, 1), (2, 2), (2, 2), (3, 1), (3, 1)]
    assert "block 2, second attempt: the last attempt was interrupted after 1 trial" in again.said
    assert finished.report.ending is not None
    assert (finished.report.ending.blocks, finished.report.ending.repeated) == (3, 1)
    key = finished.report.trials[3].planned.cell.key
    assert {"1", "2.2", "3"} <= {path.name for path in (folder / "trials" / key).iterdir()}


def test_both_sessions_are_recorded_and_the_first_one_s_command_stays(play: Make) -> None:
    game = two(play)
    stopped_in_block_two(game)
    two_again = two(play)
    environment = two_again.resume().report.environment
    assert environment["command"] == "fwcompare run play"
    assert isinstance(environment["sessions"], list)
    assert [session["command"] for session in environment["sessions"]] == [
        "fwcompare run play",
        "fwcompare run --resume latest",
    ]
    assert environment["services"] != {}
    assert environment["targets"]["one"]["facts"]["workers"] == 1  # type: ignore[index]


def test_what_is_finished_is_neither_built_nor_started_again(play: Make) -> None:
    game = two(play)
    game.machine.events = Fuse(lambda _number, event: event == "stop service")
    with pytest.raises(Killed):
        game.run(audit=True)
    again = two(play)
    assert again.resume().exit_code == 0
    assert again.machine.events == []


def test_a_target_that_failed_its_audit_is_audited_again_and_one_audit_of_it_is_told(play: Make) -> None:
    def with_bad() -> "Play":
        return play(good=Behaviour(), bad=Behaviour(answer=[]))

    game = with_bad()
    loads = 0

    def stop() -> None:
        nonlocal loads
        loads += 1
        if loads == 6:
            game.world.stop.request()

    game.change(load=FakeLoadGenerator(game.machine, stop))
    assert game.run(audit=True).exit_code == 130
    report = with_bad().resume().report
    assert sorted((audit.target, audit.state) for audit in report.audits) == [
        ("bad", "not audited"),
        ("good", "same work"),
    ]
    assert {cell.target: cell.outcome for cell in report.summary.cells} == {"bad": "failed", "good": "ok"}


def change_environment(game: "Play") -> None:
    class Other(FakeRuntime):
        def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
            return replace(super().build(target, processes, progress), digest="another")

    game.change(runtimes={"process": Other(game.machine)})


REFUSALS: dict[str, tuple[dict[str, object], type[FwcompareError], str]] = {
    "source": (
        {"digests": {"one": "digest", "two": "changed"}},
        PluginError,
        "target 'two' is no longer what was measured",
    ),
    "host": ({"host": {"kernel": "7.0"}}, HostError, "kernel: None, now 7.0"),
    "version": ({"version": "1"}, ScenarioError, "was made by another fwcompare"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_another_target_host_or_version_is_refused_and_nothing_is_run(name: str, play: Make) -> None:
    changes, error, said = REFUSALS[name]
    stopped_in_block_two(two(play))
    again = two(play)
    before = (find_run(again.results, "latest").folder / "trials.jsonl").read_bytes()
    with pytest.raises(error) as caught:
        again.resume(**changes)
    assert said in str(caught.value)
    assert "next: " in str(caught.value)
    assert again.machine.events == []
    assert (find_run(again.results, "latest").folder / "trials.jsonl").read_bytes() == before


def test_an_environment_made_from_something_else_is_refused_by_name(play: Make) -> None:
    stopped_in_block_two(two(play))
    again = two(play)
    change_environment(again)
    with pytest.raises(PluginError, match="target 'one' is no longer what was measured") as caught:
        again.resume()
    assert "digest digest, now another" in str(caught.value)
    assert not [event for event in again.machine.events if event.startswith(("start", "load"))]


def test_a_load_or_pressure_that_differs_does_not_make_another_host(play: Make) -> None:
    def at(load: float, memory_mib: int) -> str:
        return host_digest({"kernel": "6.1", "memory_mib": memory_mib, "load_average_1m": load})

    game = two(play)
    stopped_in_block_two(game)
    store = find_run(game.results, "latest")
    record = json.loads((store.folder / "run.json").read_text())
    assert at(0.1, 8000) == at(3.0, 8004)
    assert at(0.1, 8000) != at(0.1, 16000)
    assert record["keys"]["host"] == host_digest({})


def test_every_trial_s_line_has_the_key_of_its_cell_target_and_host(play: Make) -> None:
    finished = two(play).run()
    keys = {one.planned.cell.key: one.key for one in finished.report.trials}
    assert len(set(keys.values())) == 2
    assert all(len(key) == 16 for key in keys.values())
    again = two(play).run()
    assert {one.planned.cell.key: one.key for one in again.report.trials} == keys


def test_a_trial_of_something_else_among_the_lines_is_refused(play: Make) -> None:
    stopped_in_block_two(two(play))
    again = two(play)
    store = find_run(again.results, "latest")
    trials, _ = store.read_trials()
    store.append(replace(trials[0], key="0123456789abcdef"))
    with pytest.raises(ScenarioError, match="holds a trial that is not its own"):
        again.resume()


def test_a_run_under_way_is_not_resumed_by_another(play: Make) -> None:
    stopped_in_block_two(two(play))
    again = two(play)
    with find_run(again.results, "latest").held(), pytest.raises(ScenarioError, match="is under way"):
        again.resume()
    assert again.resume().exit_code == 0


def fail_full(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_ends_the_run_with_what_to_do_and_leaves_no_half_line(
    play: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = two(play)
    lines = 0
    sync = os.fsync

    def full_at_the_third(descriptor: int) -> None:
        nonlocal lines
        lines += Path(f"/proc/self/fd/{descriptor}").readlink().name == "trials.jsonl"
        if lines == 3:
            lines += 1
            fail_full()
        sync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr("fwcompare.store.run_directory.os.fsync", full_at_the_third)
        with pytest.raises(HostError, match="the disk is full") as caught:
            game.run(audit=True)
    folder = find_run(game.results, "latest").folder
    assert caught.value.exit_code == 4
    assert caught.value.hint == f"free space, then fwcompare run --resume {folder}"
    text = (folder / "trials.jsonl").read_text()
    assert text.count("\n") == 2
    assert text.endswith("}\n")
    assert json.loads((folder / "run.json").read_text())["status"] == "failed"
    assert found(resumed(play, game.results)) == whole(play, tmp_path / "undisturbed")


def test_a_disk_that_is_full_while_a_trial_s_files_are_written_is_told_the_same_way(
    play: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    game = two(play)
    with monkeypatch.context() as patched:
        patched.setattr("fwcompare.session.trial._write_load_files", fail_full)
        with pytest.raises(HostError, match="the disk is full"):
            game.run(audit=True)
    assert found(resumed(play, game.results)) == whole(play, tmp_path / "undisturbed")


def test_a_disk_so_full_that_not_even_the_end_can_be_recorded_is_told_all_the_same(
    play: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = two(play)
    with monkeypatch.context() as patched:
        patched.setattr("fwcompare.session.trial._write_load_files", fail_full)
        write = RunDirectory.write_run

        def no_more(  # type: ignore[no-untyped-def]
            store: RunDirectory,
            scenario: Scenario,
            plan: Plan,
            status: str,
            *rest,  # noqa: ANN002
            **named,  # noqa: ANN003
        ) -> None:
            if status == "failed":
                fail_full()
            write(store, scenario, plan, status, *rest, **named)

        patched.setattr(RunDirectory, "write_run", no_more)
        with pytest.raises(HostError, match="the disk is full"):
            game.run()
    assert two(play).resume().exit_code == 0


@pytest.mark.parametrize("audit", [True, False])
def test_a_target_that_fails_on_a_full_disk_is_not_blamed(
    audit: bool,  # noqa: FBT001
    play: Make,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    game = play(one=Behaviour(rate_rps=300), two=Behaviour(ready=False))
    with monkeypatch.context() as patched:
        patched.setattr("fwcompare.session.disk.LEAST_BYTES", 2**80)
        with pytest.raises(HostError, match="the disk is full") as caught:
            game.run(audit=audit)
    assert "bytes are free, and a target failed" in caught.value.seen
    report = resumed(play, game.results)
    assert {cell.target: cell.outcome for cell in report.summary.cells} == {"one": "ok", "two": "ok"}


def test_the_facts_of_a_host_that_count_are_facts_that_are_recorded() -> None:
    assert set(HOST_FACTS) <= {each.name for each in fields(Host)}


def test_a_service_that_could_not_be_had_is_started_when_the_run_is_resumed(play: Make) -> None:
    game = two(play)
    game.change(providers={"postgresql": FakeProvider(game.machine, refuses=True)})
    with pytest.raises(HostError):
        game.run()
    assert two(play).resume().exit_code == 0


def disturb(monkeypatch: pytest.MonkeyPatch, blocks: Iterable[tuple[int, int]]) -> None:
    """Let something else have the CPU during the first trial of blocks, given by block and attempt."""
    left = set(blocks)

    def disturbed(world: World, scenario: Scenario, planned: PlannedTrial, *rest) -> Finished:  # type: ignore[no-untyped-def]  # noqa: ANN002
        finished = run_trial(world, scenario, planned, *rest)
        place = (planned.block, planned.attempt)
        if place not in left:
            return finished
        left.remove(place)
        return replace(finished, trial=replace(finished.trial, gates=(*finished.trial.gates, FOREIGN)))

    monkeypatch.setattr("fwcompare.session.run.run_trial", disturbed)


def test_a_disturbed_block_is_run_again_and_everybody_is_told_which(
    play: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    disturb(monkeypatch, [(2, 1)])
    game = two(play)
    finished = game.run()
    assert finished.exit_code == 0
    assert len(finished.report.trials) == 8
    assert "block 2, second attempt: block 2 was disturbed: foreign CPU 12 % of the CPUs, at most 2 %" in game.said
    assert any("host: foreign CPU 12 % of the CPUs, at most 2 %" in line for line in game.said)
    assert any(line.startswith("[block 2, second attempt of 3, 1/2] ") for line in game.said)
    record = json.loads((finished.report.folder / "run.json").read_text())
    assert record["blocks"] == {"blocks": 3, "repeated": 1, "why": "3 blocks, as the scenario says"}


def test_a_run_of_which_every_block_was_disturbed_ends_with_5_and_says_what_to_do(
    play: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    disturb(monkeypatch, [(block, attempt) for block in (1, 2, 3) for attempt in (1, 2, 3)])
    game = two(play)
    finished = game.run()
    assert finished.exit_code == 5
    assert len(finished.report.trials) == 2 * (3 + 3), "as many blocks again as there are, and no more"
    (warned,) = game.warned
    assert "every block was disturbed" in warned
    assert "foreign CPU in " in warned
    assert ": 12 % of the CPUs, expected at most 2 %" in warned
    assert "stop what runs beside this, or give the targets fewer CPUs" in warned


def test_repeats_by_width_stop_early_where_figures_are_all_alike(play: Make) -> None:
    finished = two(play).run(repeats={"width": "2%", "min": 10, "max": 30})
    assert len(finished.report.trials) == 20
    assert finished.report.ending is not None
    assert finished.report.ending.why.startswith("narrow enough after 10 blocks: half the widest interval")
    assert finished.exit_code == 0


def test_a_password_that_was_not_recorded_must_be_given_again_and_be_of_the_same_service(play: Make) -> None:
    registry = discover()
    game = two(play)
    url = "postgresql://admin:secret@127.0.0.1:5432/postgres"
    scenario = game.scenario(services={"postgresql": url}).model_copy(update={"workload": ("users",)})
    store = RunDirectory.create(game.results, "play", "2026-11-20")
    store.write_run(scenario, Plan((), (), (), 1, 1), "interrupted", {})
    with pytest.raises(ScenarioError, match="password is not recorded") as caught:
        find_resumable(store, {}, registry)
    assert "--set services.postgresql=postgresql://admin:PASSWORD@127.0.0.1:5432/postgres" in caught.value.hint
    with pytest.raises(ScenarioError, match="another service postgresql"):
        find_resumable(store, {"postgresql": url.replace("5432", "5433")}, registry)
    assert find_resumable(store, {"postgresql": url}, registry).resolved.scenario.services == {"postgresql": url}
