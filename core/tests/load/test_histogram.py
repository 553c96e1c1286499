"""Figures and bars of histograms whose samples are known."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

import fwcompare_loadgen as loadgen
from fwcompare.load.histogram import bars, curve, read, times
from fwcompare.model.sampling import enough_samples

samples_ms = st.lists(st.floats(min_value=0.00001, max_value=1_000_000), min_size=1, max_size=60)


@given(samples_ms)
def test_bars_touch_and_hold_every_sample_once(samples: list[float]) -> None:
    histogram = loadgen.Histogram.from_samples_ms(samples)
    drawn = bars(histogram)
    assert 1 <= len(drawn) <= 16
    assert sum(bar.count for bar in drawn) == len(samples)
    assert all(before.to_ms == after.from_ms for before, after in pairwise(drawn))
    assert drawn[0].count > 0
    assert drawn[0].from_ms <= min(samples) * 1.001
    assert drawn[-1].to_ms >= max(samples) * 0.999


def test_bars_lie_where_the_samples_do() -> None:
    drawn = bars(loadgen.Histogram.from_samples_ms([1.5] * 3 + [150.0] * 2))
    assert [bar.count for bar in drawn if bar.from_ms < 1.5 <= bar.to_ms] == [3]
    assert [bar.count for bar in drawn if bar.from_ms < 150 <= bar.to_ms] == [2]


def test_a_histogram_of_one_value_is_one_bar_and_an_empty_one_none() -> None:
    assert [bar.count for bar in bars(loadgen.Histogram.from_samples_ms([2.0] * 50)) if bar.count] == [50]
    assert bars(loadgen.Histogram.from_samples_ms([])) == ()


def test_quantiles_beyond_the_share_that_ended_are_lower_bounds() -> None:
    histogram = loadgen.Histogram.from_samples_ms([1.0] * 950 + [500.0] * 50)
    reasons: dict[str, str] = {}
    seen = times(histogram, "service_ms", reasons, given_up=50)
    assert seen.at_least == ("mean", "p99", "max")
    assert set(reasons) == {"service_ms.p99_9"}


@given(st.lists(samples_ms, min_size=1, max_size=4), st.integers(min_value=1, max_value=200))
def test_a_curve_rises_through_quantiles_that_have_ten_samples_beyond(
    parts: list[list[float]], times_each: int
) -> None:
    histograms = [loadgen.Histogram.from_samples_ms(samples * times_each) for samples in parts]
    drawn = curve(histograms)
    assert drawn is not None
    assert drawn.count == sum(len(samples) for samples in parts) * times_each
    assert all(enough_samples(drawn.count, point.quantile) for point in drawn.points)
    for before, after in pairwise(drawn.points):
        assert before.quantile < after.quantile
        assert before.ms <= after.ms
    assert bool(drawn.points) == (drawn.count >= 10)


def test_a_curve_has_ten_points_in_each_power_of_ten() -> None:
    drawn = curve([loadgen.Histogram.from_samples_ms(float(ms) for ms in range(1, 100_001))])
    assert drawn is not None
    assert [point.quantile for point in drawn.points if 0.9 <= point.quantile < 0.99] == [
        *(0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985),
    ]
    assert drawn.points[-1].quantile == 0.9999
    assert len(drawn.points) == 41
    assert curve([]) is None


@given(st.binary(max_size=200))
def test_bytes_are_a_histogram_or_nothing(data: bytes) -> None:
    found = read(data)
    assert found is None or found.count >= 0
    whole = loadgen.Histogram.from_samples_ms([1.0, 2.0])
    assert read(whole.to_v2_bytes()) == whole
