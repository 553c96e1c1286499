"""The databases that may stand behind this target: which one a URL means, and what is asked of each.

A module per database, all with the names of :class:`Engine`. Only the one in use is imported: a driver that nobody
calls would still count in the target's memory.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

POSTGRESQL: Final = "postgresql"
MYSQL: Final = "mysql"
EXAMPLE_URLS: Final = (
    "postgresql://user:password@127.0.0.1:5432/database or mysql://user:password@127.0.0.1:3306/database"
)

POOL_TIMEOUT_S: Final = 30.0
"""How long a request waits for a pooled connection before it fails: what SQLAlchemy and sqlx do by default."""

_BY_SCHEME: Final = {"postgresql": POSTGRESQL, "postgres": POSTGRESQL, "mysql": MYSQL}


class Engine(Protocol):
    """What a module of this package offers."""

    TITLE: str
    """The database's name, for people."""

    DRIVER: str
    """The distribution that speaks to it."""

    ConnectError: type[Exception]
    """What its driver raises when it cannot connect."""

    def fault(self, url: str) -> str | None:
        """Tell what is wrong with a URL of this database, without its password, or None."""

    def connect_once(self, url: str) -> None:
        """Connect and leave nothing open.

        :raises ConnectError: when that fails.
        """

    def django_database(self, url: str, pool_size: int) -> dict[str, Any]:
        """Describe the database in the words of Django's ``DATABASES``."""

    def pool_cap(self, connection: BaseDatabaseWrapper) -> int:
        """Ask the pool how many connections it may hold."""


def engine_name(url: str | None) -> str | None:
    """Tell which database a URL means, by its scheme; None for no URL, or for one of no database known here."""
    return None if url is None else _BY_SCHEME.get(url.partition("://")[0])


def engine_of(url: str) -> Engine:
    """Import the module of the database that a checked URL means."""
    return cast("Engine", import_module(f"{__name__}.{engine_name(url)}"))


def fault_of(url: str) -> str | None:
    """Tell what is wrong with a URL, or None.

    Of a wrong one only the scheme is told: the rest may hold a password, and this ends in a log.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        return "a value without '://'"
    if engine_name(url) is None:
        return f"{scheme}://..."
    return engine_of(url).fault(url)
