"""The whole life of a run: directory, environments, service, trials block by block, summary, documents.

A target that fails stops only itself. What ends a run early (Ctrl-C, a service that cannot be had, a full disk) still
leaves a directory that says how far it came, and :func:`resume` goes on from there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from fwcompare.errors import FwcompareError, HostError, InterruptedRunError, MeasurementError, PluginError, TargetError
from fwcompare.model.attempts import Ending
from fwcompare.model.events import RunEnded, Stamped, StepBegan
from fwcompare.model.measurement import Trial
from fwcompare.model.parity import Audit
from fwcompare.model.plan import Plan, Served
from fwcompare.model.ports import Environment, Progress, Report, Reporter, Service
from fwcompare.model.scenario import Scenario
from fwcompare.reporting.beside import BesideError
from fwcompare.runtimes.labelled import ProcessesOfRun
from fwcompare.session.begun import Begun
from fwcompare.session.blocks import NextBlock
from fwcompare.session.capacity import is_seeking, seek_capacities
from fwcompare.session.course import Course, Place
from fwcompare.session.disk import a_full_disk_told, must_have_space
from fwcompare.session.parity import audit, not_audited
from fwcompare.session.provenance import Provenance, service_room
from fwcompare.session.recordings import FileRecordings
from fwcompare.session.resume import Resumable, new_keys, reopen, same_environment
from fwcompare.session.serving import build, must_be_had, services_for
from fwcompare.session.trial import Finished, not_tried, run_trial
from fwcompare.session.world import World
from fwcompare.stats.blocks import Blocks, sort_out
from fwcompare.stats.levels import with_levels
from fwcompare.stats.summarise import summarise
from fwcompare.stats.thresholds import judge_thresholds
from fwcompare.stats.wording import count
from fwcompare.store.events import EVENTS, EventFile
from fwcompare.store.run_directory import RunDirectory


@dataclass(frozen=True)
class FinishedRun:
    """A run's report, and what the process should exit with."""

    report: Report
    exit_code: int


def run(world: World, scenario: Scenario, plan: Plan, results: Path, provenance: Provenance) -> FinishedRun:
    """Run every trial of ``plan`` and write every document.

    :param results: the folder that run directories are made in.
    :raises HostError: when the results folder, a runtime or a service cannot be used, or the disk is full. Where that
        can be seen at once, there is no run's directory yet.
    """
    must_be_had(world)
    store = RunDirectory.create(results, scenario.name, world.clock.now()[:10])
    with store.held(), a_full_disk_told(store), _kept(world, store) as told:
        begun = Begun(store, scenario, plan, new_keys(provenance))
        begun.record("running", provenance)
        searches = f"{len(plan.searches)} {'search' if len(plan.searches) == 1 else 'searches'} for a capacity"
        cells = f"{count(len(plan.cells), 'cell')} in {_blocks(begun)}"
        text = f"{searches if plan.searches else cells}, seed {plan.seed}"
        return _carry_on(told, begun, provenance, text)


def resume(world: World, found: Resumable, provenance: Provenance) -> FinishedRun:
    """Run what is missing of a run that ended early, and write every document anew.

    :raises FwcompareError: as :func:`run` and :func:`~fwcompare.session.resume.reopen`.
    """
    with found.store.held(), a_full_disk_told(found.store), _kept(world, found.store) as told:
        begun = reopen(told, found, provenance)
        begun.record("running", provenance)
        return _carry_on(told, begun, provenance, f"{len(begun.trials)} trials are kept, of {_blocks(begun)}")


@contextmanager
def _kept(world: World, store: RunDirectory) -> Iterator[World]:
    """Give the world of a run: what happens is also kept in its directory, what is started is known as its own."""
    events = EventFile(store.folder / EVENTS)

    def listen(stamped: Stamped) -> None:
        world.listener(stamped)
        refused = events.add(stamped)
        if refused:
            world.warn(f"{refused}; the run goes on, and can no longer be watched by others")

    try:
        yield replace(world, listener=listen, processes=ProcessesOfRun(world.processes, store.name))
    finally:
        events.close()


def _blocks(begun: Begun) -> str:
    repeats = begun.scenario.repeats
    return f"{repeats} blocks" if isinstance(repeats, int) else f"{repeats.min} to {repeats.max} blocks"


