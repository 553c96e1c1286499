"""How the values of ``fwcompare load`` are written."""

import ipaddress
from datetime import timedelta
from typing import Final

import click
from pydantic import ValidationError

from fwcompare.model.load_settings import StageSettings
from fwcompare.model.quantities import parse_duration
from fwcompare.model.schema_problems import in_words
from fwcompare.model.values import ValueSettings, parse_value


class _Duration(click.ParamType[timedelta]):
    """A number with its unit, the way a scenario writes it."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Header(click.ParamType[tuple[str, str]]):
    """A header field as it stands in a request."""

    name = "'name: value'"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, colon, content = str(value).partition(":")
        if not (name.strip() and colon):
            self.fail(f"{value!r} is no header field; expected 'Name: value'", param, ctx)
        return name.strip(), content.strip()


class _Stage(click.ParamType[StageSettings]):
    """A change of the rate: how long it takes, and what the rate is then."""

    name = "duration:rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> StageSettings:
        if isinstance(value, StageSettings):
            return value
        duration, _, rate = str(value).partition(":")
        try:
            return StageSettings(duration=parse_duration(duration), rate=float(rate))
        except ValidationError as error:
            self.fail(f"rate of {value!r}: {in_words(error.errors()[0])}", param, ctx)
        except ValueError:
            self.fail(f"{value!r} is no stage; expected DURATION:RATE, such as 30s:2000 or 0s:500", param, ctx)


class _Statuses(click.ParamType[tuple[int, ...]]):
    """Statuses with commas between them."""

    name = "status,..."

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        statuses = tuple(part.strip() for part in str(value).split(","))
        if not all(part.isascii() and part.isdigit() and part[0] != "0" for part in statuses):
            self.fail(f"{value!r} are no statuses; expected some from 200 to 999, such as 200,201", param, ctx)
        numbers = tuple(int(part) for part in statuses)
        if not all(_LEAST_STATUS <= number <= _MOST_STATUS for number in numbers):
            self.fail(f"{value!r} holds what is no final status; expected some from 200 to 999", param, ctx)
        return numbers


class _Value(click.ParamType[tuple[str, ValueSettings]]):
    """A name, and what stands for it."""

    name = "name=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ValueSettings]:
        if isinstance(value, tuple):
            return value
        try:
            return parse_value(str(value))
        except ValidationError as error:
            self.fail(f"{value!r}: {in_words(error.errors()[0])}", param, ctx)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Address(click.ParamType[str]):
    """An IP address of this machine."""

    name = "ip"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(ipaddress.ip_address(str(value)))
        except ValueError:
            self.fail(f"{value!r} is no IP address; expected one such as 127.0.0.2", param, ctx)


_LEAST_STATUS: Final = 200
_MOST_STATUS: Final = 999

DURATION: Final = _Duration()
HEADER: Final = _Header()
STAGE: Final = _Stage()
STATUSES: Final = _Statuses()
VALUE: Final = _Value()
ADDRESS: Final = _Address()
