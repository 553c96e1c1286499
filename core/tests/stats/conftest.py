"""Hand-made cells and trials: the figures that matter are given, the others are alike everywhere."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from fwcompare.model.limits import Held
from fwcompare.model.measurement import (
    Counts,
    Gate,
    Measurement,
    OpenLoad,
    Quantiles,
    Steadiness,
    Trial,
    Usage,
)
from fwcompare.model.plan import Cell, LoadPoint, Outcome, PlannedTrial

MakeCell = Callable[..., Cell]
MakeTrial = Callable[..., Trial]

FOREIGN_CPU = Gate("foreign CPU", passed=False, seen="12 % of the CPUs", limit="at most 2 %", about="host")

_POINT = LoadPoint(connections=10, duration_s=5, requests=None, warmup_s=2, timeout_s=30, drain_s=5, keepalive=True)


def _cell(target: str, *, rate: float | None = None, connections: int = 10) -> Cell:
    point = replace(_POINT, connections=connections, model="closed" if rate is None else "open", rate=rate)
    return Cell(target, "users", (), (), point)


def _trial(
    of: Cell,
    block: int,
    throughput_rps: float = 100.0,
    *,
    attempt: int = 1,
    outcome: Outcome = "ok",
    gates: tuple[Gate, ...] = (),
    limits: Held | None = None,
    facts: Mapping[str, object] | None = None,
    target_cpu_s: float | None = 4.0,
    throttled_s: float | None = None,
    service_cpu_s: float | None = None,
    client_share: float = 0.2,
    steadiness: Steadiness | None = None,
    recycled: tuple[str, ...] = (),
    response_p99_ms: float = 9.0,
    requests: int = 20_000,
    saturated: bool = False,
    position: int | None = None,
) -> Trial:
    """Make a trial of a window of 5 s."""
    times = Quantiles(count=requests, mean=3, p50=2, p90=5, p99=response_p99_ms, max=20)
    usage = Usage(cpu_s=1, user_s=1, system_s=0, peak_rss_mib=60, processes=1)
    measured = Measurement(
        window_s=5.0,
        counts=Counts(
            sent=requests, ok=requests, http_errors=0, transport_errors=0, timeouts=0, censored=0, due=requests
        ),
        throughput_rps=throughput_rps,
        service_ms=times,
        ttfb_ms=times,
        connect_ms=times,
        bytes_received=10_000,
        connections_established=10,
        connections_opened=10,
        client_cpu_s=1.0,
        client_share=client_share,
        client_peak_rss_mib=120.0,
        target=replace(usage, cpu_s=target_cpu_s, throttled_s=throttled_s),
        services={} if service_cpu_s is None else {"postgresql": replace(usage, cpu_s=service_cpu_s)},
        cpu_ms_per_request=2.0,
        open_load=None if of.load.rate is None else _open_load(of.load.rate, times, saturated=saturated),
        steadiness=steadiness,
        recycled=recycled,
    )
    return Trial(
        planned=PlannedTrial(of, block, block if position is None else position, attempt),
        outcome=outcome,
        started_at="2026-11-20T10:00:00Z",
        elapsed_s=8.0,
        measurement=measured if outcome == "ok" else None,
        gates=gates,
        limits=limits,
        facts=facts,
        reason="" if outcome == "ok" else "why",
    )


def _open_load(rate: float, times: Quantiles, *, saturated: bool) -> OpenLoad:
    return OpenLoad(
        offered_rps=rate,
        response_ms=times,
        wait_ms=times,
        lag_ms=times,
        backlog=500 if saturated else 0,
        steady=not saturated,
        verdict="saturated" if saturated else "ok",
        reason="",
    )


@pytest.fixture
def make_cell() -> MakeCell:
    return _cell


@pytest.fixture
def make_trial() -> MakeTrial:
    return _trial


@pytest.fixture
def foreign_cpu() -> Gate:
    """A gate about the host that a trial did not pass."""
    return FOREIGN_CPU
