"""Our own load generator behind :class:`~fwcompare.model.ports.LoadGenerator`: conversion, and no logic."""

import resource
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Final

import fwcompare_loadgen as loadgen
from fwcompare.errors import HostError
from fwcompare.load.running import RunningLoad
from fwcompare.load.spec import flow_of, generated
from fwcompare.model.contract import Request
from fwcompare.model.flows import Content
from fwcompare.model.measurement import Counts, OpenLoad, Quantiles, StepFigures
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import Load, LoadOrder, LoadOutcome
from fwcompare.model.sampling import enough_samples
from fwcompare.model.values import Counter, Drawn

_KIB_PER_MIB = 1024  # Linux gives ru_maxrss in KiB
_LONG_WINDOW_S = 40.0
_FINE_S, _COARSE_S = 0.25, 1.0
"""Widths of the timeline's rows. Whether a window is steady is told from 20 of them at least (METHOD, "A trial")."""
_NEARLY = 0.999
_APART: Final = 100_000_000
"""By how much the counters of two loads on one life of a target differ: more flows than a load has."""


def build_profile() -> str:
    """Give ``release`` or ``debug``: how the load generator was built."""
    return loadgen.build_profile()


class NativeLoadGenerator:
    """Starts loads in threads of this process."""

    def start(self, order: LoadOrder) -> Load:
        """Begin at once."""
        point = order.point
        try:
            spec = loadgen.LoadSpec(
                url=order.url,
                connections=point.connections,
                duration_s=point.duration_s,
                requests=point.requests,
                warmup_s=point.warmup_s,
                timeout_s=point.timeout_s,
                drain_s=point.drain_s,
                keepalive=point.keepalive,
                rate=point.rate,
                arrivals=point.arrivals,
                backlog=point.backlog,
                max_connections=point.max_connections,
                shed_after_s=point.shed_after_s,
                stages=tuple(loadgen.Stage(duration_s=stage.duration_s, rate=stage.rate) for stage in point.stages),
                spawn_rate=point.spawn_rate,
                think_time_s=point.think_time_s,
                think_time=point.think_time,
                timeline_interval_s=interval_s(point),
                **_requests(order),
            )
            return RunningLoad(
                loadgen.start(spec),
                partial(_outcome, level=is_level(point), of_flows=isinstance(order.request, Content)),
            )
        except loadgen.LoadgenError as error:
            raise HostError("load generator refused to start", seen=str(error), hint="fwcompare doctor") from error


def _requests(order: LoadOrder) -> dict[str, Any]:
    asked = order.request
    if isinstance(asked, Request):
        return {"method": asked.method, "headers": asked.headers, "body": asked.body, "seed": order.seed}
    return {
        "flows": tuple(map(flow_of, asked.flows)),
        "values": tuple((name, generated(_in_turn(value, order.turn))) for name, value in asked.values),
        # The same for all targets of a block, as one request's is; and random UUIDs of its own for each load.
        "seed": order.seed + (order.turn << 32),
    }


def _in_turn(value: Drawn, turn: int) -> Drawn:
    return Counter(start=value.start + turn * _APART) if isinstance(value, Counter) else value


def interval_s(point: LoadPoint) -> float:
    """Choose the width of the timeline's rows; how long a counted load will take is not known."""
    return _FINE_S if point.duration_s is not None and point.duration_s < _LONG_WINDOW_S else _COARSE_S


def is_level(point: LoadPoint) -> bool:
    """Tell whether the load stays what it is throughout the window: no stages, all connections there when it begins."""
    begun_s = 0.0 if point.spawn_rate is None else point.connections / point.spawn_rate
    return not point.stages and begun_s <= point.warmup_s


def buckets(timeline: Sequence[loadgen.TimelineBucket]) -> tuple[float, ...]:
    """Give the 2xx answers per second of every row of full width; the last may be narrower."""
    full_s = max((row.width_s for row in timeline), default=0.0)
    return tuple(row.ok / row.width_s for row in timeline if row.width_s > full_s * _NEARLY)


