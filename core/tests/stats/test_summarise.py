"""The summary of a run: what counts, what stays visible, and why a figure is null."""

import json
import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.measurement import Counts, Flamegraph, Gate, Measurement, Quantiles, Trial, Usage
from fwcompare.model.plan import Cell, LoadPoint, Outcome, Plan, PlannedTrial, UnsupportedCell
from fwcompare.model.summary import CellSummary, Summary
from fwcompare.stats.summarise import summarise

POINT = LoadPoint(connections=10, duration_s=5, requests=None, warmup_s=2, timeout_s=30, drain_s=5, keepalive=True)


def cell(target: str, *, connections: int = 10, **parameters: int) -> Cell:
    return Cell(
        target=target,
        workload="users",
        parameters=tuple(sorted(parameters.items())),
        axes=tuple(sorted(parameters)),
        load=replace(POINT, connections=connections),
    )


def measurement(
    *,
    throughput_rps: float = 100.0,
    cpu_ms: float | None = 2.0,
    sent: int = 2000,
    errors: int = 0,
    p99: float | None = 9.0,
) -> Measurement:
    service = Quantiles(count=sent, mean=3.0, p50=2.0, p90=5.0, p99=p99, max=20.0)
    return Measurement(
        window_s=5.0,
        counts=Counts(
            sent=sent, ok=sent - errors, http_errors=errors, transport_errors=0, timeouts=0, censored=0, due=sent
        ),
        throughput_rps=throughput_rps,
        service_ms=service,
        ttfb_ms=service,
        connect_ms=service,
        bytes_received=10_000,
        connections_established=10,
        connections_opened=10,
        client_cpu_s=1.0,
        client_share=0.2,
        client_peak_rss_mib=120.0,
        target=Usage(cpu_s=4.0, user_s=3.0, system_s=1.0, peak_rss_mib=60.0, processes=1),
        services={},
        cpu_ms_per_request=cpu_ms,
    )


def trial(
    of: Cell,
    block: int,
    *,
    outcome: Outcome = "ok",
    reason: str = "",
    measured: Measurement | None = None,
    gates: tuple[Gate, ...] = (),
    flamegraph: Flamegraph | None = None,
) -> Trial:
    return Trial(
        planned=PlannedTrial(cell=of, block=block, position=block),
        outcome=outcome,
        started_at="2026-11-20T10:00:00Z",
        elapsed_s=8.0,
        measurement=measured or (measurement() if outcome == "ok" else None),
        reason=reason,
        gates=gates,
        flamegraph=flamegraph,
    )


def plan(*cells: Cell, unsupported: Mapping[Cell, str] | None = None) -> Plan:
    refused = tuple(UnsupportedCell(of, why) for of, why in (unsupported or {}).items())
    return Plan(cells=cells, unsupported=refused, trials=(), seed=1, repeats=3)


def summary_of(run_plan: Plan, *trials: Trial) -> Summary:
    return summarise("run-1", run_plan, trials, scenario="users", confidence=0.95, margin=0.02, status="complete")


def only_cell(of: Cell, *trials: Trial) -> CellSummary:
    (found,) = summary_of(plan(of), *trials).cells
    return found


def nulls(value: object, path: str = "") -> list[str]:
    """Name every null below ``value`` by its dotted path."""
    if value is None:
        return [path]
    if isinstance(value, dict):
        return [null for name, inner in value.items() for null in nulls(inner, f"{path}.{name}".lstrip("."))]
    return []


def test_a_cell_is_summarised_over_its_trials() -> None:
    axum = cell("axum")
    trials = [trial(axum, block, measured=measurement(throughput_rps=rps)) for block, rps in ((1, 100), (2, 121))]

    found = only_cell(axum, *trials)

    assert (found.key, found.outcome, found.trials, found.failed_trials) == ("axum-c10", "ok", 2, 0)
    assert found.throughput_rps is not None
    assert found.throughput_rps.mean == pytest.approx(110)
    assert found.service_ms is not None
    assert found.service_ms.p50 == pytest.approx(2)
    assert found.service_ms.p99 == pytest.approx(9)
    assert (found.requests, found.error_rate, found.peak_rss_mib) == (4000, 0, 60)
    assert found.target_cores == pytest.approx(0.8)
    assert found.client_share == pytest.approx(0.2)


