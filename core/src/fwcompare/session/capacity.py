"""The searches for capacities: probe after probe on fresh trials, the targets in turn, until each has its bracket.

In every round each search that goes on makes one probe, in an order drawn from the run's seed, so that a drift of the
host hits all targets alike. Every probe is a row of ``trials.jsonl``; what to try next follows from the rows alone, so
that a search goes on where it was. Of all probes of a search one is profiled, near the capacity.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Final

from fwcompare.model.capacity import Capacity, CapacitySettings
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell, PlannedTrial, Served
from fwcompare.model.ports import Environment, Service
from fwcompare.planning.searches import measured_at, probe_cell
from fwcompare.session.begun import Begun
from fwcompare.session.course import Course, Place
from fwcompare.session.disk import must_have_space
from fwcompare.session.provenance import Provenance
from fwcompare.session.trial import Finished, not_tried, run_trial
from fwcompare.session.world import World
from fwcompare.stats.capacity import Ask
from fwcompare.stats.probes import capacity_of, judge, step_of

_KNOWN: Final = ("bracket", "client-bound")


def is_seeking(begun: Begun) -> bool:
    """Tell whether a search is not at its end, or what follows from it is not yet planned."""
    share = begun.scenario.load.rate_of_capacity
    return bool(_pending(begun)) or bool(begun.plan.searches and share is not None and not begun.plan.cells)


def seek_capacities(
    world: World,
    begun: Begun,
    course: Course,
    environments: Mapping[str, Environment],
    services: Mapping[str, Service],
    provenance: Provenance,
    failed: Mapping[Served, str],
) -> None:
    """Find the capacity of every search of the plan, and plan what is measured at a share of the slowest.

    :param failed: why a target with its workload and parameters failed already.
    :raises InterruptedRunError: when the user stops the run; the probes that ended are kept.
    """
    settings = _settings(begun)
    while pending := _pending(begun):
        for turn, (search, ask) in enumerate(pending, start=1):
            world.stop.check()
            number = len(_probes(begun, search)) + 1
            cell = probe_cell(search, ask.rate_rps, settings)
            planned = PlannedTrial(cell, block=number, position=len(begun.trials))
            words = f"[{search.search_key}, probe {number}] {ask.phase}, {ask.rate_rps:g} req/s"
            place = Place(turn, len(pending), words)
            reason = failed.get(cell.served)
            if reason is not None:
                finished = Finished(not_tried(world, planned, reason))
            else:
                text = f"measuring for {cell.load.duration_s:g} s"
                world.happened(course.trial_began(planned, place, (), failed, text))
                finished = run_trial(
                    world,
                    begun.scenario,
                    planned,
                    environments[cell.environment],
                    services,
                    begun.store,
                    profiled=ask.profiled,
                )
                if finished.trial.outcome == "failed":
                    must_have_space(begun.store)
            trial = begun.add(finished.trial)
            provenance.facts(cell, trial.facts)
            judged = judge(trial, settings.slo)
            text = f"{judged.verdict}, {judged.reason}"
            world.happened(course.trial_ended(trial, place, (), failed, text))
            world.tell("fwcompare_trial_finished", trial=trial)
    _plan_next(world, begun, provenance)


def _settings(begun: Begun) -> CapacitySettings:
    settings = begun.scenario.load.capacity
    assert settings is not None  # noqa: S101 - a plan with a search is of a scenario with these
    return settings


def _probes(begun: Begun, search: Cell) -> list[Trial]:
    cells = ((trial, trial.planned.cell) for trial in begun.trials)
    return [trial for trial, cell in cells if cell.load.probe and cell.search_key == search.search_key]


def _pending(begun: Begun) -> Sequence[tuple[Cell, Ask]]:
    """Give the searches that go on, with the next step of each, in the order of this round."""
    searches = begun.plan.searches
    steps = [(search, step_of(search, _settings(begun), _probes(begun, search))) for search in searches]
    asked = [(search, step) for search, step in steps if isinstance(step, Ask)]
    # Not for secrets: what matters is that a recorded seed replays.
    random.Random(f"{begun.plan.seed} {len(begun.trials)}").shuffle(asked)  # noqa: S311
    return asked


def _plan_next(world: World, begun: Begun, provenance: Provenance) -> None:
    """Plan what is measured at a share of the slowest capacity, where the scenario asks for it; once."""
    settings, share = _settings(begun), begun.scenario.load.rate_of_capacity
    found = {search: capacity_of(search, settings, _probes(begun, search)) for search in begun.plan.searches}
    for capacity in found.values():
        world.say(f"[{capacity.key}] {_in_short(capacity)}")
    if share is None or begun.plan.cells:
        return
    lows = {search: capacity.low_rps for search, capacity in found.items() if capacity.state in _KNOWN}
    for search, capacity in found.items():
        if search not in lows:
            world.warn(f"{capacity.key} is not measured at an equal rate: its capacity is {capacity.state}")
    slowest = min((low for low in lows.values() if low is not None), default=None)
    if slowest is not None:
        begun.plan = measured_at(begun.plan, float(f"{share * slowest:.3g}"), lows)
        begun.record("running", provenance)


def _in_short(capacity: Capacity) -> str:
    if capacity.state == "bracket":
        return f"{capacity.low_rps:g} to {capacity.high_rps:g} req/s after {len(capacity.probes)} probes"
    return f"{capacity.state}: {capacity.reason}"
