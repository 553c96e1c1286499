"""``GET /facts``: what this process really is, asked of the running objects and the installed packages.

``workers`` and ``threads`` are repeated from the environment: a uvicorn worker cannot see its siblings, and a
thread pool does not tell its size.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from importlib import metadata
from typing import Any

from django.conf import settings
from django.db import connection

from fwc_app.settings import Settings


def read_facts() -> dict[str, Any]:
    """Answer the keys that the README lists, the same in every plugin; must run inside the server's event loop."""
    environment = Settings.from_environment(os.environ)
    level = logging.getLogger("uvicorn.error").getEffectiveLevel()
    return {
        "framework": _installed("django"),
        "server": _installed("uvicorn"),
        "driver": _installed("psycopg"),
        "language": {"name": platform.python_implementation(), "version": platform.python_version()},
        "workers": environment.workers,
        "threads": environment.threads,
        "pool_size": connection.pool.max_size,
        "event_loop": type(asyncio.get_running_loop()).__module__,
        "debug": settings.DEBUG,
        "log_level": logging.getLevelName(level).lower(),
        "middlewares": [middleware.rpartition(".")[2] for middleware in settings.MIDDLEWARE],
    }


def _installed(distribution: str) -> dict[str, str]:
    return {"name": distribution, "version": metadata.version(distribution)}
