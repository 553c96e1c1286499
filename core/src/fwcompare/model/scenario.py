"""What a scenario file says once it is checked and every default is filled in.

Leaves out reading the YAML and pointing at a line (``planning/scenario_file.py``), and whether the targets it
names exist (``planning/matrix.py``).
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from fwcompare.model.quantities import Duration, Percent, Scalar, Strict, parse_duration

_PARAMETER = r"^[A-Z][A-Z0-9_]*$"
ParameterName = Annotated[str, Field(pattern=_PARAMETER)]


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _as_entry(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class TargetEntry(Strict):
    """A target of the scenario: its name, and what holds for it alone."""

    name: str
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="a fixed port instead of a free one"
    )
    parameters: dict[ParameterName, Scalar] = {}


class LoadSettings(Strict):
    """How the targets are loaded: one load point per number of connections, and per rate in the open model."""

    model: Literal["closed", "open"] = Field(
        default="closed",
        description="closed: each connection waits for its answer before it sends again; "
        "open: requests are due at `rate`, whether the target keeps up or not. A `rate` makes it open",
    )
    rate: (
        Annotated[
            tuple[Annotated[float, Field(gt=0, le=10_000_000)], ...],
            BeforeValidator(_as_list),
            Field(min_length=1, strict=False),
        ]
        | None
    ) = Field(default=None, description="arrival rate of the open model, requests per second")
    arrivals: Literal["constant", "poisson"] = Field(
        default="constant", description="open model: evenly spaced, or at random as from many independent users"
    )
    connections: Annotated[
        tuple[Annotated[int, Field(ge=1, le=10_000)], ...],
        BeforeValidator(_as_list),
        Field(min_length=1, strict=False),
    ] = (10,)
    duration: Duration | None = Field(default=None, description="length of the measured window; or give `requests`")
    requests: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="number of measured requests; or give `duration`"
    )
    warmup: Duration = Field(default=parse_duration("2s"), description="load before the measured window, not counted")
    keepalive: bool = True
    timeout: Duration = Field(
        default=parse_duration("30s"),
        description="to the last byte, from the send in the closed model and from the due time in the open one",
    )
    drain: Duration = Field(
        default=parse_duration("5s"), description="how long unfinished requests are waited for at the end"
    )

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
        if isinstance(raw, dict) and raw.get("rate") is not None:
            return {"model": "open", **raw}
        return raw

    @model_validator(mode="after")
    def _model_fits(self) -> Self:
        if self.model == "open" and self.rate is None:
            raise ValueError("expected a `rate` in the open model, such as rate: 1000")
        if self.model == "closed" and self.rate is not None:
            raise ValueError("the closed model has no `rate`; expected model: open, or no rate")
        if self.model == "closed" and self.arrivals != "constant":
            raise ValueError("the closed model has no `arrivals`; expected a `rate` beside them")
        return self


class ProfileSettings(Strict):
    """The profiled window that follows every measured one, under the same load."""

    duration: Duration = parse_duration("3s")
    rate_hz: Annotated[int, Field(ge=1, le=1000, description="samples a second")] = 99


class CompareSettings(Strict):
    """When a difference counts."""

    margin: Percent = Field(default=0.02, gt=0, description="differences below it are of no interest")
    confidence: Percent = Field(default=0.95, gt=0.5, lt=1, description="of every interval")


class Scenario(Strict):
    """A scenario: a workload, the targets, the load, the matrix of parameters and the repeats."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: str = ""
    workload: str
    targets: Annotated[
        tuple[Annotated[TargetEntry, BeforeValidator(_as_entry)], ...],
        BeforeValidator(_as_list),
        Field(strict=False, description="names, or {name, port, parameters}; none: every target offering the workload"),
    ] = ()
    runtime: str = "process"
    services: dict[str, str] = Field(
        default={}, description="which provider gives a service, such as {postgresql: embedded}"
    )
    load: LoadSettings
    profile: ProfileSettings = ProfileSettings()
    parameters: dict[ParameterName, Scalar] = {}
    matrix: dict[ParameterName, Annotated[tuple[Scalar, ...], Field(min_length=1, strict=False)]] = {}
    repeats: Annotated[int, Field(ge=1, le=100, description="blocks; each holds every cell once")] = 3
    seed: Annotated[int, Field(ge=0, description="of the order; drawn and recorded when absent")] | None = None
    compare: CompareSettings = CompareSettings()

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        names = [entry.name for entry in self.targets]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"target {twice[0]!r} is listed twice; expected each target once")
        both = sorted(self.parameters.keys() & self.matrix.keys())
        if both:
            raise ValueError(f"{both[0]} stands under both `parameters` and `matrix`; expected one of them")
        return self
