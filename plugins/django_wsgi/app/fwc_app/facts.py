"""``GET /facts``: what this process really is, asked of the running objects and the installed packages.

``workers`` and ``threads`` are those of the configuration that gunicorn runs with: a worker sees no sibling.
"""

from __future__ import annotations

import logging
import platform
from importlib import metadata
from typing import Any

from django.conf import settings
from django.db import connection
from gunicorn.config import Config

from fwc_app.engines import engine_of

_server: list[Config] = []


def served_with(config: Config) -> None:
    """Remember the configuration of the worker that this process is."""
    _server[:] = [config]


def read_facts() -> dict[str, Any]:
    """Answer the keys that the README lists, which are the same in every plugin."""
    (server,) = _server
    contract = settings.CONTRACT
    engine = engine_of(contract.database_url) if contract.database_url else None
    level = logging.getLogger("gunicorn.error").getEffectiveLevel()
    return {
        "framework": _installed("django"),
        "server": _installed("gunicorn"),
        "driver": _installed(engine.DRIVER) if engine else None,
        "orm": _installed("django") if engine else None,
        "language": {"name": platform.python_implementation(), "version": platform.python_version()},
        "workers": server.workers,
        "threads": server.threads,
        "pool_size": engine.pool_cap(connection) if engine else None,
        "sleep_seconds": contract.sleep_seconds,
        "file_units": contract.file_units,
        "db_units": contract.db_units,
        "transaction": contract.transaction,
        "event_loop": "none",
        "debug": settings.DEBUG,
        "log_level": logging.getLevelName(level).lower(),
        "middlewares": [middleware.rpartition(".")[2] for middleware in settings.MIDDLEWARE],
    }


def _installed(distribution: str) -> dict[str, str]:
    return {"name": distribution, "version": metadata.version(distribution)}
