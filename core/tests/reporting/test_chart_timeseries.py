"""A trial second by second: thinned without losing a peak or a CPU second, and empty where nothing was recorded."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from fwcompare.model.ports import Report
from fwcompare.reporting.chart_series import sweeps
from fwcompare.reporting.chart_timeseries import MOST_POINTS, TimeSeries, time_series

Make = Callable[..., Report]


def read(report: Report, recordings: object) -> TimeSeries:
    return time_series(replace(report, recordings=recordings), sweeps(report)[0])  # type: ignore[arg-type]


def test_every_strip_of_a_trial_is_read(make_report: Make, recordings: Callable[..., Any]) -> None:
    found = read(make_report(), recordings())

    first = found.trials[0]
    assert first.name == "fastapi, block 3"
    assert {name: [line for line, _ in strip.columns] for name, strip in first.strips.items()} == {
        "throughput": ["ok answers", "errors"],
        "times": ["service p50", "service p99"],
        "cpu": ["target", "postgresql", "client"],
        "memory": ["target", "postgresql", "client"],
        "connections": ["to postgresql"],
    }


def test_only_the_measured_window_is_shown(make_report: Make, recordings: Callable[..., Any]) -> None:
    strips = read(make_report(), recordings()).trials[0].strips

    assert all(strip.at_s[0] >= 0 and strip.at_s[-1] <= 5 for strip in strips.values())


def test_cpu_is_the_growth_of_the_totals_in_cores(make_report: Make, recordings: Callable[..., Any]) -> None:
    cpu = read(make_report(), recordings()).trials[0].strips["cpu"]

    target = dict(cpu.columns)["target"]
    # Over half a second each: a tenth would show the clock's ticks.
    assert len(target) == 10
    assert target == pytest.approx([0.9] * 10, abs=0.01)


def test_long_windows_are_thinned_and_keep_their_peaks(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[..., Any]
) -> None:
    report = make_report((make_target("axum", 1000),))
    whole = recordings(slices=3000)
    rows = whole.timeline(report.trials[0])

    strips = read(report, whole).trials[0].strips

    assert len(strips["throughput"].at_s) == MOST_POINTS
    assert max(value or 0 for value in dict(strips["times"].columns)["service p99"]) == pytest.approx(
        max(row.service_p99_ms for row in rows), rel=0.02
    )


def test_an_open_model_shows_response_times_beside_service_times(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[..., Any]
) -> None:
    found = read(make_report((make_target("axum", 2000),), rate=1000), recordings())

    times = found.trials[0].strips["times"]
    assert [line for line, _ in times.columns] == ["response p50", "response p99", "service p50", "service p99"]


def test_what_was_not_recorded_is_named(make_report: Make, recordings: Callable[..., Any]) -> None:
    found = read(make_report(), recordings(without=("axum",)))

    assert [trial.series.label for trial in found.trials] == ["fastapi", "fastapi-asyncpg"]
    assert found.note.endswith("Without a series: axum (not recorded).")
    assert read(make_report(), None).trials == ()


@pytest.mark.parametrize(
    "sampled",
    [
        {},
        {"groups": {"target": {}}},
        {"groups": {"target": {"samples": {"at_s": [0.0, 1.0], "user_s": [None, "x"], "rss_bytes": None}}}},
        {"groups": 3, "connections": {"postgresql": []}},
    ],
)
def test_telemetry_of_another_shape_gives_no_line(
    make_report: Make, recordings: Callable[..., Any], sampled: Mapping[str, object]
) -> None:
    class Odd(recordings):  # type: ignore[valid-type, misc]
        def telemetry(self, trial: object) -> Mapping[str, object]:
            return sampled

    found = read(make_report(), Odd())

    assert set(found.trials[0].strips) == {"throughput", "times"}
