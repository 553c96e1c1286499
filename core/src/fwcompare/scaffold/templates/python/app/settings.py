"""The environment that the runner gives, checked once and before anything starts.

Every variable but ``DATABASE_URL`` is required. The defaults live in ``target.toml`` alone, so that no second set of
defaults can disagree with the one that a report prints.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

HIGHEST_NUMBER: Final = 65_535

POOL_TIMEOUT_S: Final = 30.0
"""How long a request waits for a pooled connection before it fails."""


class SettingsError(ValueError):
    """The environment is wrong; the message is one line: variable, seen, expected."""

    def __init__(self, variable: str, seen: str, expected: str) -> None:
        super().__init__(f"{variable}: saw {seen}, expected {expected}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables, checked. ``database_url`` is None where no workload needs a database; it holds a password."""

    host: str
    port: int
    workers: int
    pool_size: int
    database_url: str | None = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check the variables.

        :raises SettingsError: at the first that is missing or out of range.
        """
        return cls(
            host=_text(environment, "HOST", "an address to listen on, such as 127.0.0.1"),
            port=_number(environment, "PORT"),
            workers=_number(environment, "WORKERS"),
            pool_size=_number(environment, "POOL_SIZE"),
            database_url=_database_url(environment, "DATABASE_URL"),
        )


def _text(environment: Mapping[str, str], name: str, expected: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(name, "nothing", expected)
    return value


def _number(environment: Mapping[str, str], name: str) -> int:
    expected = f"a whole number from 1 to {HIGHEST_NUMBER}"
    text = _text(environment, name, expected)
    # Not int() alone: it also takes " 5", "+5" and "1_000".
    if re.fullmatch(r"[0-9]+", text) and 1 <= int(text) <= HIGHEST_NUMBER:
        return int(text)
    raise SettingsError(name, repr(text), expected)


def _database_url(environment: Mapping[str, str], name: str) -> str | None:
    if name not in environment:
        return None
    expected = "a URL like postgresql://user:password@127.0.0.1:5432/database"
    url = _text(environment, name, expected)
    scheme, separator, _ = url.partition("://")
    # Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
    if not separator:
        raise SettingsError(name, "a value without '://'", expected)
    if scheme not in {"postgresql", "postgres"}:
        raise SettingsError(name, f"{scheme}://...", expected)
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise SettingsError(name, "one whose port is not a port number", expected) from None
    return url
