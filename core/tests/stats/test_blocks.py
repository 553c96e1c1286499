"""Which attempt at a block counts, and which blocks are left out."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fwcompare.model.measurement import Gate, Trial
from fwcompare.model.plan import Cell
from fwcompare.stats.blocks import sort_out

MakeCell = Callable[..., Cell]
MakeTrial = Callable[..., Trial]


@pytest.fixture
def block(make_cell: MakeCell, make_trial: MakeTrial, foreign_cpu: Gate) -> Callable[..., list[Trial]]:
    """Make an attempt at a block: targets a and b, or the first so many of them."""

    def make(number: int, *, attempt: int = 1, disturbed: bool = False, trials: int = 2) -> list[Trial]:
        gates = (foreign_cpu,) if disturbed else (replace(foreign_cpu, passed=True),)
        # One disturbed trial disturbs the whole block.
        return [
            make_trial(make_cell(target), number, attempt=attempt, gates=gates if target == "a" else ())
            for target in "ab"[:trials]
        ]

    return make


def kept(trials: tuple[Trial, ...]) -> list[tuple[int, int, str]]:
    return [(trial.planned.block, trial.planned.attempt, trial.planned.cell.target) for trial in trials]


def test_an_undisturbed_run_counts_as_it_is(block: Callable[..., list[Trial]]) -> None:
    found = sort_out([*block(2), *block(1)])

    assert kept(found.counted) == [(1, 1, "a"), (1, 1, "b"), (2, 1, "a"), (2, 1, "b")]
    assert (found.disturbed, found.causes, found.all_disturbed, found.discarded) == ((), {}, False, ())


def test_a_block_run_again_counts_by_its_last_attempt_and_the_first_is_listed(
    block: Callable[..., list[Trial]],
) -> None:
    found = sort_out([*block(1, disturbed=True), *block(2), *block(1, attempt=2)])

    assert kept(found.counted) == [(1, 2, "a"), (1, 2, "b"), (2, 1, "a"), (2, 1, "b")]
    assert found.causes == {}
    assert [(each.block, each.attempt, each.reason) for each in found.discarded] == [
        (1, 1, "foreign CPU in a-c10: 12 % of the CPUs, expected at most 2 %")
    ]


def test_a_block_disturbed_to_the_last_attempt_is_left_out_as_a_whole(block: Callable[..., list[Trial]]) -> None:
    found = sort_out([*block(1, disturbed=True), *block(1, attempt=2, disturbed=True), *block(2)])

    assert kept(found.counted) == [(2, 1, "a"), (2, 1, "b")]
    assert kept(found.disturbed) == [(1, 2, "a"), (1, 2, "b")]
    assert list(found.causes) == [1]
    assert [(each.block, each.attempt) for each in found.discarded] == [(1, 1), (1, 2)]


def test_with_every_block_disturbed_all_count_and_it_is_said(block: Callable[..., list[Trial]]) -> None:
    found = sort_out([*block(1, disturbed=True), *block(2, disturbed=True)])

    assert len(found.counted) == 4
    assert found.all_disturbed
    assert list(found.causes) == [1, 2]
    assert [(each.block, each.attempt) for each in found.discarded] == [(1, 1), (2, 1)]


def test_an_attempt_that_was_cut_short_hides_no_whole_one(block: Callable[..., list[Trial]]) -> None:
    found = sort_out([*block(1), *block(1, attempt=2, trials=1)])

    assert kept(found.counted) == [(1, 1, "a"), (1, 1, "b")]
    assert [(each.attempt, each.reason) for each in found.discarded] == [
        (2, "given up after 1 trial; attempt 1 counts")
    ]


def test_an_interrupted_block_that_was_run_again_counts_by_the_whole_attempt(
    block: Callable[..., list[Trial]],
) -> None:
    found = sort_out([*block(1, trials=1), *block(1, attempt=2)])

    assert kept(found.counted) == [(1, 2, "a"), (1, 2, "b")]
    assert [(each.attempt, each.reason) for each in found.discarded] == [
        (1, "given up after 1 trial; attempt 2 counts")
    ]


def test_of_two_attempts_cut_short_the_longer_counts_and_then_the_later(block: Callable[..., list[Trial]]) -> None:
    assert kept(sort_out([*block(1, trials=1), *block(1, attempt=2, trials=1)]).counted) == [(1, 2, "a")]


def test_the_order_of_the_trials_does_not_matter(block: Callable[..., list[Trial]]) -> None:
    trials = [*block(1, disturbed=True), *block(1, attempt=2), *block(2), *block(3, disturbed=True)]

    assert sort_out(reversed(trials)) == sort_out(trials)


def test_no_trials_are_no_blocks() -> None:
    assert sort_out([]).counted == ()
    assert not sort_out([]).all_disturbed
