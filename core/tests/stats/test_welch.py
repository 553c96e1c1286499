"""Welch's interval: against scipy's own, and whether it covers what it promises."""

import math
import random

import pytest
from scipy import stats

from fwcompare.stats.welch import WelchEstimate

A, B = (100.0, 103.0, 99.0, 101.0), (120.0, 150.0, 131.0)


def estimate(a: tuple[float, ...] | list[float], b: tuple[float, ...] | list[float]) -> WelchEstimate:
    found = WelchEstimate.of(a, b)
    assert found is not None
    return found


def test_it_is_what_scipy_makes_of_the_logarithms() -> None:
    found = estimate(A, B)
    truth = stats.ttest_ind([math.log(b) for b in B], [math.log(a) for a in A], equal_var=False)
    low, high = truth.confidence_interval(0.95)
    assert found.log_bounds(0.95) == pytest.approx((low, high))
    assert found.freedom == pytest.approx(truth.df)
    assert found.p_beyond(0) == pytest.approx(truth.pvalue)


def test_the_p_value_and_the_interval_say_the_same() -> None:
    found = estimate(A, B)
    level = found.p_beyond(math.log(1.02))
    assert found.log_bounds(1 - level)[0] == pytest.approx(math.log(1.02))


def test_the_other_way_round_it_is_the_inverse() -> None:
    there, back = estimate(A, B), estimate(B, A)
    assert there.ratio == pytest.approx(1 / back.ratio)
    low, high = there.bounds(0.95) or (0, 0)
    assert back.bounds(0.95) == pytest.approx((1 / high, 1 / low))


def test_without_scatter_the_ratio_is_exact() -> None:
    found = estimate((2.0, 2.0), (3.0, 3.0))
    assert found.bounds(0.95) == pytest.approx((1.5, 1.5))
    assert (found.p_beyond(0.02), estimate((2.0, 2.0), (2.0, 2.0)).p_beyond(0.02)) == (0.0, 1.0)


def test_fewer_than_two_values_give_nothing_and_a_zero_is_refused() -> None:
    assert WelchEstimate.of((1.0,), (1.0, 2.0)) is None
    assert WelchEstimate.of((), (1.0, 2.0)) is None
    with pytest.raises(ValueError, match="has no logarithm"):
        WelchEstimate.of((0.0, 1.0), (1.0, 2.0))


def test_bounds_too_far_apart_for_a_float_are_none() -> None:
    assert estimate((1e-300, 1e300), (1e-300, 1e300)).bounds(0.95) is None


@pytest.mark.parametrize(("n_a", "n_b", "scatter_b"), [(10, 10, 0.02), (5, 5, 0.1), (4, 12, 0.08)])
def test_95_percent_intervals_cover_the_truth_also_where_the_runs_scatter_unlike(
    n_a: int, n_b: int, scatter_b: float
) -> None:
    draw = random.Random(7)  # noqa: S311 - a simulation, to be had again
    inside, simulations, truth = 0, 4000, math.log(1.1)
    for _ in range(simulations):
        a = [math.exp(draw.gauss(0, 0.02)) for _ in range(n_a)]
        b = [math.exp(draw.gauss(truth, scatter_b)) for _ in range(n_b)]
        low, high = estimate(a, b).log_bounds(0.95)
        inside += low <= truth <= high
    assert 0.93 <= inside / simulations <= 0.975
