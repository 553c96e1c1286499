"""One module per target: how it reaches the database, and its routes. ``__main__`` picks one by name."""

from __future__ import annotations

from importlib import import_module
from typing import Final, Protocol, cast

from fastapi import FastAPI

from fwc_app.application import Routes
from fwc_app.database_url import DatabaseUrl

STACKS: Final = ("asyncpg_pool", "sqlalchemy_sync", "tortoise_async")


class Stack(Protocol):
    """What each module in this package offers."""

    ROUTES: Routes
    """What is served with which kind of database; its keys are the kinds that the stack can speak to."""

    def check_database(self, url: DatabaseUrl) -> None:
        """Connect once and leave nothing open.

        :raises DatabaseUnreachableError: when the database does not answer.
        """

    def create_app(self) -> FastAPI:
        """Build the application; uvicorn calls this once in each worker."""


def load_stack(name: str) -> Stack:
    """Import the one module that is served: another stack's driver must not count in this target's memory."""
    return cast("Stack", import_module(f"{__name__}.{name}"))
