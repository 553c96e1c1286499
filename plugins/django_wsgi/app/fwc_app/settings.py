"""The environment contract: what the runner tells this app, checked once and before anything starts.

Every variable but ``DATABASE_URL`` is required. The defaults live in the plugin's ``target.toml`` alone, so that no
second set of defaults can disagree with the one that a report prints.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fwc_app.engines import EXAMPLE_URLS, fault_of

HIGHEST_NUMBER: Final = 65_535
LONGEST_SLEEP_S: Final = 3_600
PER_UNIT: Final = "per-unit"
PER_REQUEST: Final = "per-request"


class SettingsError(ValueError):
    """The environment breaks the contract; the message is one line: variable, seen, expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The contract's variables, checked. Without a ``database_url`` there are no routes that need one."""

    host: str
    port: int
    database_url: str | None
    workers: int
    threads: int
    pool_size: int
    sleep_seconds: float
    file_units: int
    db_units: int
    transaction: str

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
            sleep_seconds=_seconds(environment, "SLEEP_SECONDS"),
            file_units=_number(environment, "FILE_UNITS", lowest=0),
            db_units=_number(environment, "DB_UNITS", lowest=0),
            transaction=_one_of(environment, "TRANSACTION", PER_UNIT, PER_REQUEST),
        )


def _text(environment: Mapping[str, str], name: str, *, expected: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise _refused(name, "nothing", expected)
    return value


def _number(environment: Mapping[str, str], name: str, *, lowest: int = 1) -> int:
    expected = f"a whole number from {lowest} to {HIGHEST_NUMBER}"
    text = _text(environment, name, expected=expected)
    # Not int() alone: it also takes " 5", "+5" and "1_000", which other languages' targets refuse.
    if not (text.isascii() and text.isdigit() and lowest <= int(text) <= HIGHEST_NUMBER):
        raise _refused(name, repr(text), expected)
    return int(text)


def _seconds(environment: Mapping[str, str], name: str) -> float:
    expected = f"a decimal number such as 0.5, from 0 to {LONGEST_SLEEP_S}"
    text = _text(environment, name, expected=expected)
    # Not float() alone: it also takes "nan", "inf", " 1" and "1e3".
    if not (re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and float(text) <= LONGEST_SLEEP_S):
        raise _refused(name, repr(text), expected)
    return float(text)


def _one_of(environment: Mapping[str, str], name: str, *values: str) -> str:
    expected = " or ".join(values)
    text = _text(environment, name, expected=expected)
    if text not in values:
        raise _refused(name, repr(text), expected)
    return text


def _database_url(environment: Mapping[str, str]) -> str | None:
    if "DATABASE_URL" not in environment:
        return None
    expected = f"a URL like {EXAMPLE_URLS}"
    url = _text(environment, "DATABASE_URL", expected=expected)
    fault = fault_of(url)
    if fault is not None:
        raise _refused("DATABASE_URL", fault, expected)
    return url


def _refused(name: str, seen: str, expected: str) -> SettingsError:
    return SettingsError(f"{name}: saw {seen}, expected {expected}")
