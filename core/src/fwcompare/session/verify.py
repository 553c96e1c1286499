"""Conformance and parity audit alone, of any number of targets and workloads: what ``verify`` does.

Services are started one after the other, each for all the targets that need it, so that a service which cannot be
had on this machine takes only its own workloads along. Nothing is measured, and nothing is kept but logs that a failure
names.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from fwcompare.errors import FwcompareError, HostError, InterruptedRunError
from fwcompare.model.parity import Audit, ParityState
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Environment, Progress, Service
from fwcompare.planning.scenario_file import parse_scenario
from fwcompare.plugins import Registry
from fwcompare.session.assemble import Resolved, kept_processes, real_world, resolve
from fwcompare.session.kept_logs import kept_logs
from fwcompare.session.parity import audit
from fwcompare.session.serving import build, services_for
from fwcompare.session.world import StopSignal, World, in_lines

VerifiedState = ParityState | Literal["unsupported", "unavailable", "failed"]
"""How one target fares with one workload; *unavailable* is the machine's fault, *failed* the target's."""


@dataclass(frozen=True)
class Verified:
    """One target and one workload. ``audit`` is None where it did not come to one; ``reason`` says why."""

    target: str
    workload: str
    state: VerifiedState
    audit: Audit | None = None
    sql: str = ""
    reason: str = ""


def verify(
    found: Registry,
    targets: Sequence[str],
    workloads: Sequence[str],
    *,
    parameters: Sequence[str] = (),
    runtime: str = "process",
    services: Mapping[str, str] | None = None,
    say: Progress,
    stop: StopSignal,
) -> Iterator[Verified]:
    """Verify every target with every workload, one after the other.

    :param parameters: ``NAME=value`` each.
    :param runtime: how they are built and started.
    :param services: where each comes from, as under ``services`` in a scenario.
    :raises ScenarioError: for a name that does not exist.
    :raises InterruptedRunError: when the user stops it.
    """
    wanted = {
        "name": "verify",
        "workload": list(workloads),
        "targets": list(targets),
        "load": {"requests": 1},
        "runtime": runtime,
        "limits": {"pin": False},
        "repeats": 1,
        "services": dict(services or {}),
    }
    overrides = [f"parameters.{parameter}" for parameter in parameters]
    # JSON is YAML, and the overrides are read as those of a scenario are.
    resolved = resolve(parse_scenario(json.dumps(wanted), "of verify", overrides), found)
    for left_out in resolved.plan.unsupported:
        yield Verified(left_out.cell.target, left_out.cell.workload, "unsupported", reason=left_out.reason)
    with kept_logs() as logs, kept_processes() as processes:
        world = real_world(resolved, found, processes, stop=stop, listener=in_lines(say))
        for verified in _verify_all(world, resolved, logs.folder):
            logs.told(verified.reason)
            yield verified


def _verify_all(world: World, resolved: Resolved, folder: Path) -> Iterator[Verified]:
    environments: dict[str, Environment | FwcompareError] = {}
    for service, cells in _by_service(resolved).items():
        providers = {} if service is None else {service: world.providers[service]}
        left = list(cells)
        try:
            with services_for(replace(world, providers=providers), folder) as services:
                while left:
                    world.stop.check()
                    environment = _environment(world, left[0], environments)
                    yield verify_one(world, left.pop(0), environment, services, folder)
        except HostError as error:
            for cell in left:
                yield Verified(cell.target, cell.workload, "unavailable", reason=str(error))


def _by_service(resolved: Resolved) -> Mapping[str | None, Sequence[Cell]]:
    data = {workload.name: workload.dataset for workload in resolved.workloads}
    groups: dict[str | None, list[Cell]] = {}
    for cell in resolved.plan.cells:
        dataset = data[cell.workload]
        groups.setdefault(None if dataset is None else dataset.service, []).append(cell)
    return groups


def _environment(
    world: World, cell: Cell, made: dict[str, Environment | FwcompareError]
) -> Environment | FwcompareError:
    name = cell.environment
    if name not in made:
        try:
            made[name] = build(world, cell, world.say)
        except InterruptedRunError:
            raise
        except FwcompareError as error:
            made[name] = error
    return made[name]


def verify_one(
    world: World,
    cell: Cell,
    environment: Environment | FwcompareError,
    services: Mapping[str, Service],
    folder: Path,
) -> Verified:
    """Verify the target of one cell, whose service runs.

    :param environment: or what came of making it.
    :param folder: for the logs.
    :raises InterruptedRunError: when the user stops it.
    """
    try:
        if isinstance(environment, FwcompareError):
            raise environment
        world.say(f"{cell.target}: {cell.workload}")
        place = folder / "audits" / cell.name
        place.mkdir(parents=True, exist_ok=True)
        audited = audit(world, cell, environment, services, place)
    except InterruptedRunError:
        raise
    except HostError as error:
        return Verified(cell.target, cell.workload, "unavailable", reason=str(error))
    except FwcompareError as error:
        return Verified(cell.target, cell.workload, "failed", reason=str(error))
    return Verified(cell.target, cell.workload, audited.audit.state, audited.audit, audited.sql, audited.audit.reason)
