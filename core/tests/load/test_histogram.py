"""Figures and bars of histograms whose samples are known."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

import fwcompare_loadgen as loadgen
from fwcompare.load.histogram import bars, times

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
