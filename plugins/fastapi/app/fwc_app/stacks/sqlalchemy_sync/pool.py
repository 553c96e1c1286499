"""The SQLAlchemy engines of target ``fastapi``: one pool of connections, two ways to use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from threading import Semaphore
from typing import Final, cast

from anyio import to_thread
from sqlalchemy import URL, Engine, QueuePool, create_engine, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from fwc_app.database_url import DatabaseKind, DatabaseUrl
from fwc_app.health import DatabaseUnreachableError
from fwc_app.settings import POOL_TIMEOUT_S

DRIVERS: Final[Mapping[DatabaseKind, str]] = {"postgresql": "psycopg", "mysql": "pymysql"}


@dataclass(frozen=True, slots=True)
class SqlAlchemyDatabase:
    """The open engine, as session factories that share its pool.

    ``sessions`` is for everything; ``lone_reads`` for a single SELECT that needs no transaction. ``turns`` are as
    many as connections, for a request that needs one time and again: the pool serves whoever asks first, mostly the
    thread that has just given a connection back, and some others would wait for half a minute.
    """

    driver: str
    sessions: sessionmaker[Session]
    lone_reads: sessionmaker[Session]
    pool: QueuePool
    turns: Semaphore
    orm: str = "sqlalchemy"

    @property
    def pool_size(self) -> int:
        """How many connections the pool may hold."""
        return self.pool.size()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a connection is free, and keep others from it.

        :raises TimeoutError: when none was for 30 s.
        """
        if not self.turns.acquire(timeout=POOL_TIMEOUT_S):
            message = f"no connection was free for {POOL_TIMEOUT_S:g} s"
            raise TimeoutError(message)
        try:
            yield
        finally:
            self.turns.release()

    async def ping(self) -> None:
        """Run one statement on a pooled connection, on the thread pool as every endpoint.

        :raises DatabaseUnreachableError: when that fails.
        """
        await to_thread.run_sync(ping, self.sessions)


def open_engine(url: DatabaseUrl, pool_size: int) -> Engine:
    """Make the engine with its pool; no connection is opened yet."""
    return create_engine(
        with_driver(url),
        poolclass=QueuePool,
        pool_size=pool_size,
        # SQLAlchemy's default would let the pool grow by another 10.
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
    )


def with_driver(url: DatabaseUrl) -> URL:
    """Name the driver in the URL, and for MySQL the character set."""
    read = make_url(url.text).set(drivername=f"{url.kind}+{DRIVERS[url.kind]}")
    return read.update_query_dict({"charset": "utf8mb4"}) if url.kind == "mysql" else read


def ping(sessions: sessionmaker[Session]) -> None:
    """Take a connection from the pool and run one statement on it.

    :raises DatabaseUnreachableError: when that fails.
    """
    try:
        with sessions() as session:
            session.execute(select(1))
    except SQLAlchemyError as error:
        raise DatabaseUnreachableError(error) from None


def check_database(url: DatabaseUrl) -> None:
    """Connect once and leave nothing open.

    :raises DatabaseUnreachableError: when the database does not answer.
    """
    engine = open_engine(url, pool_size=1)
    ping(sessionmaker(engine))
    engine.dispose()


@asynccontextmanager
async def open_database(url: DatabaseUrl, pool_size: int) -> AsyncIterator[SqlAlchemyDatabase]:
    """Make the pool, which connects as requests ask for connections, and keeps what it opened."""
    engine = open_engine(url, pool_size)
    yield SqlAlchemyDatabase(
        driver=DRIVERS[url.kind],
        sessions=sessionmaker(engine),
        lone_reads=sessionmaker(without_transactions(engine, url.kind)),
        pool=cast("QueuePool", engine.pool),
        turns=Semaphore(pool_size),
    )
    engine.dispose()


def without_transactions(engine: Engine, kind: DatabaseKind) -> Engine:
    """Give the engine in autocommit mode, where that sends less than the transaction it saves.

    psycopg keeps the mode on its own side. PyMySQL tells the server, and SQLAlchemy's way there and back is five
    statements, a COMMIT among them; there a session's ROLLBACK behind the SELECT is the cheaper.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT") if kind == "postgresql" else engine