def test_the_error_rate_pools_requests_and_not_trials() -> None:
    axum = cell("axum")

    found = only_cell(
        axum,
        trial(axum, 1, measured=measurement(sent=9000, errors=0)),
        trial(axum, 2, measured=measurement(sent=1000, errors=100)),
    )

    assert found.error_rate == pytest.approx(0.01)


def test_a_failed_trial_leaves_the_cell_ok_and_is_counted_and_told() -> None:
    axum = cell("axum")

    found = only_cell(axum, trial(axum, 1), trial(axum, 2, outcome="failed", reason="exit code 3"), trial(axum, 3))

    assert (found.outcome, found.trials, found.failed_trials) == ("ok", 2, 1)
    assert found.reasons["failed_trials"] == "failed in block 2: exit code 3"


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["failed", "invalid"], "failed"),
        (["invalid", "invalid"], "invalid"),
        (["unsupported"], "unsupported"),
        ([], "invalid"),
    ],
)
def test_a_cell_without_a_valid_trial_says_what_became_of_it(outcomes: list[Outcome], expected: Outcome) -> None:
    axum = cell("axum")

    found = only_cell(axum, *(trial(axum, block, outcome=what, reason="why") for block, what in enumerate(outcomes, 1)))

    assert found.outcome == expected
    assert found.throughput_rps is None
    assert found.requests is None
    assert found.reasons["outcome"] == {
        "failed": "failed in block 1: why; invalid in block 2: why",
        "invalid": "invalid in blocks 1, 2: why" if outcomes else "no trial was run",
        "unsupported": "unsupported in block 1: why",
    }.get(expected)


def test_an_unsupported_cell_stays_with_its_reason_and_pairs_with_nobody() -> None:
    axum, django = cell("axum"), cell("django")

    found = summary_of(plan(axum, unsupported={django: "no event loop"}), trial(axum, 1))

    assert [(each.key, each.outcome) for each in found.cells] == [("axum-c10", "ok"), ("django-c10", "unsupported")]
    assert found.cells[1].reasons["outcome"] == "no event loop"
    assert found.pairs == []


def test_a_quantile_needs_every_trial_and_says_how_many_requests_are_missing() -> None:
    axum = cell("axum")

    found = only_cell(axum, trial(axum, 1), trial(axum, 2, measured=measurement(sent=640, p99=None)))

    assert found.service_ms is not None
    assert found.service_ms.p99 is None
    assert found.service_ms.p90 == pytest.approx(5)
    assert found.reasons["service_ms.p99"] == "too few requests for p99: 640 in block 2, 1,000 are needed"


def test_no_response_time_in_a_closed_model() -> None:
    axum = cell("axum")

    found = only_cell(axum, trial(axum, 1))

    assert found.response_ms is None
    assert found.reasons["response_ms"].startswith("closed model: a request has no due time")


def test_a_target_that_never_answered_well_has_no_geometric_mean() -> None:
    axum = cell("axum")

    found = only_cell(axum, trial(axum, 1, measured=measurement(throughput_rps=0, errors=2000, cpu_ms=None)))

    assert (found.outcome, found.error_rate, found.throughput_rps) == ("ok", 1, None)
    assert found.reasons["throughput_rps"] == "0 in 1 of 1 trial: a geometric mean does not exist"
    assert found.reasons["cpu_ms_per_request"] == "not known in block 1"


def test_a_failed_client_gate_makes_the_throughput_a_lower_bound() -> None:
    axum = cell("axum")
    gate = Gate("client CPU", passed=False, seen="82% of its share", limit="at most 70%", about="client")

    found = only_cell(axum, trial(axum, 1, gates=(gate,)), trial(axum, 2, gates=(replace(gate, passed=True),)))

    assert (found.verdict, found.throughput_is_lower_bound) == ("client-bound", True)
    assert found.reasons["throughput_is_lower_bound"] == (
        "the load generator was the limit (client CPU in block 1: 82% of its share, expected at most 70%)"
    )


def test_without_evidence_there_is_no_verdict() -> None:
    axum = cell("axum")

    found = only_cell(axum, trial(axum, 1))

    assert (found.verdict, found.throughput_is_lower_bound) == (None, False)
    assert found.reasons["verdict"] == (
        "no CPU limit held on the target, which shared the CPUs of the machine, so that what bounded it is not known: "
        "the target used 0.8 CPU seconds a second, the load generator used 20 % of its share"
    )


