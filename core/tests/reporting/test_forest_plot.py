"""Where a forest plot has its axis and its ticks."""

import math

import pytest

from fwcompare.model.comparison import CellComparison
from fwcompare.reporting.forest_plot import forest_plot, is_cut, ratio_ticks


def cell(key: str, ratio: float | None, low: float | None = None, high: float | None = None) -> CellComparison:
    return CellComparison(
        key=key,
        metric="throughput_rps",
        a=None,
        b=None,
        trials_a=3,
        trials_b=3,
        ratio=ratio,
        low=low,
        high=high,
        verdict="inconclusive",
    )


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.94, 1.06, [0.94, 0.96, 0.98, 1, 1.02, 1.04, 1.06]),
        (0.7, 1.6, [0.8, 1, 1.2, 1.4, 1.6]),
        (0.9, 3.3, [1, 1.5, 2, 2.5, 3]),
        (0.3, 12, [0.5, 1, 2, 5, 10]),
        (0.001, 1000, [0.001, 0.01, 0.1, 1, 10, 100, 1000]),
    ],
)
def test_ticks_are_round_few_and_hold_one(low: float, high: float, ticks: list[float]) -> None:
    found = ratio_ticks(low, high)
    assert found == pytest.approx(ticks)
    assert any(math.isclose(tick, 1) for tick in found)


def test_no_interval_stretches_the_axis_out_of_sight() -> None:
    cells = [cell("a", 1.5, 1.4, 1.6), cell("b", 1.1, 0.0001, 90_000)]
    assert is_cut(cells, 0.02)
    assert not is_cut(cells[:1], 0.02)
    (low, high) = forest_plot(cells, 0.02)["layer"][0]["encoding"]["x"]["scale"]["domain"]  # type: ignore[index]
    assert 0.2 < low < 1
    assert 1.6 < high < 7


def test_a_cell_without_a_ratio_keeps_its_line() -> None:
    plot = forest_plot([cell("a", None), cell("b", 1.0, 0.9, 1.1)], 0.02)
    assert plot["layer"][2]["encoding"]["y"]["scale"]["domain"] == ["a", "b"]  # type: ignore[index]
    assert [point["b / a"] for point in plot["data"]["values"]] == ["n/a", "1.00x"]  # type: ignore[index]
