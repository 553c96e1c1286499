"""A target up and ready on fresh data: what a trial, ``verify`` and ``up`` have in common."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fwcompare.errors import MeasurementError, TargetError
from fwcompare.model.events import StepBegan
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Environment, OfTheHost, Progress, RunningTarget, Service
from fwcompare.model.quantities import as_variable
from fwcompare.model.workload import Dataset
from fwcompare.session.confining import out_of_memory
from fwcompare.session.conformance import wait_until_ready
from fwcompare.session.world import World


def must_be_had(world: World) -> None:
    """Ask whatever can tell whether this machine has what it needs, before anything is made.

    :raises HostError: when something cannot be had.
    """
    for part in (*world.runtimes.values(), *world.providers.values()):
        if isinstance(part, OfTheHost):
            part.must_be_had()


@contextmanager
def services_for(world: World, folder: Path) -> Iterator[Mapping[str, Service]]:
    """Run the services that the workloads need, each with its files below ``folder``.

    :raises HostError: when one cannot be had.
    """
    with ExitStack() as running:
        services: dict[str, Service] = {}
        for number, (name, provider) in enumerate(world.providers.items(), start=1):
            place = folder / "services" / name
            place.mkdir(parents=True, mode=0o700)
            step = StepBegan("service", name, number, len(world.providers), f"({provider.name})")
            world.happened(step)
            services[name] = provider.start(world.limits.beside_target(world.processes), place)
            running.callback(services[name].stop)
        yield services


@dataclass(frozen=True)
class Database:
    """The database of a cell's target: on which service, under which name, with which rows."""

    service: Service
    dataset: Dataset
    name: str

    def reset(self) -> Mapping[str, str]:
        """Restore it to the seed; give the variables that lead a target to it."""
        return {"DATABASE_URL": self.service.restore(self.dataset, self.name)}

    def fingerprint(self) -> str:
        """Give a text that is equal if and only if its content is."""
        return self.service.fingerprint(self.dataset, self.name)


def database_for(world: World, cell: Cell, services: Mapping[str, Service]) -> Database | None:
    """Give the database that a cell's workload works on; None where it needs none."""
    dataset = world.workloads[cell.workload].dataset
    return None if dataset is None else Database(services[dataset.service], dataset, database_of(cell))


def database_of(cell: Cell) -> str:
    """Name the target's own database: none sees another's leavings."""
    return "target_" + "".join(char if char.isalnum() else "_" for char in cell.target)


def build(world: World, cell: Cell, say: Progress) -> Environment:
    """Make what a cell is served from, or find it made.

    :raises FwcompareError: as :meth:`~fwcompare.model.ports.Runtime.build`.
    """
    target = world.targets[cell.target].built_with(dict(cell.arguments))
    return world.runtimes[cell.runtime].build(target, world.processes, say)


@contextmanager
def serve(
    world: World, cell: Cell, environment: Environment, variables: Mapping[str, str], log: Path
) -> Iterator[RunningTarget]:
    """Start the cell's target with its parameters and ``variables`` within the limits, and wait until it is ready.

    Whatever else failed while it was up, want of memory is named as the cause; a worker that the kernel ended is
    a failure too, though its master may have started another.

    :raises TargetError: when it does not become ready, or ran out of memory.
    :raises HostError: when its port is taken.
    """
    target = world.targets[cell.target]
    parameters = {name: as_variable(value) for name, value in cell.parameters}
    running = world.runtimes[cell.runtime].start(
        target,
        environment,
        world.processes,
        variables={**parameters, **variables},
        port=cell.port,
        log=log,
        confinement=world.limits.of_target(),
    )
    try:
        wait_until_ready(target, running, world.http, world.clock, log, world.stop.check)
        yield running
    except (TargetError, MeasurementError) as error:
        starved = out_of_memory(target, running, world.limits)
        if starved:
            raise starved from error
        raise
    else:
        starved = out_of_memory(target, running, world.limits)
        if starved:
            raise starved
    finally:
        running.stop()