def test_flamegraphs_are_listed_or_their_absence_explained() -> None:
    axum = cell("axum")
    drawn = Flamegraph(svg="trials/axum-c10/1/flamegraph.svg", folded=None, profiler="perf")
    none = Flamegraph(svg=None, folded=None, profiler="perf", reason="perf is not installed")

    with_one = only_cell(axum, trial(axum, 1, flamegraph=drawn), trial(axum, 2, flamegraph=none))
    without = only_cell(axum, trial(axum, 1, flamegraph=none), trial(axum, 2, flamegraph=none))

    assert with_one.flamegraphs == ["trials/axum-c10/1/flamegraph.svg"]
    assert (without.flamegraphs, without.reasons["flamegraphs"]) == ([], "perf is not installed")


def test_pairs_meet_within_one_load_point_and_for_both_metrics() -> None:
    cells = [cell(target, connections=connections) for connections in (10, 50) for target in ("a", "b")]
    trials = [trial(each, block) for each in cells for block in (1, 2, 3)]

    found = summary_of(plan(*cells), *trials)

    assert [(pair.a, pair.b, pair.metric) for pair in found.pairs] == [
        ("a-c10", "b-c10", "throughput_rps"),
        ("a-c10", "b-c10", "cpu_ms_per_request"),
        ("a-c50", "b-c50", "throughput_rps"),
        ("a-c50", "b-c50", "cpu_ms_per_request"),
    ]


def test_parameters_make_cells_that_are_compared_with_each_other() -> None:
    one, two = cell("a", WORKERS=1), cell("a", WORKERS=2)

    found = summary_of(plan(one, two), trial(one, 1), trial(two, 1))

    assert [each.params for each in found.cells] == [{"WORKERS": 1}, {"WORKERS": 2}]
    assert {pair.verdict for pair in found.pairs} == {"too few repeats"}


OUTCOMES: list[Outcome] = ["ok", "ok", "failed", "invalid"]


CLIENT = Gate("client CPU", passed=False, seen="82% of its share", limit="at most 70%", about="client")
HOST = Gate("steal", passed=False, seen="3 %", limit="at most 1 %", about="host")
TARGET = Gate("workers kept", passed=False, seen="process 4711 ended", limit="the same processes", about="target")


@st.composite
def recorded_runs(draw: st.DrawFn) -> tuple[Plan, list[Trial]]:
    cells = [cell(target, connections=connections) for target in "abc" for connections in (10, 50)]
    seen: list[Trial] = []
    for each in cells:
        for block, attempt in draw(st.sets(st.tuples(st.integers(1, 4), st.integers(1, 3)))):
            outcome = draw(st.sampled_from(OUTCOMES))
            measured = measurement(
                throughput_rps=draw(st.sampled_from([0.0, 90.0, 100.0, 500.0])),
                cpu_ms=draw(st.sampled_from([None, 0.0, 2.0, 3.0])),
                p99=draw(st.sampled_from([None, 9.0])),
                errors=draw(st.sampled_from([0, 0, 100])),
            )
            gates = draw(st.sampled_from([(), (), (), (HOST,), (CLIENT,), (TARGET,)]))
            made = trial(each, block, outcome=outcome, reason="why", measured=measured, gates=gates)
            seen.append(replace(made, planned=replace(made.planned, attempt=attempt)))
    return plan(*cells, unsupported={cell("wsgi"): "no event loop"}), seen


@given(recorded_runs(), st.randoms(use_true_random=False))
def test_the_order_of_the_trials_changes_nothing(run: tuple[Plan, list[Trial]], shuffler: random.Random) -> None:
    run_plan, trials = run
    shuffled = list(trials)
    shuffler.shuffle(shuffled)

    assert summary_of(run_plan, *shuffled).model_dump_json() == summary_of(run_plan, *trials).model_dump_json()


@given(recorded_runs())
def test_every_planned_cell_is_there_and_every_null_has_its_reason(run: tuple[Plan, list[Trial]]) -> None:
    run_plan, trials = run

    found = summary_of(run_plan, *trials)

    assert [each.key for each in found.cells] == [
        *(each.key for each in run_plan.cells),
        *(each.cell.key for each in run_plan.unsupported),
    ]
    for each in found.cells:
        fields = json.loads(each.model_dump_json(exclude={"load", "reasons"}))
        unexplained = [path for path in nulls(fields) if path not in each.reasons]
        assert unexplained == []
        assert all(each.reasons.values())
    for pair in found.pairs:
        if pair.low is None:
            assert pair.verdict in {"too few repeats", "refused"}
            assert pair.reason
