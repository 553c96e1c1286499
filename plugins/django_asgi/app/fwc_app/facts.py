"""``GET /facts``: what this process really is, asked of the running objects and the installed packages.

``workers`` and ``threads`` are repeated from the environment: a uvicorn worker cannot see its siblings, and a
thread pool does not tell its size.
"""

from __future__ import annotations

import asyncio
import logging
import platform
from importlib import metadata
from typing import Any

from django.conf import settings
from django.db import connection

from fwc_app.engines import engine_of


def read_facts() -> dict[str, Any]:
    """Answer the keys that the README lists, the same in every plugin; must run inside the server's event loop."""
    contract = settings.CONTRACT
    engine = engine_of(contract.database_url) if contract.database_url else None
    level = logging.getLogger("uvicorn.error").getEffectiveLevel()
    return {
        "framework": _installed("django"),
        "server": _installed("uvicorn"),
        "driver": _installed(engine.DRIVER) if engine else None,
        "orm": _installed("django") if engine else None,
        "language": {"name": platform.python_implementation(), "version": platform.python_version()},
        "workers": contract.workers,
        "threads": contract.threads,
        "pool_size": engine.pool_cap(connection) if engine else None,
        "sleep_seconds": contract.sleep_seconds,
        "file_units": contract.file_units,
        "db_units": contract.db_units,
        "transaction": contract.transaction,
        "event_loop": type(asyncio.get_running_loop()).__module__,
        "debug": settings.DEBUG,
        "log_level": logging.getLevelName(level).lower(),
        "middlewares": [middleware.rpartition(".")[2] for middleware in settings.MIDDLEWARE],
    }


def _installed(distribution: str) -> dict[str, str]:
    return {"name": distribution, "version": metadata.version(distribution)}
