"""The start command: ``python -m more_app``. A wrong environment ends it with one line and a code that is not zero."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette

from more_app.database import UnreachableError, connect_once, open_pool
from more_app.routes import ROUTES, ROUTES_OF_ROWS
from more_app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def create_app() -> Starlette:
    """Build the application; uvicorn calls this once in each worker."""
    settings = Settings.from_environment(os.environ)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Any]]:
        url = settings.database_url
        async with open_pool(url, settings.pool_size) if url else nullcontext() as pool:
            yield {"settings": settings, "pool": pool}

    return Starlette(routes=[*ROUTES, *(ROUTES_OF_ROWS if settings.database_url else ())], lifespan=lifespan)


def main() -> None:
    """Serve until a signal ends it."""
    try:
        settings = Settings.from_environment(os.environ)
        if settings.database_url:
            asyncio.run(connect_once(settings.database_url))
    except (SettingsError, UnreachableError) as error:
        sys.exit(f"more_app: {error}")
    uvicorn.run(
        "more_app.__main__:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        # Named, not "auto": a missing wheel must fail the start, not quietly serve with a slower loop.
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="info",
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
