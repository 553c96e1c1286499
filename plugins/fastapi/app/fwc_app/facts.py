"""``GET /facts``: what this process really is, asked of the running objects and the installed packages.

``workers`` alone is repeated from the environment: a uvicorn worker cannot see its siblings.
"""

from __future__ import annotations

import asyncio
import logging
import platform
from importlib import metadata

from anyio import to_thread
from fastapi import FastAPI
from pydantic import BaseModel

from fwc_app.settings import Settings


class Component(BaseModel):
    """A piece of software that takes part, and its version."""

    name: str
    version: str


class Facts(BaseModel):
    """The answer; the README lists the keys, which are the same in every plugin."""

    framework: Component
    server: Component
    driver: Component
    language: Component
    workers: int
    threads: int
    pool_size: int
    event_loop: str
    debug: bool
    log_level: str
    middlewares: list[str]


def read_facts(app: FastAPI, settings: Settings, *, driver: str, pool_size: int) -> Facts:
    """Read everything that does not depend on the stack; must run inside the server's event loop."""
    level = logging.getLogger("uvicorn.error").getEffectiveLevel()
    return Facts(
        framework=_installed("fastapi"),
        server=_installed("uvicorn"),
        driver=_installed(driver),
        language=Component(name=platform.python_implementation(), version=platform.python_version()),
        workers=settings.workers,
        threads=int(to_thread.current_default_thread_limiter().total_tokens),
        pool_size=pool_size,
        event_loop=type(asyncio.get_running_loop()).__module__,
        debug=app.debug,
        log_level=logging.getLevelName(level).lower(),
        # Those the app added. What FastAPI itself always puts around the routes is part of the framework.
        middlewares=[getattr(middleware.cls, "__name__", repr(middleware.cls)) for middleware in app.user_middleware],
    )


def _installed(distribution: str) -> Component:
    return Component(name=distribution, version=metadata.version(distribution))
