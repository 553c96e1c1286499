"""A target up and ready on fresh data: what a trial, ``verify`` and ``up`` have in common."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fwcompare.model.plan import Cell
from fwcompare.model.ports import Environment, RunningTarget, Service
from fwcompare.model.quantities import as_variable
from fwcompare.session.conformance import wait_until_ready
from fwcompare.session.world import World


@contextmanager
def service_for(world: World, folder: Path) -> Iterator[Service | None]:
    """Run the service that the workload needs, if any, with its files below ``folder``.

    :raises HostError: when it cannot be had.
    """
    if world.provider is None:
        yield None
        return
    place = folder / "services" / world.provider.service
    place.mkdir(parents=True, mode=0o700)
    world.say(f"starting {world.provider.service} ({world.provider.name})")
    service = world.provider.start(world.processes, place)
    try:
        yield service
    finally:
        service.stop()


def reset(world: World, cell: Cell, service: Service | None) -> Mapping[str, str]:
    """Restore the target's database to the seed; give the variables that lead a target to it."""
    dataset = world.workload.dataset
    if service is None or dataset is None:
        return {}
    return {"DATABASE_URL": service.restore(dataset, database_of(cell))}


def fingerprint(world: World, cell: Cell, service: Service | None) -> str:
    """Give the fingerprint of the target's database; empty where there is none."""
    dataset = world.workload.dataset
    return "" if service is None or dataset is None else service.fingerprint(dataset, database_of(cell))


def database_of(cell: Cell) -> str:
    """Name the target's own database: none sees another's leavings."""
    return "target_" + "".join(char if char.isalnum() else "_" for char in cell.target)


@contextmanager
def serve(
    world: World, cell: Cell, environment: Environment, variables: Mapping[str, str], log: Path
) -> Iterator[RunningTarget]:
    """Start the cell's target with its parameters and ``variables``, and wait until it is ready.

    :raises TargetError: when it does not become ready.
    :raises HostError: when its port is taken.
    """
    target = world.targets[cell.target]
    parameters = {name: as_variable(value) for name, value in cell.parameters}
    running = world.runtime.start(
        target, environment, world.processes, variables={**parameters, **variables}, port=cell.port, log=log
    )
    try:
        wait_until_ready(target, running, world.http, world.clock, log, world.stop.check)
        yield running
    finally:
        running.stop()
