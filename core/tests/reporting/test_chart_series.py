"""What is drawn along a load: the same series, colours and shapes for every plot and chart of a run."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fwcompare.model.ports import Report
from fwcompare.reporting import chart_measures
from fwcompare.reporting.chart_notes import note, words
from fwcompare.reporting.chart_series import COLOURS, MARKERS, MOST_SERIES, SHAPES, sweeps

Make = Callable[..., Report]


def with_rates(report: Report, *rates: float) -> Report:
    """Give a report of the first cell alone, once at each rate."""
    first = report.summary.cells[0]
    load = first.load.model_copy(update={"model": "open"})
    cells = [
        first.model_copy(update={"key": f"{first.key}-{rate}", "load": load.model_copy(update={"rate": rate})})
        for rate in rates
    ]
    return replace(report, summary=report.summary.model_copy(update={"cells": cells}))


def test_a_series_keeps_its_colour_and_shape_whatever_the_workload(make_report: Make) -> None:
    report = make_report(connections=(10, 50))
    cells = [
        cell.model_copy(update={"workload": "sleep", "key": f"{cell.key}-sleep"} if place >= 4 else {})
        for place, cell in enumerate(report.summary.cells)
    ]

    users, sleep = sweeps(replace(report, summary=report.summary.model_copy(update={"cells": cells})))

    assert (users.workload, sleep.workload) == ("users", "sleep")
    of_users, of_sleep = ({line.label: (line.colour, line.shape) for line in sweep.series} for sweep in (users, sleep))
    assert set(of_users) & set(of_sleep) == {"fastapi", "axum", "fastapi-asyncpg", "django"}
    assert all(of_sleep[label] == drawn for label, drawn in of_users.items() if label in of_sleep)


def test_several_rates_are_what_lies_along_the_axis(make_report: Make) -> None:
    (by_connections,) = sweeps(with_rates(make_report(), 200))
    (by_rate,) = sweeps(with_rates(make_report(), 200, 400, 800))

    assert (by_connections.axis, by_connections.levels) == ("connections", (10,))
    assert (by_rate.axis, by_rate.levels) == ("rate", (200, 400, 800))
    assert by_rate.label == "arrival rate (requests/s)"


def test_of_too_many_series_the_fastest_are_drawn_and_the_others_counted(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    made = tuple(make_target(f"t{number}", 100 + number) for number in range(MOST_SERIES + 3))

    (sweep,) = sweeps(make_report((*made, make_target("none", 1, unsupported="no")), blocks=2))

    assert [line.label for line in sweep.left_out] == ["t0", "t1", "t2"]
    said = note(sweep, [chart_measures.throughput()], 0.95)
    assert "3 slower ones not: see the table." in said
    assert "Not shown: none (unsupported)." in said


def test_with_many_loads_fewer_series_fit(make_report: Make, make_target: Callable[..., Any]) -> None:
    made = tuple(make_target(f"t{number}", 100 + number) for number in range(12))

    (sweep,) = sweeps(make_report(made, blocks=1, connections=tuple(range(1, 41))))

    assert len(sweep.drawn([chart_measures.throughput()])) == 10


def test_series_of_the_same_colour_differ_in_dashes(make_report: Make, make_target: Callable[..., Any]) -> None:
    made = tuple(make_target(f"t{number}", 100 + number) for number in range(MOST_SERIES))

    (sweep,) = sweeps(make_report(made, blocks=1))

    assert [line.dash for line in sweep.series[: len(COLOURS)]] == [()] * len(COLOURS)
    assert len({(line.colour, line.dash) for line in sweep.series}) == MOST_SERIES
    assert len({(line.colour, line.shape) for line in sweep.series}) == MOST_SERIES


def test_first_series_differ_in_colour_and_shape() -> None:
    assert len(MARKERS) == len(SHAPES) == len(set(SHAPES))
    # Both go round, but not together.
    assert len({(COLOURS[n % len(COLOURS)], SHAPES[n % len(SHAPES)]) for n in range(MOST_SERIES)}) == MOST_SERIES
    assert "#000000" not in COLOURS


def test_a_saturated_cell_has_no_response_time_and_the_note_says_why(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    report = make_report((make_target("slow", 100), make_target("fast", 2000)), rate=1000)

    (sweep,) = sweeps(report)
    p50, *_ = chart_measures.times(report)

    assert [line.label for line in sweep.drawn([p50])] == ["fast"]
    assert "Not shown: slow (saturated)." in note(sweep, [p50], 0.95)


def test_absences_of_one_kind_are_named_together_with_the_range_of_their_figures(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    made = (
        make_target("a", 100, requests=640),
        make_target("b", 90, requests=90),
        make_target("c", 900, requests=9000),
        make_target("d", 1, unsupported="no"),
    )
    report = make_report(made, blocks=1)

    (sweep,) = sweeps(report)

    *_, p99 = chart_measures.times(report)
    assert note(sweep, [p99], 0.95).endswith(
        "Not shown: a and b (too few requests for p99: 90 to 640 in block 1, 1,000 are needed); d (unsupported)."
    )


def test_words_tell_first_and_last_figure_with_their_bounds(make_report: Make, make_target: Callable[..., Any]) -> None:
    report = make_report((make_target("axum", 9740, client_bound=True),), connections=(10, 50, 100))

    (sweep,) = sweeps(report)

    assert words(sweep, chart_measures.throughput()) == (
        "throughput (requests/s) against connections: axum >= 9,732 (9,618 to 9,847) at 10 connections, "
        ">= 24,330 (24,045 to 24,617) at 100 connections."
    )


def test_a_run_of_one_block_says_that_it_has_no_intervals(make_report: Make) -> None:
    (sweep,) = sweeps(make_report(blocks=1))

    assert "No intervals: no cell has two valid trials." in note(sweep, [chart_measures.throughput()], 0.95)
