"""``GET /facts``: what this process really is, asked of the running objects and the installed packages.

``workers`` is repeated from the environment, a uvicorn worker cannot see its siblings; so are the workloads' own
parameters, which nothing but this app knows.
"""

from __future__ import annotations

import asyncio
import logging
import platform
from importlib import metadata

from anyio import to_thread
from fastapi import FastAPI
from pydantic import BaseModel

from fwc_app.pool import TortoiseDatabase
from fwc_app.settings import Settings, Transaction


class Component(BaseModel):
    """A piece of software that takes part, and its version."""

    name: str
    version: str


class Facts(BaseModel):
    """The answer; the README lists the keys, which are the same in every plugin."""

    framework: Component
    server: Component
    driver: Component | None
    orm: Component | None
    language: Component
    workers: int
    threads: int
    pool_size: int | None
    sleep_seconds: float
    file_units: int
    db_units: int
    transaction: Transaction
    event_loop: str
    debug: bool
    log_level: str
    middlewares: list[str]


def read_facts(app: FastAPI, settings: Settings, database: TortoiseDatabase | None) -> Facts:
    """Read everything; must run inside the server's event loop."""
    level = logging.getLogger("uvicorn.error").getEffectiveLevel()
    return Facts(
        framework=_installed("fast-django"),
        server=_installed("uvicorn"),
        driver=_installed(database.driver) if database else None,
        orm=_installed(database.orm) if database and database.orm else None,
        language=Component(name=platform.python_implementation(), version=platform.python_version()),
        workers=settings.workers,
        threads=int(to_thread.current_default_thread_limiter().total_tokens),
        pool_size=database.pool_size if database else None,
        sleep_seconds=settings.sleep_seconds,
        file_units=settings.file_units,
        db_units=settings.db_units,
        transaction=settings.transaction,
        event_loop=type(asyncio.get_running_loop()).__module__,
        debug=app.debug,
        log_level=logging.getLevelName(level).lower(),
        # Those the app added. What FastAPI itself always puts around the routes is part of the framework;
        # fast-django's own, for its signals, is not to be switched off and is listed.
        middlewares=[getattr(middleware.cls, "__name__", repr(middleware.cls)) for middleware in app.user_middleware],
    )


def _installed(distribution: str) -> Component:
    return Component(name=distribution, version=metadata.version(distribution))
