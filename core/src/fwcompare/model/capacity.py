"""Service level objectives: what a scenario asks for, and which rate or level of a target holds it.

Leaves out how a rate is sought (``stats/capacity.py``) and which trials a search is made of (``session/capacity.py``).
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fwcompare.model.quantities import Duration, Percent, Scalar, Strict

QuantileName = Literal["p50", "p90", "p99"]
QUANTILES: dict[QuantileName, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_MOST_RATE = 10_000_000


class Objective(Strict):
    """A service level objective: one quantile of the times, and the share of requests that may go without an answer."""

    p50: Duration | None = None
    p90: Duration | None = None
    p99: Duration | None = None
    errors: Percent = Field(
        default=0.001, ge=0, lt=1, description="requests due that may end without a 2xx answer, such as 0.1%"
    )

    @model_validator(mode="after")
    def _one_quantile(self) -> Self:
        given = [name for name in QUANTILES if getattr(self, name) is not None]
        if len(given) != 1:
            seen = " and ".join(given) or "none"
            raise ValueError(f"{seen} given; expected exactly one of p50, p90 and p99, such as p99: 250ms")
        if not getattr(self, given[0]):
            raise ValueError(f"{given[0]} is no time; expected one above zero")
        return self

    @property
    def quantile(self) -> QuantileName:
        """Name the quantile that is limited."""
        return next(name for name in QUANTILES if getattr(self, name) is not None)

    @property
    def limit_ms(self) -> float:
        """Give the limit of that quantile."""
        limit = getattr(self, self.quantile)
        assert limit is not None  # noqa: S101 - the validator saw to it
        return float(limit.total_seconds() * 1000)

    @property
    def words(self) -> str:
        """Write it: ``p99 <= 250 ms, errors <= 0.1 %``."""
        return f"{self.quantile} <= {self.limit_ms:.6g} ms, errors <= {self.errors * 100:.6g} %"


class CapacitySettings(Strict):
    """The highest arrival rate that holds an objective is sought, target by target, with a fresh trial a probe."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    slo: Objective
    from_: Annotated[float, Field(ge=0.1, le=_MOST_RATE)] = Field(
        default=100.0, alias="from", description="the rate of the first probe, requests per second"
    )
    probes: Annotated[int, Field(ge=25, le=200)] = Field(
        default=35, description="valid probes that a target may take, of `duration` each"
    )


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Probe(_Record):
    """One trial of a search."""

    number: int = Field(description="its place in the search, from 1; its folder under trials/<key>/")
    key: str = Field(description="name of its cell, and of its folder under trials/")
    rate_rps: float
    verdict: Literal["pass", "fail", "invalid"]
    reason: str = Field(description="what made it fail, or invalid; of one that passed, how near it came")
    quantile_ms: float | None = Field(description="the limited quantile of the response times")
    achieved_rps: float | None
    unanswered: float | None = Field(description="share of the requests due that got no 2xx answer")
    window_s: float | None
    flamegraph: str | None = Field(default=None, description="path relative to the run directory")


CapacityState = Literal["bracket", "client-bound", "unresolved", "failed", "unfinished"]


class Capacity(_Record):
    """The highest rate at which a target holds an objective, as a bracket, or why there is none."""

    key: str = Field(description="target, parameters and connections of the search")
    target: str
    workload: str
    params: dict[str, Scalar]
    connections: int
    objective: str = Field(description="such as p99 <= 250 ms, errors <= 0.1 %")
    state: CapacityState = Field(
        description="bracket: both bounds confirmed; client-bound: the load generator was the limit, low_rps passed"
    )
    low_rps: float | None = Field(description="it held at this rate")
    high_rps: float | None = Field(description="it did not hold at this one")
    estimate_rps: float | None
    rank: int | None = Field(default=None, description="1 + targets whose bracket lies wholly above; brackets alone")
    reason: str = Field(description="why there is no bracket; empty when there is one")
    probes: list[Probe]


class BreakingPoint(_Record):
    """The first level of a sweep from which on an objective is broken at every level."""

    target: str = Field(description="target, workload and parameters, as far as they vary")
    objective: str
    level: float | None = Field(description="connections, or requests per second in an open model; null: none broke it")
    last_held: float | None = Field(description="the highest level below it at which the objective held")
    reason: str


class Scalability(_Record):
    """The Universal Scalability Law fitted to a closed sweep: X(N) = gamma N / (1 + sigma (N - 1) + kappa N (N - 1)).

    Descriptive: it says how the measured levels lie, and nothing beyond them.
    """

    target: str
    gamma: float | None = Field(description="throughput of one connection, requests per second")
    sigma: float | None = Field(description="contention")
    kappa: float | None = Field(description="coherence; above 0 more connections serve less")
    gamma_interval: tuple[float, float] | None = None
    sigma_interval: tuple[float, float] | None = None
    kappa_interval: tuple[float, float] | None = None
    worst_residual: float | None = Field(description="largest share by which a level lies off the curve")
    peak_connections: float | None = Field(description="where the curve is highest; null with a reason")
    peak_rps: float | None
    reason: str = Field(description="why no peak is given; empty when one is")
