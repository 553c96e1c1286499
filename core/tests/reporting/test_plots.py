"""The five plots: what is on the axes, and what is named below them because it is not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fwcompare.model.ports import Report
from fwcompare.reporting import plot_details
from fwcompare.reporting.charts import COLOURS, MARKERS, draw, series
from fwcompare.reporting.plot_frame import save
from fwcompare.reporting.plots import PlotReporter, plots

Make = Callable[..., Report]
NAMES = ["throughput", "error_rate", "cpu", "response_time", "total_requests"]


def drawn(report: Report, name: str) -> Figure:
    return draw(next(plot for plot in plots(report) if plot.name == name), report)


def note(figure: Figure) -> str:
    return " ".join(figure.get_supxlabel().split())


def loads(line: Line2D) -> list[float]:
    return [float(load) for load in np.asarray(line.get_xdata(), dtype=float)]


def bar_labels(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


@pytest.mark.parametrize("connections", [(10,), (10, 50, 100)])
def test_five_plots_are_written_twice(make_report: Make, tmp_path: Path, connections: tuple[int, ...]) -> None:
    report = make_report(folder=tmp_path, connections=connections)

    paths = list(PlotReporter().write(report))

    assert paths == [tmp_path / "plots" / f"{name}.{suffix}" for name in NAMES for suffix in ("png", "svg")]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths[::2])
    for path in paths[1::2]:
        assert ET.fromstring(path.read_text(encoding="utf-8")).tag.endswith("svg")  # noqa: S314 - our own text


def test_the_same_run_gives_the_same_bytes(make_report: Make, tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)

    first = [path.read_bytes() for path in PlotReporter().write(report)]
    second = [path.read_bytes() for path in PlotReporter().write(report)]

    assert first == second


def test_every_axis_says_its_unit(make_report: Make) -> None:
    report = make_report(connections=(10, 50))

    labels = {name: [axes.get_ylabel() for axes in drawn(report, name).axes] for name in NAMES}

    assert labels == {
        "throughput": ["throughput (requests/s), logarithmic"],
        "error_rate": ["requests without a 2xx answer (%)"],
        "cpu": ["CPU per request (ms), logarithmic", "CPU used (cores)"],
        "response_time": [f"{quantile} (ms), logarithmic" for quantile in ("p50", "p90", "p99")],
        "total_requests": ["requests sent in all valid trials"],
    }
    assert {axes.get_xlabel() for axes in drawn(report, "throughput").axes} == {"connections"}


def test_lines_run_over_the_measured_loads_with_bands(make_report: Make, make_target: Callable[..., Any]) -> None:
    report = make_report((make_target("axum", 100), make_target("flux", 60)), connections=(10, 50, 100))

    (axes,) = drawn(report, "throughput").axes

    lines = [line for line in axes.get_lines() if loads(line) == [10, 50, 100]]
    assert [to_hex(line.get_color()) for line in lines] == [colour.lower() for colour in COLOURS[:2]]
    assert list(axes.get_xticks()) == [10, 50, 100]
    assert len(axes.collections) == 4  # a band and the bars of its points, twice
    assert axes.get_ylim()[0] == 0


def test_lower_bounds_have_open_markers(make_report: Make) -> None:
    (axes,) = drawn(make_report(connections=(10, 50)), "throughput").axes

    (held_back,) = [line for line in axes.get_lines() if line.get_markerfacecolor() == "white"]
    assert loads(held_back) == [10, 50]
    assert to_hex(held_back.get_color()) == COLOURS[1].lower()  # axum, the second of the plan


def test_a_single_load_point_is_drawn_as_bars_with_their_figures(make_report: Make) -> None:
    figure = drawn(make_report(), "throughput")

    assert bar_labels(figure) == ["fastapi", "axum", "fastapi-asyncpg"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["304", ">= 9,732", "1,639"]
    assert note(figure) == (
        "10 connections. Error bars: 95 % interval over trials. Pale bars: a lower bound (>=), the load generator was "
        "the limit. Not shown: django (failed); wsgi-sync (unsupported)."
    )


def test_a_closed_model_shows_service_time_and_says_so(make_report: Make) -> None:
    report = make_report()

    assert drawn(report, "response_time").get_suptitle() == (
        "Service time (closed model: no due time, so no response time) - 100 users from PostgreSQL"
    )


def test_a_figure_that_is_not_known_is_absent_and_named(make_report: Make, make_target: Callable[..., Any]) -> None:
    made = (make_target("axum", 100, requests=400), make_target("flux", 60))

    figure = drawn(make_report(made, connections=(10, 50)), "response_time")

    lines = [loads(line) for line in figure.axes[2].get_lines()]
    assert lines == [[], [10, 50]]  # nothing of axum
    assert "Not shown: axum (too few requests for p99: 400 to 857 in block 1, 1,000 are needed)." in note(figure)


def test_a_run_with_nothing_valid_still_has_its_plots(make_report: Make, five_targets: tuple[Any, ...]) -> None:
    for connections in ((10,), (10, 50)):
        figure = drawn(make_report(five_targets[3:], connections=connections), "cpu")

        assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["no figure is known"] * 2
        assert "Not shown: django (failed); wsgi-sync (unsupported)." in note(figure)


def test_a_series_keeps_its_colour_and_marker_and_the_first_ones_differ(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    lines = series(make_report(tuple(make_target(f"t{number}", 100) for number in range(20))))

    assert len({(line.colour, line.marker) for line in lines}) == 20
    assert len(set(COLOURS)) == 7
    assert len(set(MARKERS)) == 8


def test_with_more_targets_than_colours_lines_are_dashed_and_bars_hatched(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    ten = tuple(make_target(f"t{number}", 100) for number in range(10))

    (axes,) = drawn(make_report(ten, blocks=1, connections=(10, 50)), "throughput").axes
    assert [line.get_linestyle() for line in axes.get_lines()] == ["-"] * 7 + ["--"] * 3
    (axes,) = drawn(make_report(ten, blocks=1), "throughput").axes
    assert [bar.get_hatch() for bar in axes.patches] == [""] * 7 + ["//"] * 3


def test_many_absences_are_counted_instead_of_named(make_report: Make, make_target: Callable[..., Any]) -> None:
    made = tuple(make_target(f"t{number}", 1, unsupported="no") for number in range(40))

    assert note(drawn(make_report(made), "throughput")).endswith("t10, t11 and 28 more (unsupported).")


def test_a_dollar_sign_is_no_mathematics(make_report: Make, make_target: Callable[..., Any], tmp_path: Path) -> None:
    made = tuple(make_target(name, 100, parameters=(("P", r"$\frac$"),)) for name in ("axum", "flux"))

    for connections in ((10,), (10, 50)):
        report = make_report(made, folder=tmp_path, connections=connections, title=r"costs $\x$")
        assert len(list(PlotReporter().write(report))) == 10
        assert "$\\frac$" in (tmp_path / "plots" / "throughput.svg").read_text(encoding="utf-8")


def test_percentiles_errors_and_series_are_drawn_where_there_is_data(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[..., Any], tmp_path: Path
) -> None:
    made = (make_target("axum", 1000), make_target("flux", 900, errors=0.02))
    report = replace(make_report(made, folder=tmp_path), recordings=recordings())

    assert [plot.name for plot in plots(report)] == [*NAMES, "percentiles", "errors", "series"]
    assert len(list(PlotReporter().write(report))) == 16
    assert [plot.name for plot in plots(make_report(made[:1]))] == NAMES


def test_details_have_the_colours_of_their_series(make_report: Make, recordings: Callable[..., Any]) -> None:
    report = replace(make_report(), recordings=recordings())
    found = {plot.name: plot for plot in plots(report)}

    (axes,) = plot_details.draw(found["percentiles"], report).axes
    assert list(dict.fromkeys(to_hex(line.get_color()) for line in axes.get_lines())) == [
        colour.lower() for colour in COLOURS[:3]
    ]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0 %", "50 %", "90 %", "99 %", "99.9 %"]
    throughput, times, cpu, memory = plot_details.draw(found["series"], report).axes
    assert [len(each.get_lines()) for each in (throughput, times, cpu, memory)] == [3, 3, 3, 3]
    assert times.get_ylabel() == "service time p99 (ms)"


def test_times_have_the_intervals_of_their_quantiles(make_report: Make, make_target: Callable[..., Any]) -> None:
    figure = drawn(make_report((make_target("axum", 100),), connections=(10, 50)), "response_time")

    assert [len(axes.collections) for axes in figure.axes] == [2, 2, 2]  # each a band, and the bars of its points


@given(st.permutations(range(15)))
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_in_which_trials_ended_changes_no_byte(
    make_report: Make, recordings: Callable[..., Any], tmp_path: Path, order: list[int]
) -> None:
    report = replace(make_report(folder=tmp_path), recordings=recordings())
    shuffled = replace(report, trials=tuple(report.trials[place] for place in [*order, *range(15, len(report.trials))]))
    plot = next(plot for plot in plots(report) if plot.name == "series")

    def svg(of: Report) -> bytes:
        save(plot_details.draw(plot, of), tmp_path / "plot.png", tmp_path / "plot.svg")
        return (tmp_path / "plot.svg").read_bytes()

    assert svg(shuffled) == svg(report)
