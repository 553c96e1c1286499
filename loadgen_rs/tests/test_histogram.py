"""Histograms as Python sees them: milliseconds, bytes, merging."""

import math

import pytest

from fwcompare_loadgen import Histogram, LoadgenError


def test_samples_come_back_as_statistics_in_milliseconds() -> None:
    histogram = Histogram.from_samples_ms(float(sample) for sample in range(1, 1001))

    assert histogram.count == 1000
    assert histogram.quantile_ms(0.5) == pytest.approx(500, rel=1e-3)
    assert histogram.quantile_ms(0.99) == pytest.approx(990, rel=1e-3)
    assert histogram.quantile_ms(1) == histogram.max_ms == pytest.approx(1000, rel=1e-3)
    assert histogram.quantile_ms(0) == pytest.approx(1, rel=1e-3)
    assert histogram.min_ms == pytest.approx(1, rel=1e-3)
    assert histogram.mean_ms == pytest.approx(500.5, rel=1e-3)
    assert "count=1000" in repr(histogram)


def test_an_empty_histogram_has_no_statistics() -> None:
    empty = Histogram.merge([])

    assert empty.count == 0
    assert (empty.mean_ms, empty.min_ms, empty.max_ms, empty.quantile_ms(0.5)) == (None, None, None, None)
    assert repr(empty) == "<Histogram count=0>"


def test_bytes_bring_back_the_same_histogram() -> None:
    histogram = Histogram.from_samples_ms([0.001, 1.5, 2.5, 7000])
    data = histogram.to_v2_bytes()

    assert Histogram.from_v2_bytes(data) == histogram
    # The cookie of "HdrHistogram V2, compressed" (its low byte 0x14 says: word size 1, varints).
    assert data[:4] == bytes.fromhex("1c849314")


def test_merging_adds_and_leaves_the_parts_alone() -> None:
    first = Histogram.from_samples_ms([1, 2])
    second = Histogram.from_samples_ms([3])

    assert Histogram.merge([first, second]) == Histogram.from_samples_ms([1, 2, 3])
    assert (first.count, second.count) == (2, 1)
    assert first != second


@pytest.mark.parametrize("q", [-0.1, 1.1, 99, math.nan])
def test_a_quantile_out_of_range_is_refused(q: float) -> None:
    with pytest.raises(LoadgenError, match="a number from 0 to 1"):
        Histogram.merge([]).quantile_ms(q)


def test_what_is_no_histogram_or_no_duration_is_refused() -> None:
    with pytest.raises(LoadgenError, match="V2 bytes"):
        Histogram.from_v2_bytes(b"nonsense")
    with pytest.raises(LoadgenError, match="sample: is -"):
        Histogram.from_samples_ms([-1])
    with pytest.raises(TypeError):
        Histogram.merge([b"x"])  # type: ignore[list-item]
