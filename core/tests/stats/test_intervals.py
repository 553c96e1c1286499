"""Intervals: known figures, algebraic properties, and what has no logarithm."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from fwcompare.stats.intervals import LogEstimate, geometric_interval, paired_estimate

figures = st.floats(min_value=1e-3, max_value=1e6)
samples = st.lists(figures, min_size=2, max_size=30)
confidences = st.floats(min_value=0.6, max_value=0.999)


def test_the_interval_is_students_t_on_logarithms() -> None:
    values = [100.0, 110.0, 121.0]
    error = math.log(1.1) / math.sqrt(3)
    half = student.ppf(0.975, 2) * error

    interval = geometric_interval(values, 0.95)

    assert interval is not None
    assert interval.mean == pytest.approx(110)
    assert interval.low == pytest.approx(110 * math.exp(-half))
    assert interval.high == pytest.approx(110 * math.exp(half))


def test_one_value_has_a_mean_and_no_bounds() -> None:
    interval = geometric_interval([42.0], 0.95)

    assert interval is not None
    assert interval.mean == pytest.approx(42)
    assert (interval.low, interval.high) == (None, None)


def test_no_value_has_no_interval() -> None:
    assert geometric_interval([], 0.95) is None
    assert paired_estimate([]) is None
    with pytest.raises(ValueError, match="expected at least one value"):
        LogEstimate.of([])


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_a_value_without_a_logarithm_is_refused_and_never_left_out(value: float) -> None:
    with pytest.raises(ValueError, match="has no logarithm; expected a finite number above zero"):
        geometric_interval([10.0, value], 0.95)
    with pytest.raises(ValueError, match="has no logarithm"):
        paired_estimate([(10.0, value)])


def test_equal_values_have_an_interval_of_no_width() -> None:
    interval = geometric_interval([8.0, 8.0, 8.0], 0.95)

    assert interval is not None
    assert interval.mean == interval.low == interval.high == pytest.approx(8)


def test_bounds_that_do_not_fit_a_float_are_null() -> None:
    interval = geometric_interval([1e-300, 1e300], 0.99)

    assert interval is not None
    assert interval.mean == pytest.approx(1)
    assert (interval.low, interval.high) == (None, None)


def test_a_ratio_is_taken_block_by_block_so_that_shared_drift_cancels() -> None:
    drift = [1.0, 1.5, 0.7, 2.0]

    estimate = paired_estimate([(300 * factor, 100 * factor) for factor in drift])

    assert estimate is not None
    assert estimate.ratio == pytest.approx(3)
    assert estimate.bounds(0.95) == pytest.approx((3, 3))


@given(samples, confidences)
def test_an_interval_holds_its_mean_and_the_mean_lies_among_the_values(values: list[float], confidence: float) -> None:
    interval = geometric_interval(values, confidence)

    assert interval is not None
    assert min(values) * (1 - 1e-9) <= interval.mean <= max(values) * (1 + 1e-9)
    if interval.low is not None and interval.high is not None:
        assert interval.low <= interval.mean <= interval.high


@given(samples, confidences, st.floats(min_value=1e-3, max_value=1e3))
def test_an_interval_does_not_depend_on_the_unit(values: list[float], confidence: float, unit: float) -> None:
    plain = LogEstimate.of([math.log(value) for value in values]).log_bounds(confidence)
    scaled = LogEstimate.of([math.log(value * unit) for value in values]).log_bounds(confidence)

    assert plain is not None
    assert scaled == pytest.approx([bound + math.log(unit) for bound in plain], abs=1e-6)


@given(samples, st.floats(min_value=0.6, max_value=0.9))
def test_more_confidence_never_narrows_an_interval(values: list[float], confidence: float) -> None:
    estimate = LogEstimate.of([math.log(value) for value in values])
    narrow, wide = estimate.log_bounds(confidence), estimate.log_bounds(confidence + 0.05)

    assert narrow is not None
    assert wide is not None
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@given(st.lists(st.tuples(figures, figures), min_size=2, max_size=20))
def test_the_mirrored_pair_has_the_inverse_interval(pairs: list[tuple[float, float]]) -> None:
    estimate = paired_estimate(pairs)
    mirrored = paired_estimate([(b, a) for a, b in pairs])

    assert estimate is not None
    assert mirrored is not None
    assert estimate.ratio * mirrored.ratio == pytest.approx(1)
    bounds, mirrored_bounds = estimate.bounds(0.95), mirrored.bounds(0.95)
    if bounds is not None and mirrored_bounds is not None:
        assert bounds[0] * mirrored_bounds[1] == pytest.approx(1)


@given(samples, st.floats(min_value=0, max_value=0.5), st.floats(min_value=0.001, max_value=0.4))
def test_the_p_value_and_the_interval_say_the_same(values: list[float], delta: float, level: float) -> None:
    estimate = LogEstimate.of([math.log(value) for value in values])
    p_value = estimate.p_beyond(delta)
    bounds = estimate.log_bounds(1 - level)

    assert bounds is not None
    if abs(p_value - level) > 1e-9:
        assert (p_value < level) is (bounds[0] > delta or bounds[1] < -delta)


def test_one_value_is_no_evidence_of_a_difference() -> None:
    assert LogEstimate.of([5.0]).p_beyond(0.02) == 1
