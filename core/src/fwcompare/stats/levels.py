"""What a run says of how far its targets can be loaded: capacities, breaking points of sweeps, the scalability law.

Adds to a summary what follows from its cells, its trials and its searches. A sweep is one target with one set of
parameters at several levels: connections, or rates of an open model.
"""

from collections.abc import Iterable, Mapping, Sequence

from fwcompare.model.capacity import BreakingPoint, Capacity, Objective, Scalability
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell, Plan
from fwcompare.model.scenario import Scenario
from fwcompare.model.summary import CellSummary, Summary
from fwcompare.stats.blocks import is_valid
from fwcompare.stats.probes import capacity_of, ranked
from fwcompare.stats.scalability import LEAST_LEVELS, fit_scalability


def with_levels(summary: Summary, scenario: Scenario, plan: Plan, trials: Sequence[Trial]) -> Summary:
    """Add capacities, breaking points and fits; a run that sought none and swept nothing stays as it is."""
    searched = [entry.cell.key for entry in plan.unsupported if entry.cell.load.probe]
    cells = {cell.key: cell for cell in summary.cells if cell.key not in searched}
    slo = scenario.load.slo
    sweeps = _sweeps(plan)
    return summary.model_copy(
        update={
            "cells": list(cells.values()),
            "capacities": _capacities(scenario, plan, trials),
            "breaking_points": []
            if slo is None
            else [breaking_point(name, slo, [cells[cell.key] for cell in sweep]) for name, sweep in sweeps.items()],
            "scalability": [
                fit
                for name, sweep in sweeps.items()
                if len(sweep) >= LEAST_LEVELS and (fit := _fit(name, sweep, trials, summary.confidence)) is not None
            ],
        }
    )


def breaking_point(target: str, slo: Objective, cells: Sequence[CellSummary]) -> BreakingPoint:
    """Give the first level from which on the objective is broken at every level.

    :param cells: one a level, in rising order. A level at which nothing is known tells nothing either way.
    """
    told = [(cell, _broken(cell, slo)) for cell in cells]
    known = [(_level(cell), why) for cell, why in told if why is not None]
    if not known:
        return BreakingPoint(
            target=target, objective=slo.words, level=None, last_held=None, reason="nothing is known at any level"
        )
    first = len(known)
    while first and known[first - 1][1]:
        first -= 1
    held = [level for level, why in known[:first] if not why]
    missing = [f"{_level(cell):g}" for cell, why in told if why is None]
    unknown = f"; not known at {', '.join(missing)}" if missing else ""
    reason = known[first][1] if first < len(known) else f"it held at the highest level, {known[-1][0]:g}"
    return BreakingPoint(
        target=target,
        objective=slo.words,
        level=known[first][0] if first < len(known) else None,
        last_held=max(held, default=None),
        reason=f"{reason}{unknown}",
    )


def _level(cell: CellSummary) -> float:
    return cell.load.connections if cell.load.rate is None else cell.load.rate


def _broken(cell: CellSummary, slo: Objective) -> str | None:
    """Say how a level broke the objective; empty when it held, None when that is not known."""
    if cell.outcome == "failed":
        return "the target failed"
    if cell.outcome != "ok" or cell.throughput_is_lower_bound:
        return None
    if cell.error_rate is not None and cell.error_rate > slo.errors:
        return f"{cell.error_rate:.2%} errors"
    if cell.verdict == "saturated":
        return "saturated"
    times = cell.service_ms if cell.load.model == "closed" else cell.response_ms
    value: float | None = None if times is None else getattr(times, slo.quantile)
    if value is None:
        return None
    kind = "service" if cell.load.model == "closed" else "response"
    return f"{kind} {slo.quantile} {value:.4g} ms" if value > slo.limit_ms else ""


def _sweeps(plan: Plan) -> Mapping[str, list[Cell]]:
    """Give what was measured at several levels, by the target's name, levels rising."""
    found: dict[str, list[Cell]] = {}
    for cell in plan.cells:
        if not cell.load.stages:
            found.setdefault(cell.name, []).append(cell)
    return {
        name: sorted(cells, key=lambda cell: (cell.load.rate or 0.0, cell.load.connections))
        for name, cells in found.items()
        # With rates and connections both varying there is no one order of levels.
        if len(cells) > 1 and 1 in (len({cell.load.rate for cell in cells}), len({c.load.connections for c in cells}))
    }


def _fit(name: str, sweep: Sequence[Cell], trials: Iterable[Trial], confidence: float) -> Scalability | None:
    """Fit the law to a closed sweep, without trials that the host disturbed or the client held back."""
    if any(cell.load.model != "closed" or cell.load.think_time_s for cell in sweep):
        return None
    by_key = {cell.key: cell.load.connections for cell in sweep}
    levels: dict[int, list[float]] = {}
    own = [trial for trial in trials if trial.planned.cell.key in by_key]
    for trial in sorted(own, key=lambda trial: (trial.planned.position, trial.planned.attempt)):
        measured = trial.measurement
        level = by_key[trial.planned.cell.key]
        limited = any(gate.about in ("client", "host") and not gate.passed for gate in trial.gates)
        if measured is None or not is_valid(trial) or limited or measured.throughput_rps <= 0:
            continue
        levels.setdefault(level, []).append(measured.throughput_rps)
    return fit_scalability(name, levels, confidence=confidence)


def _capacities(scenario: Scenario, plan: Plan, trials: Iterable[Trial]) -> list[Capacity]:
    settings = scenario.load.capacity
    if settings is None:
        return []
    by_search: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.planned.cell.load.probe:
            by_search.setdefault(trial.planned.cell.search_key, []).append(trial)
    found = [capacity_of(search, settings, by_search.get(search.search_key, [])) for search in plan.searches]
    left_out = [
        capacity_of(entry.cell, settings, []).model_copy(update={"state": "failed", "reason": entry.reason})
        for entry in plan.unsupported
    ]
    return [*ranked(found), *left_out]
