"""The fast-django project: its settings, the apps it installs, and what has to be done when a worker starts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

import fast_django
from anyio import to_thread
from fast_django.settings import OrmConfig
from fastapi import FastAPI
from tortoise.context import require_context, set_global_context

from fwc_app.database_url import DatabaseKind
from fwc_app.health import DatabaseUnreachableError, answer_unreachable
from fwc_app.pool import ONLY, TortoiseDatabase, connection
from fwc_app.settings import Settings

ALWAYS: Final = ("fwc_app.service", "fwc_app.sleeps")
WITH: Final[Mapping[DatabaseKind, Sequence[str]]] = {
    "postgresql": ("fwc_app.users", "fwc_app.io_intensive"),
    "mysql": ("fwc_app.io_intensive",),
}
"""The apps that need a database, by its kind; the keys are the kinds that the project can speak to."""

MODELS: Final = ["fwc_app.users.models", "fwc_app.io_intensive.models"]

NO_DATABASE: Final = "sqlite://:memory:"
"""What stands in where there is no database, and is never opened: fast-django sets its ORM up in any case."""


def create_app() -> FastAPI:
    """Build the application for the environment of this process; uvicorn calls this once in each worker."""
    settings = Settings.from_environment(os.environ, WITH.keys())
    app = fast_django.create_app(project_settings(settings))
    app.state.settings = settings
    app.state.database = None
    app.add_exception_handler(DatabaseUnreachableError, answer_unreachable)

    async def start() -> None:
        to_thread.current_default_thread_limiter().total_tokens = settings.threads
        if settings.database:
            # fast-django has set its ORM up in the task of the server's start alone; requests run in others.
            set_global_context(require_context())
            app.state.database = TortoiseDatabase.opened(settings.database.kind, settings.pool_size)
            await app.state.database.ping()

    # Runs after fast-django's own, which stands before it in the list.
    app.router.add_event_handler("startup", start)
    return app


def project_settings(settings: Settings) -> fast_django.Settings:
    """Give all of fast-django's settings that mean something here: it would look for others in the environment."""
    return fast_django.Settings(
        _env_file=None,
        app_name="fwcompare: fast-django-asgi",
        debug=False,
        secret_key="nothing is signed",  # noqa: S106 - the setting that a project has to have
        admin_enabled=False,
        installed_apps=[*ALWAYS, *(WITH[settings.database.kind] if settings.database else ())],
        middleware=[],
        orm=OrmConfig(models=MODELS, connections=connections(settings)),
    )


def connections(settings: Settings) -> dict[str, Any]:
    """Give the ORM's one connection, which is a pool."""
    return {ONLY: connection(settings.database, settings.pool_size) if settings.database else NO_DATABASE}
