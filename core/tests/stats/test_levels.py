"""Breaking points, ranks of brackets, and what makes a probe pass."""

from dataclasses import replace

import pytest

from fwcompare.model.capacity import Capacity, CapacityState, Objective
from fwcompare.model.measurement import Counts, Gate, Measurement, OpenLoad, Quantiles, Trial, Usage
from fwcompare.model.plan import Cell, LoadPoint, PlannedTrial
from fwcompare.model.summary import CellSummary, LoadSummary, QuantileSummary
from fwcompare.stats.levels import breaking_point
from fwcompare.stats.probes import judge, ranked

SLO = Objective.model_validate({"p99": "250ms"})
POINT = LoadPoint(10, 10.0, None, 1, 30, 5, keepalive=True, model="open", rate=100, probe=True)
CELL = Cell("a", "echo", (), (), POINT)


def level(connections: int, p99_ms: float | None, errors: float = 0.0, **changes: object) -> CellSummary:
    point = replace(POINT, model="closed", rate=None, connections=connections, probe=False)
    fields: dict[str, object] = {
        "key": f"a-c{connections}",
        "target": "a",
        "workload": "echo",
        "params": {},
        "load": LoadSummary.of(point),
        "trials": 3,
        "failed_trials": 0,
        "outcome": "ok",
        "verdict": None,
        "throughput_rps": None,
        "throughput_is_lower_bound": False,
        "response_ms": None,
        "service_ms": QuantileSummary(p50=1.0, p90=1.0, p99=p99_ms),
        "error_rate": errors,
        "requests": 1000,
        "cpu_ms_per_request": None,
        "target_cores": None,
        "peak_rss_mib": None,
        "client_share": None,
        "flamegraphs": [],
        "reasons": {},
    }
    return CellSummary.model_validate(fields | changes)


def test_the_breaking_point_is_the_first_level_from_which_on_all_are_broken() -> None:
    point = breaking_point("a", SLO, [level(1, 10), level(4, 300), level(16, 200), level(64, 251), level(256, 900)])
    assert (point.level, point.last_held) == (64, 16)
    assert point.reason == "service p99 251 ms"


def test_errors_break_a_level_too_and_a_failed_target_is_broken() -> None:
    point = breaking_point("a", SLO, [level(1, 10), level(4, 10, errors=0.02), level(16, None, outcome="failed")])
    assert (point.level, point.last_held, point.reason) == (4, 1, "2.00% errors")


def test_a_sweep_that_holds_at_its_last_level_has_no_breaking_point() -> None:
    point = breaking_point("a", SLO, [level(1, 10), level(4, 300), level(16, 200)])
    assert (point.level, point.last_held) == (None, 16)
    assert point.reason == "it held at the highest level, 16"


def test_a_level_of_which_nothing_is_known_tells_nothing_either_way() -> None:
    point = breaking_point("a", SLO, [level(1, 10), level(4, 300), level(16, None), level(64, 400)])
    assert (point.level, point.reason) == (4, "service p99 300 ms; not known at 16")
    busy = breaking_point("a", SLO, [level(1, 900, throughput_is_lower_bound=True)])
    assert busy.reason == "nothing is known at any level"


def capacity(key: str, low: float | None, high: float | None, state: CapacityState = "bracket") -> Capacity:
    return Capacity(
        key=key,
        target=key,
        workload="echo",
        params={},
        connections=10,
        objective=SLO.words,
        state=state,
        low_rps=low,
        high_rps=high,
        estimate_rps=None,
        reason="",
        probes=[],
    )


def test_brackets_that_overlap_share_a_rank_and_a_lower_bound_beats_what_lies_below_it() -> None:
    found = ranked(
        [
            capacity("a", 240, 260),
            capacity("b", 255, 280),
            capacity("c", 90, 100),
            capacity("d", 300, None, "client-bound"),
            capacity("e", 50, None, "unresolved"),
        ]
    )
    assert {one.key: one.rank for one in found} == {"a": 2, "b": 2, "c": 4, "d": None, "e": None}


def trial(
    *,
    ok: int = 1000,
    due: int = 1000,
    achieved: float = 100.0,
    p99: float | None = 100.0,
    steady: bool = True,
    gates: tuple[Gate, ...] = (),
    outcome: str = "ok",
) -> Trial:
    times = Quantiles(ok, 1.0, 1.0, 1.0, p99, 300.0)
    none = Quantiles(0, None, None, None, None, None)
    usage = Usage(1.0, 1.0, 0.0, 10.0, 1)
    measured = Measurement(
        window_s=10.0,
        counts=Counts(due, ok, due - ok, 0, 0, 0, due),
        throughput_rps=achieved,
        service_ms=times,
        ttfb_ms=times,
        connect_ms=none,
        bytes_received=1,
        connections_established=10,
        connections_opened=10,
        client_cpu_s=0.1,
        client_share=0.1,
        client_peak_rss_mib=50.0,
        target=usage,
        services={},
        cpu_ms_per_request=1.0,
        open_load=OpenLoad(100.0, times, none, none, 0 if steady else 900, steady, "ok", ""),
    )
    return Trial(
        PlannedTrial(CELL, 1, 0),
        "ok" if outcome == "ok" else "failed",
        "2026-11-20T10:00:00Z",
        10.0,
        measurement=measured,
        gates=gates,
        reason="" if outcome == "ok" else "it exited",
    )


def gate(about: str) -> Gate:
    return Gate("steal", passed=False, seen="3%", limit="1%", about=about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "verdict", "reason"),
    [
        (trial(), "pass", "p99 100 ms"),
        (trial(p99=250.0), "pass", "p99 250 ms"),
        (trial(p99=250.4), "fail", "p99 250.4 ms"),
        (trial(ok=999), "pass", "p99 100 ms"),
        (trial(ok=998), "fail", "0.20% of 1,000 requests got no 2xx answer"),
        (trial(achieved=98.9), "fail", "served 98.9 of 100 req/s"),
        (trial(steady=False), "fail", "the backlog grew to 900 requests"),
        (trial(outcome="failed"), "fail", "it exited"),
        (trial(p99=None), "invalid", "too few answers for p99: 1,000"),
        (trial(gates=(gate("host"),)), "invalid", "steal: 3%"),
        (trial(p99=900.0, gates=(gate("client"),)), "invalid", "steal: 3%"),
        (trial(gates=(gate("target"),)), "pass", "p99 100 ms"),
    ],
)
def test_a_probe_passes_within_every_bound_and_is_invalid_when_the_cause_is_not_the_target(
    made: Trial, verdict: str, reason: str
) -> None:
    judged = judge(made, SLO)
    assert (judged.verdict, judged.reason) == (verdict, reason)
