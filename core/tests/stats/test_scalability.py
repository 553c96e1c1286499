"""The scalability law, fitted to sweeps that were made from it, and to such that were not."""

import random
import re

import pytest

from fwcompare.stats.scalability import fit_scalability


def law(level: int, gamma: float, sigma: float, kappa: float) -> float:
    return gamma * level / (1 + sigma * (level - 1) + kappa * level * (level - 1))


def sweep(levels: list[int], sigma: float, kappa: float, noise: float = 0.01) -> dict[int, list[float]]:
    source = random.Random(4)  # noqa: S311 - a simulation that is to be had again
    return {
        level: [law(level, 100, sigma, kappa) * source.lognormvariate(0, noise) for _ in range(5)] for level in levels
    }


def test_a_peak_inside_of_the_levels_is_told_with_parameters_that_hold_the_truth() -> None:
    fit = fit_scalability("a", sweep([1, 2, 4, 8, 16, 32, 64], 0.05, 0.002), confidence=0.99)
    for interval, truth in (
        (fit.gamma_interval, 100),
        (fit.sigma_interval, 0.05),
        (fit.kappa_interval, 0.002),
    ):
        assert interval is not None
        assert interval[0] <= truth <= interval[1]
    # The root of 0.95 over 0.002.
    assert fit.peak_connections == pytest.approx(21.8, rel=0.03)
    assert fit.peak_rps == pytest.approx(law(22, 100, 0.05, 0.002), rel=0.02)
    assert fit.reason == ""


@pytest.mark.parametrize(
    ("levels", "sigma", "kappa", "reason"),
    [
        ([1, 2, 4], 0.05, 0.002, "3 levels of connections were measured, 4 are needed"),
        ([1, 2, 4, 8, 16, 24], 0.05, 0.002, "no level of .* or more was measured"),
        ([30, 40, 50, 60, 80], 0.05, 0.01, "below the lowest level of 30"),
        ([1, 2, 4, 8, 16, 32, 64], 0.1, 0.0, "the interval of kappa holds 0"),
    ],
    ids=["too few levels", "nothing beyond the peak", "peak below", "no peak"],
)
def test_a_peak_that_was_not_measured_is_not_told(levels: list[int], sigma: float, kappa: float, reason: str) -> None:
    fit = fit_scalability("a", sweep(levels, sigma, kappa, noise=0.003), confidence=0.95)
    assert (fit.peak_connections, fit.peak_rps) == (None, None)
    assert re.search(reason, fit.reason), fit.reason


def test_a_curve_that_does_not_fit_has_no_peak() -> None:
    cliff = sweep([1, 2, 4, 8, 16, 32, 64], 0.0, 0.0)
    cliff[64] = [rate * 0.1 for rate in cliff[64]]
    fit = fit_scalability("a", cliff, confidence=0.95)
    assert fit.peak_connections is None
    assert "off the curve, at most 5% are allowed" in fit.reason
