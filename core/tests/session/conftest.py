"""A session in a world of fakes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fwcompare.model.scenario import Scenario
from fwcompare.planning.matrix import make_plan
from fwcompare.session.canary import Canary
from fwcompare.session.provenance import Provenance
from fwcompare.session.run import FinishedRun, run
from fwcompare.session.world import StopSignal, World
from fwcompare.testing.fakes import (
    ECHO,
    Behaviour,
    FakeFiles,
    FakeHttp,
    FakeLoadGenerator,
    FakeMachine,
    FakeProcesses,
    FakeProfiler,
    FakeProvider,
    FakeRuntime,
    FakeTelemetry,
    NoteReporter,
    fake_target,
)


@dataclass
class Play:
    """A machine of fakes, the world made of it, and all that the run said, warned and told."""

    machine: FakeMachine
    world: World
    results: Path
    said: list[str]
    warned: list[str]
    told: list[str]

    def run(self, **changes: object) -> FinishedRun:
        """Run every target for three blocks of ten seconds."""
        scenario = Scenario.model_validate(
            {
                "name": "play",
                "workload": ECHO.name,
                "targets": sorted(self.machine.behaviours),
                "load": {"connections": 10, "duration": "10s"},
                "audit": False,
                **changes,
            }
        )
        plan = make_plan(scenario, [ECHO], self.world.targets, self.world.targets.__getitem__, seed=3)
        provenance = Provenance(
            version="0",
            python="3",
            command="fwcompare run play",
            host={},
            targets=self.world.targets,
            digests=dict.fromkeys(self.world.targets, "digest"),
            started=self.world.clock.now(),
        )
        return run(self.world, scenario, plan, self.results, provenance)

    def change(self, **ports: object) -> None:
        """Replace ports of the world."""
        self.world = replace(self.world, **ports)  # type: ignore[arg-type]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., Play]:
    def make(**behaviours: Behaviour) -> Play:
        machine = FakeMachine(behaviours)
        said: list[str] = []
        warned: list[str] = []
        told: list[str] = []
        world = World(
            processes=FakeProcesses(),
            clock=machine.clock,
            http=FakeHttp(machine),
            load=FakeLoadGenerator(machine),
            telemetry=FakeTelemetry(),
            files=FakeFiles(),
            runtime=FakeRuntime(machine),
            workloads={ECHO.name: ECHO},
            targets={name: fake_target(name) for name in behaviours},
            providers={"postgresql": FakeProvider(machine)},
            profilers={"fake-profiler": FakeProfiler()},
            reporters=(NoteReporter(),),
            tell=lambda hook, **_arguments: told.append(hook),
            say=said.append,
            warn=warned.append,
            stop=StopSignal(),
            canary=Canary(lambda: 40.0),
        )
        return Play(machine, world, tmp_path / "results", said, warned, told)

    return make
