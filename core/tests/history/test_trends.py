"""Trends: what is joined into one, what is a point, and what is said of a step."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.history import History, TrendMetric, line_of
from fwcompare.model.plan import Cell
from fwcompare.session.run import make_report
from fwcompare.stats.compare_runs import compare_runs
from fwcompare.stats.history import make_history
from fwcompare.stats.intervals import LogEstimate, geometric_interval
from fwcompare.store.index import Index
from fwcompare.store.run_directory import RunDirectory

if TYPE_CHECKING:
    from core.tests.history.conftest import MadeRun

RunOf = Callable[..., "MadeRun"]


def history_of(results: Path, metric: TrendMetric = "throughput", target: str = "axum") -> History:
    index = Index.open(results)
    cells = index.cells(target=target)
    return make_history(target, metric, cells, index.conditions({cell.run for cell in cells}))


def test_the_points_of_a_trend_are_the_figures_of_the_summaries_oldest_first(results: Path, run_of: RunOf) -> None:
    for number, rps in ((2, 200.0), (1, 100.0), (3, 300.0)):
        run_of(number, targets={"axum": rps}).write(results)
    (trend,) = history_of(results).trends
    assert [point.run[-4:] for point in trend.points] == ["0001", "0002", "0003"]
    summaries = [cell.summary.throughput_rps for cell in Index.open(results).cells()]
    assert [point.figure for point in trend.points] == summaries
    assert [step.ratio for step in trend.steps] == pytest.approx([2.0, 1.5])
    assert (trend.figure, trend.gaps) == ("throughput_rps", [])


def test_hosts_are_never_in_one_trend_and_the_one_used_last_is_first(results: Path, run_of: RunOf) -> None:
    usual = run_of(1)
    for number, host in ((1, "one"), (2, "two"), (3, "one"), (4, "two")):
        run_of(number, host={**usual.host, "id": host}).write(results)
    trends = history_of(results).trends
    assert [[point.run[-4:] for point in trend.points] for trend in trends] == [["0002", "0004"], ["0001", "0003"]]
    assert len({trend.host for trend in trends}) == 2


def test_a_host_that_nothing_is_known_of_is_never_the_same_host(results: Path, run_of: RunOf) -> None:
    for number in (1, 2):
        run_of(number, host={}).write(results)
    trends = history_of(results).trends
    assert [(trend.host, len(trend.points), trend.steps) for trend in trends] == [(None, 1, []), (None, 1, [])]


def test_what_is_built_otherwise_is_another_line_and_a_plain_process_keeps_the_one_it_had(run_of: RunOf) -> None:
    cell = Cell("axum", "users", (("WORKERS", 1),), (), run_of(1).point)
    docker = replace(cell, runtime="docker")
    others = [docker, *(replace(docker, arguments=(("RUST_VERSION", version),)) for version in ("1.83", "1.84"))]
    assert len({line_of(one) for one in (cell, *others)}) == 4
    assert line_of(replace(cell, axes=("WORKERS",), runtime_varies=True)) == line_of(cell)
    text = json.dumps([cell.target, cell.workload, cell.parameters, asdict(cell.load)], sort_keys=True)
    assert line_of(cell) == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_another_kernel_is_no_other_host_but_a_change(results: Path, run_of: RunOf) -> None:
    usual = run_of(1)
    for number, kernel in ((1, "6.1"), (2, "6.2")):
        run_of(number, host={**usual.host, "kernel": kernel}).write(results)
    (trend,) = history_of(results).trends
    assert [step.things for step in trend.steps] == [["host.kernel"]]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"targets": {"axum": None, "fastapi": 300.0}}, "failed: failed in blocks 1, 2, 3: target 'axum' exited"),
        ({"targets": {"axum": "", "fastapi": 300.0}}, "unsupported: it has no event loop"),
        ({"unequal": ["axum"]}, "non-comparable: it did other work"),
    ],
)
def test_what_is_not_valid_is_no_point_and_stays_listed_with_its_reason(
    results: Path, run_of: RunOf, changes: dict[str, object], reason: str
) -> None:
    run_of(1).write(results)
    run_of(2, **changes).write(results)
    run_of(3).write(results)
    (trend,) = history_of(results).trends
    assert [point.run[-4:] for point in trend.points] == ["0001", "0003"]
    assert [gap.run[-4:] for gap in trend.gaps] == ["0002"]
    assert trend.gaps[0].reason.startswith(reason)
    assert [(step.before[-4:], step.after[-4:]) for step in trend.steps] == [("0001", "0003")]


def test_a_figure_that_is_not_known_is_a_gap_with_the_reason_of_the_summary(results: Path, run_of: RunOf) -> None:
    run_of(1, cpu_ms=None).write(results)
    run_of(2, cpu_ms=3.0).write(results)
    (trend,) = history_of(results, "cpu").trends
    assert [gap.reason for gap in trend.gaps] == ["not known in blocks 1, 2, 3"]
    assert [point.figure.mean for point in trend.points] == pytest.approx([3.0], rel=1e-3)


def test_p99_is_of_service_times_in_a_closed_model_and_of_response_times_in_an_open_one(
    results: Path, run_of: RunOf
) -> None:
    usual = run_of(1)
    usual.write(results)
    run_of(2, point=replace(usual.point, model="open", rate=100.0)).write(results)
    trends = history_of(results, "p99").trends
    assert [(trend.load.model, trend.figure, len(trend.points)) for trend in trends] == [
        ("closed", "service_p99_ms", 1),
        ("open", "response_p99_ms", 1),
    ]


def test_a_step_says_which_things_changed_and_from_what_to_what(results: Path, run_of: RunOf) -> None:
    run_of(1, targets={"axum": 100.0, "fastapi": 50.0}).write(results)
    run_of(2, version="0.2.0", digests={"axum": "other"}, targets={"axum": 100.0, "fastapi": 50.0}).write(results)
    (trend,) = history_of(results).trends
    (step,) = trend.steps
    assert step.things == ["fwcompare", "axum: source"]
    assert {(one.path, one.a, one.b) for one in step.changes} == {
        ("fwcompare", "0.1.0", "0.2.0"),
        ("targets.axum.digest", "a1b2", "other"),
    }
    (other,) = history_of(results, target="fastapi").trends
    assert other.steps[0].things == ["fwcompare"]


@pytest.mark.parametrize("metric", ["throughput", "cpu"])
@pytest.mark.parametrize(("rps", "cpu_ms"), [(100.0, 2.0), (110.0, 1.8), (80.0, 2.6), (103.0, 2.05)])
def test_a_trend_of_two_runs_says_what_compare_says(
    results: Path, run_of: RunOf, metric: TrendMetric, rps: float, cpu_ms: float
) -> None:
    folders = [
        run_of(1, scatter=(0.98, 1.0, 1.01, 1.02)).write(results),
        run_of(2, targets={"axum": rps}, cpu_ms=cpu_ms).write(results),
    ]
    (trend,) = history_of(results, metric).trends
    (step,) = trend.steps
    a, b = (make_report(RunDirectory(folder), lambda _line: None) for folder in folders)
    compared = next(one for one in compare_runs(a, b).cells if one.metric == trend.figure)
    assert (step.verdict, step.reason) == (compared.verdict, compared.reason)
    assert (step.ratio, step.low, step.high) == pytest.approx((compared.ratio, compared.low, compared.high))


def test_steps_of_a_trend_are_judged_together(results: Path, run_of: RunOf) -> None:
    run_of(1).write(results)
    run_of(2, targets={"axum": 108.0}).write(results)
    alone = history_of(results).trends[0].steps[0]
    for number in range(3, 30):
        run_of(number, targets={"axum": 108.0}).write(results)
    among = history_of(results).trends[0].steps[0]
    assert among.low is not None
    assert alone.low is not None
    assert among.low < alone.low


def test_too_few_trials_and_a_client_at_its_limit_leave_a_step_inconclusive(results: Path, run_of: RunOf) -> None:
    run_of(1).write(results)
    run_of(2, targets={"axum": 200.0}, scatter=(1.0, 1.01)).write(results)
    run_of(3, targets={"axum": 400.0}, scatter=(1.0,)).write(results)
    (trend,) = history_of(results).trends
    assert [(step.verdict, step.reason.partition(",")[0]) for step in trend.steps] == [
        ("inconclusive", "2 trials in b that may be used"),
        ("inconclusive", "2 trials in a that may be used"),
    ]
    assert trend.steps[1].low is None


@given(st.lists(st.floats(1e-3, 1e6), min_size=2, max_size=12), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_an_interval_gives_back_the_estimate_that_it_was_made_of(values: list[float], confidence: float) -> None:
    interval = geometric_interval(values, confidence)
    assert interval is not None
    found = LogEstimate.behind(interval, n=len(values), confidence=confidence)
    if found is None:
        assert interval.low is None
        return
    made = LogEstimate.of([math.log(value) for value in values])
    assert found.mean == pytest.approx(made.mean, abs=1e-9)
    assert found.error == pytest.approx(made.error, abs=1e-9, rel=1e-6)


def test_equal_runs_give_an_equal_history_in_whatever_order_they_are_asked_for(results: Path, run_of: RunOf) -> None:
    for number in (1, 2, 3):
        run_of(number, targets={"axum": 100.0 + number}).write(results)
    index = Index.open(results)
    cells = index.cells(target="axum")
    conditions = index.conditions(cell.run for cell in cells)
    first = make_history("axum", "throughput", cells, conditions)
    assert make_history("axum", "throughput", list(reversed(cells)), conditions) == first