def _outcome(result: loadgen.LoadResult, *, level: bool, of_flows: bool) -> LoadOutcome:
    return LoadOutcome(
        window_start_s=result.window_start_monotonic_s,
        window_end_s=result.window_end_monotonic_s,
        interrupted=result.interrupted,
        counts=Counts(
            sent=result.sent,
            ok=result.ok,
            http_errors=result.http_errors,
            transport_errors=result.transport_errors,
            timeouts=result.timeouts,
            censored=result.censored,
            due=result.scheduled,
            shed=result.shed,
            by_status={str(status): count for status, count in result.status_counts.items()},
            by_error=dict(result.error_counts),
        ),
        throughput_rps=result.throughput_rps or 0.0,
        service_ms=_quantiles(result.service),
        ttfb_ms=_quantiles(result.ttfb),
        connect_ms=_quantiles(result.connect),
        bytes_received=result.bytes_received,
        connections_established=result.connections_established,
        connections_opened=result.connections_opened,
        # Awake waiting for the next due time is rest, not work.
        client_cpu_s=result.client.cpu_s - result.client.spin_s,
        client_threads=result.client.threads,
        client_peak_rss_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB,
        service_hdr=result.service.to_v2_bytes(),
        timeline=[asdict(bucket) for bucket in result.timeline],
        open_load=_open_load(result, of_flows=of_flows),
        response_hdr=None if result.response is None else result.response.to_v2_bytes(),
        buckets=buckets(result.timeline) if level else (),
        generator_reason=result.verdict_reason if result.verdict == "generator-limited" else "",
        steps=_steps(result) if of_flows else (),
        first_unexpected=result.first_unexpected or "",
    )


def _steps(result: loadgen.LoadResult) -> tuple[StepFigures, ...]:
    return tuple(
        StepFigures(
            name=one.name,
            sent=one.sent,
            ok=one.ok,
            http_errors=one.http_errors,
            unexpected=None if result.unexpected is None else one.unexpected,
            transport_errors=one.transport_errors,
            timeouts=one.timeouts,
            censored=one.censored,
            service_ms=_quantiles(one.service),
            response_ms=_step_response(one),
        )
        for one in result.endpoints
    )


def _step_response(one: loadgen.Endpoint) -> Quantiles | None:
    if one.response is None:
        return None
    # All but the ok answers are known as lower bounds only, those among them that were never sent.
    bounds = one.response.count - one.ok
    return _quantiles(one.response, censored_share=bounds / max(one.response.count, 1))


def _open_load(result: loadgen.LoadResult, *, of_flows: bool) -> OpenLoad | None:
    if result.response is None or result.wait is None or result.lag is None or result.offered_rps is None:
        return None
    # The schedule is of flows, and throughput of requests: of the steps of a flow, each is due in its turn.
    offered_rps = result.scheduled / result.window_s if of_flows and result.window_s else result.offered_rps
    return OpenLoad(
        offered_rps=offered_rps,
        response_ms=_quantiles(result.response, censored_share=result.censored_share),
        wait_ms=_quantiles(result.wait),
        lag_ms=_quantiles(result.lag),
        backlog=result.backlog_end,
        steady=bool(result.steady),
        verdict=result.verdict,
        reason=result.verdict_reason,
    )


def _quantiles(histogram: loadgen.Histogram, *, censored_share: float = 0.0) -> Quantiles:
    count = histogram.count

    def quantile(q: float) -> float | None:
        # Of a censored request no more is known than that it took longer (METHOD, "Response time, exactly").
        known = enough_samples(count, q) and censored_share < 1 - q
        return histogram.quantile_ms(q) if known else None

    return Quantiles(
        count=count,
        mean=histogram.mean_ms if count else None,
        p50=quantile(0.5),
        p90=quantile(0.9),
        p99=quantile(0.99),
        max=histogram.max_ms if count else None,
    )
