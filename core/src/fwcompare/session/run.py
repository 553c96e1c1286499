"""The whole life of a run: directory, environments, service, trials in their order, summary, documents.

A target that fails stops only itself. What ends a run early (Ctrl-C, a service that cannot be had) still
leaves a directory that says how far it came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fwcompare.errors import FwcompareError, HostError, InterruptedRunError, MeasurementError, PluginError, TargetError
from fwcompare.model.measurement import Trial
from fwcompare.model.parity import Audit
from fwcompare.model.plan import Cell, Plan
from fwcompare.model.ports import Environment, Progress, Report, Reporter, Service
from fwcompare.model.scenario import Scenario
from fwcompare.session.capacity import seek_capacities
from fwcompare.session.parity import audit, not_audited
from fwcompare.session.provenance import Provenance
from fwcompare.session.serving import services_for
from fwcompare.session.trial import Finished, not_tried, run_trial
from fwcompare.session.world import World
from fwcompare.stats.levels import with_levels
from fwcompare.stats.summarise import summarise
from fwcompare.store.run_directory import RunDirectory

Group = tuple[str, str, tuple[tuple[str, object], ...]]


@dataclass(frozen=True)
class FinishedRun:
    """A run's report, and what the process should exit with."""

    report: Report
    exit_code: int


def run(world: World, scenario: Scenario, plan: Plan, results: Path, provenance: Provenance) -> FinishedRun:
    """Run every trial of ``plan`` and write every document.

    :param results: the folder that run directories are made in.
    :raises HostError: when the results folder or a service cannot be used.
    """
    store = RunDirectory.create(results, scenario.name, world.clock.now()[:10])
    store.write_run(scenario, plan, "running", provenance.record())
    world.tell("fwcompare_run_started", scenario=scenario, plan=plan, folder=store.folder)
    cells = f"{len(plan.cells)} cells in {plan.repeats} blocks"
    searches = f"{len(plan.searches)} searches for a capacity"
    world.say(f"run {store.name}: {searches if plan.searches else cells}, seed {plan.seed}")
    status = "complete"
    try:
        _measure_all(world, scenario, plan, store, provenance)
    except InterruptedRunError:
        status = "interrupted"
        world.say("interrupted: the trials that ended are kept")
    except FwcompareError:
        provenance.finished(world.clock.now())
        store.write_run(scenario, plan, "failed", provenance.record())
        raise
    provenance.finished(world.clock.now())
    # What is measured beside a search for capacities joined the plan on the way.
    store.write_run(scenario, store.read_run().plan, status, provenance.record())
    report = make_report(store, world.warn)
    write_documents(world.reporters, report, world.warn)
    world.tell("fwcompare_run_finished", report=report)
    return FinishedRun(report, _exit_code(report))


def make_report(store: RunDirectory, warn: Progress) -> Report:
    """Make the report of a run from its directory alone, the one way for a run just ended and for an old one.

    :param warn: takes a line for every torn line of ``trials.jsonl``.
    """
    recorded = store.read_run()
    trials, torn = store.read_trials()
    audits, torn_audits = store.read_audits()
    for line in (*torn, *torn_audits):
        warn(line)
    summary = summarise(
        store.name,
        recorded.plan,
        trials,
        audits=audits,
        scenario=recorded.scenario.name,
        confidence=recorded.scenario.compare.confidence,
        margin=recorded.scenario.compare.margin,
        status="complete" if recorded.status == "complete" else "interrupted",
    )
    summary = with_levels(summary, recorded.scenario, recorded.plan, trials)
    return Report(
        run=store.name,
        folder=store.folder,
        scenario=recorded.scenario,
        plan=recorded.plan,
        trials=tuple(trial for trial in trials if not trial.planned.cell.load.probe),
        summary=summary,
        environment=recorded.environment,
        audits=audits,
        probes=tuple(trial for trial in trials if trial.planned.cell.load.probe),
    )


def write_documents(reporters: Iterable[Reporter], report: Report, warn: Progress) -> None:
    """Have every reporter write; one that fails is named and the others still write."""
    for reporter in reporters:
        try:
            list(reporter.write(report))
        except Exception as error:  # noqa: BLE001 - a plugin's reporter may raise anything; the run's data are safe
            warn(f"reporter {reporter.name!r} failed: {type(error).__name__}: {error}")


