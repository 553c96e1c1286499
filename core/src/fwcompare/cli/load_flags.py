"""How the values of ``fwcompare load`` are written, and what flags of other tools are called here."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from fwcompare.model.quantities import parse_duration


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


DURATION: Final = _Duration()
HEADER: Final = _Header()


def request_body(data: str | None) -> bytes:
    """Give the body that ``-d`` stands for: the text itself, or the bytes of ``@FILE``.

    :raises click.BadParameter: the file cannot be read.
    """
    if data is None or not data.startswith("@"):
        return (data or "").encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise click.BadParameter(
            f"{data[1:]!r} cannot be read: {error.strerror}; expected a file after @", param_hint="'-d'"
        ) from error


FAMILIAR_FLAGS: Final = """
\b
Familiar flags, and what they are here:
  -n                 hey, oha, ab: the same
  -z 18s             hey, oha: the same; wrk, wrk2: -d; ab: -t (bare seconds).
                     A unit is always needed
  -c                 all: connections, each with one request under way
  -q, --rate         oha: -q; wrk2: -R; requests a second over all connections,
                     on one schedule. hey's -q is per connection
  --latency-correction  oha; wrk2 does so always. With --rate it holds anyway;
                     without, there is no due time and it is refused
  -t                 wrk, wrk2: --threads; hey: --timeout; ab: -z
  --timeout          wrk: the same; oha, hey: -t; ab: -s. From the due time
                     with --rate, else from the first byte sent
  -m, -H             hey, oha: the same; ab: -m, -H; wrk: -H
  -d TEXT, -d @FILE  hey, oha: -d, -D FILE; ab: -p FILE. The method stays -m;
                     no content type is added: give it with -H
  --disable-keepalive  hey, oha: the same; ab does so unless told -k
  --latency, -L      wrk, wrk2: percentiles are always printed
  --json             oha: --output-format json (its form is another:
                     fwcompare schema load)
  -r, --redirect     oha and hey follow redirects; here they are counted and
                     not followed
  --warmup           none of them has it; here it is 0s unless given
"""
