"""One trial: canary, reset, start, verify, warm up, measure, profile, stop. Whatever happens, it becomes a row."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fwcompare.errors import FwcompareError, InterruptedRunError, MeasurementError, TargetError
from fwcompare.model.events import PhaseBegan, TrialPhase
from fwcompare.model.limits import Held
from fwcompare.model.measurement import Flamegraph, Gate, Measurement, Trial
from fwcompare.model.plan import Outcome, PlannedTrial
from fwcompare.model.ports import Environment, LoadOutcome, RunningTarget, Service
from fwcompare.model.scenario import Scenario
from fwcompare.model.target import Target
from fwcompare.profilers.flamegraph import on_cpu
from fwcompare.session import gates
from fwcompare.session.asking import order_for
from fwcompare.session.ceiling import ceiling_gate
from fwcompare.session.conformance import check_answer, log_tail, read_facts
from fwcompare.session.measure import Measured, measure, write_telemetry
from fwcompare.session.profile import profile, profile_length_s
from fwcompare.session.serving import database_for, serve
from fwcompare.session.warmup import warm_up
from fwcompare.session.world import World
from fwcompare.store.run_directory import RunDirectory


@dataclass(frozen=True)
class Finished:
    """A trial's row. ``hopeless`` says that the target failed before any load, so that no repeat can help."""

    trial: Trial
    hopeless: bool = False


@dataclass
class _Findings:
    """What the steps of a trial have found so far; kept apart so that a late failure loses none of it."""

    measurement: Measurement | None = None
    flamegraph: Flamegraph | None = None
    facts: Mapping[str, object] | None = None
    gates: tuple[Gate, ...] = ()
    warmup_s: float | None = None
    loaded: bool = False
    limits: Held | None = None


def run_trial(
    world: World,
    scenario: Scenario,
    planned: PlannedTrial,
    environment: Environment,
    services: Mapping[str, Service],
    store: RunDirectory,
    *,
    profiled: bool = True,
) -> Finished:
    """Run one trial to its row.

    :param profiled: take a profile in a window of its own after the measured one.
    :raises InterruptedRunError: when the user stops the run; the trial under way leaves no row.
    """
    target = world.targets[planned.cell.target]
    folder = store.trial_folder(planned.cell, planned.block, planned.attempt)
    log = folder / "target.log"
    started_at, began = world.clock.now(), world.clock.monotonic()
    found = _Findings()
    outcome: Outcome = "ok"
    reason = ""
    try:
        _steps(world, scenario, planned, target, environment, services, store, folder, found, profiled=profiled)
    except InterruptedRunError:
        raise
    except MeasurementError as error:
        outcome, reason = "invalid", str(error)
    except FwcompareError as error:
        outcome, reason = "failed", str(error)
    trial = Trial(
        planned=planned,
        outcome=outcome,
        started_at=started_at,
        elapsed_s=world.clock.monotonic() - began,
        measurement=found.measurement,
        flamegraph=found.flamegraph,
        gates=found.gates,
        reason=reason,
        log=store.relative(log) if log.exists() else None,
        facts=found.facts,
        limits=found.limits,
        warmup_s=found.warmup_s,
    )
    for gate in trial.gates:
        world.detail(f"{planned.cell.key}: {gate.name}: {gate.seen}")
    return Finished(trial, hopeless=outcome == "failed" and not found.loaded)


