"""From a scenario and the targets that exist to the cells of a run.

Decides which parameters and build arguments each target gets and which cells it cannot serve. Leaves out the order of
the trials (``order.py``).
"""

import difflib
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from fwcompare.errors import ScenarioError
from fwcompare.model.load_settings import LoadSettings
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedFlow, Stage, UnsupportedCell
from fwcompare.model.quantities import Scalar
from fwcompare.model.scenario import Scenario, TargetEntry
from fwcompare.model.target import Target
from fwcompare.model.threshold import unknown_target
from fwcompare.model.warmup_settings import longest_warmup_s, shortest_warmup
from fwcompare.model.workload import Bound, Workload
from fwcompare.planning.order import randomised_blocks


def make_plan(
    scenario: Scenario,
    workloads: Sequence[Workload],
    targets: Iterable[str],
    target_named: Callable[[str], Target],
    seed: int,
    building_with_arguments: Collection[str] = (),
) -> Plan:
    """Lay out every cell and the order of its trials.

    :param workloads: those of the scenario, in its order.
    :param targets: the names of all targets there are, for a scenario that lists none.
    :param target_named: gives a target by its name, or raises the error that says why not.
    :param seed: of the order; recorded in the plan.
    :param building_with_arguments: the names of the runtimes that hand build arguments over.
    :raises ScenarioError: for an unknown target, a parameter that no target understands, or a value of a wrong kind.
    """
    names = {workload.name for workload in workloads}
    entries = scenario.targets or tuple(
        TargetEntry(name=name) for name in targets if names & _known_to(target_named(name))
    )
    if not any(names & target_named(entry.name).workloads.keys() for entry in entries) and not scenario.targets:
        raise ScenarioError(
            f"scenario {scenario.name!r} has no target",
            seen=f"no installed target offers workload {' or '.join(map(repr, scenario.workload))}",
            hint="fwcompare targets    lists the targets and their workloads",
        )
    chosen = {entry.name: (entry, target_named(entry.name)) for entry in entries}
    if not scenario.targets:
        _check_thresholds(scenario, list(chosen))
    shared = {**scenario.parameters, **dict.fromkeys(scenario.matrix)}
    _check_parameters(shared, [target for _, target in chosen.values()], workloads)
    for entry, target in chosen.values():
        _check_parameters(entry.parameters, [target], workloads)
    cells: list[Cell] = []
    unsupported: list[UnsupportedCell] = []
    for workload in workloads:
        for entry, target in chosen.values():
            for cell in _cells(scenario, workload, entry, target):
                reason = _why_not(target, workload, shared) or _why_not_built(cell, building_with_arguments)
                if reason:
                    unsupported.append(UnsupportedCell(cell, reason))
                else:
                    cells.append(cell)
    # Where the intervals decide when to stop, every block that may be needed is planned.
    blocks = scenario.repeats if isinstance(scenario.repeats, int) else scenario.repeats.max
    # What is measured beside a search is known when it has ended.
    measured = [cell for cell in cells if not cell.load.probe]
    return Plan(
        cells=tuple(measured),
        searches=tuple(cell for cell in cells if cell.load.probe),
        unsupported=tuple(unsupported),
        trials=randomised_blocks(measured, blocks, seed),
        seed=seed,
        repeats=blocks,
        bounds=_bounds(cells, workloads),
        flows={workload.name: planned_flows(workload) for workload in workloads if workload.flows},
    )


def planned_flows(workload: Workload) -> tuple[PlannedFlow, ...]:
    """Give the flows of a workload as a run records them; none where it is one request."""
    return tuple(PlannedFlow(tuple(step.label for step in flow.steps), flow.weight) for flow in workload.flows)


def _bounds(cells: Iterable[Cell], workloads: Iterable[Workload]) -> Mapping[str, Bound]:
    """Give the limit of every cell that has one: the arithmetic is of the closed model without rests."""
    named = {workload.name: workload for workload in workloads}
    bounds = {
        cell.key: named[cell.workload].bound(dict(cell.parameters), cell.load.connections)
        for cell in cells
        if cell.load.model == "closed" and not cell.load.think_time_s
    }
    return {key: bound for key, bound in bounds.items() if bound is not None}


def load_points(load: LoadSettings) -> list[LoadPoint]:
    """Give one load point per number of connections, and per rate in the open model; of a search, where it begins."""
    backlog, think_time = load.backlog, load.think_time
    return [
        LoadPoint(
            connections=connections,
            duration_s=None if load.duration is None else load.duration.total_seconds(),
            requests=load.requests,
            warmup_s=shortest_warmup(load.warmup).total_seconds(),
            warmup_ceiling_s=longest_warmup_s(load.warmup),
            timeout_s=load.timeout.total_seconds(),
            drain_s=load.drain.total_seconds(),
            keepalive=load.keepalive,
            model=load.model,
            rate=rate,
            arrivals=load.arrivals,
            backlog="grow" if backlog.grow is not None else "queue" if backlog.shed is None else "shed",
            max_connections=backlog.grow,
            shed_after_s=None if backlog.shed is None else backlog.shed.total_seconds(),
            stages=tuple(Stage(stage.duration.total_seconds(), stage.rate) for stage in load.stages),
            spawn_rate=load.spawn_rate,
            think_time_s=0.0 if think_time is None else think_time.mean.total_seconds(),
            think_time="constant" if think_time is None else think_time.spread,
            probe=load.capacity is not None,
        )
        for connections in load.connections
        for rate in ((load.capacity.from_,) if load.capacity else load.rate or (None,))
    ]


