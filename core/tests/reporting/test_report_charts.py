"""The charts of the report page: what is in each specification, and what it is drawn with."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fwcompare.model.ports import Report
from fwcompare.model.workload import Bound
from fwcompare.reporting.charts import series
from fwcompare.reporting.report_charts import Figure, charts

Make = Callable[..., Report]
SECTIONS = ["throughput", "times", "percentiles", "cpu", "errors", "series"]


def figures(report: Report) -> dict[str, Figure]:
    return {figure.name: figure for figure in charts(report)}


def rows(figure: Figure, name: str = "points") -> list[dict[str, Any]]:
    assert figure.spec is not None
    datasets = figure.spec["datasets"]
    assert isinstance(datasets, dict)
    return list(datasets[name])


def within(value: object) -> Iterator[tuple[str, object]]:
    """Give every key of a specification with its value, at any depth."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key, each
            yield from within(each)
    elif isinstance(value, list):
        for each in value:
            yield from within(each)


def test_every_section_has_its_figures_in_order(make_report: Make, recordings: Callable[..., Any]) -> None:
    found = charts(replace(make_report(), recordings=recordings()))

    assert list(dict.fromkeys(figure.section for figure in found)) == SECTIONS
    assert [figure.name for figure in found] == [
        *("throughput", "times-p50", "times-p90", "times-p99", "percentiles", "cpu", "memory", "errors"),
        *("series-throughput", "series-times", "series-cpu", "series-memory", "series-connections"),
    ]
    assert all(figure.words for figure in found if figure.spec is not None)


def test_figures_intervals_and_lower_bounds_are_in_the_data(make_report: Make) -> None:
    found = figures(make_report())["throughput"]

    assert rows(found) == [
        {"k": 0, "x": 10.0, "y": 303.97, "l": 300.51, "h": 307.47, "t": "304"},
        {"k": 1, "x": 10.0, "y": 9731.9, "l": 9618.1, "h": 9847.0, "b": 1, "t": ">= 9,732"},
        {"k": 2, "x": 10.0, "y": 1638.6, "l": 1619.5, "h": 1658.0, "t": "1,639"},
    ]
    assert found.note.endswith("Not shown: django (failed); wsgi-sync (unsupported).")


def test_colours_and_shapes_are_those_of_the_plots(make_report: Make) -> None:
    report = make_report(connections=(10, 50))
    drawn = [line for line in series(report) if line.label in ("fastapi", "axum", "fastapi-asyncpg")]

    scales = [value for key, value in within(figures(report)["throughput"].spec) if key == "scale"]

    wanted = {"domain": [line.label for line in drawn]}
    assert wanted | {"range": [line.colour for line in drawn]} in scales
    assert wanted | {"range": [line.shape for line in drawn]} in scales


def ranges(figure: Figure, channel: str) -> list[object]:
    """Give what a channel of the chart's layers is drawn with, each once."""
    drawn = [value for key, value in within(figure.spec) if key == channel and isinstance(value, dict)]
    found = [value["scale"]["range"] for value in drawn]
    return [each for place, each in enumerate(found) if each not in found[:place]]


def test_with_more_targets_than_colours_lines_are_dashed_and_bars_outlined(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[..., Any]
) -> None:
    ten = tuple(make_target(f"t{number}", 100 + number) for number in range(10))
    lines = figures(replace(make_report(ten, blocks=1, connections=(10, 50)), recordings=recordings()))
    bars = figures(make_report(ten, blocks=1))

    wanted = [[1, 0]] * 7 + [[6, 3]] * 3
    assert ranges(lines["throughput"], "strokeDash") == [wanted]
    assert ranges(lines["percentiles"], "strokeDash") == [wanted]
    assert ranges(bars["throughput"], "strokeDash") == [wanted]
    assert ranges(figures(make_report(ten[:7], blocks=1))["throughput"], "strokeDash") == []


def test_which_time_a_percentile_curve_is_of_shows_by_its_width(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[..., Any]
) -> None:
    report = replace(make_report((make_target("fast", 2000, 2.0),), rate=1000), recordings=recordings())

    both = figures(report)["percentiles"]

    assert ranges(both, "strokeWidth") == [[2.6, 1.0]]
    assert "Thick lines: response time. Thin lines: service time." in both.note


def test_a_figure_without_data_is_a_sentence(make_report: Make, five_targets: tuple[Any, ...]) -> None:
    found = figures(make_report(five_targets[3:]))

    assert all(figure.spec is None and figure.words == "" for figure in found.values())
    assert "Not shown: django (failed); wsgi-sync (unsupported)." in found["throughput"].note
    assert found["errors"].note.startswith("No cell has a valid trial to count errors of.")


def test_the_limit_is_drawn_where_it_says_something(make_audited: Callable[..., Report], make_report: Make) -> None:
    keys = [cell.key for cell in make_audited().plan.cells]
    near = figures(make_audited(bounds={key: Bound(12_000, "10 / 0.1 s") for key in keys}))["throughput"]
    far = figures(make_audited(bounds={key: Bound(1_000_000, "10 / 0.1 s") for key in keys}))["throughput"]

    assert rows(near, "limits") == [{"x": 10.0, "y": 12000.0}]
    assert "The dashed line is the limit that arithmetic gives." in near.note
    assert "limits" not in json.dumps(far.spec)
    assert "dashed" not in far.note


def test_nothing_is_fetched_and_no_name_is_more_than_data(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[..., Any]
) -> None:
    hostile = "'] + alert(1) + ['"
    made = (make_target(hostile, 1000, errors=0.1), make_target("axum", 900))

    for connections in ((10,), (10, 50)):
        for figure in charts(replace(make_report(made, connections=connections), recordings=recordings())):
            seen = list(within(figure.spec))
            assert not [key for key, _ in seen if key in ("url", "$schema", "href", "usermeta")]
            expressions = ("expr", "filter", "calculate", "labelExpr", "field", "as", "fold")
            assert not [value for key, value in seen if key in expressions and "alert" in json.dumps(value)]


def test_one_list_serves_all_strips_of_a_workload(make_report: Make, recordings: Callable[..., Any]) -> None:
    found = [figure for figure in charts(replace(make_report(), recordings=recordings())) if figure.section == "series"]

    params: list[Any] = [value for figure in found for key, value in within(figure.spec) if key == "params"]

    assert [[each["name"] for each in one] for one in params] == [["trial"]] * len(found)
    assert params[0][0]["bind"]["labels"] == ["fastapi, block 3", "axum, block 1", "fastapi-asyncpg, block 5"]
    assert not any("bind" in one[0] for one in params[1:])


def test_long_trials_do_not_make_a_big_page(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[..., Any]
) -> None:
    made = tuple(make_target(f"t{number}", 100 + number, errors=0.001) for number in range(20))
    report = replace(make_report(made, blocks=2), recordings=recordings(slices=3000))

    assert sum(len(json.dumps(figure.spec)) for figure in charts(report)) < 400_000


@given(st.permutations(range(15)))
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_in_which_trials_ended_changes_no_byte(
    make_report: Make, recordings: Callable[..., Any], order: list[int]
) -> None:
    report = replace(make_report(), recordings=recordings())
    shuffled = replace(report, trials=tuple(report.trials[place] for place in [*order, *range(15, len(report.trials))]))

    assert [json.dumps(figure.spec) for figure in charts(shuffled)] == [
        json.dumps(figure.spec) for figure in charts(report)
    ]
