import math

import pytest

from loadgen_bench.ratios import Ratio, figure_of, goal_verdict, ratio_of


def test_a_ratio_is_the_geometric_mean_over_blocks_with_student_s_interval() -> None:
    # Logarithms of the ratios 1.1, 1.2 and 1.3; t at 97.5 % with two degrees of freedom is 4.3027.
    ours, peer = {0: 110.0, 1: 240.0, 2: 390.0}, {0: 100.0, 1: 200.0, 2: 300.0}
    logs = [math.log(ratio) for ratio in (1.1, 1.2, 1.3)]
    mean = sum(logs) / 3
    half = 4.302653 * math.sqrt(sum((log - mean) ** 2 for log in logs) / 2 / 3)

    ratio = ratio_of(ours, peer)

    assert ratio is not None
    assert ratio.blocks == len(logs)
    assert ratio.mean == pytest.approx(math.exp(mean))
    assert ratio.low == pytest.approx(math.exp(mean - half), rel=1e-5)
    assert ratio.high == pytest.approx(math.exp(mean + half), rel=1e-5)


def test_only_blocks_in_which_both_were_undisturbed_are_paired() -> None:
    ratio = ratio_of({0: 2.0, 1: 4.0, 3: 9.0}, {1: 2.0, 2: 7.0, 3: 4.5})

    assert ratio is not None
    assert (ratio.blocks, ratio.mean, ratio.low, ratio.high) == (2, *[pytest.approx(2.0)] * 3)
    assert ratio_of({0: 1.0}, {1: 1.0}) is None
    assert figure_of({}) is None


@pytest.mark.parametrize(
    ("ratio", "goal", "verdict"),
    [
        (Ratio(blocks=8, mean=1.3, low=1.2, high=1.4), 1.2, ">= 1.2: reached"),
        (Ratio(blocks=8, mean=1.3, low=1.19, high=1.4), 1.2, ">= 1.2: not reached"),
        (Ratio(blocks=1, mean=1.3, low=None, high=None), 1.2, ">= 1.2: unknown, too few blocks"),
        (None, 1.2, ">= 1.2: unknown, too few blocks"),
        (Ratio(blocks=8, mean=1.3, low=1.2, high=1.4), None, ""),
    ],
)
def test_the_lower_bound_decides_whether_a_goal_is_reached(
    ratio: Ratio | None, goal: float | None, verdict: str
) -> None:
    assert goal_verdict(ratio, goal) == verdict