def _carry_on(world: World, begun: Begun, provenance: Provenance, text: str) -> FinishedRun:
    store = begun.store
    course = Course(begun)
    world.happened(course.run_began(text))
    world.tell("fwcompare_run_started", scenario=begun.scenario, plan=begun.plan, folder=store.folder)
    status: Literal["complete", "interrupted"] = "complete"
    try:
        with a_full_disk_told(store):
            begun.ending = _measure_all(world, begun, course, provenance)
    except InterruptedRunError:
        status = "interrupted"
        world.say(f"interrupted: the trials that ended are kept; {store.how_to_resume}    goes on")
    except FwcompareError:
        provenance.finished(world.clock.now())
        world.say(f"the trials that ended are kept; {store.how_to_resume}    goes on, once this is mended")
        begun.record("failed", provenance)
        world.happened(RunEnded(store.name, "failed"))
        raise
    provenance.finished(world.clock.now())
    begun.record(status, provenance)
    report = make_report(store, world.warn)
    write_documents(world.reporters, report, world.warn)
    world.tell("fwcompare_run_finished", report=report)
    blocks = sort_out(report.trials)
    if blocks.all_disturbed:
        world.warn(_what_disturbed(blocks))
    world.happened(RunEnded(store.name, status))
    return FinishedRun(report, _exit_code(report, blocks))


def make_report(store: RunDirectory, warn: Progress) -> Report:
    """Make the report of a run from its directory alone, the one way for a run just ended and for an old one.

    :param warn: takes a line for every torn line of ``trials.jsonl``.
    """
    recorded = store.read_run()
    trials, torn = store.read_trials()
    # Whoever tells of a first or a last trial tells the same, in whatever order the lines were written.
    trials = tuple(sorted(trials, key=lambda trial: (trial.planned.position, trial.started_at)))
    # Probes are no blocks of the plan: what they say is the capacities.
    measured = tuple(trial for trial in trials if not trial.planned.cell.load.probe)
    every_audit, torn_audits = store.read_audits()
    for line in (*torn, *torn_audits):
        warn(line)
    # A target that could not be audited is audited again when the run is resumed; the last word counts.
    audits = tuple({found.served: found for found in every_audit}.values())
    summary = summarise(
        store.name,
        recorded.plan,
        measured,
        audits=audits,
        scenario=recorded.scenario.name,
        confidence=recorded.scenario.compare.confidence,
        margin=recorded.scenario.compare.margin,
        status="complete" if recorded.status == "complete" else "interrupted",
        service_room=service_room(recorded.environment),
    )
    summary = with_levels(summary, recorded.scenario, recorded.plan, trials)
    judged = judge_thresholds(recorded.scenario.thresholds, summary, recorded.plan)
    summary = summary.model_copy(update={"thresholds": judged})
    return Report(
        run=store.name,
        folder=store.folder,
        scenario=recorded.scenario,
        plan=recorded.plan,
        trials=measured,
        summary=summary,
        environment=recorded.environment,
        audits=audits,
        ending=recorded.ending,
        probes=tuple(trial for trial in trials if trial.planned.cell.load.probe),
        recordings=FileRecordings(store, recorded.environment),
    )


def write_documents(reporters: Iterable[Reporter], report: Report, warn: Progress) -> Sequence[str]:
    """Have every reporter write; one that fails is named and the others still write. Give the names of those.

    All are begun before one is waited for, so that what a reporter gives may be written beside the others.
    """
    begun: list[tuple[Reporter, Iterable[Path]]] = []
    failed: list[str] = []

    @contextmanager
    def told(reporter: Reporter) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a plugin's reporter may raise anything; the run's data are safe
            kind = "" if isinstance(error, BesideError) else f"{type(error).__name__}: "
            warn(f"reporter {reporter.name!r} failed: {kind}{error}")
            failed.append(reporter.name)

    for reporter in reporters:
        with told(reporter):
            begun.append((reporter, reporter.write(report)))
    for reporter, paths in begun:
        with told(reporter):
            list(paths)
    return failed


def _measure_all(world: World, begun: Begun, course: Course, provenance: Provenance) -> Ending:
    """Audit and measure what is missing; nothing is built or started when nothing is."""
    step = begun.next_block()
    if isinstance(step, Ending) and not begun.not_audited() and not is_seeking(begun):
        return step
    environments, failed = _build_all(world, begun, provenance)
    begun.record("running", provenance)
    with world.limits.of_client() as provenance.client, services_for(world, begun.store.folder) as services:
        for name, service in services.items():
            provenance.service(name, service.facts)
        _audit_all(world, begun, environments, services, failed)
        if begun.plan.searches:
            seek_capacities(world, begun, course, environments, services, provenance, failed)
            step = begun.next_block()
        while isinstance(step, NextBlock):
            _measure_block(world, begun, course, step, environments, services, failed, provenance)
            step = begun.next_block()
    if begun.plan.cells:
        world.say(f"blocks: {step.why}" + (f"; {count(step.repeated, 'further attempt')}" if step.repeated else ""))
    return step


