"""METHOD, "Self-tests of the judgement": simulated runs through the real decision code, with fixed seeds.

The limits carry the sampling slack of the number of simulations: a share of 5 % over 2,000 runs has a standard
error of 0.5 points, so that 6.5 % is three of them. Each self-test that asks for few errors has a companion
that must find many, so that it is known to be able to fail.
"""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from fwcompare.model.summary import PairVerdict
from fwcompare.stats.contenders import Contender
from fwcompare.stats.intervals import geometric_interval, paired_estimate
from fwcompare.stats.pairs import compare
from fwcompare.stats.width import half_width

Figures = NDArray[np.float64]

BLOCKS = 10
NO_MARGIN = 1e-9
"""A margin that excuses nothing: every interval that excludes 1 then names a winner."""

WINNER: set[PairVerdict] = {"faster", "slower"}


def judge(figures: Figures, *, margin: float = NO_MARGIN) -> list[PairVerdict]:
    """Judge every pair of one simulated run; rows are targets, columns blocks."""
    contenders = [
        Contender(f"t{row}", dict(enumerate(values, 1)), range(1, len(values) + 1), 0.0)
        for row, values in enumerate(figures.tolist())
    ]
    return [pair.verdict for pair in compare(contenders, "throughput_rps", confidence=0.95, margin=margin)]


def drifting_pair(rng: np.random.Generator, *, interleaved: bool) -> Figures:
    """Play one A/A run: 0.5 % scatter a trial, 1 % drift over the run, and hysteresis (a trial keeps 30 % of the
    disturbance of the one before it).
    """
    trials = 2 * BLOCKS
    disturbance = rng.normal(0, 0.005, trials)
    for place in range(1, trials):
        disturbance[place] += 0.3 * disturbance[place - 1]
    logs = disturbance + np.linspace(0, 0.01, trials)
    if interleaved:
        first = rng.integers(0, 2, BLOCKS)
        blocks = logs.reshape(BLOCKS, 2)
        rows = np.array([blocks[np.arange(BLOCKS), first], blocks[np.arange(BLOCKS), 1 - first]])
    else:
        rows = logs.reshape(2, BLOCKS)
    return np.asarray(1000 * np.exp(rows))


def share_of_winners(*, interleaved: bool, margin: float = NO_MARGIN, simulations: int = 2000) -> float:
    rng = np.random.default_rng(20261120)
    named = [judge(drifting_pair(rng, interleaved=interleaved), margin=margin)[0] in WINNER for _ in range(simulations)]
    return float(np.mean(named))


def test_nominal_95_percent_intervals_hold_the_truth_in_93_to_97_percent_of_4000_simulations() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for values in rng.lognormal(np.log(300), 0.1, (4000, BLOCKS)).tolist():
        interval = geometric_interval(values, 0.95)
        assert interval is not None
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= 300 <= interval.high

    assert 0.93 <= held / 4000 <= 0.97


def test_paired_intervals_hold_the_true_ratio_as_often() -> None:
    rng = np.random.default_rng(2)
    shared = rng.normal(0, 0.2, (4000, BLOCKS))
    a = np.exp(shared + np.log(3) + rng.normal(0, 0.05, (4000, BLOCKS)))
    b = np.exp(shared + rng.normal(0, 0.05, (4000, BLOCKS)))
    held = 0
    for left, right in zip(a.tolist(), b.tolist(), strict=True):
        estimate = paired_estimate(zip(left, right, strict=True))
        bounds = estimate.bounds(0.95) if estimate is not None else None
        assert bounds is not None
        held += bounds[0] <= 3 <= bounds[1]

    assert 0.93 <= held / 4000 <= 0.97


def test_at_most_6_5_percent_of_2000_a_a_runs_with_drift_name_a_winner() -> None:
    assert share_of_winners(interleaved=True) <= 0.065


def test_with_the_default_margin_hardly_any_a_a_run_names_a_winner() -> None:
    assert share_of_winners(interleaved=True, margin=0.02) <= 0.001


def test_the_same_drift_without_interleaving_names_false_winners_so_the_self_test_can_fail() -> None:
    assert share_of_winners(interleaved=False, simulations=300) > 0.3


