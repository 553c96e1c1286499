"""The environment contract: what the runner tells this app, checked once and before anything starts.

Every variable is required. The defaults live in the plugin's ``target.toml`` alone, so that no second set
of defaults can disagree with the one that a report prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

HIGHEST_NUMBER: Final = 65_535
DATABASE_SCHEMES: Final = ("postgresql", "postgres")

POOL_TIMEOUT_S: Final = 30.0
"""How long a request waits for a pooled connection before it fails: what SQLAlchemy and sqlx do by default."""


class SettingsError(ValueError):
    """The environment breaks the contract; the message is one line: variable, seen, expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The contract's variables, checked."""

    host: str
    port: int
    database_url: str
    workers: int
    threads: int
    pool_size: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check the contract's variables.

        :raises SettingsError: at the first variable that is missing or out of range.
        """
        return cls(
            host=_text(environment, "HOST", expected="an address to listen on, such as 127.0.0.1"),
            port=_number(environment, "PORT"),
            database_url=_database_url(environment),
            workers=_number(environment, "WORKERS"),
            threads=_number(environment, "THREADS"),
            pool_size=_number(environment, "POOL_SIZE"),
        )


def _text(environment: Mapping[str, str], name: str, *, expected: str) -> str:
    value = environment.get(name, "")
    if not value:
        message = f"{name}: saw nothing, expected {expected}"
        raise SettingsError(message)
    return value


def _number(environment: Mapping[str, str], name: str) -> int:
    expected = f"a whole number from 1 to {HIGHEST_NUMBER}"
    text = _text(environment, name, expected=expected)
    # Not int() alone: it also takes " 5", "+5" and "1_000", which other languages' targets refuse.
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= HIGHEST_NUMBER:
        message = f"{name}: saw {text!r}, expected {expected}"
        raise SettingsError(message)
    return number


def _database_url(environment: Mapping[str, str]) -> str:
    expected = "a URL like postgresql://user:password@127.0.0.1:5432/database"
    url = _text(environment, "DATABASE_URL", expected=expected)
    scheme, separator, _ = url.partition("://")
    # Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
    if not separator:
        seen = "a value without '://'"
    elif scheme not in DATABASE_SCHEMES:
        seen = f"{scheme}://..."
    elif not _has_valid_port(url):
        seen = "one whose port is not a port number"
    elif not _is_understood(url):
        seen = "one that libpq cannot read"
    else:
        return url
    message = f"DATABASE_URL: saw {seen}, expected {expected}"
    raise SettingsError(message)


def _has_valid_port(url: str) -> bool:
    try:
        _ = urlsplit(url).port
    except ValueError:
        return False
    return True


def _is_understood(url: str) -> bool:
    try:
        conninfo_to_dict(url)
    except ProgrammingError:
        return False
    return True
