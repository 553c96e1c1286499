"""A session in a world of fakes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fwcompare.model.events import Event, Stamped, Warned, line_of
from fwcompare.model.limits import LimitSettings, format_cpus
from fwcompare.model.ports import BuildsWithArguments
from fwcompare.model.scenario import Scenario
from fwcompare.planning.matrix import make_plan
from fwcompare.planning.placement import place
from fwcompare.session.assemble import Resolved
from fwcompare.session.canary import Canary
from fwcompare.session.confining import Limits
from fwcompare.session.provenance import Provenance
from fwcompare.session.resume import Resumable
from fwcompare.session.run import FinishedRun, resume, run
from fwcompare.session.world import StopSignal, World
from fwcompare.store.run_directory import find_run
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
    """A machine of fakes, the world made of it, and all that the run said, warned and told; ``events`` are all."""

    machine: FakeMachine
    world: World
    results: Path
    said: list[str]
    warned: list[str]
    told: list[str]
    events: list[Event]

    def run(self, **changes: object) -> FinishedRun:
        """Run every target for three blocks of ten seconds."""
        scenario = self.scenario(**changes)
        able = [name for name, runtime in self.world.runtimes.items() if isinstance(runtime, BuildsWithArguments)]
        workloads, targets = list(self.world.workloads.values()), self.world.targets
        plan = make_plan(scenario, workloads, targets, targets.__getitem__, seed=3, building_with_arguments=able)
        return run(self.world, scenario, plan, self.results, self.provenance())

    def resume(self, **changes: object) -> FinishedRun:
        """Go on with the latest run, in a new session; ``changes`` are of its provenance."""
        store = find_run(self.results, "latest")
        recorded = store.read_run()
        resolved = Resolved(recorded.scenario, (ECHO,), recorded.plan)
        provenance = replace(self.provenance(), command="fwcompare run --resume latest", **changes)  # type: ignore[arg-type]
        return resume(self.world, Resumable(store, recorded, resolved), provenance)

    def scenario(self, **changes: object) -> Scenario:
        return Scenario.model_validate(
            {
                "name": "play",
                "workload": ECHO.name,
                "targets": sorted(self.machine.behaviours),
                "load": {"connections": 10, "duration": "10s"},
                "audit": False,
                **changes,
            }
        )

    def provenance(self) -> Provenance:
        return Provenance(
            version="0",
            python="3",
            command="fwcompare run play",
            host={},
            targets=self.world.targets,
            digests=dict.fromkeys(self.world.targets, "digest"),
            started=self.world.clock.now(),
        )

    def limit(self, **settings: object) -> None:
        """Run every target within limits, on a machine of two CPUs when they are pinned; settings are a scenario's."""
        asked = LimitSettings.model_validate({"pin": False, **settings})
        self.change(limits=Limits(asked, place((0, 1), asked.cpus, pin=asked.pin), self._place_client))

    @contextmanager
    def _place_client(self, cpus: tuple[int, ...]) -> Iterator[str]:
        self.machine.events.append(f"client to {cpus}")
        yield f"on {format_cpus(cpus)}, said the fake"
        self.machine.events.append("client back")

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
        events: list[Event] = []

        def listen(stamped: Stamped) -> None:
            events.append(stamped.event)
            line = line_of(stamped.event)
            if line is not None:
                (warned if isinstance(stamped.event, Warned) else said).append(line)

        world = World(
            processes=FakeProcesses(),
            clock=machine.clock,
            http=FakeHttp(machine),
            load=FakeLoadGenerator(machine),
            telemetry=FakeTelemetry(),
            files=FakeFiles(),
            runtimes={"process": FakeRuntime(machine), "docker": FakeRuntime(machine, "docker")},
            workloads={ECHO.name: ECHO},
            targets={name: fake_target(name) for name in behaviours},
            providers={"postgresql": FakeProvider(machine)},
            profilers={"fake-profiler": FakeProfiler()},
            reporters=(NoteReporter(),),
            tell=lambda hook, **_arguments: told.append(hook),
            listener=listen,
            stop=StopSignal(),
            canary=Canary(lambda: 40.0),
        )
        return Play(machine, world, tmp_path / "results", said, warned, told, events)

    return make