def _measure_block(
    world: World,
    begun: Begun,
    course: Course,
    block: NextBlock,
    environments: Mapping[str, Environment],
    services: Mapping[str, Service],
    failed: dict[Served, str],
    provenance: Provenance,
) -> None:
    if block.why:
        world.say(block.why)
    for number, planned in enumerate(block.trials, start=1):
        world.stop.check()
        group = planned.cell.served
        rest = block.trials[number - 1 :]
        words = f"[{block.name} of {begun.plan.repeats}, {number}/{len(block.trials)}] {planned.cell.key}"
        place = Place(number, len(block.trials), words)
        if group in failed:
            finished = Finished(not_tried(world, planned, failed[group]))
        else:
            world.happened(course.trial_began(planned, place, rest, failed, "measuring"))
            environment = environments[planned.cell.environment]
            finished = run_trial(world, begun.scenario, planned, environment, services, begun.store)
            if finished.trial.outcome == "failed":
                must_have_space(begun.store)
        if finished.hopeless:
            headline = finished.trial.reason.partition("\n")[0]
            failed[group] = f"not tried again after {planned.block_name}: {headline}"
        trial = begun.add(finished.trial)
        provenance.facts(planned.cell, trial.facts)
        world.happened(course.trial_ended(trial, place, rest[1:], failed, _in_short(trial)))
        world.tell("fwcompare_trial_finished", trial=trial)


def _audit_all(
    world: World,
    begun: Begun,
    environments: Mapping[str, Environment],
    services: Mapping[str, Service],
    failed: dict[Served, str],
) -> None:
    """Audit every target once for each workload and set of parameters; a target that fails in it is not measured."""
    store = begun.store
    left = [cell for cell in begun.not_audited() if cell.served not in failed]
    for number, cell in enumerate(left, start=1):
        world.stop.check()
        text = f"holding its work to the contract of {cell.workload}"
        world.happened(StepBegan("audit", cell.name, number, len(left), text))
        folder = store.parity_folder(cell.name)
        try:
            found = audit(world, cell, environments[cell.environment], services, folder)
        except (TargetError, MeasurementError) as error:
            must_have_space(store)
            failed[cell.served] = str(error)
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


def _build_all(
    world: World, begun: Begun, provenance: Provenance
) -> tuple[Mapping[str, Environment], dict[Served, str]]:
    environments: dict[str, Environment] = {}
    failed: dict[Served, str] = {}
    cells = {cell.environment: cell for cell in reversed(begun.plan.every_cell)}
    names = tuple(reversed(cells))
    here: list[HostError] = []
    for number, name in enumerate(names, start=1):
        world.stop.check()
        world.happened(StepBegan("build", name, number, len(names), "making its environment, or finding it made"))
        try:
            environments[name] = build(world, cells[name], _say_or_stop(world))
        except (TargetError, PluginError, HostError) as error:
            here += [error] if isinstance(error, HostError) else []
            if len(here) == len(names):
                raise  # it is not the targets that cannot be built
            world.warn(str(error))
            failed.update({cell.served: str(error) for cell in begun.plan.every_cell if cell.environment == name})
        else:
            begun.keys = same_environment(begun.keys, name, environments[name].digest)
            provenance.environment(cells[name].target, cells[name].how_built, environments[name])
    return environments, failed


def _say_or_stop(world: World) -> Progress:
    def say(line: str) -> None:
        world.stop.check()
        world.say(line)

    return say


def _in_short(trial: Trial) -> str:
    if trial.outcome == "ok" and trial.measurement is not None:
        measured = trial.measurement
        flamegraph = trial.flamegraph
        saturated = "" if measured.open_load is None or measured.open_load.steady else "; saturated"
        missing = "" if flamegraph is None or flamegraph.svg else f"; no flamegraph: {flamegraph.reason}"
        disturbed = "".join(f"; host: {gate.name} {gate.seen}, {gate.limit}" for gate in trial.disturbed)
        return f"{measured.throughput_rps:,.0f} req/s, {measured.counts.errors} errors{saturated}{missing}{disturbed}"
    return f"{trial.outcome}: {trial.reason}"


def _what_disturbed(blocks: Blocks) -> str:
    block, cause = list(blocks.causes.items())[-1]
    return (
        f"every block was disturbed, so no figure can be trusted (block {block}: {cause}); stop what runs beside this, "
        "or give the targets fewer CPUs (limits: {cpus: ...}), and run anew"
    )


def _exit_code(report: Report, blocks: Blocks) -> int:
    if report.summary.status == "interrupted":
        return InterruptedRunError.exit_code
    outcomes = {trial.outcome for trial in (*blocks.counted, *blocks.disturbed)}
    if "failed" in outcomes or any(capacity.state == "failed" for capacity in report.summary.capacities):
        return TargetError.exit_code
    if "invalid" in outcomes or blocks.all_disturbed:
        return MeasurementError.exit_code
    return int(any(one.state != "holds" for one in report.summary.thresholds))
