"""The app that is served, ``python -m serve``: ``/health``, ``/facts`` and the workload ``users``.

Environment and database are checked first, so that a wrong one ends in a single line and a code that is not zero.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import platform
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Any, Final

import asyncpg
import uvicorn
from anyio import to_thread
from settings import POOL_TIMEOUT_S, Settings, SettingsError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

READ_USERS: Final = 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1'
USERS_LIMIT: Final = 100

NO_CONNECTION: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What "no working connection" looks like in asyncpg; a timeout is an OSError."""

EXIT_UNREACHABLE: Final = 1
EXIT_BAD_ENVIRONMENT: Final = 2


def main() -> None:
    """Serve until a signal ends it."""
    try:
        settings = Settings.of(os.environ)
        if settings.database_url is not None:
            asyncio.run(connect_once(settings.database_url))
    except SettingsError as error:
        end(EXIT_BAD_ENVIRONMENT, str(error))
    except NO_CONNECTION as error:
        end(EXIT_UNREACHABLE, unreachable(error))
    uvicorn.run(
        "serve:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        proxy_headers=False,
    )


def end(code: int, message: str) -> None:
    """Leave with one line on standard error."""
    sys.stderr.write(f"serve: {message}\n")
    sys.exit(code)


def create_app() -> Starlette:
    """Build the application; uvicorn calls this once in each worker."""
    settings = Settings.of(os.environ)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Any]]:
        if settings.database_url is None:
            yield {"settings": settings, "pool": None}
            return
        # All connections are opened now and kept: by default the pool would close one now and then.
        async with asyncpg.create_pool(
            settings.database_url,
            min_size=settings.pool_size,
            max_size=settings.pool_size,
            max_queries=math.inf,
            max_inactive_connection_lifetime=0,
        ) as pool:
            yield {"settings": settings, "pool": pool}

    routes = [Route("/health", health), Route("/facts", facts)]
    if settings.database_url is not None:
        routes.append(Route("/users", users))
    return Starlette(routes=routes, lifespan=lifespan)


async def users(request: Request) -> JSONResponse:
    """Answer the first hundred users by id: one SELECT on a pooled connection."""
    async with request.state.pool.acquire(timeout=POOL_TIMEOUT_S) as connection:
        rows = await connection.fetch(READ_USERS, USERS_LIMIT)
    return JSONResponse([dict(row) for row in rows])


async def health(request: Request) -> JSONResponse:
    """Answer 200 once a pooled connection answers a statement, 503 while none does."""
    pool = request.state.pool
    if pool is not None:
        try:
            async with pool.acquire(timeout=POOL_TIMEOUT_S) as connection:
                await connection.execute("SELECT 1")
        except NO_CONNECTION as error:
            return JSONResponse({"status": "unreachable", "detail": unreachable(error)}, 503)
    return JSONResponse({"status": "ok"})


async def facts(request: Request) -> JSONResponse:
    """Answer what this process really is, asked of the running objects; a worker cannot see how many there are."""
    pool, app = request.state.pool, request.app
    level = logging.getLogger("uvicorn.error").getEffectiveLevel()
    return JSONResponse(
        {
            "framework": installed("starlette"),
            "server": installed("uvicorn"),
            "driver": None if pool is None else installed("asyncpg"),
            "orm": None,
            "language": {"name": platform.python_implementation(), "version": platform.python_version()},
            "workers": request.state.settings.workers,
            "threads": int(to_thread.current_default_thread_limiter().total_tokens),
            "pool_size": None if pool is None else pool.get_max_size(),
            "event_loop": type(asyncio.get_running_loop()).__module__,
            "debug": app.debug,
            "log_level": logging.getLevelName(level).lower(),
            "middlewares": [getattr(added.cls, "__name__", repr(added.cls)) for added in app.user_middleware],
        }
    )


def installed(distribution: str) -> dict[str, str]:
    """Give a part's name and version."""
    return {"name": distribution, "version": metadata.version(distribution)}


async def connect_once(url: str) -> None:
    """Connect and leave nothing open."""
    connection = await asyncpg.connect(url, timeout=POOL_TIMEOUT_S)
    await connection.close()


def unreachable(error: BaseException) -> str:
    """Say why there is no connection; the driver names host and port, and never the password."""
    seen = str(error).partition("\n")[0] or type(error).__name__
    return f"DATABASE_URL: saw {seen!r}, expected a PostgreSQL that answers there"


if __name__ == "__main__":
    main()
