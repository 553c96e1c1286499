"""Whole runs in which every target is started as a process and in a container."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fwcompare.errors import HostError, TargetError
from fwcompare.model.ports import Environment, Processes, Progress
from fwcompare.model.target import Target
from fwcompare.reporting.chart_series import sweeps
from fwcompare.reporting.league import labels
from fwcompare.store.run_directory import find_run
from fwcompare.testing.fakes import Behaviour, FakeMachine, FakeRunning, FakeRuntime

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

BOTH = ["process", "docker"]


class Images(FakeRuntime):
    """Builds images: environments of which something is known."""

    def __init__(self, machine: FakeMachine) -> None:
        super().__init__(machine, "docker")

    def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
        return Environment(Path("/env"), "content", {"image": f"fwcompare/{target.name}:1", "image id": "sha256:abc"})


@dataclass
class Unseen(FakeRunning):
    """Runs in a virtual machine."""

    @property
    def unseen(self) -> str:
        return "the engine runs in a virtual machine of its own"

    def pids(self) -> Sequence[int]:
        return ()


class Elsewhere(FakeRuntime):
    """Starts what cannot be seen."""

    def start(self, target: Target, *arguments: Any, **options: Any) -> Unseen:  # noqa: ANN401 - its parent's
        running = super().start(target, *arguments, **options)
        return Unseen(running.machine, running.name, running.host, running.confinement)


class NoEngine(FakeRuntime):
    """Has nothing to build with, save for the targets that are built already."""

    def __init__(self, machine: FakeMachine, *built: str) -> None:
        super().__init__(machine, "docker")
        self.built = built

    def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
        if target.name in self.built:
            return Environment(Path("/env"), "content")
        raise HostError("there is no Docker engine to be used", seen="no program `docker`", hint="install it")


def test_process_and_container_are_compared_as_any_two_cells(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour())
    finished = game.run(runtime=BOTH, repeats=3, audit=True)
    assert finished.exit_code == 0
    assert sorted(cell.key for cell in finished.report.summary.cells) == ["a-docker-c10", "a-process-c10"]
    assert [{pair.a, pair.b} for pair in finished.report.summary.pairs if pair.metric == "throughput_rps"] == [
        {"a-docker-c10", "a-process-c10"}
    ]
    assert labels(finished.report.plan) == {"a-process-c10": "a process", "a-docker-c10": "a docker"}


def test_work_is_audited_once_in_each(play: Callable[..., "Play"]) -> None:
    finished = play(a=Behaviour()).run(runtime=BOTH, repeats=1, audit=True)
    assert [(audit.name, audit.runtime, audit.state) for audit in finished.report.audits] == [
        ("a-process", "process", "same work"),
        ("a-docker", "docker", "same work"),
    ]


def test_a_matrix_over_it_has_a_row_for_each(play: Callable[..., "Play"]) -> None:
    from fwcompare.stats.matrix_cells import gather, row_names

    report = play(a=Behaviour()).run(runtime=BOTH, repeats=1).report
    names = row_names(gather([report], latest=False).entries)
    assert sorted(name.text for name in names.values()) == ["a runtime=docker", "a runtime=process"]


def test_what_is_known_of_an_image_is_recorded_with_its_target(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour())
    game.change(runtimes={"process": FakeRuntime(game.machine), "docker": Images(game.machine)})
    game.run(runtime=BOTH, repeats=1)
    recorded = find_run(game.results, "latest").read_run()
    targets = recorded.environment["targets"]
    assert isinstance(targets, dict)
    assert targets["a"]["docker"] == {"image": "fwcompare/a:1", "image id": "sha256:abc"}
    assert "process" not in targets["a"], "of a plain environment nothing else is known"
    assert recorded.keys is not None
    assert recorded.keys.environments == {"a": "digest", "a (docker)": "content"}


def test_a_target_that_cannot_be_seen_has_the_reason_in_place_of_its_flamegraph(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour())
    game.change(runtimes={"docker": Elsewhere(game.machine, "docker")})
    [trial] = game.run(runtime="docker", repeats=1).report.trials
    assert trial.outcome == "ok"
    assert trial.flamegraph is not None
    assert trial.flamegraph.reason == "the engine runs in a virtual machine of its own"


def test_where_nothing_can_be_built_on_this_machine_the_run_says_so_and_ends(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour(), b=Behaviour())
    game.change(runtimes={"docker": NoEngine(game.machine)})
    with pytest.raises(HostError, match="there is no Docker engine to be used") as caught:
        game.run(runtime="docker")
    assert caught.value.exit_code == 4
    assert find_run(game.results, "latest").read_run().status == "failed"


def test_where_something_can_be_built_the_rest_fails_by_name(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour(), b=Behaviour())
    game.change(runtimes={"docker": NoEngine(game.machine, "b")})
    finished = game.run(runtime="docker", repeats=1)
    assert finished.exit_code == TargetError.exit_code
    assert {cell.key: cell.outcome for cell in finished.report.summary.cells} == {"a-c10": "failed", "b-c10": "ok"}


def test_each_has_a_line_of_its_own_in_the_charts(play: Callable[..., "Play"]) -> None:
    report = play(a=Behaviour()).run(runtime=BOTH, repeats=1).report
    (sweep,) = sweeps(report)
    assert sorted((line.label, len(line.cells)) for line in sweep.series) == [("a docker", 1), ("a process", 1)]
