"""Puts the real world together: which plugin's things serve a scenario, and processes that die with us."""

import importlib.metadata
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from fwcompare.errors import ScenarioError
from fwcompare.load.native import NativeLoadGenerator
from fwcompare.model.plan import Plan
from fwcompare.model.ports import Processes, Progress, ServiceProvider
from fwcompare.model.scenario import Scenario
from fwcompare.model.workload import Workload
from fwcompare.planning.matrix import make_plan
from fwcompare.plugins import Registry
from fwcompare.runtimes.digest import target_digest
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.session.clock import SystemClock
from fwcompare.session.http import PlainHttp
from fwcompare.session.provenance import Provenance
from fwcompare.session.world import StopSignal, World
from fwcompare.telemetry.host import describe_host
from fwcompare.telemetry.sampler import ProcessTelemetry

_SEED_BITS = 32


@dataclass(frozen=True)
class Resolved:
    """A scenario whose names were all found."""

    scenario: Scenario
    workload: Workload
    plan: Plan


def resolve(scenario: Scenario, found: Registry) -> Resolved:
    """Find what a scenario names and lay out its plan; a missing seed is drawn here, and recorded in the plan.

    :raises ScenarioError: for a name that does not exist.
    """
    workload = found.workloads.get(scenario.workload)
    found.runtimes.get(scenario.runtime)
    seed = secrets.randbits(_SEED_BITS) if scenario.seed is None else scenario.seed
    plan = make_plan(scenario, workload, sorted(found.targets.usable()), found.targets.get, seed)
    return Resolved(scenario, workload, plan)


def provider_for(workload: Workload, scenario_services: dict[str, str], found: Registry) -> ServiceProvider | None:
    """Choose who gives the service that a workload needs: the scenario's choice, else the first that is offered.

    :raises ScenarioError: when nobody gives it.
    """
    if workload.dataset is None:
        return None
    service = workload.dataset.service
    if service in scenario_services:
        return found.services.get(f"{service}:{scenario_services[service]}")
    for provider in found.services.usable().values():
        if provider.service == service:
            return provider
    raise ScenarioError(
        f"workload {workload.name!r} needs service {service!r}",
        seen="no plugin gives it",
        hint="fwcompare plugins    lists what is installed",
    )


@contextmanager
def kept_processes() -> Iterator[Processes]:
    """Start the keeper; on leaving, everything that was started through it has ended."""
    processes = KeptProcesses()
    try:
        yield processes
    finally:
        processes.close()


def real_world(
    resolved: Resolved, found: Registry, processes: Processes, *, stop: StopSignal, say: Progress, warn: Progress
) -> World:
    """Give the ports of a real session.

    :param stop: ends the session early.
    :param say: takes a line for the person who waits.
    :param warn: takes a line that must not be missed.
    """
    names = {cell.target for cell in resolved.plan.cells}
    return World(
        processes=processes,
        clock=SystemClock(),
        http=PlainHttp(),
        load=NativeLoadGenerator(),
        telemetry=ProcessTelemetry(),
        runtime=found.runtimes.get(resolved.scenario.runtime),
        workload=resolved.workload,
        targets={name: found.targets.get(name) for name in names},
        provider=provider_for(resolved.workload, resolved.scenario.services, found),
        profilers=found.profilers.usable(),
        reporters=tuple(found.reporters.usable().values()),
        tell=lambda hook, **arguments: found.observers.tell(hook, warn, **arguments),
        say=say,
        warn=warn,
        stop=stop,
    )


def provenance_of(world: World, command: str) -> Provenance:
    """Record what this process and machine are.

    :param command: what the user typed.
    """
    return Provenance(
        version=importlib.metadata.version("fwcompare"),
        python=platform.python_version(),
        command=command,
        host=asdict(describe_host()),
        targets=world.targets,
        digests={name: target_digest(target) for name, target in world.targets.items()},
        started=world.clock.now(),
    )
