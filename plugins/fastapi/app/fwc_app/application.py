"""How an application is put together: what every target serves, and what only with a database.

A stack brings its routes to the rows and a way to open its database; the rest is the same for all.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TypedDict

from anyio import to_thread
from fastapi import APIRouter, FastAPI, Request

from fwc_app import sleeps
from fwc_app.database import Database
from fwc_app.database_url import DatabaseKind, DatabaseUrl
from fwc_app.facts import Facts, read_facts
from fwc_app.health import DatabaseUnreachableError, Healthy, answer_unreachable
from fwc_app.settings import Settings

Routes = Mapping[DatabaseKind, Sequence[APIRouter]]
"""What a stack serves with which kind of database."""

OpenDatabase = Callable[[DatabaseUrl, int], AbstractAsyncContextManager[Database]]
"""Opens a stack's pool, given the cap of its connections, and closes it at the end."""


class State(TypedDict):
    """What the lifespan hands to every request."""

    settings: Settings
    database: Database | None


router = APIRouter()


@router.get("/health")
async def health(request: Request) -> Healthy:
    """Answer 200 when the pool and the database do, or when there is none to ask."""
    database: Database | None = request.state.database
    if database is not None:
        await database.ping()
    return Healthy()


@router.get("/facts")
async def facts(request: Request) -> Facts:
    """Answer what this process is."""
    return read_facts(request.app, request.state.settings, request.state.database)


def build_app(title: str, routes: Routes, open_database: OpenDatabase) -> FastAPI:
    """Build the application for the environment of this process."""
    settings = Settings.from_environment(os.environ, routes.keys())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
        to_thread.current_default_thread_limiter().total_tokens = settings.threads
        opened = open_database(settings.database, settings.pool_size) if settings.database else nullcontext()
        async with opened as database:
            yield {"settings": settings, "database": database}

    app = FastAPI(title=f"fwcompare: {title}", lifespan=lifespan)
    app.add_exception_handler(DatabaseUnreachableError, answer_unreachable)
    app.include_router(router)
    app.include_router(sleeps.router)
    if settings.database:
        for served in routes[settings.database.kind]:
            app.include_router(served)
    return app