def _cells(scenario: Scenario, workload: Workload, entry: TargetEntry, target: Target) -> Iterable[Cell]:
    axes = sorted(scenario.matrix)
    for values in itertools.product(*(scenario.matrix[axis] for axis in axes)):
        given = {**scenario.parameters, **entry.parameters, **dict(zip(axes, values, strict=True))}
        arguments = {
            name: _built_in(name, value, target) for name, value in given.items() if name in target.build.arguments
        }
        chosen = {name: value for name, value in given.items() if name not in arguments}
        parameters: dict[str, Scalar] = {**target.parameters, **workload.parameters, **chosen}
        for name, value in parameters.items():
            _check_kind(name, value, target, workload)
        for runtime, point in itertools.product(scenario.runtime, load_points(scenario.load)):
            yield Cell(
                target=target.name,
                workload=workload.name,
                parameters=tuple(sorted(parameters.items())),
                arguments=tuple(sorted(arguments.items())),
                axes=tuple(axes),
                load=point,
                port=entry.port,
                workload_varies=len(scenario.workload) > 1,
                runtime=runtime,
                runtime_varies=len(scenario.runtime) > 1,
            )


def _known_to(target: Target) -> set[str]:
    """Name the workloads that a target offers, and those it says it cannot: the latter stay visible in every table."""
    return {*target.workloads, *target.unsupported}


def _why_not(target: Target, workload: Workload, shared: Mapping[str, object]) -> str:
    if workload.name in target.unsupported:
        return target.unsupported[workload.name]
    if workload.name not in target.workloads:
        offered = ", ".join(sorted(target.workloads))
        return f"{target.name} does not offer workload {workload.name!r}; it offers {offered}"
    both = sorted(target.build.arguments.keys() & workload.parameters.keys())
    if both:
        return f"workload {workload.name!r} sets {both[0]}, which is a build argument of {target.name}"
    missing = sorted(shared.keys() - _understood(target) - workload.parameters.keys())
    if missing:
        return f"{target.name} does not understand parameter {missing[0]}"
    return ""


def _why_not_built(cell: Cell, building_with_arguments: Collection[str]) -> str:
    if not cell.arguments or cell.runtime in building_with_arguments:
        return ""
    name, _ = cell.arguments[0]
    return f"{name} is an argument of {cell.target}'s Dockerfile, and runtime {cell.runtime} builds without one"


def _understood(target: Target) -> set[str]:
    return {*target.parameters, *target.build.arguments}


def _check_thresholds(scenario: Scenario, names: Sequence[str]) -> None:
    """Refuse a line under `assert` about a target that nobody offers; a scenario's own list is asked when it is read.

    Of targets chosen on the command line nothing is asked here: a line about another one cannot be told.
    """
    for threshold in scenario.thresholds:
        for name in (threshold.target, threshold.over):
            if name is not None and name not in names:
                raise ScenarioError(
                    f"scenario {scenario.name!r} asserts something of a target that does not run",
                    seen=f"{threshold.text}: {unknown_target(name, names)}",
                    hint="fwcompare targets    lists the targets and their workloads",
                )


def _check_parameters(given: Mapping[str, object], targets: list[Target], workloads: Iterable[Workload]) -> None:
    known = {name for target in targets for name in _understood(target)}
    known.update(name for workload in workloads for name in workload.parameters)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise ScenarioError(
                f"parameter {name} is understood by no target it is given to",
                seen=f"targets: {', '.join(target.name for target in targets)}",
                expected=", ".join(sorted(known)) or "no parameters",
                hint=f"did you mean {near[0]}?" if near else "fwcompare targets --json    lists their parameters",
            )


def _built_in(name: str, value: Scalar, target: Target) -> str:
    """Give the value of a build argument, which is text: a 3.10 that was read as a number is 3.1."""
    if isinstance(value, str):
        return value
    default = target.build.arguments[name].default
    raise ScenarioError(
        f"build argument {name} of target {target.name!r} has a wrong value",
        seen=f"{value!r}, of type {type(value).__name__}",
        expected=f"text, such as the default {default!r}: as a number, 3.10 is 3.1",
        hint=f"""{name}: "{default}"    in quotes; on the command line --set '...{name}="{default}"'""",
    )


def _check_kind(name: str, value: Scalar, target: Target, workload: Workload) -> None:
    default = target.parameters.get(name, workload.parameters.get(name))
    if default is None or type(default) is type(value) or (isinstance(default, float) and type(value) is int):
        return
    raise ScenarioError(
        f"parameter {name} of target {target.name!r} has a wrong value",
        seen=f"{value!r}, of type {type(value).__name__}",
        expected=f"{type(default).__name__}, such as the default {default!r}",
    )
