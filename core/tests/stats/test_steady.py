"""METHOD, "Self-tests of the judgement": what is called steady, by simulated windows with fixed seeds.

A share of 5 % over 300 windows has a standard error of 1.3 points, so that limits on it allow three of them.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fwcompare.stats.steady import MIN_BUCKETS, settled, steadiness

Window = NDArray[np.float64]
Make = Callable[[np.random.Generator], Window]

SLACK = 3 * 0.013


def refused(make: Make, *, windows: int = 300) -> float:
    """Give the share of simulated windows that are called not steady."""
    rng = np.random.default_rng(20261121)
    found = [steadiness(make(rng).tolist()) for _ in range(windows)]
    return float(np.mean([answer is not None and not answer.steady for answer in found]))


def white(buckets: int, scatter: float) -> Make:
    return lambda rng: 100 * (1 + scatter * rng.normal(size=buckets))


def hanging_together(buckets: int, scatter: float, correlation: float) -> Make:
    def make(rng: np.random.Generator) -> Window:
        noise = rng.normal(size=buckets + 50)
        for place in range(1, len(noise)):
            noise[place] = correlation * noise[place - 1] + (1 - correlation**2) ** 0.5 * noise[place]
        return np.asarray(100 * (1 + scatter * noise[50:]))

    return make


def collecting_garbage(buckets: int, *, every: float = 9, depth: float = 0.3) -> Make:
    """A dip in about every ninth bucket, a fifth earlier or later at most, and scatter of 1 %."""

    def make(rng: np.random.Generator) -> Window:
        window = white(buckets, 0.01)(rng)
        at = rng.uniform(0, every)
        while at < buckets:
            window[int(at)] *= 1 - depth
            at += every * rng.uniform(0.8, 1.2)
        return window

    return make


def dipping_at_random(buckets: int, *, share: float = 0.1, depth: float = 0.3) -> Make:
    def make(rng: np.random.Generator) -> Window:
        window = white(buckets, 0.01)(rng)
        window[rng.random(buckets) < share] *= 1 - depth
        return window

    return make


def dropping(buckets: int, scatter: float, *, late: float, by: float = 0.08) -> Make:
    def make(rng: np.random.Generator) -> Window:
        window = white(buckets, scatter)(rng)
        window[round(buckets * (1 - late)) :] *= 1 - by
        return window

    return make


@pytest.mark.parametrize("buckets", [24, 40, 60, 120])
@pytest.mark.parametrize("late", [0.2, 0.25, 1 / 3])
def test_a_late_drop_of_8_percent_is_refused(buckets: int, late: float) -> None:
    assert refused(dropping(buckets, 0.01, late=late)) >= 0.95


@pytest.mark.parametrize("buckets", [24, 60, 120])
@pytest.mark.parametrize("make", [collecting_garbage, dipping_at_random])
def test_the_dips_of_a_garbage_collector_are_not(make: Callable[[int], Make], buckets: int) -> None:
    assert refused(make(buckets)) <= 0.05


@pytest.mark.parametrize("buckets", [20, 24, 60])
@pytest.mark.parametrize("scatter", [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3])
def test_a_steady_target_is_seldom_refused_however_much_it_scatters(buckets: int, scatter: float) -> None:
    assert refused(white(buckets, scatter)) <= 0.05


@pytest.mark.parametrize("buckets", [20, 24, 60, 120])
def test_nor_when_its_buckets_hang_together(buckets: int) -> None:
    assert refused(hanging_together(buckets, 0.1, 0.3)) <= 0.05 + SLACK


@pytest.mark.parametrize("mean", [5, 20, 80])
def test_nor_when_few_requests_fall_into_a_bucket(mean: int) -> None:
    assert refused(lambda rng: rng.poisson(mean, 24).astype(float)) <= 0.05


def test_a_drop_that_scattering_data_can_show_is_refused_and_one_they_cannot_is_told_as_unseen() -> None:
    assert refused(dropping(120, 0.06, late=1 / 3)) >= 0.95
    assert refused(dropping(24, 0.06, late=1 / 3, by=0.2)) >= 0.95

    noisy = steadiness(white(24, 0.06)(np.random.default_rng(1)).tolist())

    assert noisy is not None
    assert noisy.steady
    assert noisy.reason == (
        "steady as far as its scatter of 3.9 % can tell (a lasting change below 9.8 % might not be seen)"
    )


@pytest.mark.parametrize("fall", [0.1, 0.3, 0.9])
def test_a_ramp_over_the_whole_window_does_not_excuse_itself_as_scatter(fall: float) -> None:
    assert refused(lambda rng: white(24, 0.01)(rng) * np.linspace(1, 1 - fall, 24), windows=100) == 1


def test_a_slow_start_is_refused() -> None:
    assert refused(lambda rng: np.concatenate([np.linspace(50, 99, 8), white(52, 0.01)(rng)]), windows=100) == 1


def test_the_reason_names_the_tests_that_failed_with_their_figures() -> None:
    flat_then_less = steadiness([100.0] * 20 + [90.0] * 10)

    assert flat_then_less is not None
    assert not flat_then_less.steady
    assert flat_then_less.reason == (
        "its thirds differ: 10 %, at most 3 %; its first 10 buckets differ from the rest: 5.2 %, at most 5 %"
    )


def test_little_scatter_keeps_the_limits_of_the_method() -> None:
    found = steadiness(white(60, 0.005)(np.random.default_rng(1)).tolist())

    assert found is not None
    assert (found.steady, found.reason) == (True, "steady within 2 %")


def test_a_target_that_serves_nothing_is_steady_at_0() -> None:
    found = steadiness([0.0] * 30)

    assert found is not None
    assert (found.steady, found.reason) == (True, "steady at 0")


@pytest.mark.parametrize("buckets", [0, 1, MIN_BUCKETS - 1])
def test_too_short_a_window_says_nothing(buckets: int) -> None:
    assert steadiness([100.0] * buckets) is None
    assert settled([100.0] * buckets) is None


def test_a_long_window_is_judged_as_its_merged_buckets_are() -> None:
    long = white(1000, 0.01)(np.random.default_rng(2))
    late = long.copy()
    late[750:] *= 0.92

    for window, steady in ((long, True), (late, False)):
        found = steadiness(window.tolist())
        assert found is not None
        assert found.steady is steady


def until_settled(window: Sequence[float]) -> tuple[int, int]:
    """Play a warm-up bucket by bucket; give how many it took and how many of them are dropped."""
    for seen in range(len(window) + 1):
        dropped = settled(window[:seen])
        if dropped is not None:
            return seen, dropped
    return len(window), -1


@pytest.mark.parametrize("scatter", [0.005, 0.02, 0.06])
def test_a_warm_up_ends_once_its_slow_start_lies_behind(scatter: float) -> None:
    rng = np.random.default_rng(3)
    start = np.array([0, 0, 20, 50, 80, 95])

    for _ in range(30):
        seen, dropped = until_settled(np.concatenate([start, white(60, scatter)(rng)]).tolist())
        assert 22 <= seen <= 30
        assert 2 <= dropped <= 8


def test_a_warm_up_does_not_end_at_the_moment_at_which_the_target_becomes_fast() -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        slow, fast = 0.5 * white(18, 0.02)(rng), white(60, 0.02)(rng)

        _, dropped = until_settled(np.concatenate([slow, fast]).tolist())

        assert 16 <= dropped <= 18


def test_a_steady_warm_up_ends_as_soon_as_it_can_be_told() -> None:
    assert until_settled([100.0] * 60) == (20, 0)


def test_a_target_that_goes_on_getting_faster_never_settles() -> None:
    window = white(120, 0.005)(np.random.default_rng(4)) * np.linspace(0.5, 1, 120)

    assert until_settled(window.tolist()) == (120, -1)


def test_scatter_that_hides_everything_is_told_in_plain_figures() -> None:
    bursts = [25_000.0, 26_000, 64_000, 60_000, 30_000, 78_000, 34_000, 16_000] * 3

    found = steadiness(bursts)

    assert found is not None
    assert found.reason == (
        "steady as far as its scatter of 53 % can tell (a lasting change below 134 % might not be seen)"
    )


@given(st.lists(st.floats(0, 1e6), min_size=20, max_size=60), st.integers(-10, 10))
def test_the_unit_of_the_throughput_does_not_matter(window: list[float], doublings: int) -> None:
    found, scaled = steadiness(window), steadiness([bucket * 2.0**doublings for bucket in window])

    assert found is not None
    assert scaled is not None
    assert found.steady == scaled.steady
