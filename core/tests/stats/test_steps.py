"""The figures of each step of a cell: what is summed, what is a mean over trials, and why one is null."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.measurement import Quantiles, StepFigures, Trial
from fwcompare.model.plan import Cell, Plan, PlannedFlow
from fwcompare.model.summary import CellSummary, StepSummary
from fwcompare.stats.steps import summarise_steps
from fwcompare.stats.summarise import summarise

MakeCell = Callable[..., Cell]
MakeTrial = Callable[..., Trial]

FLOWS = (PlannedFlow(("read",), 3), PlannedFlow(("write", "read own"), 1))


def times(count: int, ms: float) -> Quantiles:
    def known(value: float, needed: int) -> float | None:
        return value if count >= needed else None

    return Quantiles(count, known(ms, 1), known(ms, 20), known(ms * 2, 100), known(ms * 3, 1000), known(ms * 4, 1))


def step(name: str, sent: int, *, wrong: int = 0, ms: float = 2.0, response_ms: float | None = None) -> StepFigures:
    response = None if response_ms is None else times(sent, response_ms)
    return StepFigures(name, sent, sent - wrong, wrong, wrong, 0, 0, 0, times(sent, ms), response)


def steps(read: int = 3000, write: int = 1000, *, wrong: int = 0, ms: float = 2.0) -> tuple[StepFigures, ...]:
    return (step("read", read), step("write", write, wrong=wrong, ms=ms), step("read own", write - wrong, ms=ms / 2))


def summarised(
    *seen: tuple[StepFigures, ...], flows: tuple[PlannedFlow, ...] = FLOWS, no_response: str = "closed"
) -> dict[str, StepSummary]:
    numbered = list(enumerate(seen, start=1))
    return {one.name: one for one in summarise_steps(numbered, flows, no_response=no_response, confidence=0.95)}


def test_counts_are_summed_and_shares_stand_beside_what_the_weights_make_of_them() -> None:
    found = summarised(steps(read=2900), steps(read=3100))

    assert list(found) == ["read", "write", "read own"]
    assert {name: one.requests for name, one in found.items()} == {"read": 6000, "write": 2000, "read own": 2000}
    assert [one.share for one in found.values()] == [0.6, 0.2, 0.2]
    assert [one.weighted_share for one in found.values()] == [0.6, 0.2, 0.2]
    assert [(one.flow, one.weight) for one in found.values()] == [(1, 3), (2, 1), (2, 1)]


def test_the_step_that_fails_is_told_by_its_errors_and_the_one_behind_it_by_its_share() -> None:
    found = summarised(steps(wrong=250), steps(wrong=250))

    assert (found["write"].error_rate, found["write"].errors, found["write"].unexpected) == (0.25, 500, 500)
    assert (found["read"].error_rate, found["read"].errors) == (0.0, 0)
    behind = found["read own"]
    assert behind.share is not None
    assert behind.weighted_share is not None
    assert behind.share < behind.weighted_share


def test_times_are_means_over_trials_with_an_interval_and_never_of_all_requests_together() -> None:
    found = summarised(steps(read=10_000, ms=1.0), steps(read=10_000, ms=4.0))["write"]

    assert found.service_ms is not None
    assert found.service_ms.p50 == pytest.approx(2.0)
    interval = found.service_ms.intervals["p50"]
    assert interval.low is not None
    assert interval.low < 1.0
    assert not summarised(steps())["write"].service_ms.intervals  # type: ignore[union-attr]


def test_a_quantile_wants_its_samples_in_the_step_and_not_in_the_cell() -> None:
    found = summarised(steps(), steps(write=999))["write"]

    assert found.service_ms is not None
    assert found.service_ms.p50 == pytest.approx(2.0)
    assert found.service_ms.p99 is None
    assert found.reasons["service_ms.p99"] == "too few requests for p99: 999 in block 2, 1,000 are needed"


def test_a_step_that_was_never_reached_has_nulls_with_reasons_and_no_zero() -> None:
    found = summarised(steps(write=1000, wrong=1000))["read own"]

    assert (found.requests, found.error_rate) == (0, None)
    assert found.service_ms is not None
    assert found.service_ms.p50 is None
    assert found.reasons["error_rate"] == "no request ended"
    assert found.reasons["service_ms.p50"].startswith("too few requests for p50: 0 in block 1")


def test_response_times_are_those_from_the_due_time_or_there_are_none() -> None:
    timed = (step("read", 2000, response_ms=50.0), step("write", 2000, response_ms=7.0))
    flows = (PlannedFlow(("read", "write"), 1),)

    found = summarised(timed, timed, flows=flows, no_response="")
    assert {name: one.response_ms and one.response_ms.p50 for name, one in found.items()} == {
        "read": pytest.approx(50),
        "write": pytest.approx(7),
    }
    withheld = summarised(timed, flows=flows, no_response="saturated")["read"]
    assert (withheld.response_ms, withheld.reasons["response_ms"]) == (None, "saturated")
    untimed = summarised(timed, (replace(timed[0], response_ms=None), timed[1]), flows=flows, no_response="")
    assert untimed["read"].response_ms is None
    assert untimed["read"].reasons["response_ms"] == "the run did not time steps from when they were due"
    assert untimed["write"].response_ms is not None


def test_a_run_that_recorded_no_flows_still_tells_its_steps() -> None:
    found = summarised(steps(), flows=())["write"]

    assert (found.requests, found.share, found.weighted_share, found.flow) == (1000, 0.2, None, None)
    assert found.reasons["weighted_share"] == "the run did not record the flows of its workload"


def test_a_workload_of_a_single_step_has_none() -> None:
    assert summarised((step("update", 100),), flows=(PlannedFlow(("update",), 1),)) == {}
    assert summarised((step("update", 100),), flows=()) == {}
    assert summarised(flows=FLOWS) == {}


def cells_of(
    trials: list[Trial], cell: Cell, *others: Cell, flows: tuple[PlannedFlow, ...] = FLOWS
) -> dict[str, CellSummary]:
    planned = tuple(trial.planned for trial in trials)
    plan = Plan(cells=(cell, *others), unsupported=(), trials=planned, seed=1, repeats=2, flows={cell.workload: flows})
    summary = summarise("r", plan, trials, scenario="s", confidence=0.95, margin=0.02, status="complete")
    return {one.key: one for one in summary.cells}


def with_steps(trial: Trial, *figures: StepFigures) -> Trial:
    assert trial.measurement is not None
    return replace(trial, measurement=replace(trial.measurement, steps=figures))


def test_a_cell_has_the_steps_of_its_valid_trials_and_a_failed_one_says_why_not(
    make_cell: MakeCell, make_trial: MakeTrial
) -> None:
    cell, broken = make_cell("a"), make_cell("broken")
    trials = [
        with_steps(make_trial(cell, 1), *steps()),
        make_trial(cell, 2, outcome="failed"),
        make_trial(broken, 1, outcome="failed"),
    ]
    found = cells_of(trials, cell, broken)

    assert [one.requests for one in found["a-c10"].steps] == [3000, 1000, 1000]
    assert found["a-c10"].steps[0].reasons["response_ms"].startswith("closed model")
    assert (found["broken-c10"].steps, found["broken-c10"].reasons["steps"]) == ([], "no valid trial")


@pytest.mark.parametrize("saturated", [False, True])
def test_of_an_overloaded_cell_no_step_has_a_response_time(
    make_cell: MakeCell, make_trial: MakeTrial, *, saturated: bool
) -> None:
    cell = make_cell("a", rate=200.0)
    timed = (step("read", 2000, response_ms=5.0), step("write", 2000, response_ms=5.0))
    trials = [with_steps(make_trial(cell, block, saturated=saturated), *timed) for block in (1, 2)]
    (found,) = cells_of(trials, cell, flows=(PlannedFlow(("read", "write"), 1),)).values()

    for one in found.steps:
        assert (one.response_ms is None) is saturated
        assert one.service_ms is not None
    if saturated:
        reason = found.steps[0].reasons["response_ms"]
        assert reason == found.reasons["saturated"]
        # How many requests a flow would have been is not known of those that never began.
        assert "x what the target sustained" not in reason
        assert "500 requests were waiting" in reason
        assert reason.startswith("saturated: at 200 flows/s, the offered rate, ")


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 50)), min_size=3, max_size=3), min_size=1, max_size=4
    )
)
def test_the_steps_add_up_to_what_was_sent_in_all_trials(blocks: list[list[tuple[int, int]]]) -> None:
    names = ("read", "write", "read own")
    seen = [
        tuple(step(name, sent + wrong, wrong=wrong) for name, (sent, wrong) in zip(names, trial, strict=True))
        for trial in blocks
    ]
    found = summarised(*seen).values()

    assert sum(one.requests for one in found) == sum(one.sent for trial in seen for one in trial)
    for one in found:
        assert one.requests == one.ok + one.errors + one.censored
    shares = [one.share for one in found if one.share is not None]
    assert not shares or sum(shares) == pytest.approx(1)
