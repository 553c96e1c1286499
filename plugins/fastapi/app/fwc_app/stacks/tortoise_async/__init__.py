"""Target ``fastapi-tortoise``: ``async def`` endpoints on the event loop, Tortoise ORM, asyncpg or aiomysql below."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from tortoise.transactions import in_transaction

from fwc_app.application import Routes, build_app
from fwc_app.file_units import run_file_units
from fwc_app.io_intensive import UPDATES, Done, JsonObject, UserRow, new_users, updated
from fwc_app.settings import Settings
from fwc_app.stacks.tortoise_async.models import ChangingUser, User
from fwc_app.stacks.tortoise_async.pool import TortoiseDatabase, check_database, open_database
from fwc_app.users import USERS_LIMIT, UserRead

__all__ = ["ROUTES", "check_database", "create_app"]


async def get_database(request: Request) -> TortoiseDatabase:
    """Hand out what keeps the turns; the models find the pool by themselves."""
    database: TortoiseDatabase = request.state.database
    return database


Database = Annotated[TortoiseDatabase, Depends(get_database)]
users = APIRouter()
io_intensive = APIRouter()


@users.get("/users", response_model=list[UserRead])
async def read_users(database: Database) -> Sequence[User]:
    """Answer the first users by id."""
    async with database.turn():
        return await User.all().order_by("user_id").limit(USERS_LIMIT)


@io_intensive.post("/io-intensive")
async def do_io_intensive(_body: JsonObject, request: Request, database: Database) -> Done:
    """Do the file units, then the database units, all of them in one turn at the pool."""
    started = time.perf_counter()
    settings: Settings = request.state.settings
    run_file_units(settings.file_units)
    if settings.db_units:
        async with database.turn():
            await run_database_units(settings)
    return Done.since(started, settings)


async def run_database_units(settings: Settings) -> None:
    """Do the database units in transactions of their own, or all in one."""
    if settings.transaction == "per-request":
        async with in_transaction():
            for _ in range(settings.db_units):
                await change_users()
                await ChangingUser.all().count()
    else:
        for _ in range(settings.db_units):
            async with in_transaction():
                await change_users()
            await ChangingUser.all().count()


async def change_users() -> None:
    """Do the statements of one unit that stand inside its transaction, which the models find by themselves."""
    inserted = [(await ChangingUser.create(**asdict(row)), row) for row in new_users()]
    await ChangingUser.all().count()
    for user, row in inserted[:UPDATES]:
        await save_all_columns(user, updated(row))
    for user, _ in inserted:
        await user.delete()


async def save_all_columns(user: ChangingUser, row: UserRow) -> None:
    """Update one row; Tortoise always sends every column."""
    await user.update_from_dict(asdict(row)).save()


ROUTES: Final[Routes] = {"postgresql": (users, io_intensive), "mysql": (io_intensive,)}


def create_app() -> FastAPI:
    """Build the application; uvicorn calls this once in each worker."""
    return build_app("fastapi-tortoise", ROUTES, open_database)
