"""Puts the real world together: which plugin's things serve a scenario, and processes that die with us."""

import difflib
import importlib.metadata
import platform
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import fwcompare
from fwcompare.errors import PluginError, ScenarioError
from fwcompare.load.native import NativeLoadGenerator, build_profile
from fwcompare.model.events import Listener, Stamped, Warned
from fwcompare.model.limits import LimitSettings
from fwcompare.model.plan import Plan
from fwcompare.model.ports import AddressedProvider, BuildsWithArguments, Processes, ServiceProvider
from fwcompare.model.scenario import Scenario
from fwcompare.model.target import NO_PROFILER, Target
from fwcompare.model.workload import Workload
from fwcompare.planning.matrix import make_plan
from fwcompare.planning.placement import place
from fwcompare.plugins import Registry
from fwcompare.runtimes.digest import target_digest
from fwcompare.runtimes.pinned import client_first, cpus_by_core
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.session.canary import Canary, HashSpin
from fwcompare.session.clock import SystemClock
from fwcompare.session.confining import Limits
from fwcompare.session.http import PlainHttp
from fwcompare.session.provenance import Provenance
from fwcompare.session.source import source_of
from fwcompare.session.world import StopSignal, World
from fwcompare.telemetry.files import FileEvents
from fwcompare.telemetry.host import describe_host
from fwcompare.telemetry.sampler import ProcessTelemetry

_SEED_BITS = 32
_WAY: Final = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True)
class Resolved:
    """A scenario whose names were all found."""

    scenario: Scenario
    workloads: tuple[Workload, ...]
    plan: Plan


def resolve(scenario: Scenario, found: Registry) -> Resolved:
    """Find what a scenario names and lay out its plan; a missing seed is drawn here, and recorded in the plan.

    :raises ScenarioError: for a name that does not exist.
    :raises PluginError: when a target names a profiler that does not.
    """
    check_services(scenario.services, found)
    workloads = tuple(found.workloads.get(name) for name in scenario.workload)
    runtimes = {name: found.runtimes.get(name) for name in scenario.runtime}
    with_arguments = {name for name, runtime in runtimes.items() if isinstance(runtime, BuildsWithArguments)}
    seed = secrets.randbits(_SEED_BITS) if scenario.seed is None else scenario.seed
    plan = make_plan(scenario, workloads, sorted(found.targets.usable()), found.targets.get, seed, with_arguments)
    for name in dict.fromkeys(cell.target for cell in plan.every_cell):
        _check_profiler(found.targets.get(name), found)
    return Resolved(scenario, workloads, plan)


def _check_profiler(target: Target, found: Registry) -> None:
    if target.profiler == NO_PROFILER:
        return
    try:
        found.profilers.get(target.profiler)
    except ScenarioError as error:
        raise PluginError(
            f"target {target.name!r} names a profiler that does not exist",
            seen=f"profiler = {target.profiler!r} in {target.file}",
            expected=f"{error.expected}, or {NO_PROFILER}",
            details=error.details,
            hint=error.hint,
        ) from error


def check_services(chosen: Mapping[str, str], found: Registry) -> None:
    """Refuse a service that nobody gives, or not in the way that was chosen, whether or not a cell needs it.

    :param chosen: the way of each by its name, as under ``services`` in a scenario; a URL is not looked at.
    :raises ScenarioError: names what there is.
    """
    providers = list(found.services.usable().values())
    for service, how in chosen.items():
        given = [provider for provider in providers if provider.service == service]
        if not given:
            raise ScenarioError(
                f"service {service!r} does not exist",
                expected=", ".join(sorted({provider.service for provider in providers})) or "a plugin that gives one",
                hint="fwcompare plugins    lists what is installed",
            )
        takes_url = any(isinstance(provider, AddressedProvider) for provider in given)
        ways = sorted(provider.name for provider in given if not isinstance(provider, AddressedProvider))
        if how in ways or (takes_url and "://" in how):
            continue
        # It may be a URL without its beginning, and hold a password.
        shown = repr(how) if _WAY.fullmatch(how) else "something that is no name and no URL"
        near = difflib.get_close_matches(how, ways, n=1)
        raise ScenarioError(
            f"service {service!r} cannot be had that way",
            seen=f"{shown} in --service {service}=..., or under `services`",
            expected=", ".join(ways) + (f", or a URL such as {service}://user:password@127.0.0.1" if takes_url else ""),
            hint=f"did you mean {near[0]!r}?" if near else f"--service {service}={'URL' if takes_url else ways[0]}",
        )


def providers_for(resolved: Resolved, found: Registry) -> dict[str, ServiceProvider]:
    """Choose who gives each service that a cell needs: the scenario's choice, else the first that is offered.

    :raises ScenarioError: when nobody gives it, or the scenario chooses one that nobody knows.
    """
    used = {cell.workload for cell in resolved.plan.every_cell}
    needed = {
        workload.dataset.service: workload
        for workload in resolved.workloads
        if workload.dataset is not None and workload.name in used
    }
    return {name: _provider(name, workload, resolved.scenario.services, found) for name, workload in needed.items()}


def _provider(service: str, workload: Workload, chosen: Mapping[str, str], found: Registry) -> ServiceProvider:
    if "://" in chosen.get(service, ""):
        provider = found.services.get(f"{service}:url")
        if not isinstance(provider, AddressedProvider):
            raise PluginError(
                f"service '{service}:url' takes no URL",
                seen=f"{type(provider).__name__} has no method `at`",
                expected="one that gives the provider of a URL",
                hint="fwcompare plugins    lists what is installed",
            )
        return provider.at(chosen[service])
    if service in chosen:
        return found.services.get(f"{service}:{chosen[service]}")
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
    resolved: Resolved, found: Registry, processes: Processes, *, stop: StopSignal, listener: Listener
) -> World:
    """Give the ports of a real session.

    :param stop: ends the session early.
    :param listener: takes all that happens.
    """
    clock = SystemClock()

    def warn(line: str) -> None:
        listener(Stamped(clock.now(), Warned(line)))

    names = {cell.target for cell in resolved.plan.every_cell}
    return World(
        processes=processes,
        clock=clock,
        http=PlainHttp(),
        load=NativeLoadGenerator(),
        telemetry=ProcessTelemetry(),
        files=FileEvents(),
        runtimes={name: found.runtimes.get(name) for name in resolved.scenario.runtime},
        workloads={workload.name: workload for workload in resolved.workloads},
        targets={name: found.targets.get(name) for name in names},
        providers=providers_for(resolved, found),
        profilers=found.profilers.usable(),
        reporters=tuple(found.reporters.usable().values()),
        tell=lambda hook, **arguments: found.observers.tell(hook, warn, **arguments),
        listener=listener,
        stop=stop,
        limits=_limits(resolved.scenario.limits),
        canary=Canary(HashSpin()),
    )


def _limits(settings: LimitSettings) -> Limits:
    placement = place(cpus_by_core(), settings.cpus, pin=settings.pin)
    return Limits(settings, placement, client_first)


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
        limits=world.limits.words,
        placement=world.limits.placement,
        source=asdict(source_of(Path(fwcompare.__file__).parent)),
        load_generator={"version": importlib.metadata.version("fwcompare-loadgen"), "profile": build_profile()},
    )
