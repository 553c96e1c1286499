"""The searches for capacities: probe after probe on fresh trials, the targets in turn, until each has its bracket.

In every round each search that goes on makes one probe, in an order drawn from the run's seed, so that a drift of the
host hits all targets alike. Every probe is a row of ``trials.jsonl``; what to try next follows from the rows alone, so
that a search goes on where it was. Of all probes of a search one is profiled, near the capacity.
"""

import random
from collections.abc import Mapping, Sequence

from fwcompare.model.capacity import Capacity, CapacitySettings
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell, Plan, PlannedTrial
from fwcompare.model.ports import Environment, Service
from fwcompare.model.scenario import Scenario
from fwcompare.planning.searches import measured_at, probe_cell
from fwcompare.session.provenance import Provenance
from fwcompare.session.trial import Finished, not_tried, run_trial
from fwcompare.session.world import World
from fwcompare.stats.capacity import Ask
from fwcompare.stats.probes import capacity_of, judge, step_of
from fwcompare.store.run_directory import RunDirectory

Group = tuple[str, str, tuple[tuple[str, object], ...]]


def seek_capacities(
    world: World,
    scenario: Scenario,
    plan: Plan,
    environments: Mapping[str, Environment],
    services: Mapping[str, Service],
    store: RunDirectory,
    provenance: Provenance,
    failed: Mapping[Group, str],
) -> Plan:
    """Find the capacity of every search of ``plan``; give the plan of what is measured next, recorded.

    :param failed: why a target with its workload and parameters failed already.
    :raises InterruptedRunError: when the user stops the run; the probes that ended are kept.
    """
    settings = scenario.load.capacity
    assert settings is not None  # noqa: S101 - whoever calls this has a search
    tried: dict[str, list[Trial]] = {search.search_key: [] for search in plan.searches}
    for trial in store.read_trials()[0]:
        if trial.planned.cell.load.probe:
            tried[trial.planned.cell.search_key].append(trial)
    while pending := _pending(plan, settings, tried):
        for search, ask in pending:
            world.stop.check()
            probes = tried[search.search_key]
            cell = probe_cell(search, ask.rate_rps, settings)
            planned = PlannedTrial(cell, block=len(probes) + 1, position=sum(map(len, tried.values())))
            place = f"[{search.search_key}, probe {planned.block}] {ask.phase}, {ask.rate_rps:g} req/s"
            world.say(f"{place} for {cell.load.duration_s:g} s")
            reason = failed.get((cell.target, cell.workload, cell.parameters))
            finished = (
                Finished(not_tried(world, planned, reason))
                if reason is not None
                else run_trial(
                    world,
                    scenario,
                    planned,
                    environments[cell.target],
                    services,
                    store,
                    profiled=ask.profiled,
                )
            )
            probes.append(finished.trial)
            store.append(finished.trial)
            provenance.facts(cell.target, finished.trial.facts)
            judged = judge(finished.trial, settings.slo)
            world.say(f"{place}: {judged.verdict}, {judged.reason}")
            world.tell("fwcompare_trial_finished", trial=finished.trial)
    return _planned_next(world, scenario, plan, store, provenance, tried)


def _pending(
    plan: Plan, settings: CapacitySettings, tried: Mapping[str, Sequence[Trial]]
) -> Sequence[tuple[Cell, Ask]]:
    """Give the searches that go on, with the next step of each, in the order of this round."""
    steps = [(search, step_of(search, settings, tried[search.search_key])) for search in plan.searches]
    asked = [(search, step) for search, step in steps if isinstance(step, Ask)]
    # Not for secrets: what matters is that a recorded seed replays.
    random.Random(f"{plan.seed} {sum(map(len, tried.values()))}").shuffle(asked)  # noqa: S311
    return asked


def _planned_next(
    world: World,
    scenario: Scenario,
    plan: Plan,
    store: RunDirectory,
    provenance: Provenance,
    tried: Mapping[str, Sequence[Trial]],
) -> Plan:
    """Plan what is measured at a share of the slowest capacity, where the scenario asks for it."""
    settings, share = scenario.load.capacity, scenario.load.rate_of_capacity
    assert settings is not None  # noqa: S101 - as above
    found = {search: capacity_of(search, settings, tried[search.search_key]) for search in plan.searches}
    for capacity in found.values():
        world.say(f"[{capacity.key}] {_in_short(capacity)}")
    if share is None:
        return plan
    lows = {search: capacity.low_rps for search, capacity in found.items() if capacity.state in _KNOWN}
    slowest = min((low for low in lows.values() if low is not None), default=None)
    for search, capacity in found.items():
        if search not in lows:
            world.warn(f"{capacity.key} is not measured at an equal rate: its capacity is {capacity.state}")
    if slowest is None:
        return plan
    planned = measured_at(plan, float(f"{share * slowest:.3g}"), lows)
    store.write_run(scenario, planned, "running", provenance.record())
    return planned


_KNOWN = ("bracket", "client-bound")


def _in_short(capacity: Capacity) -> str:
    if capacity.state == "bracket":
        return f"{capacity.low_rps:g} to {capacity.high_rps:g} req/s after {len(capacity.probes)} probes"
    return f"{capacity.state}: {capacity.reason}"
