"""When a line under `assert` holds, fails, or cannot be told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fwcompare.model.measurement import Counts, Gate, Measurement, OpenLoad, Quantiles, Trial, Usage
from fwcompare.model.parity import Audit, ParityState
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial, UnsupportedCell
from fwcompare.model.summary import Summary, Verdict
from fwcompare.model.threshold import ThresholdCell, ThresholdResult, read_threshold
from fwcompare.stats.summarise import summarise
from fwcompare.stats.thresholds import judge_thresholds

POINT = LoadPoint(connections=10, duration_s=5, requests=None, warmup_s=2, timeout_s=30, drain_s=5, keepalive=True)
BUSY = Gate("client CPU", passed=False, seen="90 %", limit="70 %", about="client")
QUIET = (0.99, 1.0, 1.01)
LOUD = (0.5, 1.0, 2.0)


def a_cell(target: str, load: LoadPoint = POINT, **parameters: int) -> Cell:
    return Cell(target, "users", tuple(sorted(parameters.items())), tuple(sorted(parameters)), load)


def trials(
    cell: Cell, rps: float = 100.0, *, scatter: Sequence[float] = QUIET, errors: int = 0, gates: tuple[Gate, ...] = ()
) -> list[Trial]:
    """Make one trial a block; a target that serves twice as much answers in half the time."""
    return [
        Trial(
            PlannedTrial(cell, block, block),
            "ok",
            "2026-11-20T10:00:00Z",
            8.0,
            measurement=_measurement(cell, rps * factor, errors),
            gates=gates,
        )
        for block, factor in enumerate(scatter, start=1)
    ]


def _measurement(cell: Cell, rps: float, errors: int) -> Measurement:
    each_ms = 1000 / rps
    times = Quantiles(2000, each_ms, each_ms, each_ms * 2, each_ms * 3, each_ms * 9)
    load = OpenLoad(100, times, times, times, 0, steady=True, verdict="ok", reason="")
    return Measurement(
        window_s=5.0,
        counts=Counts(2000, 2000 - errors, errors, 0, 0, 0, due=2000),
        throughput_rps=rps,
        service_ms=times,
        ttfb_ms=times,
        connect_ms=times,
        bytes_received=1,
        connections_established=1,
        connections_opened=1,
        client_cpu_s=1.0,
        client_share=0.2,
        client_peak_rss_mib=120.0,
        target=Usage(cpu_s=4.0, user_s=3.0, system_s=1.0, peak_rss_mib=60.0, processes=1),
        services={},
        cpu_ms_per_request=each_ms / 2,
        open_load=load if cell.load.model == "open" else None,
    )


def run_of(*found: Trial, unsupported: Sequence[Cell] = (), planned: Sequence[Cell] = ()) -> tuple[Summary, Plan]:
    cells = tuple(dict.fromkeys([*planned, *(trial.planned.cell for trial in found)]))
    plan = Plan(cells, tuple(UnsupportedCell(cell, "no event loop") for cell in unsupported), (), 1, 3)
    summary = summarise("r", plan, found, scenario="s", confidence=0.95, margin=0.02, status="complete")
    return summary, plan


def judge(line: str, *found: Trial, unsupported: Sequence[Cell] = (), planned: Sequence[Cell] = ()) -> ThresholdResult:
    summary, plan = run_of(*found, unsupported=unsupported, planned=planned)
    (result,) = judge_thresholds([read_threshold(line)], summary, plan)
    return result


def only(result: ThresholdResult) -> ThresholdCell:
    (cell,) = result.cells
    return cell


A, B = a_cell("a"), a_cell("b")


@pytest.mark.parametrize(
    ("line", "state"),
    [
        # 100 req/s within 97.5 to 102.5: 3 blocks, 1 % apart.
        ("throughput > 90", "holds"),
        ("throughput > 101", "cannot be told"),
        ("throughput > 99", "cannot be told"),
        ("throughput > 110", "fails"),
        ("throughput < 110", "holds"),
        ("throughput < 90", "fails"),
        ("service_p99 < 35ms", "holds"),
        ("service_p99 < 30.1ms", "cannot be told"),
        ("service_p99 < 25ms", "fails"),
        ("cpu_per_request < 5.5ms", "holds"),
        ("cpu_per_request < 4.5ms", "fails"),
        ("errors <= 0%", "holds"),
        ("peak_rss < 61MiB", "holds"),
        ("peak_rss < 60MiB", "fails"),
    ],
)
def test_the_whole_interval_decides_and_what_has_none_is_judged_as_measured(line: str, state: str) -> None:
    result = judge(line, *trials(A))
    assert result.state == only(result).state == state
    assert bool(only(result).reason) == (state == "cannot be told")


def test_what_was_seen_stands_beside_the_verdict_in_the_units_of_the_summary() -> None:
    seen = only(judge("service_p99 < 35ms", *trials(A)))
    assert seen.cell == "a-c10"
    assert seen.value == pytest.approx(30, rel=0.01)
    assert seen.low is not None
    assert seen.high is not None
    assert seen.low < 30 < seen.high < 35
    errors = only(judge("errors < 1%", *trials(A, errors=40)))
    assert errors.value == pytest.approx(0.02)
    assert (errors.state, errors.low, errors.high) == ("fails", None, None)


def test_an_interval_over_the_threshold_is_no_pass_and_says_so() -> None:
    seen = only(judge("throughput > 90", *trials(A, scatter=LOUD)))
    assert (seen.state, seen.reason) == ("cannot be told", "its interval reaches over the threshold")


@pytest.mark.parametrize("line", ["throughput > 1", "service_p99 < 1s", "cpu_per_request < 1s"])
def test_one_trial_is_too_few_to_tell_and_names_what_is_missing(line: str) -> None:
    seen = only(judge(line, *trials(A, scatter=[1.0])))
    assert (seen.state, seen.reason) == ("cannot be told", "one trial has no interval; two are needed")
    assert seen.value is not None
    assert judge("errors < 1%", *trials(A, scatter=[1.0])).state == "holds"


def test_every_cell_of_the_target_must_hold() -> None:
    more = a_cell("a", replace(POINT, connections=50))
    result = judge("a: throughput > 80", *trials(A), *trials(more, 60), *trials(B, 10))
    assert result.state == "fails"
    assert [(cell.cell, cell.state) for cell in result.cells] == [("a-c10", "holds"), ("a-c50", "fails")]
    assert judge("throughput > 80", *trials(A), *trials(B, 10)).state == "fails"
    assert judge("throughput > 8", *trials(A), *trials(B, 10)).state == "holds"


def test_a_cell_that_fails_outweighs_one_that_cannot_be_told() -> None:
    assert judge("throughput > 80", *trials(A, scatter=LOUD), *trials(B, 10)).state == "fails"
    assert judge("throughput > 80", *trials(A, scatter=LOUD), *trials(B)).state == "cannot be told"


def test_a_cell_without_a_valid_trial_cannot_be_told() -> None:
    failed = [replace(trial, outcome="failed", reason="it fell", measurement=None) for trial in trials(A)]
    seen = only(judge("errors < 1%", *failed))
    assert (seen.state, seen.value) == ("cannot be told", None)
    assert seen.reason == "failed: failed in blocks 1, 2, 3: it fell"
    assert only(judge("errors < 1%", planned=[A])).reason == "invalid: no trial was run"


def test_a_cell_that_nobody_can_serve_is_not_asked_and_a_line_without_any_is_no_pass() -> None:
    assert judge("errors < 1%", *trials(A), unsupported=[B]).state == "holds"
    result = judge("b: errors < 1%", *trials(A), unsupported=[B])
    assert (result.state, result.cells) == ("cannot be told", [])
    assert result.reason == "the run has no cell of target 'b' that can be served"


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("throughput > 90", "holds"),
        ("throughput > 110", "cannot be told"),
        ("throughput < 110", "cannot be told"),
        ("throughput < 90", "fails"),
        ("cpu_per_request < 6ms", "holds"),
        ("service_p99 < 35ms", "cannot be told"),
        ("service_p99 < 5ms", "cannot be told"),
        ("errors < 1%", "holds"),
    ],
)
def test_a_busy_client_makes_throughput_a_lower_bound_and_times_worthless(line: str, state: str) -> None:
    result = judge(line, *trials(A, gates=(BUSY,)))
    assert result.state == state
    if state == "cannot be told":
        assert "the load generator was the limit" in only(result).reason


def test_a_response_time_that_is_not_published_cannot_be_told_for_the_same_reason() -> None:
    point = replace(POINT, model="open", rate=100.0)
    assert judge("response_p99 < 35ms", *trials(a_cell("a", point))).state == "holds"
    late = trials(a_cell("a", point))
    for index, trial in enumerate(late):
        assert trial.measurement is not None
        assert trial.measurement.open_load is not None
        load = replace(trial.measurement.open_load, steady=False, backlog=9)
        late[index] = replace(trial, measurement=replace(trial.measurement, open_load=load))
    seen = only(judge("response_p99 < 35ms", *late))
    assert seen.state == "cannot be told"
    assert seen.reason.startswith("saturated: ")


@pytest.mark.parametrize("verdict", ["unstable", "noisy"])
@pytest.mark.parametrize(("line", "state"), [("throughput > 9", "cannot be told"), ("errors < 1%", "holds")])
def test_an_average_that_is_not_to_be_trusted_passes_nothing(verdict: Verdict, line: str, state: str) -> None:
    summary, plan = run_of(*trials(A))
    (cell,) = summary.cells
    cell = cell.model_copy(update={"verdict": verdict, "reasons": {verdict: "it fell late"}})
    doubtful = summary.model_copy(update={"cells": [cell]})
    (result,) = judge_thresholds([read_threshold(line)], doubtful, plan)
    assert result.state == state
    if state == "cannot be told":
        assert only(result).reason == f"{verdict}: it fell late"


@pytest.mark.parametrize(
    ("parity", "state"),
    [("non-comparable", "cannot be told"), ("declared deviation", "holds"), ("not audited", "holds")],
)
def test_other_work_than_agreed_passes_nothing(parity: ParityState, state: str) -> None:
    found = trials(A)
    plan = Plan((A,), (), (), 1, 3)
    audit = Audit("a", "users", (), parity)
    summary = summarise("r", plan, found, audits=[audit], scenario="s", confidence=0.95, margin=0.02, status="complete")
    (result,) = judge_thresholds([read_threshold("errors < 1%")], summary, plan)
    assert result.state == state


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("a/b: throughput > 1.8", "holds"),
        ("a/b: throughput > 2.5", "fails"),
        ("b/a: throughput < 0.6", "holds"),
        ("b/a: throughput > 0.6", "fails"),
        ("a/b: cpu_per_request < 0.6", "holds"),
        ("b/a: cpu_per_request < 1.5", "fails"),
    ],
)
def test_a_ratio_is_that_of_the_pairs_either_way_round(line: str, state: str) -> None:
    # Not the same scatter: else the ratio had no interval to see.
    result = judge(line, *trials(A, 200), *trials(B, 100, scatter=(1.0, 1.01, 1.0)))
    assert result.state == state
    seen = only(result)
    assert seen.low is not None
    assert seen.high is not None
    assert seen.value is not None
    assert seen.low < seen.value < seen.high


def test_a_ratio_is_asked_at_every_point_where_both_are() -> None:
    one, two = (a_cell("a", WORKERS=count) for count in (1, 2))
    other = a_cell("b", WORKERS=1)
    result = judge("a/b: throughput > 1.5", *trials(one, 200), *trials(two, 400), *trials(other, 100))
    assert [(cell.cell, cell.over, cell.state) for cell in result.cells] == [
        ("a-workers1-c10", "b-workers1-c10", "holds"),
        ("a-workers2-c10", None, "cannot be told"),
    ]
    assert result.cells[1].reason == "target 'b' has no cell at the same load and parameters"


def test_a_ratio_of_two_blocks_cannot_be_told() -> None:
    seen = only(judge("a/b: throughput > 1.5", *trials(A, 200, scatter=[1, 1]), *trials(B, scatter=[1, 1.01])))
    assert (seen.state, seen.reason) == ("cannot be told", "2 blocks with both, 3 are needed")


def test_a_ratio_with_a_target_that_failed_names_it() -> None:
    failed = [replace(trial, outcome="failed", reason="it fell", measurement=None) for trial in trials(B)]
    seen = only(judge("a/b: throughput > 1.5", *trials(A), *failed))
    assert seen.state == "cannot be told"
    assert seen.reason.startswith("b-c10 failed: ")


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("a/b: throughput > 1.5", "holds"),
        ("a/b: throughput > 3", "cannot be told"),
        ("a/b: throughput < 3", "cannot be told"),
        ("b/a: throughput < 0.6", "holds"),
        ("b/a: throughput > 0.6", "fails"),
        ("b/a: throughput > 0.4", "cannot be told"),
    ],
)
def test_a_ratio_to_a_lower_bound_holds_on_the_safe_side_alone(line: str, state: str) -> None:
    assert judge(line, *trials(A, 200, gates=(BUSY,)), *trials(B, 100, scatter=(1, 1.01, 1))).state == state


def test_a_pair_that_is_refused_cannot_be_told() -> None:
    # The loser's client was the limit: it might serve more.
    seen = only(judge("a/b: throughput > 1.5", *trials(A, 200), *trials(B, gates=(BUSY,))))
    assert seen.state == "cannot be told"
    assert "more throughput may be possible" in seen.reason
