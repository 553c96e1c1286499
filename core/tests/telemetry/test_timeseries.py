"""Totals at the edges of a window, and columns."""

import json

import pytest

from fwcompare.telemetry.timeseries import columns, grown

TIMES = [0.0, 1.0, 3.0]


def test_growth_is_read_off_between_the_samples_around_each_edge() -> None:
    assert grown(TIMES, [0.0, 2.0, 3.0], 0.5, 2.0) == pytest.approx(1.5)
    assert grown(TIMES, [5.0, 7.0, 8.0], 0.0, 3.0) == pytest.approx(3.0)


def test_growth_is_unknown_where_the_series_does_not_reach_or_a_total_is_unknown() -> None:
    assert grown(TIMES, [0.0, 2.0, 3.0], -0.1, 2.0) is None
    assert grown(TIMES, [0.0, 2.0, 3.0], 0.0, 3.1) is None
    assert grown([], [], 0.0, 0.0) is None
    assert grown(TIMES, [0.0, None, 3.0], 0.5, 3.0) is None
    assert grown(TIMES, [0.0, None, 3.0], 0.0, 3.0) == 3.0


def test_columns_count_time_from_the_window_and_survive_json() -> None:
    table = columns(("at_s", "count"), [(9.5, None), (10.25, 3)], 10.0)
    assert json.loads(json.dumps(table)) == {"at_s": [-0.5, 0.25], "count": [None, 3]}
    assert columns(("at_s", "count"), [], 10.0) == {"at_s": [], "count": []}
