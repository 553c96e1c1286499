"""What one trial recorded. Units stand in the names; a figure that cannot be known is ``None``, never 0."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fwcompare.model.limits import Held
from fwcompare.model.plan import Outcome, PlannedTrial


@dataclass(frozen=True)
class Counts:
    """Requests of the measured window, by what became of them.

    In every run ``due = ok + http_errors + transport_errors + timeouts + shed + censored``. ``ok`` is a 2xx answer, or
    what a step of the workload's flows expects; what it does not is an ``http_error`` whatever its status, and stands
    in ``by_error`` as ``unexpected_status``, ``_header``, ``_body`` or ``_json``;
    ``shed`` were given up before they were sent; ``censored`` were unfinished when the drain ended. In the closed
    model a request is due when it is sent; in the open one ``sent`` is less when the target did not keep up.
    """

    sent: int
    ok: int
    http_errors: int
    transport_errors: int
    timeouts: int
    censored: int
    due: int
    shed: int = 0
    by_status: Mapping[str, int] = field(default_factory=dict)
    by_error: Mapping[str, int] = field(default_factory=dict)

    @property
    def conserved(self) -> bool:
        """Tell whether every request that was due is accounted for."""
        return self.due == self.ok + self.errors + self.shed + self.censored

    @property
    def errors(self) -> int:
        """Give the number of requests that ended without a 2xx answer."""
        return self.http_errors + self.transport_errors + self.timeouts

    @property
    def error_rate(self) -> float | None:
        """Give the share of errors among the requests that ended; None when none did."""
        ended = self.ok + self.errors
        return None if ended == 0 else self.errors / ended


@dataclass(frozen=True)
class Quantiles:
    """Selected figures of one histogram, in milliseconds, with the number of samples behind them.

    A quantile is None when fewer than 10 samples lie beyond it.
    """

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True)
class StepFigures:
    """The account of one step of a workload's flows.

    Always ``sent = ok + http_errors + transport_errors + timeouts + censored``. ``unexpected`` are those of the
    ``http_errors`` that were not what the step expects; None when no step says more than a status of 200 to 299. The
    numbers sent of all steps add up to that of :class:`Counts`.

    ``response_ms`` is from when the step was due to its last byte: the first step of a flow is due when the flow is,
    each other one when the answer before it is complete. What was never sent has waited for the first step of its flow,
    and is in its response times alone. None in the closed model, and in runs that did not record it.
    """

    name: str
    sent: int
    ok: int
    http_errors: int
    unexpected: int | None
    transport_errors: int
    timeouts: int
    censored: int
    service_ms: Quantiles
    response_ms: Quantiles | None = None

    @property
    def conserved(self) -> bool:
        """Tell whether every request of the step is accounted for."""
        return self.sent == self.ok + self.errors + self.censored

    @property
    def errors(self) -> int:
        """Give the number of its requests that ended without the right answer."""
        return self.http_errors + self.transport_errors + self.timeouts


@dataclass(frozen=True)
class Usage:
    """What a group of processes used within the measured window.

    ``cpu_s`` is user plus system time of the whole tree; ``peak_rss_mib`` the highest sum of resident
    memory over the tree, sampled at 10 Hz; ``processes`` and ``threads`` the highest numbers at once;
    ``throttled_s`` how long a CPU quota held it back, None where there is none.
    """

    cpu_s: float | None
    user_s: float | None
    system_s: float | None
    peak_rss_mib: float | None
    processes: int
    threads: int = 0
    throttled_s: float | None = None


@dataclass(frozen=True)
class OpenLoad:
    """What only an open model can tell: times from when each request was due.

    ``response_ms`` is from due time to last byte, ``wait_ms`` from due time to the send, and ``lag_ms`` the part
    of the wait in which a connection was free: the generator's own fault. ``offered_rps`` is the arrival rate,
    ``backlog`` how many requests were due and not yet sent when the window ended. ``verdict`` is the load
    generator's judgement of itself and of the target, with the reason in words.
    """

    offered_rps: float
    response_ms: Quantiles
    wait_ms: Quantiles
    lag_ms: Quantiles
    backlog: int
    steady: bool
    verdict: Literal["ok", "saturated", "generator-limited"]
    reason: str


@dataclass(frozen=True)
class Noise:
    """What else went on on the host within the measured window; None where the kernel does not tell.

    ``foreign_share`` is the CPU time of processes that are not this run's, over the time of all CPUs;
    ``steal_share`` the CPU time that the hypervisor gave to others, over the same; ``pressure_share`` the part of
    the window in which something waited for a CPU (PSI, "some").
    """

    foreign_share: float | None
    steal_share: float | None
    pressure_share: float | None


@dataclass(frozen=True)
class Steadiness:
    """Whether the throughput within the measured window stayed what it was, with the evidence in words.

    ``change`` is the largest change that was found, as a share of the mean; 0 where it is steady.
    """

    steady: bool
    reason: str
    change: float


@dataclass(frozen=True)
class Measurement:
    """What one trial measured. ``open_load`` is None in the closed model.

    ``throughput_rps`` counts 2xx answers that completed within the window of ``window_s`` seconds.
    ``steadiness`` is None when the window is too short to tell. ``recycled`` names the target's processes that ended
    or began within the window. ``telemetry_share`` is the CPU time of the sampling over one core's time.
    ``client_share`` is the load generator's CPU time over what its threads could have used; ``client_peak_rss_mib``
    is of the whole runner. ``cpu_ms_per_request`` is the target's CPU time over those 2xx answers. ``steps`` has the
    account of each step of the workload's flows, none where the workload is one request.
    """

    window_s: float
    counts: Counts
    throughput_rps: float
    service_ms: Quantiles
    ttfb_ms: Quantiles
    connect_ms: Quantiles
    bytes_received: int
    connections_established: int
    connections_opened: int
    client_cpu_s: float
    client_share: float
    client_peak_rss_mib: float
    target: Usage
    services: Mapping[str, Usage]
    cpu_ms_per_request: float | None
    open_load: OpenLoad | None = None
    noise: Noise | None = None
    steadiness: Steadiness | None = None
    recycled: tuple[str, ...] = ()
    telemetry_share: float | None = None
    steps: tuple[StepFigures, ...] = ()

    @property
    def target_cores(self) -> float | None:
        """Give the CPU seconds that the target used per second of the window."""
        return None if self.target.cpu_s is None or self.window_s <= 0 else self.target.cpu_s / self.window_s


@dataclass(frozen=True)
class Flamegraph:
    """What a profiler saw: paths relative to the run directory, or the reason why there is none.

    ``samples`` are of threads that were not waiting; ``busy_threads`` is how many there were on average, that is
    their number over ``rate_hz * window_s``. py-spy counts a thread that is ready to run as busy.
    ``profiler_cpu_s`` is the profiler's own CPU time.
    """

    svg: str | None
    folded: str | None
    profiler: str
    reason: str = ""
    samples: int | None = None
    busy_threads: float | None = None
    rate_hz: int | None = None
    window_s: float | None = None
    profiler_cpu_s: float | None = None


@dataclass(frozen=True)
class Gate:
    """A check on the cause of a disturbed trial: what was seen against the limit, both with their units in words.

    One about the *trial* makes it invalid; about the *client*, its throughput is a lower bound; about the *host*, its
    whole block is discarded and run again; about the *target*, it is unstable.
    """

    name: str
    passed: bool
    seen: str
    limit: str
    about: Literal["trial", "client", "host", "target"]


@dataclass(frozen=True)
class Trial:
    """One fresh repetition of a cell, whatever became of it.

    ``reason`` says why the outcome is not ok. ``log`` and the flamegraph's paths are relative to the run
    directory. ``limits`` are those that held; ``warmup_s`` is how long the warm-up took. ``key`` is the hash of
    what was measured: cell, target and host (``model/resume_keys.py``).
    """

    planned: PlannedTrial
    outcome: Outcome
    started_at: str
    elapsed_s: float
    measurement: Measurement | None = None
    flamegraph: Flamegraph | None = None
    gates: tuple[Gate, ...] = ()
    reason: str = ""
    log: str | None = None
    facts: Mapping[str, object] | None = None
    limits: Held | None = None
    warmup_s: float | None = None
    key: str = ""

    @property
    def disturbed(self) -> tuple[Gate, ...]:
        """Give the gates about the host that it did not pass."""
        return tuple(gate for gate in self.gates if gate.about == "host" and not gate.passed)
