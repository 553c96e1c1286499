"""Which block comes next, from the trials there are: no world, no clock."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.attempts import Ending, attempts
from fwcompare.model.measurement import Gate, Trial
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial
from fwcompare.model.scenario import Scenario
from fwcompare.planning.order import randomised_blocks, repeated_block
from fwcompare.session.blocks import NextBlock, next_block
from fwcompare.stats.blocks import sort_out
from fwcompare.stats.width import Narrowness

POINT = LoadPoint(10, 1.0, None, 0.0, 1.0, 1.0, keepalive=True)
CELLS = tuple(Cell(name, "echo", (), (), POINT) for name in ("a", "b", "c"))
FOREIGN = Gate("foreign CPU", passed=False, seen="12 % of the CPUs", limit="at most 2 %", about="host")


def plan(blocks: int = 3) -> Plan:
    return Plan(CELLS, (), randomised_blocks(CELLS, blocks, seed=7), 7, blocks)


def scenario(**changes: object) -> Scenario:
    return Scenario.model_validate({"name": "s", "workload": "echo", "load": {"requests": 5}, **changes})


def trial(planned: PlannedTrial, *gates: Gate) -> Trial:
    return Trial(planned, "ok", "2026-11-20T10:00:00+00:00", 1.0, gates=gates)


def never(_trials: Sequence[Trial], _width: float) -> Narrowness:
    return Narrowness(enough=False, reason="it is wide")


def play(
    layout: Plan, settings: Scenario, disturbed: Sequence[tuple[int, int]], begun: Sequence[Trial] = ()
) -> tuple[list[Trial], list[str], Ending]:
    """Run blocks until they end; those of ``disturbed``, by block and attempt, have one trial that was disturbed."""
    trials, said = list(begun), []
    while isinstance(step := next_block(layout, settings, trials, never), NextBlock):
        said += [step.why] if step.why else []
        first, *others = step.trials
        gates = (FOREIGN,) if (first.block, first.attempt) in disturbed else ()
        trials += [trial(first, *gates), *map(trial, others)]
    return trials, said, step


def order(trials: Sequence[Trial]) -> list[tuple[int, int]]:
    return list(dict.fromkeys((one.planned.block, one.planned.attempt) for one in trials))


def test_without_disturbance_the_plan_is_run_as_it_stands() -> None:
    trials, said, ending = play(plan(), scenario(), [])
    assert tuple(one.planned for one in trials) == plan().trials
    assert (said, ending) == ([], Ending(3, 0, "3 blocks, as the scenario says"))


def test_a_disturbed_block_is_run_again_at_once_as_a_whole_and_says_why() -> None:
    trials, said, ending = play(plan(), scenario(), [(2, 1)])
    assert order(trials) == [(1, 1), (2, 1), (2, 2), (3, 1)]
    assert said == ["block 2, second attempt: block 2 was disturbed: foreign CPU 12 % of the CPUs, at most 2 %"]
    assert (ending.blocks, ending.repeated) == (3, 1)
    assert [one.planned.position for one in trials] == list(range(12)), "positions go on"
    again = [one.planned.cell for one in trials if one.planned.attempt == 2]
    assert sorted(cell.key for cell in again) == ["a-c10", "b-c10", "c-c10"]


@pytest.mark.parametrize(("retries", "attempted"), [(0, 1), (1, 2), (2, 3)])
def test_a_block_is_run_again_as_often_as_the_scenario_says(retries: int, attempted: int) -> None:
    always = [(2, attempt) for attempt in range(1, 10)]
    trials, _, ending = play(plan(), scenario(disturbed={"retries": retries}), always)
    assert sum(1 for block, _ in order(trials) if block == 2) == attempted
    assert ending.repeated == attempted - 1


def test_in_all_no_more_blocks_are_run_again_than_there_are() -> None:
    always = [(block, attempt) for block in range(1, 4) for attempt in range(1, 10)]
    trials, _, ending = play(plan(), scenario(), always)
    assert order(trials) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1)]
    assert ending.repeated == 3


def test_a_target_that_fails_disturbs_no_block() -> None:
    layout = plan(1)
    trials = [replace(trial(planned), outcome="failed", reason="it exited") for planned in layout.trials]
    assert next_block(layout, scenario(), trials, never) == Ending(1, 0, "1 block, as the scenario says")


def test_the_order_of_another_attempt_is_its_own_and_fixed_by_seed_block_and_attempt() -> None:
    cells = tuple(Cell(f"t{number}", "echo", (), (), POINT) for number in range(8))
    orders = {
        (block, attempt, seed): tuple(
            planned.cell.key for planned in repeated_block(cells, block, attempt, seed=seed, position=0)
        )
        for block in (1, 2)
        for attempt in (2, 3)
        for seed in (1, 2)
    }
    assert len(set(orders.values())) == len(orders)
    assert [planned.cell.target for planned in repeated_block(cells, 1, 2, seed=1, position=30)] == [
        key.removesuffix("-c10") for key in orders[1, 2, 1]
    ]
    assert [planned.position for planned in repeated_block(cells, 1, 2, seed=1, position=30)] == list(range(30, 38))


def test_a_block_that_was_interrupted_is_run_again_as_a_whole_and_is_no_disturbance() -> None:
    begun = [trial(planned) for planned in plan().trials[:4]]
    trials, said, ending = play(plan(), scenario(disturbed={"retries": 0}), [], begun)
    assert order(trials) == [(1, 1), (2, 1), (2, 2), (3, 1)]
    assert said == ["block 2, second attempt: the last attempt was interrupted after 1 trial"]
    assert [one.planned.position for one in trials] == list(range(len(trials)))
    assert ending.repeated == 1


def test_an_interrupted_attempt_hides_no_whole_one_and_the_last_whole_one_counts() -> None:
    layout = plan(1)
    first = [trial(planned, FOREIGN) for planned in layout.trials]
    second = [trial(replace(planned, attempt=2)) for planned in layout.trials[:2]]
    assert sort_out([*second, *first]).counted == tuple(first)
    third = [trial(replace(planned, attempt=3)) for planned in layout.trials]
    assert sort_out([*first, *third, *second]).counted == tuple(third)


def test_a_trial_of_no_planned_cell_belongs_to_no_block() -> None:
    probe = trial(PlannedTrial(Cell("probe", "echo", (), (), POINT), 1, 0))
    rows = [probe, *(trial(planned) for planned in plan(1).trials)]
    assert [attempt.whole for attempt in attempts(rows, CELLS)] == [True]
    step = next_block(plan(1), scenario(), [replace(probe, planned=replace(probe.planned, position=5))], never)
    assert isinstance(step, NextBlock)
    assert [planned.position for planned in step.trials] == [6, 7, 8]


def test_without_any_cell_nothing_is_run() -> None:
    empty = Plan((), (), (), 1, 3)
    assert next_block(empty, scenario(), [], never) == Ending(0, 0, "no cell to measure")


WIDTH = {"repeats": {"width": "2%", "min": 10, "max": 12}}


def by_width(narrow_from: int, disturbed: Sequence[int] = ()) -> tuple[list[int], list[int], Ending]:
    """Run blocks that are narrow from so many blocks on; give the blocks run, those looked at last, and the end."""
    layout, settings = plan(12), scenario(**WIDTH, disturbed={"retries": 0})
    trials: list[Trial] = []
    looked: list[int] = []

    def narrow(seen: Sequence[Trial], width: float) -> Narrowness:
        assert width == 0.02
        looked[:] = sorted({one.planned.block for one in seen})
        return Narrowness(enough=len(looked) >= narrow_from, reason=f"{len(looked)} looked at")

    while isinstance(step := next_block(layout, settings, trials, narrow), NextBlock):
        gates = (FOREIGN,) if step.trials[0].block in disturbed else ()
        trials += [trial(planned, *gates) for planned in step.trials]
    return sorted({one.planned.block for one in trials}), looked, step


def test_repeats_by_width_stop_when_narrow_enough_and_never_before_the_least() -> None:
    assert by_width(1)[0] == list(range(1, 11))
    blocks, _, ending = by_width(11)
    assert blocks == list(range(1, 12))
    assert ending == Ending(11, 0, "narrow enough after 11 blocks: 11 looked at")


def test_repeats_by_width_stop_at_the_most_in_any_case() -> None:
    blocks, _, ending = by_width(99)
    assert blocks == list(range(1, 13))
    assert ending.why == "12 blocks, the most that the scenario allows: 12 looked at"


def test_repeats_by_width_look_at_undisturbed_blocks_only() -> None:
    blocks, looked, _ = by_width(1, disturbed=[3])
    assert blocks == list(range(1, 12)), "the tenth undisturbed block is the eleventh"
    assert looked == [1, 2, *range(4, 12)]


@given(
    st.sets(st.tuples(st.integers(1, 4), st.integers(1, 4))),
    st.integers(0, 3),
    st.integers(0, 60),
)
def test_whatever_is_disturbed_and_wherever_it_is_cut_every_block_ends_with_a_whole_attempt(
    disturbed: set[tuple[int, int]], retries: int, cut: int
) -> None:
    settings = scenario(disturbed={"retries": retries})
    undisturbed, _, _ = play(plan(4), settings, sorted(disturbed))
    resumed, _, ending = play(plan(4), settings, sorted(disturbed), undisturbed[:cut])
    blocks = sort_out(resumed)
    counted = [(one.planned.block, one.planned.cell.key) for one in (*blocks.counted, *blocks.disturbed)]
    assert sorted(counted) == [(block, cell.key) for block in (1, 2, 3, 4) for cell in CELLS]
    places = [(one.planned.block, one.planned.attempt, one.planned.cell.key) for one in resumed]
    assert len(set(places)) == len(places), "no trial is run twice under one name"
    assert sorted(one.planned.position for one in resumed) == list(range(len(resumed)))
    interrupted = 0 if cut % 3 == 0 or cut >= len(undisturbed) else 1
    assert ending.repeated <= 4 + interrupted
