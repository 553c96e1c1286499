"""Target ``fastapi``: plain ``def`` endpoints on the thread pool, SQLAlchemy sessions, psycopg or PyMySQL below."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from fwc_app.application import Routes, build_app
from fwc_app.file_units import run_file_units
from fwc_app.io_intensive import UPDATES, Done, JsonObject, UserRow, new_users, updated
from fwc_app.settings import Settings
from fwc_app.stacks.sqlalchemy_sync.models import ChangingUser, User
from fwc_app.stacks.sqlalchemy_sync.pool import SqlAlchemyDatabase, check_database, open_database
from fwc_app.users import USERS_LIMIT, UserRead

__all__ = ["ROUTES", "check_database", "create_app"]


# "async", or FastAPI would spend a thread on it.
async def get_database(request: Request) -> SqlAlchemyDatabase:
    """Hand out the session factories."""
    database: SqlAlchemyDatabase = request.state.database
    return database


Database = Annotated[SqlAlchemyDatabase, Depends(get_database)]
users = APIRouter()
io_intensive = APIRouter()


@users.get("/users", response_model=list[UserRead])
def read_users(database: Database) -> Sequence[User]:
    """Answer the first users by id.

    The session lives inside the endpoint and not in a dependency with ``yield``: FastAPI needs a thread of the
    same pool to validate the answer, and a dependency would keep the connection until after that. With more
    requests than threads, those that hold the connections then wait for those that wait for a connection.
    """
    with database.sessions() as session:
        return session.scalars(select(User).order_by(User.user_id).limit(USERS_LIMIT)).all()


@io_intensive.post("/io-intensive")
def do_io_intensive(_body: JsonObject, request: Request, database: Database) -> Done:
    """Do the file units, then the database units, all of them in one turn at the pool."""
    started = time.perf_counter()
    settings: Settings = request.state.settings
    run_file_units(settings.file_units)
    if settings.db_units:
        with database.turn():
            run_database_units(database, settings)
    return Done.since(started, settings)


def run_database_units(database: SqlAlchemyDatabase, settings: Settings) -> None:
    """Do the database units in transactions of their own, or all in one; no session lives longer than that."""
    if settings.transaction == "per-request":
        run_units_in_one_transaction(database, settings.db_units)
    else:
        for _ in range(settings.db_units):
            run_unit(database)


def run_unit(database: SqlAlchemyDatabase) -> None:
    """Do one database unit in a transaction of its own; the last count stands outside."""
    with database.sessions.begin() as session:
        change_users(session)
    with database.lone_reads() as session:
        count_users(session)


def run_units_in_one_transaction(database: SqlAlchemyDatabase, units: int) -> None:
    """Do that many database units, the last count of each within the same transaction."""
    with database.sessions.begin() as session:
        for _ in range(units):
            change_users(session)
            count_users(session)


def change_users(session: Session) -> None:
    """Do the statements of one unit that stand inside its transaction.

    Every flush sends one statement: left to itself, the unit of work would gather the inserts into one and hand
    the updates and the deletes to the driver in bulk.
    """
    inserted = [insert_user(session, row) for row in new_users()]
    count_users(session)
    for user, row in inserted[:UPDATES]:
        save_all_columns(session, user, updated(row))
    for user, _ in inserted:
        session.delete(user)
        session.flush()


def insert_user(session: Session, row: UserRow) -> tuple[ChangingUser, UserRow]:
    """Insert one row, which gives the object its id."""
    user = ChangingUser(**asdict(row))
    session.add(user)
    session.flush()
    return user, row


def save_all_columns(session: Session, user: ChangingUser, row: UserRow) -> None:
    """Update one row, those columns too that keep their value: SQLAlchemy leaves them out unless told."""
    for column, value in asdict(row).items():
        setattr(user, column, value)
        flag_modified(user, column)
    session.flush()


def count_users(session: Session) -> None:
    """Count the rows of the table."""
    session.scalar(select(func.count()).select_from(ChangingUser))


ROUTES: Final[Routes] = {"postgresql": (users, io_intensive), "mysql": (io_intensive,)}


def create_app() -> FastAPI:
    """Build the application; uvicorn calls this once in each worker."""
    return build_app("fastapi", ROUTES, open_database)
