"""One target alone, for ``verify``, ``up`` and plugin authors' tests: a scenario of one cell and no load."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fwcompare.errors import ScenarioError
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Environment, Progress, RunningTarget, Service
from fwcompare.model.target import Target
from fwcompare.planning.scenario_file import parse_scenario
from fwcompare.plugins import Registry
from fwcompare.session.assemble import kept_processes, real_world, resolve
from fwcompare.session.kept_logs import KeptLogs, kept_logs
from fwcompare.session.serving import build, database_for, serve, services_for
from fwcompare.session.world import StopSignal, World, in_lines


@dataclass(frozen=True)
class Alone:
    """A target that is up: the world it runs in, its cell, its log and where its database is."""

    world: World
    target: Target
    cell: Cell
    running: RunningTarget
    log: Path
    variables: dict[str, str]


def chosen_workload(found: Registry, target: Target, workload: str | None) -> str:
    """Give the workload that was asked for, or the first that the target offers and that is known.

    :raises ScenarioError: when the target does not offer it.
    """
    known = [name for name in target.workloads if name in found.workloads.usable()]
    if workload is None and known:
        return known[0]
    if workload not in known:
        raise ScenarioError(
            f"target {target.name!r} offers no workload {workload!r}" if workload else f"{target.name!r} is idle",
            seen=f"it declares {', '.join(target.workloads)}",
            expected=", ".join(known) or "a workload that some plugin defines",
        )
    return workload


@dataclass(frozen=True)
class Prepared:
    """A target that is built, with the services of its workloads running: a cell for each of these.

    What it writes stands in ``logs``, which stay where somebody is told to read one.
    """

    world: World
    target: Target
    cells: tuple[Cell, ...]
    environment: Environment
    services: Mapping[str, Service]
    logs: KeptLogs


@contextmanager
def prepared(
    found: Registry,
    name: str,
    workloads: Sequence[str],
    *,
    parameters: Sequence[str] = (),
    services: Mapping[str, str] | None = None,
    port: int | None = None,
    runtime: str = "process",
    say: Progress,
    stop: StopSignal,
) -> Iterator[Prepared]:
    """Build a target and start the services its workloads need; all of it ends on leaving.

    :param parameters: ``NAME=value`` each.
    :param services: where each comes from, as under ``services`` in a scenario.
    :param runtime: how it is built and started.
    """
    wanted = {
        "name": "alone",
        "workload": list(workloads),
        "targets": [{"name": name, "port": port}],
        "load": {"requests": 1},
        "runtime": runtime,
        "limits": {"pin": False},
        "repeats": 1,
        "services": dict(services or {}),
    }
    # JSON is YAML, and the overrides are read as those of a scenario are.
    overrides = [f"parameters.{parameter}" for parameter in parameters]
    scenario = parse_scenario(json.dumps(wanted), f"of target {name}", overrides)
    resolved = resolve(scenario, found)
    if resolved.plan.unsupported:
        raise ScenarioError(f"target {name!r} cannot be started so", seen=resolved.plan.unsupported[0].reason)
    with kept_logs() as logs, kept_processes() as processes:
        world = real_world(resolved, found, processes, stop=stop, listener=in_lines(say))
        environment = build(world, resolved.plan.cells[0], world.say)
        with services_for(world, logs.folder) as started:
            yield Prepared(world, world.targets[name], resolved.plan.cells, environment, started, logs)


@contextmanager
def alone(
    found: Registry,
    name: str,
    workload: str,
    *,
    parameters: Sequence[str] = (),
    services: Mapping[str, str] | None = None,
    port: int | None = None,
    runtime: str = "process",
    say: Progress,
    stop: StopSignal,
) -> Iterator[Alone]:
    """Build and start one target with the service its workload needs; all of it ends on leaving.

    :param parameters: ``NAME=value`` each.
    :param runtime: how it is built and started.
    :param services: where each comes from, as under ``services`` in a scenario.
    :param stop: ends the waiting for the target.
    """
    with (
        prepared(
            found,
            name,
            [workload],
            parameters=parameters,
            services=services,
            port=port,
            runtime=runtime,
            say=say,
            stop=stop,
        ) as ready,
        standing(ready) as up,
    ):
        yield up


@contextmanager
def standing(ready: Prepared) -> Iterator[Alone]:
    """Start a prepared target on the data of its first workload."""
    world, cell, log = ready.world, ready.cells[0], ready.logs.folder / "target.log"
    database = database_for(world, cell, ready.services)
    variables = {} if database is None else database.reset()
    with serve(world, cell, ready.environment, variables, log) as running:
        yield Alone(world, ready.target, cell, running, log, dict(variables))
