"""``POST /io-intensive``."""

from __future__ import annotations

import time
from dataclasses import asdict

from fast_django.routers import APIRouter
from fastapi import Request
from tortoise.transactions import in_transaction

from fwc_app.io_intensive.contract import UPDATES, Done, JsonObject, UserRow, new_users, updated
from fwc_app.io_intensive.files import run_file_units
from fwc_app.io_intensive.models import ChangingUser
from fwc_app.pool import TortoiseDatabase
from fwc_app.settings import Settings

router = APIRouter()


@router.post("/io-intensive")
async def do_io_intensive(_body: JsonObject, request: Request) -> Done:
    """Do the file units, then the database units, all of them in one turn at the pool."""
    started = time.perf_counter()
    settings: Settings = request.app.state.settings
    database: TortoiseDatabase = request.app.state.database
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
