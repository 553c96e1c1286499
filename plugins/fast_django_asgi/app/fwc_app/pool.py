"""The connections of fast-django's ORM, which is Tortoise: asyncpg's pool for PostgreSQL, aiomysql's for MySQL."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from urllib.parse import unquote

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException, DBConnectionError

from fwc_app.database_url import DatabaseKind, DatabaseUrl
from fwc_app.health import DatabaseUnreachableError
from fwc_app.settings import POOL_TIMEOUT_S

ONLY: Final = "default"
"""The name of the one connection, which is a pool."""

DRIVERS: Final[Mapping[DatabaseKind, str]] = {"postgresql": "asyncpg", "mysql": "aiomysql"}

DRIVER_ERRORS: Final[Mapping[DatabaseKind, tuple[str, ...]]] = {
    "postgresql": ("PostgresError", "InterfaceError"),
    "mysql": ("MySQLError",),
}
"""By name: the driver that is not in use must not count in this target's memory."""

DRIVER_OPTIONS: Final[Mapping[DatabaseKind, Mapping[str, Any]]] = {
    # The pool would close a connection now and then; aiomysql's keeps them all without being told.
    "postgresql": {"timeout": POOL_TIMEOUT_S, "max_queries": math.inf, "max_inactive_connection_lifetime": 0},
    "mysql": {"connect_timeout": POOL_TIMEOUT_S},
}


@dataclass(frozen=True, slots=True)
class TortoiseDatabase:
    """Tortoise, set up; its models reach the pool by themselves.

    ``turns`` are as many as connections. Tortoise waits for a connection without end and offers no timeout, so
    whoever wants one takes a turn first. The wait ends in a turn or in an error, never halfway: Tortoise loses a
    connection for good when its transaction is cancelled at the BEGIN.
    """

    kind: DatabaseKind
    client: BaseDBAsyncClient
    turns: asyncio.Semaphore
    orm: str = "tortoise-orm"

    @classmethod
    def opened(cls, kind: DatabaseKind, pool_size: int) -> TortoiseDatabase:
        """Take what has been set up; the first statement connects."""
        return cls(kind, get_connection(ONLY), asyncio.Semaphore(pool_size))

    @property
    def driver(self) -> str:
        """The distribution that speaks to the database."""
        return DRIVERS[self.kind]

    @property
    def pool_size(self) -> int:
        """How many connections the pool may hold."""
        size: int = self.client.pool_maxsize
        return size

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until a connection is free, and keep others from it.

        :raises TimeoutError: when none was for 30 s.
        """
        async with asyncio.timeout(POOL_TIMEOUT_S):
            await self.turns.acquire()
        try:
            yield
        finally:
            self.turns.release()

    async def ping(self) -> None:
        """Run one statement on a pooled connection.

        :raises DatabaseUnreachableError: when that fails.
        """
        try:
            async with self.turn():
                await self.client.execute_query("SELECT 1")
        except DBConnectionError as error:
            # Its own text shows the settings; the driver's reason stands behind it.
            raise DatabaseUnreachableError(error.__context__ or error) from None
        except (OSError, BaseORMException, *driver_errors(self.kind)) as error:
            raise DatabaseUnreachableError(error) from None


def driver_errors(kind: DatabaseKind) -> tuple[type[Exception], ...]:
    """Give the errors of the driver in use, not all of which Tortoise makes its own."""
    driver = import_module(DRIVERS[kind])
    return tuple(getattr(driver, name) for name in DRIVER_ERRORS[kind])


def connection(url: DatabaseUrl, pool_size: int) -> dict[str, Any]:
    """Give the ORM's connection: the pool opens all its connections at once and keeps them."""
    given = expand_db_url(url.text)
    credentials = given["credentials"]
    credentials |= {"minsize": pool_size, "maxsize": pool_size, **DRIVER_OPTIONS[url.kind]}
    for name in ("user", "database"):
        # Tortoise decodes the password alone.
        credentials[name] = unquote(credentials[name]) if credentials[name] else None
    return given


def check_database(url: DatabaseUrl, models: Sequence[str]) -> None:
    """Connect once and leave nothing open.

    :raises DatabaseUnreachableError: when the database does not answer.
    """
    asyncio.run(_connect_once(url, models))


async def _connect_once(url: DatabaseUrl, models: Sequence[str]) -> None:
    apps = {"models": {"models": list(models), "default_connection": ONLY}}
    async with TortoiseContext() as context:
        await context.init({"connections": {ONLY: connection(url, pool_size=1)}, "apps": apps})
        await TortoiseDatabase.opened(url.kind, pool_size=1).ping()
