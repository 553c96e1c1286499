"""The figures of a finished run: ``summary.json``, version 1.

Throughput and response times are summarised across trials, never across requests of different trials:
each trial gives one value, and the interval is of Student's t over the logarithms of those values.
A field that cannot be known is null, and ``reasons`` says why under the field's name.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from fwcompare.model.capacity import BreakingPoint, Capacity, Scalability
from fwcompare.model.parity import Audit, ParityState
from fwcompare.model.plan import LoadPoint, Outcome, Stage
from fwcompare.model.quantities import Scalar
from fwcompare.model.threshold import ThresholdResult
from fwcompare.model.workload import Bound

SUMMARY_SCHEMA: Literal[1] = 1

Verdict = Literal["target-bound", "client-bound", "service-bound", "saturated", "unstable", "noisy"]
Metric = Literal["throughput_rps", "cpu_ms_per_request", "response_p99_ms"]
PairVerdict = Literal["faster", "slower", "equivalent", "differs", "inconclusive", "too few repeats", "refused"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Interval(_Record):
    """A geometric mean over trials with its confidence interval; the bounds are null below two trials."""

    mean: float
    low: float | None
    high: float | None


class QuantileSummary(_Record):
    """Geometric means over trials of each trial's own quantile, in milliseconds."""

    p50: float | None
    p90: float | None
    p99: float | None
    intervals: dict[Literal["p50", "p90", "p99"], Interval] = Field(
        default={}, description="the same means with their intervals, where there are two trials to see one by"
    )


class StepSummary(_Record):
    """One step of a workload's flows in a cell: counts are sums over the cell's valid trials."""

    name: str
    flow: int | None = Field(description="which of the workload's flows it is of, from 1; null in runs of before")
    weight: int | None = Field(description="how often its flow is chosen, against the others")
    requests: int = Field(
        description="sent; always ok + http_errors + transport_errors + timeouts + censored. What was never sent is in "
        "no step"
    )
    share: float | None = Field(description="of the requests of all steps")
    weighted_share: float | None = Field(
        description="what the weights make of the share where every answer is right: a wrong one ends its flow"
    )
    ok: int
    http_errors: int
    unexpected: int | None = Field(description="those of http_errors that were not what the step expects")
    transport_errors: int
    timeouts: int
    censored: int = Field(description="unfinished when the load ended")
    error_rate: float | None = Field(description="share of errors among ended requests")
    response_ms: QuantileSummary | None = Field(
        description="open models only, from due time to last byte: the first step is due when its flow is, each other "
        "one when the answer before it is complete"
    )
    service_ms: QuantileSummary | None = Field(description="from send to last byte")
    reasons: dict[str, str] = Field(description="why a field is null, by the field's name")

    @property
    def errors(self) -> int:
        """Give the number of its requests that ended without the right answer."""
        return self.http_errors + self.transport_errors + self.timeouts


class LoadSummary(_Record):
    """The load point of a cell; ``rate`` is requests per second of an open model."""

    model: Literal["closed", "open"]
    connections: int
    rate: float | None = Field(description="with stages, only the rate at which the measured window begins")
    stages: tuple[Stage, ...] = Field(default=(), description="linear changes of the rate, one after the other")
    backlog: Literal["queue", "grow", "shed"] = Field(
        default="queue", description="what becomes of a request that is due while all connections are busy"
    )
    max_connections: int | None = Field(default=None, description="with backlog grow: the most connections")
    shed_after_s: float | None = Field(default=None, description="with backlog shed: how long a request waits unsent")
    spawn_rate: float | None = Field(default=None, description="closed model: connections started per second")
    think_time_s: float = Field(default=0.0, description="closed model: rest between two requests of a connection")
    think_time: Literal["constant", "exponential"] = "constant"

    @classmethod
    def of(cls, point: LoadPoint) -> Self:
        """Give what the summary tells of a load point."""
        return cls(
            model=point.model,
            connections=point.connections,
            rate=point.rate,
            stages=point.stages,
            backlog=point.backlog,
            max_connections=point.max_connections,
            shed_after_s=point.shed_after_s,
            spawn_rate=point.spawn_rate,
            think_time_s=point.think_time_s,
            think_time=point.think_time,
        )


