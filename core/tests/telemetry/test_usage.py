"""What a window used, from made-up series: edges between samples, peaks within, and what cannot be known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.measurement import Usage
from fwcompare.telemetry.usage import Sample, usage_between

MIB = 1024 * 1024
NOTHING = Usage(cpu_s=None, user_s=None, system_s=None, peak_rss_mib=None, processes=0)


def sample(at_s: float, user_s: float = 0.0, system_s: float = 0.0, rss_mib: int = 1, processes: int = 1) -> Sample:
    return Sample(at_s, user_s, system_s, rss_mib * MIB, processes)


RISING = [sample(0.0), sample(1.0, user_s=0.5, system_s=0.1), sample(2.0, user_s=1.5, system_s=0.1)]


def test_cpu_time_is_read_off_between_the_samples_around_each_edge() -> None:
    usage = usage_between(RISING, 0.5, 1.5)
    assert usage.user_s == pytest.approx(0.25 + 0.5)
    assert usage.system_s == pytest.approx(0.05)
    assert usage.cpu_s == pytest.approx(0.8)


def test_a_window_between_two_samples_gets_its_share_of_cpu_time_and_no_memory() -> None:
    usage = usage_between(RISING, 1.2, 1.3)
    assert usage.cpu_s == pytest.approx(0.1)
    assert usage.peak_rss_mib is None
    assert usage.processes == 1


def test_time_used_before_the_window_does_not_count() -> None:
    series = [sample(0.0, user_s=100.0), sample(1.0, user_s=100.5)]
    assert usage_between(series, 0.0, 1.0).user_s == pytest.approx(0.5)


def test_the_memory_peak_is_of_samples_within_the_window_edges_included() -> None:
    series = [sample(0.0, rss_mib=90), sample(1.0, rss_mib=30), sample(2.0, rss_mib=40), sample(3.0, rss_mib=80)]
    assert usage_between(series, 1.0, 2.0).peak_rss_mib == 40
    assert usage_between(series, 0.5, 3.0).peak_rss_mib == 80


def test_the_number_of_processes_is_the_highest_at_once() -> None:
    series = [sample(0.0, processes=1), sample(1.0, processes=5), sample(2.0, processes=3)]
    assert usage_between(series, 0.0, 2.0).processes == 5


def test_the_number_of_threads_is_the_highest_at_once_the_samples_around_the_edges_included() -> None:
    series = [replace(sample(float(at)), threads=threads) for at, threads in enumerate((90, 3, 41, 7, 80, 99))]
    assert usage_between(series, 1.0, 3.0).threads == 90
    assert usage_between(series, 1.5, 3.5).threads == 80
    assert usage_between(series, 2.5, 2.6).threads == 41
    assert usage_between([], 0.0, 1.0).threads == 0


@pytest.mark.parametrize(("start_s", "end_s"), [(-0.1, 1.0), (1.0, 2.1), (3.0, 4.0)])
def test_cpu_time_is_unknown_where_the_series_does_not_reach(start_s: float, end_s: float) -> None:
    assert usage_between(RISING, start_s, end_s).cpu_s is None


def test_an_empty_series_tells_nothing() -> None:
    assert usage_between([], 0.0, 1.0) == NOTHING


def test_a_group_that_was_never_seen_used_an_unknown_amount_not_zero() -> None:
    series = [sample(at, rss_mib=0, processes=0) for at in (0.0, 1.0, 2.0)]
    assert usage_between(series, 0.0, 2.0) == NOTHING


def test_a_group_that_ended_within_the_window_keeps_what_it_used() -> None:
    series = [sample(0.0), sample(1.0, user_s=0.7, rss_mib=20), sample(2.0, user_s=0.7, rss_mib=0, processes=0)]
    usage = usage_between(series, 0.0, 2.0)
    assert usage.cpu_s == pytest.approx(0.7)
    assert usage.peak_rss_mib == 20


@st.composite
def series(draw: st.DrawFn) -> list[Sample]:
    """Draw cumulative samples at rising times."""
    steps = draw(
        st.lists(
            st.tuples(
                st.floats(0.001, 1.0),
                st.floats(0, 2),
                st.floats(0, 2),
                st.integers(0, 2**34),
                st.integers(1, 40),
            ),
            min_size=2,
            max_size=30,
        )
    )
    at_s = user_s = system_s = 0.0
    samples = []
    for elapsed_s, user, system, rss_bytes, processes in steps:
        at_s, user_s, system_s = at_s + elapsed_s, user_s + user, system_s + system
        samples.append(Sample(at_s, user_s, system_s, rss_bytes, processes))
    return samples


@given(series(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_adjacent_windows_add_up(samples: list[Sample], a: float, b: float, c: float) -> None:
    first_s, last_s = samples[0].at_s, samples[-1].at_s
    low, middle, high = (min(last_s, first_s + share * (last_s - first_s)) for share in sorted((a, b, c)))
    parts = [usage_between(samples, low, middle).cpu_s, usage_between(samples, middle, high).cpu_s]
    assert all(part is not None and part >= -1e-9 for part in parts)
    assert sum(part for part in parts if part is not None) == pytest.approx(
        usage_between(samples, low, high).cpu_s, abs=1e-9
    )


@given(series())
def test_the_whole_series_gives_its_last_sample_less_its_first(samples: list[Sample]) -> None:
    usage = usage_between(samples, samples[0].at_s, samples[-1].at_s)
    assert usage.user_s == pytest.approx(samples[-1].user_s - samples[0].user_s)
    assert usage.system_s == pytest.approx(samples[-1].system_s - samples[0].system_s)
    assert usage.peak_rss_mib == max(one.rss_bytes for one in samples) / MIB
    assert usage.processes == max(one.processes for one in samples)


@given(st.floats(0.01, 4.0), st.floats(0, 0.9), st.floats(0.01, 0.1))
def test_a_steady_load_gives_its_rate_times_the_window_wherever_the_edges_fall(
    cores: float, start_s: float, window_s: float
) -> None:
    samples = [sample(tick / 10, user_s=cores * tick / 10) for tick in range(11)]
    assert usage_between(samples, start_s, start_s + window_s).cpu_s == pytest.approx(cores * window_s, abs=1e-9)
