"""Connections to the database: of either product, each statement a round trip, at most so many at once."""

from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import BoundedSemaphore
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql

ERRORS = (psycopg.Error, pymysql.Error)


class PostgresqlSession:
    driver = psycopg

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def do(self, statement: str, *values: object) -> list[tuple]:
        cursor = self._connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    def insert(self, statement: str, *values: object, rows: int = 1) -> list[int]:
        return [id_ for (id_,) in self.do(f"{statement} RETURNING id", *values)]

    def close(self) -> None:
        self._connection.close()


class MysqlSession:
    driver = pymysql

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._cursor = pymysql.connect(
            host=parts.hostname,
            port=parts.port,
            user=parts.username,
            password=parts.password,
            database=unquote(parts.path[1:]),
            autocommit=True,
        ).cursor()

    def do(self, statement: str, *values: object) -> list[tuple]:
        self._cursor.execute(statement, values or None)
        return list(self._cursor.fetchall())

    def insert(self, statement: str, *values: object, rows: int = 1) -> list[int]:
        self.do(statement, *values)
        # The first id of a statement; those of its further rows follow without a gap.
        return [self._cursor.lastrowid + row for row in range(rows)]

    def close(self) -> None:
        self._cursor.connection.close()


Session = PostgresqlSession | MysqlSession


class Pool:
    """Opens a connection when all are busy, up to ``size``, and keeps it."""

    def __init__(self, url: str, size: int, *, keeps: bool = True) -> None:
        self.kind = PostgresqlSession if url.startswith("postgresql") else MysqlSession
        self._url = url
        self._keeps = keeps
        self._turns = BoundedSemaphore(size)
        self._idle: deque[Session] = deque()

    @contextmanager
    def borrow(self) -> Iterator[Session]:
        if not self._keeps:
            with closing(self.kind(self._url)) as session:
                yield session
            return
        with self._turns:
            session = self._idle.pop() if self._idle else self.kind(self._url)
            try:
                yield session
            except BaseException:
                session.close()
                raise
            self._idle.append(session)
