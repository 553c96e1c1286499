"""The environment that the runner gives: checked once, before anything starts. Defaults stand in ``target.toml``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 65_535


class SettingsError(ValueError):
    """The environment makes no sense; the message is one line: variable, seen, expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for. ``database_url`` holds a password, and is nothing where no database was asked for."""

    host: str
    port: int
    workers: int
    pool_size: int
    queries: int
    database_url: str | None = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check the variables.

        :raises SettingsError: at the first that is missing or out of range.
        """
        host = environment.get("HOST", "")
        if not host:
            message = "HOST: saw nothing, expected an address to listen on, such as 127.0.0.1"
            raise SettingsError(message)
        return cls(
            host=host,
            port=_number(environment, "PORT"),
            workers=_number(environment, "WORKERS"),
            pool_size=_number(environment, "POOL_SIZE"),
            queries=_number(environment, "QUERIES"),
            database_url=_database_url(environment),
        )


def _number(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "")
    # Not int() alone: it also takes " 5", "+5" and "1_000".
    if re.fullmatch(r"[0-9]+", text) and 1 <= int(text) <= _MOST:
        return int(text)
    message = f"{name}: saw {text!r}, expected a whole number from 1 to {_MOST}"
    raise SettingsError(message)


def _database_url(environment: Mapping[str, str]) -> str | None:
    url = environment.get("DATABASE_URL")
    if url is None or (url.startswith(("postgresql://", "postgres://")) and _has_port(url)):
        return url
    # Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
    seen = f"{url.partition('://')[0]}://..." if "://" in url else "no URL"
    message = f"DATABASE_URL: saw {seen}, expected one like postgresql://user:password@127.0.0.1:5432/database"
    raise SettingsError(message)


def _has_port(url: str) -> bool:
    try:
        _ = urlsplit(url).port
    except ValueError:
        return False
    return True
