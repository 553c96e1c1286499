"""What is started for a run knows which run that is, so that containers can say so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fwcompare.errors import InterruptedRunError
from fwcompare.model.ports import Environment, Processes, Progress
from fwcompare.model.target import Target
from fwcompare.runtimes.labelled import ProcessesOfRun
from fwcompare.runtimes.pinned import PinnedProcesses
from fwcompare.session.world import StopSignal
from fwcompare.store.run_directory import find_run
from fwcompare.testing.fakes import Behaviour, FakeLoadGenerator, FakeProcesses, FakeProvider, FakeRuntime, FakeService

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


@dataclass
class NotingRuntime(FakeRuntime):
    runs: list[str] = field(default_factory=list)

    def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
        self.runs.append(processes.run)
        return super().build(target, processes, progress)


@dataclass
class NotingProvider(FakeProvider):
    runs: list[str] = field(default_factory=list)

    def start(self, processes: Processes, folder: Path) -> FakeService:
        self.runs.append(processes.run)
        return super().start(processes, folder)


def test_runtimes_and_services_are_told_the_name_of_the_run_also_when_it_is_resumed(
    play: Callable[..., "Play"],
) -> None:
    game = play(only=Behaviour())
    game.limit(pin=True)
    runtime, provider = NotingRuntime(game.machine), NotingProvider(game.machine)
    stopped = FakeLoadGenerator(game.machine, game.world.stop.request)
    game.change(runtimes={"process": runtime}, providers={"postgresql": provider}, load=stopped)
    assert game.run(repeats=1).exit_code == InterruptedRunError.exit_code
    (run,) = {*runtime.runs, *provider.runs}
    assert run == find_run(game.results, "latest").name
    asked = len(runtime.runs) + len(provider.runs)

    game.change(load=FakeLoadGenerator(game.machine), stop=StopSignal())
    assert game.resume().exit_code == 0
    assert len(runtime.runs) + len(provider.runs) == 2 * asked
    assert {*runtime.runs, *provider.runs} == {run}


def test_outside_of_a_run_nothing_is_told_as_one() -> None:
    assert PinnedProcesses(FakeProcesses(), (0,)).run == ""
    named = PinnedProcesses(ProcessesOfRun(FakeProcesses(), "2026-01-01-users"), (0,))
    assert (named.run, named.session, named.cpus) == ("2026-01-01-users", "fake", (0,))
