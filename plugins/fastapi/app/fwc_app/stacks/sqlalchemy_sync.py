"""Target ``fastapi``: plain ``def`` endpoints on the thread pool, a SQLAlchemy session each, psycopg below."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict, cast

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI, Request
from sqlalchemy import Engine, QueuePool, create_engine, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from fwc_app.facts import Facts, read_facts
from fwc_app.health import DatabaseUnreachableError, Healthy, answer_unreachable
from fwc_app.settings import POOL_TIMEOUT_S, Settings
from fwc_app.users import USERS_LIMIT, UserRead


class Base(DeclarativeBase):
    """Parent of the ORM models."""


class User(Base):
    """A row of the contract's table."""

    __tablename__ = "user"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)


class State(TypedDict):
    """What the lifespan hands to every request."""

    settings: Settings
    pool: QueuePool
    sessions: sessionmaker[Session]


def open_engine(settings: Settings) -> Engine:
    """Make the engine with its pool; no connection is opened yet."""
    return create_engine(
        make_url(settings.database_url).set(drivername="postgresql+psycopg"),
        poolclass=QueuePool,
        pool_size=settings.pool_size,
        # SQLAlchemy's default would let the pool grow by another 10.
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
    )


def ping(sessions: sessionmaker[Session]) -> None:
    """Take a connection from the pool and run one statement on it."""
    try:
        with sessions() as session:
            session.execute(select(1))
    except SQLAlchemyError as error:
        raise DatabaseUnreachableError(error) from None


def check_database(settings: Settings) -> None:
    """Connect once and leave nothing open.

    :raises DatabaseUnreachableError: when the database does not answer.
    """
    engine = open_engine(settings)
    ping(sessionmaker(engine))
    engine.dispose()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
    """Set the thread limit and make the pool, which connects as requests ask for connections."""
    settings = Settings.from_environment(os.environ)
    to_thread.current_default_thread_limiter().total_tokens = settings.threads
    engine = open_engine(settings)
    yield {"settings": settings, "pool": cast("QueuePool", engine.pool), "sessions": sessionmaker(engine)}
    engine.dispose()


# "async", or FastAPI would spend a thread on it.
async def get_sessions(request: Request) -> sessionmaker[Session]:
    """Hand out the session factory."""
    sessions: sessionmaker[Session] = request.state.sessions
    return sessions


Sessions = Annotated[sessionmaker[Session], Depends(get_sessions)]
router = APIRouter()


@router.get("/users", response_model=list[UserRead])
def read_users(sessions: Sessions) -> Sequence[User]:
    """Answer the first users by id.

    The session lives inside the endpoint and not in a dependency with ``yield``: FastAPI needs a thread of the
    same pool to validate the answer, and a dependency would keep the connection until after that. With more
    requests than threads, those that hold the connections then wait for those that wait for a connection.
    """
    with sessions() as session:
        return session.scalars(select(User).order_by(User.user_id).limit(USERS_LIMIT)).all()


@router.get("/health")
def health(sessions: Sessions) -> Healthy:
    """Answer 200 when the pool and the database do."""
    ping(sessions)
    return Healthy()


@router.get("/facts")
async def facts(request: Request) -> Facts:
    """Answer what this process is."""
    pool: QueuePool = request.state.pool
    return read_facts(request.app, request.state.settings, driver="psycopg", pool_size=pool.size())


def create_app() -> FastAPI:
    """Build the application; uvicorn calls this once in each worker."""
    app = FastAPI(title="fwcompare: fastapi", lifespan=lifespan)
    app.add_exception_handler(DatabaseUnreachableError, answer_unreachable)
    app.include_router(router)
    return app