def _steps(
    world: World,
    scenario: Scenario,
    planned: PlannedTrial,
    target: Target,
    environment: Environment,
    services: Mapping[str, Service],
    store: RunDirectory,
    folder: Path,
    found: _Findings,
    *,
    profiled: bool,
) -> None:
    cell = planned.cell
    log = folder / "target.log"
    _phase(world, planned, "reset")
    if world.canary is not None:
        found.gates += (world.canary.gate(),)
    workload = world.workloads[cell.workload]
    database = database_for(world, cell, services)
    variables = {} if database is None else database.reset()
    before = "" if database is None else database.fingerprint()
    used = {} if workload.dataset is None else {workload.dataset.service: services[workload.dataset.service]}
    _phase(world, planned, "start")
    with serve(world, cell, environment, variables, log) as running, _stop_told(world, planned):
        _phase(world, planned, "check")
        check_answer(target, workload, dict(cell.parameters), running, world.http, log)
        found.facts = read_facts(running, world.http)
        # Each block draws arrivals of its own, and all targets within it get the same.
        order = order_for(workload, target, running, cell.load, seed=planned.block)
        found.loaded = True
        warmed = warm_up(world, order, running, cell=cell.key)
        found.warmup_s = warmed.took_s
        found.gates += warmed.gates
        _must_run(target, running, log)
        measured = measure(world, warmed.order, running, used, database, cell=cell.key)
        found.measurement = measured.measurement
        found.limits = world.limits.noted(measured.held, world.warn)
        _write_load_files(folder, measured.outcome)
        write_telemetry(folder, measured.telemetry)
        _must_run(target, running, log)
        _must_have_served(target, measured, log)
        if profiled:
            _phase(world, planned, "profile", profile_length_s(scenario.profile))
            found.flamegraph = profile(
                world,
                order,
                running,
                scenario.profile,
                target.profiler,
                folder=folder,
                store=store,
                title=f"{target.title}: {cell.workload}",
                used=on_cpu(measured.measurement.target_cores, measured.held.most_cpus),
            )
    found.gates += gates.of_load(measured)
    if world.ceiling_rps:
        found.gates += (ceiling_gate(measured.measurement.throughput_rps, world.ceiling_rps),)
    if database is not None:
        found.gates += (gates.data_unchanged(before, database.fingerprint()),)
    broken = [gate for gate in found.gates if gate.about == "trial" and not gate.passed]
    if broken:
        raise MeasurementError(
            f"trial of {cell.key} is invalid: {broken[0].name}", seen=broken[0].seen, expected=broken[0].limit
        )


def _phase(world: World, planned: PlannedTrial, phase: TrialPhase, length_s: float | None = None) -> None:
    world.happened(PhaseBegan(planned.cell.key, phase, length_s))


@contextmanager
def _stop_told(world: World, planned: PlannedTrial) -> Iterator[None]:
    try:
        yield
    finally:
        _phase(world, planned, "stop")


def _must_run(target: Target, running: RunningTarget, log: Path) -> None:
    code = running.exit_code()
    if code is not None:
        raise TargetError(
            f"target {target.name!r} exited under load",
            seen=f"exit code {code}",
            expected="a server that keeps running",
            details=log_tail(log),
            hint=f"fwcompare up {target.name}    starts it alone, with its log on the terminal",
        )


def _must_have_served(target: Target, measured: Measured, log: Path) -> None:
    counts = measured.measurement.counts
    if not measured.measurement.throughput_rps:
        seen = ", ".join(f"{name} {count}" for name, count in (*counts.by_status.items(), *counts.by_error.items()))
        of_steps = bool(measured.measurement.steps)
        raise TargetError(
            f"target {target.name!r} served nothing under load",
            seen=f"{counts.due} requests due, none answered {'as its step expects' if of_steps else 'with 2xx'}: "
            f"{seen or 'none finished'}",
            expected=f"{'right answers' if of_steps else 'answers of status 200 to 299'}, as before the load",
            details=[*filter(None, [measured.outcome.first_unexpected]), *log_tail(log)],
            hint=f"fwcompare up {target.name}    and ask it several things at once",
        )


def _write_load_files(folder: Path, outcome: LoadOutcome) -> None:
    (folder / "service.hdr").write_bytes(outcome.service_hdr)
    if outcome.response_hdr is not None:
        (folder / "response.hdr").write_bytes(outcome.response_hdr)
    (folder / "timeline.json").write_text(json.dumps(list(outcome.timeline), indent=1) + "\n", encoding="utf-8")


def not_tried(world: World, planned: PlannedTrial, reason: str) -> Trial:
    """Give the row of a trial that was not begun, because its target had failed before any load."""
    return Trial(planned=planned, outcome="failed", started_at=world.clock.now(), elapsed_s=0.0, reason=reason)
