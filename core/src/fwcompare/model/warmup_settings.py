"""What stands under ``load.warmup`` of a scenario: a length, or bounds between which the throughput becomes steady."""

from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, GetJsonSchemaHandler, Tag, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from fwcompare.model.quantities import Duration, Strict, format_duration, parse_duration

BUCKET_S: Final = 0.25
"""How long one bucket of the throughput is, by which a warm-up is judged."""

LEAST_BUCKETS: Final = 20
"""Fewer do not tell whether the throughput is steady (METHOD, "A trial", 4)."""

_LEAST_TO_TELL: Final = timedelta(seconds=BUCKET_S * LEAST_BUCKETS)


class WarmupBounds(Strict):
    """How long a warm-up that ends by itself may take."""

    least: Duration = Field(default=_LEAST_TO_TELL, description="it takes at least so long, however steady it is")
    most: Duration = Field(
        default=parse_duration("30s"),
        description="then the window is measured all the same, and the trial is published as unstable",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most < _LEAST_TO_TELL:
            raise ValueError(
                f"most: {format_duration(self.most)} is too short to tell whether the throughput is steady: that takes "
                f"{LEAST_BUCKETS} x {BUCKET_S:g} s; expected at least {format_duration(_LEAST_TO_TELL)}"
            )
        if self.most < self.least:
            raise ValueError(
                f"most: {format_duration(self.most)} is less than least: {format_duration(self.least)}; expected at "
                "least that"
            )
        return self


class AutoWarmup(Strict):
    """A warm-up that ends when the throughput is steady."""

    auto: WarmupBounds


def _with_bounds(value: object) -> object:
    return AutoWarmup(auto=WarmupBounds()) if value == "auto" else value


def _kind(value: object) -> str:
    return "[auto]" if value == "auto" or isinstance(value, dict | AutoWarmup) else "[fixed]"


class _EitherMayFit:
    """``auto`` is both a text and a word of its own, so that not exactly one form of the JSON schema fits it."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        return {**{key: value for key, value in schema.items() if key != "oneOf"}, "anyOf": schema["oneOf"]}


# The tags' brackets keep them out of the places that messages point at (planning/document.py).
WarmupSettings = Annotated[
    Annotated[Duration, Tag("[fixed]")]
    | Annotated[
        AutoWarmup,
        BeforeValidator(_with_bounds, json_schema_input_type=Literal["auto"] | AutoWarmup),
        Tag("[auto]"),
    ],
    Discriminator(_kind),
    _EitherMayFit(),
]


def shortest_warmup(warmup: timedelta | AutoWarmup) -> timedelta:
    """Give the length of a fixed warm-up, or the least of one that ends by itself."""
    return warmup.auto.least if isinstance(warmup, AutoWarmup) else warmup


def longest_warmup_s(warmup: timedelta | AutoWarmup) -> float | None:
    """Give the most that a warm-up which ends by itself may take; None for a fixed one."""
    return warmup.auto.most.total_seconds() if isinstance(warmup, AutoWarmup) else None


def format_warmup(warmup: timedelta | AutoWarmup) -> str:
    """Give a warm-up for people."""
    if isinstance(warmup, AutoWarmup):
        bounds = warmup.auto
        return f"until steady, {format_duration(bounds.least)} to {format_duration(bounds.most)}"
    return format_duration(warmup)