class CellSummary(_Record):
    """One cell of the run."""

    key: str = Field(description="name of the cell, and of its folder under trials/")
    target: str
    workload: str
    params: dict[str, Scalar] = Field(description="parameters, and the build arguments that were chosen")
    runtime: str = Field(default="process", description="how the target was built and started")
    load: LoadSummary
    trials: int = Field(description="valid trials behind the figures")
    failed_trials: int
    disturbed_blocks: int = Field(
        default=0, description="blocks that the host disturbed to the last attempt; figures are of the others, if any"
    )
    outcome: Outcome
    verdict: Verdict | None
    parity: ParityState | None = Field(
        default=None, description="whether it did the work of the contract; null when the run made no audit"
    )
    bound: Bound | None = Field(
        default=None, description="the throughput that nothing can exceed under this load, where arithmetic tells it"
    )
    offered_rps: float | None = Field(
        default=None, description="requests due per second of the window, measured, mean over trials; open models only"
    )
    throughput_rps: Interval | None
    throughput_is_lower_bound: bool = Field(description="true when the client, not the target, was the limit")
    response_ms: QuantileSummary | None = Field(description="from due time to last byte; open models only")
    service_ms: QuantileSummary | None = Field(description="from send to last byte")
    error_rate: float | None = Field(description="share of errors among ended requests, over all trials")
    requests: int | None = Field(description="requests sent within measured windows, over all trials")
    cpu_ms_per_request: Interval | None = Field(description="CPU time of the target's processes per completed request")
    target_cores: float | None = Field(description="mean of the target's CPU seconds per second of window")
    peak_rss_mib: float | None = Field(description="highest resident memory of the target's processes, over trials")
    client_share: float | None = Field(description="highest share of its CPU that the load generator used, over trials")
    group: str | None = Field(
        default=None,
        description="letters, by throughput at one load point: cells that share one could not be told apart",
    )
    flamegraphs: list[str] = Field(description="paths relative to the run directory")
    steps: list[StepSummary] = Field(default=[], description="of a workload of several steps, in their order")
    reasons: dict[str, str] = Field(description="why a field is null, by the field's name; why the outcome is not ok")


class PairSummary(_Record):
    """Two cells of one load point, compared block by block: ``ratio`` is a over b."""

    a: str
    b: str
    metric: Metric
    ratio: float | None
    low: float | None = Field(description="adjusted for the number of pairs (Holm)")
    high: float | None
    blocks: int
    verdict: PairVerdict
    reason: str = ""


class DiscardedBlock(_Record):
    """One attempt at a block whose trials do not count; those stay in the table of trials."""

    block: int
    attempt: int
    reason: str


class Summary(_Record):
    """A finished run in figures."""

    schema_: Literal[1] = Field(default=SUMMARY_SCHEMA, alias="schema")
    run: str
    scenario: str
    status: Literal["complete", "interrupted"]
    confidence: float
    margin: float
    cells: list[CellSummary]
    pairs: list[PairSummary]
    audits: list[Audit] = Field(default=[], description="what each target did for one request, held to its contract")
    capacities: list[Capacity] = Field(
        default=[], description="the highest rate of each target that holds an objective"
    )
    breaking_points: list[BreakingPoint] = Field(default=[], description="where each sweep breaks the objective")
    scalability: list[Scalability] = Field(default=[], description="the scalability law over each closed sweep")
    discarded: list[DiscardedBlock] = Field(
        default=[], description="attempts at blocks that do not count: disturbed by the host, or not ended"
    )
    thresholds: list[ThresholdResult] = Field(default=[], description="the lines under `assert` of the scenario")

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
