"""Counts the connections of targets several times a second, on one connection that is kept.

Opening one for every count would cost more than all other telemetry, client and server together: a login is made to
be dear. The kept connection is the administrator's, so that it is not among those that are counted.
"""

from typing import Final, LiteralString

import psycopg
import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

ANSWER_WITHIN_S: Final = 2
"""A server that is slower than this has no count to give."""

COUNTED: LiteralString = (
    "SELECT count(*)::text FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND usename = %s AND datname = %s"
)


class PostgresqlConnections:
    """Counts the connections of one role to one database."""

    def __init__(self, connection: psycopg.Connection, role: str, database: str) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._of = role, database

    def take(self) -> int | None:
        """Give how many there are now; None when the server does not answer in time."""
        try:
            row = self._cursor.execute(COUNTED, self._of, prepare=True).fetchone()
        except psycopg.Error:
            return None
        return None if row is None else int(row[0])

    def stop(self) -> None:
        """Close the connection; may be called twice."""
        self._connection.close()


class MysqlConnections:
    """Counts the connections of one account."""

    def __init__(self, connection: "Connection[Cursor]", role: str) -> None:
        self._connection = connection
        self._role = role

    def take(self) -> int | None:
        """Give how many there are now; None when the server does not answer in time."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SHOW PROCESSLIST")
                rows: tuple[tuple[object, ...], ...] = cursor.fetchall()
        except pymysql.Error:
            return None
        return sum(user == self._role for _, user, *_ in rows)

    def stop(self) -> None:
        """Close the connection; may be called twice."""
        if self._connection.open:
            self._connection.close()
