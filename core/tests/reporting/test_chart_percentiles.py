"""The percentile curves: which lines there are, where they lie, and which are not drawn and why."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fwcompare.model.ports import Report
from fwcompare.reporting.chart_percentiles import Percentiles, percentile, percentiles, place
from fwcompare.reporting.chart_series import sweeps

Make = Callable[..., Report]


def read(report: Report, recordings: object) -> Percentiles:
    return percentiles(replace(report, recordings=recordings), sweeps(report)[0])  # type: ignore[arg-type]


def test_nines_lie_at_equal_distances() -> None:
    assert [place(quantile) for quantile in (0, 0.9, 0.99, 0.999)] == pytest.approx([0, 1, 2, 3])
    assert [percentile(quantile) for quantile in (0.5, 0.99, 0.999, 0.99999)] == ["50 %", "99 %", "99.9 %", "99.999 %"]


def test_a_closed_model_has_service_times_alone_and_says_so(make_report: Make, recordings: Callable[..., Any]) -> None:
    found = read(make_report(), recordings())

    assert [(curve.series.label, curve.times) for curve in found.curves] == [
        ("fastapi", "service"),
        ("axum", "service"),
        ("fastapi-asyncpg", "service"),
    ]
    assert "in a closed model there is no response time" in found.note
    assert "Not shown: django (failed) and wsgi-sync (unsupported)." in found.note


def test_an_open_model_has_service_time_beside_response_time_but_not_of_a_saturated_target(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[..., Any]
) -> None:
    report = make_report((make_target("slow", 100, 30.0), make_target("fast", 2000, 2.0)), rate=1000)

    found = read(report, recordings())

    assert [(curve.series.label, curve.times) for curve in found.curves] == [
        ("slow", "service"),
        ("fast", "response"),
        ("fast", "service"),
    ]
    assert "No response time of slow: see the verdict." in found.note
    assert "fast response time p50 1.80 ms, p99 5.20 ms;" in found.words


def test_what_was_not_recorded_is_named(make_report: Make, recordings: Callable[..., Any]) -> None:
    found = read(make_report(), recordings(without=("axum",)))

    assert "axum" not in [curve.series.label for curve in found.curves]
    assert "Without a curve: axum (no histogram)." in found.note
    assert read(make_report(), None).curves == ()
