"""What a load says of itself.

Frozen values, made by the compiled core, which has checked the account: always
``scheduled = ok + http_errors + transport_errors + timeouts + shed + censored``. Whether they are good enough to
compare is for the reader to judge: a distribution holds its count, and refuses no quantile.
"""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from fwcompare_loadgen._native import Histogram

SCHEMA: Final = 2
"""Version of the form of :meth:`LoadResult.to_json`."""

_QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99_9": 0.999}

Phase = Literal["warm-up", "measuring", "draining", "done"]
Verdict = Literal["ok", "saturated", "generator-limited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A look at a load that may still be going on. All counts include the warm-up.

    :param phase: where the load stands. In ``draining``, nothing more becomes due.
    :param elapsed_s: seconds since the start; stands still once the load is done.
    :param sent: requests begun.
    :param completed: requests that have ended, in whatever way.
    :param errors: those of them that got no answer of status 200 to 299.
    :param times_ms: the others by how long they took: response times in the open model, service times in the closed
        one. The upper edge of a bucket, 3 to 6 % wide, in milliseconds, and its count; ascending, without empty
        buckets. For the eye, while the load goes on: what is to be published comes with :class:`LoadResult`.
    """

    phase: Phase
    elapsed_s: float
    sent: int
    completed: int
    errors: int
    times_ms: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCpu:
    """CPU time of the client threads, user and system together.

    :param cpu_s: inside the measured window, in seconds.
    :param total_cpu_s: from start to end, warm-up and drain included, in seconds.
    :param spin_s: of ``cpu_s``, what was spent waiting awake for the next due time; the verdict does not count it.
    :param waited_s: inside the window, how long the threads were ready to run while others had the CPU; the verdict
        counts it, as they would have used it. 0 where the kernel does not tell.
    :param threads: client threads. ``cpu_s / (window_s * threads)`` is the share they were busy.
    """

    cpu_s: float
    total_cpu_s: float
    spin_s: float
    waited_s: float
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineBucket:
    """What happened in one slice of the measured window.

    Events count where they happened: a request that was sent in one bucket and answered in the next is ``sent`` in the
    first and ``ok`` in the second. Answers that came after the window are in none.

    :param start_s: seconds from the start of the window to the start of the bucket.
    :param width_s: seconds; the last bucket is narrower when the window is no multiple of the width.
    :param due: requests due; in the closed model, equal to ``sent``.
    :param sent: requests begun.
    :param ok: answers of status 200 to 299.
    :param errors: other answers, and transport errors.
    :param timeouts: requests given up.
    :param backlog: requests due that had no connection when the bucket ended; 0 in the closed model.
    :param service_count: measured requests that ended here, ok or given up; the sample size of the next three.
    :param service_p50_ms: their median service time; ``None`` without a sample.
    :param service_p99_ms: their 99th percentile; ``None`` without a sample, and of little worth with fewer than 1,000.
    :param service_max_ms: their longest; ``None`` without a sample.
    :param response_count: these, and the requests that were given up unsent; ``None`` in the closed model.
    :param response_p50_ms: their median response time, a timeout as at least the timeout; ``None`` without a sample,
        and in the closed model.
    :param response_p99_ms: their 99th percentile, likewise.
    """

    start_s: float
    width_s: float
    due: int
    sent: int
    ok: int
    errors: int
    timeouts: int
    backlog: int
    service_count: int
    service_p50_ms: float | None
    service_p99_ms: float | None
    service_max_ms: float | None
    response_count: int | None
    response_p50_ms: float | None
    response_p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What became of one request of the flows; the names mean what they mean in :class:`LoadResult`.

    ``sent = ok + http_errors + transport_errors + timeouts + censored``. What was never sent is in no account.

    :param name: as stated, or method and path.
    :param response: ``None`` in the closed model. It alone knows of what was never sent, where the flow would have
        begun with this request: of its samples, all but ``ok`` are lower bounds.
    """

    name: str
    sent: int
    ok: int
    http_errors: int
    unexpected: int
    transport_errors: int
    timeouts: int
    censored: int
    service: "Histogram"
    http_error_service: "Histogram"
    response: "Histogram | None"

    def summary(self) -> dict[str, object]:
        """Give all of it as JSON has it, histograms as in :meth:`LoadResult.to_json`."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("service", "http_error_service", "response"):
            fields[name] = None if fields[name] is None else _summary(fields[name])
        return fields


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """The measured window of one load.

    A request belongs to the window by when it was begun: when its first byte was sent over an open connection, or
    when the connection for it began to be opened. All counts and times are of these requests, but for the connection
    counts, ``ok_in_window``, ``throughput_rps`` and the counts of the timeline.

    :param window_start_monotonic_s: when the window began, on the clock of :func:`time.monotonic`.
    :param window_end_monotonic_s: when it ended: as asked for in a timed load, with the last answer in a counted one
        (with the drain, if some were censored), at the stop when interrupted.
    :param window_s: length of the window in seconds; 0 when the load was stopped during the warm-up.
    :param interrupted: whether the load was stopped before its end.
    :param connections_requested: connections asked for.
    :param connections_established: most that were established at the same time, warm-up included. Fewer than
        requested means that the load was not the one asked for.
    :param connections_opened: established in all, warm-up included. More than requested, on keep-alive, means that the
        target closes connections.
    :param model: ``closed`` or ``open``.
    :param scheduled: requests due inside the window; in the closed model, equal to ``sent``.
    :param sent: requests begun: of those due inside the window in the open model, inside of it in the closed one.
    :param ok: complete answers that are what was expected; where nothing was stated, those of status 200 to 299.
    :param http_errors: all other complete answers.
    :param unexpected: those of them that failed an expectation; ``None`` when none was stated.
    :param first_unexpected: the first of these, in words, with the beginning of its body.
    :param transport_errors: requests that got no complete answer; ``error_counts`` says why.
    :param timeouts: requests given up after ``timeout_s``; in the open model, sent or not.
    :param shed: requests dropped unsent by the backlog ``shed``; 0 otherwise.
    :param censored: requests still unfinished when the drain ended or the load was stopped; in the open model, sent or
        not.
    :param status_counts: complete answers by status.
    :param error_counts: by class, absent where zero: ``connect_refused``, ``connect_timeout``, ``tls``,
        ``no_ports``, ``no_files``, ``reset``, ``early_close``, ``body_too_short``, ``bad_response``, ``socket_error``
        (together ``transport_errors``), ``timeout`` (equal to ``timeouts``), and ``unexpected_status``,
        ``unexpected_header``, ``unexpected_body`` and ``unexpected_json`` (together ``unexpected``).
    :param first_tls_error: what the first TLS failure of the load was, warm-up included, such as ``invalid peer
        certificate: UnknownIssuer``; ``None`` without one.
    :param idle_close_retries: requests that were sent a second time, over a fresh connection, because the target had
        closed an idle one. Not errors; their service time begins with the first sending.
    :param ok_in_window: answers of status 200 to 299 completed inside the window. In a timed load it includes answers
        to requests of the warm-up, as it misses those that came after the end; in a counted one it equals ``ok``.
    :param throughput_rps: ``ok_in_window / window_s``; ``None`` when the window is empty.
    :param offered_rps: requests due per second of the window; ``None`` in the closed model.
    :param steady: whether the target kept up with what was offered; ``None`` in the closed model. If false, response
        times tell how long the load lasted, and are not to be ranked.
    :param verdict: ``saturated``: the target did not keep up. ``generator-limited``: the generator was late or busy
        itself, and nothing is known of the target. Else ``ok``.
    :param verdict_reason: why, in a sentence with the figures; empty when ``ok``.
    :param backlog_end: requests due that had no connection when the last one became due (in a counted load with
        Poisson arrivals: when it was expected to). 0 in the closed model.
    :param censored_share: timeouts and censored requests, as a share of them and the ok answers: times known as lower
        bounds only. A quantile above ``1 - censored_share`` is a lower bound, too.
    :param response: from the due time to the last byte received, of ok answers, of timeouts as at least the timeout,
        and of censored requests as at least what they had lasted; ``None`` in the closed model.
    :param wait: from the due time to the first byte sent, of requests sent; ``None`` in the closed model.
    :param lag: the part of that delay in which a connection was idle, so that it is the generator's own fault; ``None``
        in the closed model.
    :param bytes_received: for measured requests, heads and framing included; over HTTP/2, of bodies only.
    :param warmup_requests: requests begun before the window.
    :param service: from the first byte sent to the last byte received, of ok answers, and of timeouts as at least the
        timeout (in the open model, as long as they lasted from the send). A stalled target is asked less often in the
        closed model, and later in the open one, so that by its service time it looks better than it is.
    :param http_error_service: the same of answers of other statuses, apart so that a fast refusal is no fast answer.
    :param ttfb: from the first byte sent to the first byte received, of all complete answers.
    :param connect: time to open a connection, TLS handshake included, of those begun inside the window; empty when all
        were kept alive.
    :param endpoints: the same account for each request of the flows, in their order.
    :param client: what the generator itself used.
    :param timeline: the window in buckets of ``timeline_interval_s``, in order, without gaps.
    """

    window_start_monotonic_s: float
    window_end_monotonic_s: float
    window_s: float
    interrupted: bool
    connections_requested: int
    connections_established: int
    connections_opened: int
    model: Literal["closed", "open"]
    scheduled: int
    sent: int
    ok: int
    http_errors: int
    unexpected: int | None
    first_unexpected: str | None
    transport_errors: int
    timeouts: int
    shed: int
    censored: int
    status_counts: dict[int, int]
    error_counts: dict[str, int]
    first_tls_error: str | None
    idle_close_retries: int
    ok_in_window: int
    throughput_rps: float | None
    offered_rps: float | None
    steady: bool | None
    verdict: Verdict
    verdict_reason: str
    backlog_end: int
    censored_share: float
    response: "Histogram | None"
    wait: "Histogram | None"
    lag: "Histogram | None"
    bytes_received: int
    warmup_requests: int
    service: "Histogram"
    http_error_service: "Histogram"
    ttfb: "Histogram"
    connect: "Histogram"
    endpoints: tuple[Endpoint, ...]
    client: ClientCpu
    timeline: tuple[TimelineBucket, ...]

    def to_json(self) -> str:
        """Write all of it as one line of JSON, field by field under the names above.

        Histograms become their count, mean, min, max and five quantiles in milliseconds (``null`` when empty), and
        ``null`` as a whole where the model has none; use
        :meth:`Histogram.to_v2_bytes` to keep them whole. ``schema`` is the version of this form.
        """
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("response", "wait", "lag", "service", "http_error_service", "ttfb", "connect"):
            fields[name] = None if fields[name] is None else _summary(fields[name])
        fields["endpoints"] = [one.summary() for one in self.endpoints]
        fields["client"] = asdict(self.client)
        fields["timeline"] = [asdict(bucket) for bucket in self.timeline]
        return json.dumps({"schema": SCHEMA, **fields}, allow_nan=False)


def _summary(histogram: "Histogram") -> dict[str, float | int | None]:
    return {
        "count": histogram.count,
        "mean_ms": histogram.mean_ms,
        "min_ms": histogram.min_ms,
        "max_ms": histogram.max_ms,
        **{f"{name}_ms": histogram.quantile_ms(q) for name, q in _QUANTILES.items()},
    }
