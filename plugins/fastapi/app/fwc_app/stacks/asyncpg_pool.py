"""Target ``fastapi-asyncpg``: ``async def`` endpoints on the event loop, an asyncpg pool, no ORM."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, TypedDict

import asyncpg
from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI, Request

from fwc_app.facts import Facts, read_facts
from fwc_app.health import DatabaseUnreachableError, Healthy, answer_unreachable
from fwc_app.settings import POOL_TIMEOUT_S, Settings
from fwc_app.users import USERS_LIMIT, UserRead

READ_USERS: Final = 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1'

CONNECTION_ERRORS: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What "no working connection" looks like in asyncpg; a timeout is an OSError."""


class State(TypedDict):
    """What the lifespan hands to every request."""

    settings: Settings
    pool: asyncpg.Pool


def check_database(settings: Settings) -> None:
    """Connect once and leave nothing open.

    :raises DatabaseUnreachableError: when the database does not answer.
    """
    asyncio.run(_connect_once(settings.database_url))


async def _connect_once(database_url: str) -> None:
    try:
        connection = await asyncpg.connect(database_url, timeout=POOL_TIMEOUT_S)
    except CONNECTION_ERRORS as error:
        raise DatabaseUnreachableError(error) from None
    await connection.close()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
    """Set the thread limit and open the pool with all its connections."""
    settings = Settings.from_environment(os.environ)
    to_thread.current_default_thread_limiter().total_tokens = settings.threads
    async with asyncpg.create_pool(
        settings.database_url, min_size=settings.pool_size, max_size=settings.pool_size
    ) as pool:
        yield {"settings": settings, "pool": pool}


async def get_pool(request: Request) -> asyncpg.Pool:
    """Hand out the pool."""
    pool: asyncpg.Pool = request.state.pool
    return pool


Pool = Annotated[asyncpg.Pool, Depends(get_pool)]
router = APIRouter()


@router.get("/users", response_model=list[UserRead])
async def read_users(pool: Pool) -> list[dict[str, Any]]:
    """Answer the first users by id; the response model validates the rows, as it does the ORM's objects."""
    async with pool.acquire(timeout=POOL_TIMEOUT_S) as connection:
        rows = await connection.fetch(READ_USERS, USERS_LIMIT)
    return [dict(row) for row in rows]


@router.get("/health")
async def health(pool: Pool) -> Healthy:
    """Answer 200 when the pool and the database do."""
    try:
        async with pool.acquire(timeout=POOL_TIMEOUT_S) as connection:
            await connection.execute("SELECT 1")
    except CONNECTION_ERRORS as error:
        raise DatabaseUnreachableError(error) from None
    return Healthy()


@router.get("/facts")
async def facts(request: Request, pool: Pool) -> Facts:
    """Answer what this process is."""
    return read_facts(request.app, request.state.settings, driver="asyncpg", pool_size=pool.get_max_size())


def create_app() -> FastAPI:
    """Build the application; uvicorn calls this once in each worker."""
    app = FastAPI(title="fwcompare: fastapi-asyncpg", lifespan=lifespan)
    app.add_exception_handler(DatabaseUnreachableError, answer_unreachable)
    app.include_router(router)
    return app