def _measure_all(world: World, scenario: Scenario, plan: Plan, store: RunDirectory, provenance: Provenance) -> None:
    environments, failed = _build_all(world, plan)
    with services_for(world, store.folder) as services:
        for name, service in services.items():
            provenance.service(name, service.facts)
        if scenario.audit:
            _audit_all(world, plan, environments, services, store, failed)
        if scenario.load.capacity is not None:
            plan = seek_capacities(world, scenario, plan, environments, services, store, provenance, failed)
        for planned in plan.trials:
            world.stop.check()
            group = _group(planned.cell)
            place = f"[{planned.position + 1}/{len(plan.trials)}] {planned.cell.key} block {planned.block}"
            if group in failed:
                finished = Finished(not_tried(world, planned, failed[group]))
            else:
                world.say(f"{place}: measuring")
                environment = environments[planned.cell.target]
                finished = run_trial(world, scenario, planned, environment, services, store)
            if finished.hopeless:
                headline = finished.trial.reason.partition("\n")[0]
                failed[group] = f"not tried again after block {planned.block}: {headline}"
            store.append(finished.trial)
            provenance.facts(planned.cell.target, finished.trial.facts)
            world.say(f"{place}: {_in_short(finished.trial)}")
            world.tell("fwcompare_trial_finished", trial=finished.trial)


def _audit_all(
    world: World,
    plan: Plan,
    environments: Mapping[str, Environment],
    services: Mapping[str, Service],
    store: RunDirectory,
    failed: dict[Group, str],
) -> None:
    """Audit every target once for each workload and set of parameters; a target that fails in it is not measured."""
    groups = {_group(cell): cell for cell in reversed(plan.every_cell)}
    left = [cell for group, cell in reversed(groups.items()) if group not in failed]
    for number, cell in enumerate(left, start=1):
        world.stop.check()
        world.say(f"[audit {number}/{len(left)}] {cell.name}: holding its work to the contract of {cell.workload}")
        folder = store.parity_folder(cell.name)
        try:
            found = audit(world, cell, environments[cell.target], services, folder)
        except (TargetError, MeasurementError) as error:
            failed[_group(cell)] = str(error)
            found = not_audited(cell, str(error))
        if found.sql:
            path = folder / "request.sql"
            path.write_text(found.sql, encoding="utf-8")
            found = replace(found, audit=replace(found.audit, sql=store.relative(path)))
        store.append_audit(found.audit)
        world.say(f"[audit {number}/{len(left)}] {cell.name}: {_found_in_short(found.audit)}")


def _found_in_short(audit: Audit) -> str:
    reason = audit.reason.partition("\n")[0]
    problems = "; ".join(
        f"{finding.measure}: {finding.seen}, expected {finding.expected} {finding.unit}".rstrip()
        for finding in audit.problems
    )
    return ": ".join(part for part in (audit.state, reason or problems) if part)


def _build_all(world: World, plan: Plan) -> tuple[Mapping[str, Environment], dict[Group, str]]:
    environments: dict[str, Environment] = {}
    failed: dict[Group, str] = {}
    for name in dict.fromkeys(cell.target for cell in plan.every_cell):
        world.stop.check()
        try:
            environments[name] = world.runtime.build(world.targets[name], world.processes, _say_or_stop(world))
        except (TargetError, PluginError, HostError) as error:
            world.say(str(error))
            failed.update({_group(cell): str(error) for cell in plan.every_cell if cell.target == name})
    return environments, failed


def _say_or_stop(world: World) -> Progress:
    def say(line: str) -> None:
        world.stop.check()
        world.say(line)

    return say


def _group(cell: Cell) -> Group:
    return cell.target, cell.workload, cell.parameters


def _in_short(trial: Trial) -> str:
    if trial.outcome == "ok" and trial.measurement is not None:
        measured = trial.measurement
        flamegraph = trial.flamegraph
        saturated = "" if measured.open_load is None or measured.open_load.steady else "; saturated"
        missing = "" if flamegraph is None or flamegraph.svg else f"; no flamegraph: {flamegraph.reason}"
        return f"{measured.throughput_rps:,.0f} req/s, {measured.counts.errors} errors{saturated}{missing}"
    return f"{trial.outcome}: {trial.reason}"


def _exit_code(report: Report) -> int:
    if report.summary.status == "interrupted":
        return InterruptedRunError.exit_code
    outcomes = {trial.outcome for trial in report.trials}
    if "failed" in outcomes or any(capacity.state == "failed" for capacity in report.summary.capacities):
        return TargetError.exit_code
    return MeasurementError.exit_code if "invalid" in outcomes else 0
