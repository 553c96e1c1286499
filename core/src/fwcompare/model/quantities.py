"""How people write durations, percentages and parameters in scenario and target files, and what they become.

A bare number is refused as a duration: ``5`` could be seconds or milliseconds.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PASSWORD = re.compile(r"(?<=://)(?P<user>[^:@/\s]*):\S*@")
_PERCENT = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*%")

Scalar = bool | int | float | str
"""A parameter's value. It reaches a target as the text of an environment variable."""


def parse_duration(value: object) -> timedelta:
    """Read ``500ms``, ``10s``, ``2m`` or ``1h``.

    :raises ValueError: when the text has no unit or is no duration.
    """
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no duration; expected a number with a unit, such as 500ms, 10s or 2m")
    return timedelta(seconds=float(match["number"]) * _SECONDS[match["unit"]])


def format_duration(value: timedelta) -> str:
    """Write a duration the way :func:`parse_duration` reads it."""
    seconds = value.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.12g}ms"
    return f"{seconds:.12g}s"


def parse_percent(value: object) -> float:
    """Read ``2%`` as the share 0.02.

    :raises ValueError: when the percent sign is missing.
    """
    if isinstance(value, float):
        return value
    match = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no percentage; expected one such as 2%")
    return float(match["number"]) / 100


def format_percent(share: float) -> str:
    """Write a share the way :func:`parse_percent` reads it."""
    return f"{share * 100:.12g}%"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration, json_schema_input_type=str),
    PlainSerializer(format_duration, return_type=str),
]
Percent = Annotated[
    float,
    BeforeValidator(parse_percent, json_schema_input_type=str),
    PlainSerializer(format_percent, return_type=str),
]


def redacted(text: str) -> str:
    """Give a text without the password of a URL in it: ``user:***@host``, also where it is not escaped."""
    return _PASSWORD.sub(r"\g<user>:***@", text)


def as_list(value: object) -> object:
    """Let one value stand for a list of it."""
    return value if isinstance(value, list | tuple) else [value]


class Strict(BaseModel):
    """A frozen model of something a person wrote: unknown keys, NaN and infinities are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


def as_variable(value: Scalar) -> str:
    """Give a parameter as the text of an environment variable; booleans become ``true`` and ``false``."""
    return str(value).lower() if isinstance(value, bool) else str(value)