def test_six_equal_targets_have_a_false_winner_in_at_most_5_percent_of_runs() -> None:
    rng = np.random.default_rng(3)
    runs = rng.lognormal(np.log(300), 0.02, (2000, 6, BLOCKS))

    wrong = np.mean([not WINNER.isdisjoint(judge(run)) for run in runs])

    assert wrong <= 0.065


def test_without_the_adjustment_six_equal_targets_have_one_often_so_the_self_test_can_fail() -> None:
    rng = np.random.default_rng(3)
    runs = rng.lognormal(np.log(300), 0.02, (200, 6, BLOCKS))

    wrong = np.mean([any(judge(run[list(pair)])[0] in WINNER for pair in combinations(range(6), 2)) for run in runs])

    assert wrong > 0.2


def test_equal_targets_beside_a_far_better_one_are_told_apart_as_seldom() -> None:
    # The step-down may spend the level freed by true differences, and no more than that.
    rng = np.random.default_rng(4)
    wrong = 0
    for run in rng.lognormal(np.log(300), 0.02, (1000, 4, BLOCKS)):
        run[0] *= 5
        pairs = judge(run)
        assert pairs[:3] == ["faster"] * 3
        wrong += not WINNER.isdisjoint(pairs[3:])

    assert wrong / 1000 <= 0.05 + 3 * 0.007


def test_targets_exactly_a_margin_apart_are_seldom_called_more_than_that() -> None:
    # The edge of the hypothesis: the truth is the margin itself, for all pairs with the first target at once.
    rng = np.random.default_rng(5)
    wrong = 0
    for run in rng.lognormal(np.log(300), 0.002, (1000, 6, BLOCKS)):
        run[0] *= 1.02
        wrong += not WINNER.isdisjoint(judge(run, margin=0.02))

    assert wrong / 1000 <= 0.05 + 3 * 0.007


def test_a_real_difference_of_ten_percent_is_found_with_the_right_sign() -> None:
    rng = np.random.default_rng(6)
    found = []
    for run in rng.lognormal(np.log(300), 0.02, (200, 2, BLOCKS)):
        run[0] *= 1.1
        found.append(judge(run, margin=0.02)[0])

    assert found.count("faster") >= 0.99 * len(found)
    assert "slower" not in found


def share_of_winners_when_stopped_on_width(*, least: int, most: int = 30, simulations: int = 2000) -> float:
    """Play A/A runs that end once half the interval is 2 % of the ratio; about 15 blocks are needed."""
    rng = np.random.default_rng(8)
    wrong = 0
    for run in rng.lognormal(np.log(300), 0.0255, (simulations, 2, most)):
        differences = np.log(run[0] / run[1])
        blocks = next(
            (n for n in range(least, most) if half_width(differences[:n].tolist(), 0.95) <= 0.02),
            most,
        )
        wrong += judge(run[:, :blocks])[0] in WINNER
    return wrong / simulations


def test_stopping_on_width_from_ten_blocks_on_keeps_false_winners_rare() -> None:
    assert share_of_winners_when_stopped_on_width(least=10) <= 0.065


def test_from_three_blocks_on_it_would_not_so_the_self_test_can_fail() -> None:
    assert share_of_winners_when_stopped_on_width(least=3) > 0.075


def test_narrow_intervals_end_a_run_between_its_least_and_its_most_blocks() -> None:
    rng = np.random.default_rng(9)
    needed = [
        next((n for n in range(10, 30) if half_width(differences[:n].tolist(), 0.95) <= 0.02), 30)
        for differences in rng.normal(0, 0.036, (200, 30))
    ]

    assert 12 <= np.median(needed) <= 18


@pytest.mark.parametrize("true_ratio", [1.021, 1.05])
def test_targets_further_apart_than_the_margin_are_seldom_called_equivalent(true_ratio: float) -> None:
    rng = np.random.default_rng(7)
    wrong = 0
    for run in rng.lognormal(np.log(300), 0.01, (1000, 2, BLOCKS)):
        run[0] *= true_ratio
        wrong += judge(run, margin=0.02)[0] == "equivalent"

    assert wrong / 1000 <= 0.05 + 3 * 0.007
