"""What `fwcompare load` found: the form of its ``--json``, version 1, and the value that its terminal view is made of.

Times are in milliseconds between four moments of a request: due, sent (first byte), first byte of the answer,
complete. A figure that cannot be known is null, and ``reasons`` says why under its name, such as
``service_ms.p99``, or under the name of the whole distribution. Leaves out headers and body of the request, which
may hold secrets.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LOAD_SCHEMA: Literal[1] = 1

Arrivals = Literal["constant", "poisson"]
Backlog = Literal["queue", "grow", "shed"]
LoadVerdict = Literal["ok", "saturated", "generator-limited"]

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99_9": 0.999}
"""The quantiles of :class:`Times` by name."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Asked(_Record):
    """The load that was asked for. Exactly one of ``duration_s`` and ``requests`` is set.

    ``rate`` makes it an open model; the fields after it are null without it.
    """

    url: str
    method: str
    connections: int
    duration_s: float | None
    requests: int | None
    warmup_s: float
    timeout_s: float
    keepalive: bool
    threads: int
    rate: float | None = Field(description="requests due per second, over all connections")
    arrivals: Arrivals | None = Field(description="how the gaps between due times are spread")
    seed: int | None = Field(description="of the gaps; null where nothing is drawn")
    backlog: Backlog | None = Field(description="what a request does that is due while all connections are busy")
    max_connections: int | None = Field(description="with backlog grow: the most connections")
    shed_after_s: float | None = Field(description="with backlog shed: how long a request waits before it is dropped")


class Requests(_Record):
    """What became of the requests: due = ok + http_errors + transport_errors + timeouts + shed + censored, exactly."""

    due: int = Field(description="in the closed model a request is due when its connection is free: equal to sent")
    sent: int
    ok: int = Field(description="complete answers of status 200 to 299")
    http_errors: int = Field(description="complete answers of any other status; redirects are not followed")
    transport_errors: int = Field(description="no complete answer; by_error says why")
    timeouts: int
    shed: int = Field(description="given up before they were sent; the closed model sheds nothing")
    censored: int = Field(description="unfinished at the end of the run")
    unexpected: int | None = Field(description="answers that failed an expectation; null when none was stated")


class Times(_Record):
    """Selected figures of one distribution, in milliseconds. A quantile with fewer than 10 samples beyond is null."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    p99_9: float | None
    max: float | None
    at_least: tuple[str, ...] = Field(
        description="figures that are lower bounds: they rest on requests that were given up, counted as if they had "
        "ended then"
    )


class Bar(_Record):
    """How many samples lie above ``from_ms``, up to ``to_ms``."""

    from_ms: float
    to_ms: float
    count: int


class Connections(_Record):
    """Connections asked for, the most established at once, all opened, and idle closes retried once (no errors)."""

    requested: int
    established: int
    opened: int
    idle_close_retries: int


class Client(_Record):
    """CPU time of the generator: in the measured window, from start to end, and as a share of its threads' window.

    ``spin_s``, part of ``cpu_s``, was spent awake for the next due time, and the share leaves it out. ``waited_s``,
    no part of it, was spent ready to run while others had the CPU, and the share counts it: it was wanted.
    """

    cpu_s: float
    total_cpu_s: float
    spin_s: float
    waited_s: float
    threads: int
    cpu_share: float | None


class LoadReport(_Record):
    """One load: what was asked for, what came of it, and whether it can be trusted."""

    schema_: Literal[1] = Field(default=LOAD_SCHEMA, alias="schema")
    model: Literal["closed", "open"] = Field(
        description="closed: each connection waits for its answer, then sends again; open: arrivals do not wait"
    )
    asked: Asked
    interrupted: bool
    window_s: float
    requests: Requests
    by_status: dict[str, int]
    by_error: dict[str, int]
    response_ms: Times | None = Field(description="due to complete: what a user waits for")
    service_ms: Times = Field(description="sent to complete, of ok answers and, as lower bounds, of timeouts")
    http_error_service_ms: Times = Field(description="sent to complete, of answers of other statuses")
    ttfb_ms: Times = Field(description="sent to first byte, of complete answers")
    wait_ms: Times | None = Field(description="due to sent")
    lag_ms: Times | None = Field(description="the part of the wait in which a connection was idle: the generator's own")
    connect_ms: Times = Field(description="opening a connection, apart from all of the above")
    histogram: tuple[Bar, ...] = Field(description="of response_ms, or of service_ms where there is none")
    throughput_rps: float | None = Field(description="ok answers completed in the window, per second of it")
    offered_rps: float | None = Field(description="arrivals due per second")
    steady: bool | None = Field(description="whether the target kept up with the arrivals")
    backlog_end: int | None = Field(description="requests due and unsent when the last one became due")
    verdict: LoadVerdict = Field(
        description="saturated: the target did not keep up, response times say how long the run was; "
        "generator-limited: the generator was measured, the result is invalid"
    )
    verdict_reason: str
    connections: Connections
    bytes_received: int
    client: Client
    reasons: dict[str, str] = Field(description="why a figure is null, by its name")
