"""The environment contract: what the runner tells this app, checked once and before anything starts.

Every variable but ``DATABASE_URL`` is required. The defaults live in the plugin's ``target.toml`` alone, so that
no second set of defaults can disagree with the one that a report prints.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from fwc_app.database_url import DatabaseKind, DatabaseUrl, DatabaseUrlError

HIGHEST_NUMBER: Final = 65_535
LONGEST_SLEEP_S: Final = 3_600
TRANSACTIONS: Final = ("per-unit", "per-request")

POOL_TIMEOUT_S: Final = 30.0
"""How long a request waits for a pooled connection before it fails: what SQLAlchemy and sqlx do by default."""

Transaction = Literal["per-unit", "per-request"]


class SettingsError(ValueError):
    """The environment breaks the contract; the message is one line: variable, seen, expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The contract's variables, checked. ``database`` is nothing where none was asked for."""

    host: str
    port: int
    database: DatabaseUrl | None
    workers: int
    threads: int
    pool_size: int
    sleep_seconds: float
    file_units: int
    db_units: int
    transaction: Transaction

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], databases: Collection[DatabaseKind]) -> Settings:
        """Read and check the contract's variables, for a stack that speaks to these kinds of database.

        :raises SettingsError: at the first variable that is missing or out of range.
        """
        return cls(
            host=_text(environment, "HOST", expected="an address to listen on, such as 127.0.0.1"),
            port=_number(environment, "PORT"),
            database=_database(environment, databases),
            workers=_number(environment, "WORKERS"),
            threads=_number(environment, "THREADS"),
            pool_size=_number(environment, "POOL_SIZE"),
            sleep_seconds=_seconds(environment, "SLEEP_SECONDS"),
            file_units=_number(environment, "FILE_UNITS", lowest=0),
            db_units=_number(environment, "DB_UNITS", lowest=0),
            transaction=_transaction(environment),
        )


def _text(environment: Mapping[str, str], name: str, *, expected: str) -> str:
    value = environment.get(name, "")
    if not value:
        message = f"{name}: saw nothing, expected {expected}"
        raise SettingsError(message)
    return value


def _number(environment: Mapping[str, str], name: str, *, lowest: int = 1) -> int:
    expected = f"a whole number from {lowest} to {HIGHEST_NUMBER}"
    text = _text(environment, name, expected=expected)
    # Not int() alone: it also takes " 5", "+5" and "1_000", which other languages' targets refuse.
    if re.fullmatch(r"[0-9]+", text) and lowest <= int(text) <= HIGHEST_NUMBER:
        return int(text)
    message = f"{name}: saw {text!r}, expected {expected}"
    raise SettingsError(message)


def _seconds(environment: Mapping[str, str], name: str) -> float:
    expected = f"a decimal number of seconds from 0 to {LONGEST_SLEEP_S}, such as 0.5"
    text = _text(environment, name, expected=expected)
    # Not float() alone: it also takes "nan", "1e3" and "1_0".
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and float(text) <= LONGEST_SLEEP_S:
        return float(text)
    message = f"{name}: saw {text!r}, expected {expected}"
    raise SettingsError(message)


def _transaction(environment: Mapping[str, str]) -> Transaction:
    expected = " or ".join(TRANSACTIONS)
    match _text(environment, "TRANSACTION", expected=expected):
        case "per-unit":
            return "per-unit"
        case "per-request":
            return "per-request"
        case other:
            message = f"TRANSACTION: saw {other!r}, expected {expected}"
            raise SettingsError(message)


def _database(environment: Mapping[str, str], databases: Collection[DatabaseKind]) -> DatabaseUrl | None:
    if "DATABASE_URL" not in environment:
        return None
    try:
        return DatabaseUrl.parse(environment["DATABASE_URL"], databases)
    except DatabaseUrlError as error:
        message = f"DATABASE_URL: {error}"
        raise SettingsError(message) from None
