"""The lines under `assert`: what is understood, and where a slip is pointed at."""

import json

import pytest

from fwcompare.errors import ScenarioError
from fwcompare.model.scenario import Scenario
from fwcompare.model.threshold import METRICS, Threshold, read_threshold
from fwcompare.planning.scenario_file import parse_scenario

SCENARIO = """\
name: users
workload: users
targets: [fastapi, axum]
load: {connections: 1, duration: 6s}
assert:
  - errors < 0.1%
  - LINE
"""


def problem(line: str, *changes: tuple[str, str]) -> str:
    text = SCENARIO.replace("LINE", line)
    for before, after in changes:
        text = text.replace(before, after)
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "s.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "target", "over", "metric", "operator", "value", "unit"),
    [
        ("fastapi: service_p99 < 250ms", "fastapi", None, "service_p99", "<", 250, "ms"),
        ("service_p50 <= 0.5 s", None, None, "service_p50", "<=", 500, "ms"),
        ("errors < 0.1%", None, None, "errors", "<", 0.001, "share"),
        ("axum:throughput>1000", "axum", None, "throughput", ">", 1000, "req/s"),
        ("throughput >= 1000 req/s", None, None, "throughput", ">=", 1000, "req/s"),
        ("axum/fastapi: throughput > 2", "axum", "fastapi", "throughput", ">", 2, "ratio"),
        ("axum / fastapi : cpu_per_request < 0.5x", "axum", "fastapi", "cpu_per_request", "<", 0.5, "ratio"),
        ("peak_rss < 1.5GiB", None, None, "peak_rss", "<", 1536, "MiB"),
        ("cpu_per_request < 900us", None, None, "cpu_per_request", "<", 0.9, "ms"),
    ],
)
def test_a_line_is_understood_in_the_units_of_the_summary(
    line: str, target: str | None, over: str | None, metric: str, operator: str, value: float, unit: str
) -> None:
    read = read_threshold(line)
    assert (read.target, read.over, read.metric, read.operator, read.unit) == (target, over, metric, operator, unit)
    assert read.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("operator", "below", "same", "above"),
    [("<", True, False, False), ("<=", True, True, False), (">", False, False, True), (">=", False, True, True)],
)
def test_an_operator_admits_one_side(operator: str, *, below: bool, same: bool, above: bool) -> None:
    threshold = read_threshold(f"throughput {operator} 100")
    assert [threshold.admits(figure) for figure in (99.9, 100, 100.1)] == [below, same, above]


def test_a_line_that_yaml_takes_for_a_mapping_is_the_same_line() -> None:
    quoted = parse_scenario(SCENARIO.replace("LINE", '"axum: errors < 2%"'), "s.yaml")
    plain = parse_scenario(SCENARIO.replace("LINE", "axum: errors < 2%"), "s.yaml")
    assert plain.thresholds == quoted.thresholds
    assert [one.text for one in plain.thresholds] == ["errors < 0.1%", "axum: errors < 2%"]


def test_they_are_written_as_they_were_read_and_under_the_same_key() -> None:
    scenario = parse_scenario(SCENARIO.replace("LINE", "axum/fastapi: throughput > 2"), "s.yaml")
    written = scenario.model_dump_json()
    assert json.loads(written)["assert"] == ["errors < 0.1%", "axum/fastapi: throughput > 2"]
    assert Scenario.model_validate_json(written) == scenario


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("fastpi: errors < 1%", "'fastpi' is no target of the scenario; did you mean 'fastapi'?"),
        ("axum/zzz: throughput > 1", "'zzz' is no target of the scenario; expected one of fastapi, axum"),
        ("eror < 1%", "'eror' is no metric; did you mean 'errors'?"),
        ("latency < 1ms", "'latency' is no metric; expected one of throughput, response_p50"),
        ("service_p99.9 < 1ms", "is no threshold; expected [TARGET[/TARGET]:] METRIC"),
        ("p99 < 250ms", "p99 could be a time from the send or from when a request was due; expected service_p99"),
        ("response_p99 < 2ms", "the closed model has no response time; expected service_p99"),
        ("errors < 1", "a unit is missing behind the value of errors; expected %"),
        ("service_p99 < 250", "a unit is missing behind the value of service_p99; expected us or ms or s"),
        ("throughput > 5ms", "'ms' is no unit of throughput; expected none or req/s"),
        ("peak_rss < 5MB", "'MB' is no unit of peak_rss; expected KiB or MiB or GiB"),
        ("axum/fastapi: throughput > 2 req/s", "'req/s' is no unit of a ratio of throughput; expected none or x"),
        ("axum/fastapi: errors < 1", "errors has no ratio of two targets; expected throughput or cpu_per_request"),
        ("axum/axum: throughput > 1", "axum/axum is 1 whatever is measured"),
        ("errors < 0%", "'errors < 0%' can never hold"),
        ("errors = 0%", "is no threshold"),
        ("throughput > -5", "is no threshold"),
        ("{axum: 5}", "is no threshold"),
        ("7", "7 is no threshold"),
    ],
)
def test_a_slip_is_refused_when_the_scenario_is_read_with_its_place(line: str, expected: str) -> None:
    message = problem(line)
    assert "s.yaml:7:5: assert.1: " in message
    assert expected in message


def test_a_bare_quantile_is_refused_with_the_time_that_the_load_model_means() -> None:
    rated = ("connections: 1", "connections: 1, rate: 100")
    assert "expected response_p90, the one that the open model is judged by" in problem("p90 < 9ms", rated)
    parse_scenario(SCENARIO.replace("LINE", "response_p90 < 9ms").replace(*rated), "s.yaml")


def test_a_problem_elsewhere_is_told_alone() -> None:
    message = problem("response_p99 < 2ms", ("duration: 6s", "duration: 6"), ("[fastapi, axum]", "[fastapi, 5]"))
    assert "assert" not in message


def test_every_metric_is_in_the_summary_under_its_field() -> None:
    from fwcompare.model.summary import CellSummary, QuantileSummary

    for metric in METRICS.values():
        name, _, quantile = metric.field.partition(".")
        assert name in CellSummary.model_fields
        assert not quantile or quantile in QuantileSummary.model_fields


def test_a_threshold_that_was_read_stays_as_it_is() -> None:
    threshold = Threshold("errors < 1%", None, None, "errors", "<", 0.01)
    assert read_threshold(threshold) is threshold
