"""Target ``fastapi-asyncpg``: ``async def`` endpoints on the event loop, an asyncpg pool, no ORM."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from fastapi import APIRouter, Depends, FastAPI, Request

from fwc_app.application import Routes, build_app
from fwc_app.database_url import DatabaseUrl
from fwc_app.file_units import run_file_units
from fwc_app.health import DatabaseUnreachableError
from fwc_app.io_intensive import UPDATES, Done, JsonObject, UserRow, new_users, updated
from fwc_app.settings import POOL_TIMEOUT_S, Settings
from fwc_app.users import USERS_LIMIT, UserRead

READ_USERS: Final = 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1'
INSERT_USER: Final = (
    "INSERT INTO users (name, email, age, created_at, updated_at) VALUES ($1, $2, $3, $4, $5) RETURNING id"
)
UPDATE_USER: Final = "UPDATE users SET name = $1, email = $2, age = $3, created_at = $4, updated_at = $5 WHERE id = $6"
DELETE_USER: Final = "DELETE FROM users WHERE id = $1"
COUNT_USERS: Final = "SELECT COUNT(*) FROM users"

CONNECTION_ERRORS: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What "no working connection" looks like in asyncpg; a timeout is an OSError."""


@dataclass(frozen=True, slots=True)
class AsyncpgDatabase:
    """The open pool."""

    pool: asyncpg.Pool
    driver: str = "asyncpg"
    orm: None = None

    @property
    def pool_size(self) -> int:
        """How many connections the pool may hold."""
        return self.pool.get_max_size()

    async def ping(self) -> None:
        """Run one statement on a pooled connection.

        :raises DatabaseUnreachableError: when that fails.
        """
        try:
            async with self.pool.acquire(timeout=POOL_TIMEOUT_S) as connection:
                await connection.execute("SELECT 1")
        except CONNECTION_ERRORS as error:
            raise DatabaseUnreachableError(error) from None


def check_database(url: DatabaseUrl) -> None:
    """Connect once and leave nothing open.

    :raises DatabaseUnreachableError: when the database does not answer.
    """
    asyncio.run(_connect_once(url))


async def _connect_once(url: DatabaseUrl) -> None:
    try:
        connection = await asyncpg.connect(url.text, timeout=POOL_TIMEOUT_S)
    except CONNECTION_ERRORS as error:
        raise DatabaseUnreachableError(error) from None
    await connection.close()


@asynccontextmanager
async def open_database(url: DatabaseUrl, pool_size: int) -> AsyncIterator[AsyncpgDatabase]:
    """Open the pool with all its connections, which it keeps: by default it would close them now and then."""
    async with asyncpg.create_pool(
        url.text, min_size=pool_size, max_size=pool_size, max_queries=math.inf, max_inactive_connection_lifetime=0
    ) as pool:
        yield AsyncpgDatabase(pool)


async def get_pool(request: Request) -> asyncpg.Pool:
    """Hand out the pool."""
    database: AsyncpgDatabase = request.state.database
    return database.pool


Pool = Annotated[asyncpg.Pool, Depends(get_pool)]
users = APIRouter()
io_intensive = APIRouter()


@users.get("/users", response_model=list[UserRead])
async def read_users(pool: Pool) -> list[dict[str, Any]]:
    """Answer the first users by id; the response model validates the rows, as it does the ORM's objects."""
    async with pool.acquire(timeout=POOL_TIMEOUT_S) as connection:
        rows = await connection.fetch(READ_USERS, USERS_LIMIT)
    return [dict(row) for row in rows]


@io_intensive.post("/io-intensive")
async def do_io_intensive(_body: JsonObject, request: Request, pool: Pool) -> Done:
    """Do the file units, then the database units, all of them on one connection."""
    started = time.perf_counter()
    settings: Settings = request.state.settings
    run_file_units(settings.file_units)
    if settings.db_units:
        async with pool.acquire(timeout=POOL_TIMEOUT_S) as connection:
            await run_database_units(connection, settings)
    return Done.since(started, settings)


async def run_database_units(connection: PoolConnectionProxy, settings: Settings) -> None:
    """Do the database units in transactions of their own, or all in one."""
    if settings.transaction == "per-request":
        async with connection.transaction():
            for _ in range(settings.db_units):
                await change_users(connection)
                await connection.fetchval(COUNT_USERS)
    else:
        for _ in range(settings.db_units):
            async with connection.transaction():
                await change_users(connection)
            await connection.fetchval(COUNT_USERS)


async def change_users(connection: PoolConnectionProxy) -> None:
    """Do the statements of one unit that stand inside its transaction, each a round trip of its own."""
    inserted = [(await connection.fetchval(INSERT_USER, *columns(user)), user) for user in new_users()]
    await connection.fetchval(COUNT_USERS)
    for id_, user in inserted[:UPDATES]:
        await connection.execute(UPDATE_USER, *columns(updated(user)), id_)
    for id_, _ in inserted:
        await connection.execute(DELETE_USER, id_)


def columns(user: UserRow) -> tuple[str, str, int, datetime, datetime]:
    """Give a row's values in the order of the statements."""
    return user.name, user.email, user.age, user.created_at, user.updated_at


ROUTES: Final[Routes] = {"postgresql": (users, io_intensive)}


def create_app() -> FastAPI:
    """Build the application; uvicorn calls this once in each worker."""
    return build_app("fastapi-asyncpg", ROUTES, open_database)
