"""What a scenario file says once it is checked and every default is filled in.

Leaves out what stands under ``load`` (``load_settings.py``), reading the YAML and pointing at a line
(``planning/scenario_file.py``), and whether the targets it names exist (``planning/matrix.py``).
"""

from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    model_validator,
)

from fwcompare.model.limits import LimitSettings
from fwcompare.model.load_settings import LoadSettings
from fwcompare.model.quantities import Duration, Percent, Scalar, Strict, as_list, parse_duration, redacted
from fwcompare.model.threshold import Threshold, read_threshold

_PARAMETER = r"^[A-Z][A-Z0-9_]*$"
ParameterName = Annotated[str, Field(pattern=_PARAMETER)]


def _as_entry(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _each_once(what: str) -> AfterValidator:
    def check(names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} is listed twice; expected each {what} once")
        return names

    return AfterValidator(check)


def _as_threshold(value: object, info: ValidationInfo) -> Threshold:
    # What stands above it in Scenario; a key with a problem of its own is missing here.
    load, targets = info.data.get("load"), info.data.get("targets", ())
    return read_threshold(value, targets=[entry.name for entry in targets], model=None if load is None else load.model)


def _as_line(threshold: Threshold) -> str:
    return threshold.text


class TargetEntry(Strict):
    """A target of the scenario: its name, and what holds for it alone."""

    name: str
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="a fixed port instead of a free one"
    )
    parameters: dict[ParameterName, Scalar] = {}


class ProfileSettings(Strict):
    """The profiled window that follows every measured one, under the same load."""

    duration: Duration = parse_duration("3s")
    rate_hz: Annotated[int, Field(ge=1, le=1000, description="samples a second")] = 99


class WidthRepeats(Strict):
    """Blocks until the intervals are narrow enough; never until a difference is significant."""

    width: Percent = Field(gt=0, lt=1, description="half the width of every pair's interval, over its ratio")
    min: Annotated[int, Field(ge=10, le=100)] = Field(
        default=10, description="blocks before the first look; fewer would make winners of chance"
    )
    max: Annotated[int, Field(ge=10, le=100)] = 30

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"max: {self.max} is less than min: {self.min}; expected at least that")
        return self


class DisturbedSettings(Strict):
    """What is done about a block that the host disturbed."""

    retries: Annotated[int, Field(ge=0, le=10)] = Field(
        default=2,
        description="times that such a block is run again as a whole; in all no more than there are blocks. 0: never",
    )


class CompareSettings(Strict):
    """When a difference counts."""

    margin: Percent = Field(default=0.02, gt=0, description="differences below it are of no interest")
    confidence: Percent = Field(default=0.95, gt=0.5, lt=1, description="of every interval")


class Scenario(Strict):
    """A scenario: one or more workloads, the targets, the load, the matrix of parameters and the repeats."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: str = ""
    workload: Annotated[
        tuple[str, ...],
        BeforeValidator(as_list, json_schema_input_type=str | list[str]),
        Field(min_length=1, strict=False, description="a workload's name, or a list of them"),
        _each_once("workload"),
    ]
    targets: Annotated[
        tuple[Annotated[TargetEntry, BeforeValidator(_as_entry)], ...],
        BeforeValidator(as_list),
        Field(strict=False, description="names, or {name, port, parameters}; none: every target offering the workload"),
    ] = ()
    plugin_dirs: Annotated[tuple[str, ...], BeforeValidator(as_list), Field(strict=False)] = Field(
        default=(),
        description="folders of plugins without Python: each with a target.toml, or of such; relative to this file",
    )
    runtime: Annotated[
        tuple[str, ...],
        BeforeValidator(as_list, json_schema_input_type=str | list[str]),
        Field(min_length=1, strict=False),
        _each_once("runtime"),
    ] = Field(
        default=("process",),
        description="how targets are built and started: process, docker; of a list, every target in each",
    )
    services: dict[str, Annotated[str, PlainSerializer(redacted)]] = Field(
        default={},
        description="which provider gives a service, such as {postgresql: embedded}, or a URL of its administrator",
        repr=False,  # a URL holds a password, which is shown and recorded nowhere
    )
    load: LoadSettings
    profile: ProfileSettings = ProfileSettings()
    audit: bool = Field(
        default=True, description="hold the work of every target to the contract, before anything is measured"
    )
    parameters: dict[ParameterName, Scalar] = Field(
        default={}, description="of every target, and build arguments of its image: what there is, a target.toml says"
    )
    matrix: dict[ParameterName, Annotated[tuple[Scalar, ...], Field(min_length=1, strict=False)]] = Field(
        default={}, description="parameters and build arguments that vary: every target with every value"
    )
    repeats: Annotated[int, Field(ge=1, le=100)] | WidthRepeats = Field(
        default=3,
        description="blocks; each holds every cell once. {width: 2%, min: 10, max: 30}: until the intervals are that "
        "narrow",
    )
    disturbed: DisturbedSettings = DisturbedSettings()
    limits: LimitSettings = LimitSettings()
    seed: Annotated[int, Field(ge=0, description="of the order; drawn and recorded when absent")] | None = None
    compare: CompareSettings = CompareSettings()
    thresholds: Annotated[
        tuple[
            Annotated[
                Threshold,
                BeforeValidator(_as_threshold, json_schema_input_type=str | dict[str, str]),
                PlainSerializer(_as_line),
            ],
            ...,
        ],
        BeforeValidator(as_list),
        Field(strict=False),
    ] = Field(
        default=(),
        alias="assert",
        description="what must hold, else the run exits with 1: [TARGET[/TARGET]:] METRIC OPERATOR VALUE [UNIT], such "
        "as `fastapi: service_p99 < 250ms`, `errors < 0.1%` or `axum/fastapi: throughput > 2`",
    )

    # `assert` is no name for an attribute; what is written has it, so that it can be read again.
    model_config = ConfigDict(serialize_by_alias=True)

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
