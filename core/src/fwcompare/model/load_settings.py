"""What stands under ``load`` of a scenario, and which of its keys make sense together.

Decides by arithmetic whether the load that is asked for can come about at all: a stage after the end of the window,
or a connection that is started after its beginning, is refused here and not found out in a report. A rule about one
key is a validator of that key, so that its message points at its line; such a rule looks only at keys declared above
it. Leaves out the load points that follow (``planning/matrix.py``).
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from fwcompare.model.capacity import CapacitySettings, Objective
from fwcompare.model.quantities import Duration, Percent, Strict, as_list, format_duration, parse_duration
from fwcompare.model.warmup_settings import WarmupSettings, shortest_warmup

_MOST_CONNECTIONS = 10_000
_MOST_RATE = 10_000_000
_LEAST_RATE = 0.001
_SHARE_OF_CAPACITY = re.compile(r"\s*(?P<share>\d+(?:\.\d+)?\s*%) of slowest capacity\s*")


def _as_backlog(value: object) -> object:
    if value == "queue":
        return BacklogLimit()
    # Both keys, null, are how run.json writes a queue; no key at all is a slip.
    if not value or not isinstance(value, dict | BacklogLimit):
        raise ValueError(f"{value!r} is no backlog; expected queue, {{grow: 200}} or {{shed: 250ms}}")
    return value


def _as_think_time(value: object) -> object:
    return value if isinstance(value, dict | ThinkTime) else {"mean": value}


class BacklogLimit(Strict):
    """What becomes of a request that is due while all connections are busy: exactly one of the two."""

    grow: Annotated[int, Field(ge=1, le=_MOST_CONNECTIONS)] | None = Field(
        default=None, description="another connection is opened for it, up to this many in all; then it waits"
    )
    shed: Duration | None = Field(
        default=None, description="it waits unsent for so long from its due time, and is then dropped and counted"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_limit(cls, raw: object) -> object:
        if isinstance(raw, dict) and raw.get("grow") is not None and raw.get("shed") is not None:
            raise ValueError("expected one of `grow` and `shed`: a request that is dropped needs no connection")
        return raw


class StageSettings(Strict):
    """A linear change of the rate; without a duration it is a step."""

    duration: Duration = Field(default=parse_duration("0s"), description="how long the change takes; none: a step")
    rate: Annotated[float, Field(ge=_LEAST_RATE, le=_MOST_RATE)] = Field(
        description="requests due per second at its end, and until the next stage"
    )


class ThinkTime(Strict):
    """How long a connection rests between the end of a request and its next one."""

    mean: Duration
    spread: Literal["constant", "exponential"] = Field(
        default="constant", description="all equal, or drawn from the exponential distribution, as of independent users"
    )


class LoadSettings(Strict):
    """How the targets are loaded: one load point per number of connections, and per rate in the open model."""

    model: Literal["closed", "open"] = Field(
        default="closed",
        description="closed: each connection waits for its answer before it sends again; "
        "open: requests are due at `rate`, whether the target keeps up or not. A `rate` makes it open",
    )
    rate: (
        Annotated[
            tuple[Annotated[float, Field(gt=0, le=_MOST_RATE)], ...],
            BeforeValidator(as_list),
            Field(min_length=1, strict=False),
        ]
        | None
    ) = Field(
        default=None,
        description="arrival rate of the open model, requests per second; beside `capacity` also a text such as "
        "70% of slowest capacity",
    )
    rate_of_capacity: Annotated[Percent, Field(gt=0, le=1)] | None = Field(
        default=None,
        description="beside `capacity`: once all are found, every target is measured at this share of the slowest one; "
        "the same as rate: 70% of slowest capacity",
    )
    capacity: CapacitySettings | None = Field(
        default=None,
        description="open model: seek the highest rate of each target that holds an objective, such as "
        "{slo: {p99: 250ms, errors: 0.1%}, from: 100}; `duration` is that of one probe",
    )
    slo: Objective | None = Field(
        default=None,
        description="a sweep over `connections` or rates: from which level on it is broken is told, such as {p99: "
        "250ms}; of service times in the closed model, of response times in the open one",
    )
    arrivals: Literal["constant", "poisson"] = Field(
        default="constant", description="open model: evenly spaced, or at random as from many independent users"
    )
    connections: Annotated[
        tuple[Annotated[int, Field(ge=1, le=_MOST_CONNECTIONS)], ...],
        BeforeValidator(as_list),
        Field(min_length=1, strict=False),
    ] = (10,)
    duration: Duration | None = Field(default=None, description="length of the measured window; or give `requests`")
    requests: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="number of measured requests; or give `duration`"
    )
    warmup: WarmupSettings = Field(
        default=parse_duration("2s"),
        description="load before the measured window, not counted. 3s: so long; auto: until the throughput is steady",
    )
    backlog: Annotated[
        BacklogLimit, BeforeValidator(_as_backlog, json_schema_input_type=Literal["queue"] | BacklogLimit)
    ] = Field(
        default=BacklogLimit(),
        json_schema_extra={"default": "queue"},
        description="open model: what becomes of a request that is due while all `connections` are busy. queue: it "
        "waits; {grow: 200}: another connection is opened, up to 200; {shed: 250ms}: it waits so long and is then "
        "dropped unsent, counted, and without a response time",
    )
    stages: Annotated[tuple[StageSettings, ...], Field(strict=False)] = Field(
        default=(),
        description="open model: changes of the rate, one after the other from the start of the measured window on; "
        "after the last the rate stays. The warm-up goes at `rate`. All must fit in the window. Beside them stands one "
        "`rate` only: a stage ends at a rate of its own, so loads that begin differently would be the same after the "
        "first stage, and would not compare the rates that they are named by",
    )
    spawn_rate: Annotated[float, Field(ge=_LEAST_RATE, le=_MOST_RATE)] | None = Field(
        default=None,
        description="closed model: connections started per second; none: all at once. All must have been started when "
        "the warm-up ends, since a window in which the load still grows measures no one load",
    )
    think_time: Annotated[ThinkTime, BeforeValidator(_as_think_time, json_schema_input_type=str | ThinkTime)] | None = (
        Field(
            default=None,
            description="closed model: rest between a request and the next on its connection, such as 100ms or "
            "{mean: 100ms, spread: exponential}",
        )
    )
    keepalive: bool = True
    timeout: Duration = Field(
        default=parse_duration("30s"),
        description="to the last byte, from the send in the closed model and from the due time in the open one",
    )
    drain: Duration = Field(
        default=parse_duration("5s"), description="how long unfinished requests are waited for at the end"
    )

    @field_validator("backlog")
    @classmethod
    def _backlog_fits(cls, backlog: BacklogLimit, info: ValidationInfo) -> BacklogLimit:
        if backlog == BacklogLimit():
            return backlog
        if info.data.get("model") == "closed":
            raise ValueError("the closed model has no `backlog`; expected a `rate` beside it")
        most = max(info.data.get("connections", ()), default=0)
        if backlog.grow is not None and backlog.grow < most:
            raise ValueError(f"grow: {backlog.grow} is less than the {most} `connections`; expected at least {most}")
        return backlog

    @field_validator("stages")
    @classmethod
    def _stages_fit(cls, stages: tuple[StageSettings, ...], info: ValidationInfo) -> tuple[StageSettings, ...]:
        if not stages:
            return stages
        if info.data.get("model") == "closed":
            raise ValueError("the closed model has no `stages`; expected a `rate` beside them, at which they begin")
        rates = info.data.get("rate") or ()
        if len(rates) > 1:
            raise ValueError(
                f"stages beside {len(rates)} rates would give loads that are the same after the first stage; "
                "expected one `rate`, at which they begin"
            )
        come_before_the_end(stages, rates, info.data)
        return stages

    @field_validator("spawn_rate")
    @classmethod
    def _all_are_started_in_the_warmup(cls, spawn_rate: float | None, info: ValidationInfo) -> float | None:
        if spawn_rate is None:
            return None
        if info.data.get("model") == "open":
            raise ValueError("the open model has no `spawn_rate`; expected no `rate`, or `stages` instead")
        warmup = info.data.get("warmup")
        most = max(info.data.get("connections", ()), default=1)
        # The first is started at once.
        needed_s = (most - 1) / spawn_rate
        if warmup is not None and needed_s > shortest_warmup(warmup).total_seconds():
            raise ValueError(
                f"starting {most} connections at {spawn_rate:g} a second takes ({most} - 1) / {spawn_rate:g} = "
                f"{needed_s:.4g} s, and the warm-up is {format_duration(shortest_warmup(warmup))}; expected a `warmup` "
                "of at least that, or a higher `spawn_rate`"
            )
        return spawn_rate

    @field_validator("think_time")
    @classmethod
    def _only_the_closed_model_thinks(cls, think_time: ThinkTime | None, info: ValidationInfo) -> ThinkTime | None:
        if think_time is not None and info.data.get("model") == "open":
            raise ValueError("the open model has no `think_time`; expected no `rate`: its gaps are the `arrivals`")
        return think_time

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.duration is None) == (self.requests is None):
            raise ValueError("expected exactly one of `duration` and `requests`")
        if self.duration is not None and not self.duration:
            raise ValueError("expected a duration above zero")
        if not self.timeout:
            raise ValueError("expected a timeout above zero")
        return self

    @model_validator(mode="before")
    @classmethod
    def _rate_makes_it_open(cls, raw: object) -> object:
        if not isinstance(raw, dict):
            return raw
        share = _SHARE_OF_CAPACITY.fullmatch(rate) if isinstance(rate := raw.get("rate"), str) else None
        if share is not None:
            raw = {**raw, "rate": None, "rate_of_capacity": share["share"]}
        if any(raw.get(key) is not None for key in ("rate", "rate_of_capacity", "capacity")):
            return {"model": "open", **raw}
        return raw

    @model_validator(mode="after")
    def _a_search_finds_the_rate(self) -> Self:
        if self.capacity is None:
            if self.rate_of_capacity is not None:
                raise ValueError("a share of the slowest capacity needs `capacity: {slo: ...}` beside it, to find it")
            return self
        beside = next((key for key in ("rate", "stages", "slo", "requests") if getattr(self, key)), None)
        if beside is not None:
            expected = "`duration`, of one probe" if beside == "requests" else "one of them: a search finds the rate"
            raise ValueError(f"`{beside}` beside `capacity`; expected {expected}")
        if len(self.connections) > 1 and self.rate_of_capacity is not None:
            raise ValueError("several `connections` have several slowest capacities; expected one number")
        return self

    @model_validator(mode="after")
    def _model_fits(self) -> Self:
        if self.model == "open" and self.rate is None and self.capacity is None:
            raise ValueError("expected a `rate` in the open model, such as rate: 1000")
        if self.model == "closed" and self.rate is not None:
            raise ValueError("the closed model has no `rate`; expected model: open, or no rate")
        if self.model == "closed" and self.arrivals != "constant":
            raise ValueError("the closed model has no `arrivals`; expected a `rate` beside them")
        return self


def come_before_the_end(stages: tuple[StageSettings, ...], rates: tuple[float, ...], above: Mapping[str, Any]) -> None:
    """Refuse a stage that would not come, or not come to its end, before the window ends.

    A step at the very end is refused too: no request would be due at its rate.

    :param rates: the first of them is that at which the stages begin.
    :param above: ``duration`` and ``requests`` of the load, as far as they are known.
    :raises ValueError: with what is missing.
    """
    needed_s = sum(stage.duration.total_seconds() for stage in stages)
    window, requests = above.get("duration"), above.get("requests")
    if window is not None:
        over_s = needed_s - window.total_seconds()
        if over_s > 0:
            raise ValueError(
                f"the stages take {needed_s:.6g} s, {over_s:.6g} s more than the `duration` of "
                f"{format_duration(window)}; expected them to fit in it"
            )
        if over_s == 0 and not stages[-1].duration:
            raise ValueError(
                f"the last stage is a step at the end of the `duration` of {format_duration(window)}; expected time "
                "after it"
            )
    if requests is not None and rates:
        turns = pairwise([rates[0], *(stage.rate for stage in stages)])
        due = sum(
            stage.duration.total_seconds() * (before + after) / 2
            for stage, (before, after) in zip(stages, turns, strict=True)
        )
        if due > requests or (due == requests and not stages[-1].duration):
            raise ValueError(
                f"{due:,.0f} requests are due before the last stage is reached, and `requests` is {requests:,}; "
                "expected more `requests`, or shorter stages"
            )
