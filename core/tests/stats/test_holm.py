"""Holm's levels against his adjusted p-values, and their compatibility."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.stats.holm import holm_levels

p_lists = st.lists(st.floats(min_value=0, max_value=1), max_size=20)


def adjusted_p_values(p_values: list[float]) -> list[float]:
    """Holm's adjusted p-values by the textbook formula: the running maximum of (m - k + 1) p(k), at most 1."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for step, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - step) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def test_each_step_has_its_level_until_one_does_not_reject() -> None:
    levels = holm_levels([0.04, 0.001, 0.9, 0.03], 0.05)

    assert levels == pytest.approx([0.05 / 3, 0.05 / 4, 0.05 / 3, 0.05 / 3])


def test_all_rejected_end_at_the_unadjusted_level() -> None:
    assert holm_levels([0.001, 0.002, 0.003], 0.05) == pytest.approx([0.05 / 3, 0.05 / 2, 0.05])


def test_no_hypothesis_has_no_level() -> None:
    assert holm_levels([], 0.05) == []


@given(p_lists, st.floats(min_value=0.001, max_value=0.5))
def test_the_levels_decide_as_the_adjusted_p_values_do(p_values: list[float], alpha: float) -> None:
    levels = holm_levels(p_values, alpha)

    for p_value, level, adjusted in zip(p_values, levels, adjusted_p_values(p_values), strict=True):
        if abs(adjusted - alpha) > 1e-12:
            assert (p_value <= level) is (adjusted <= alpha)


@given(p_lists, st.floats(min_value=0.001, max_value=0.5))
def test_no_level_is_laxer_than_unadjusted_or_stricter_than_bonferroni(p_values: list[float], alpha: float) -> None:
    for level in holm_levels(p_values, alpha):
        assert alpha / len(p_values) <= level <= alpha
