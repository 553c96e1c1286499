"""The log of a PostgreSQL in JSON, read line by line through SQL, so wherever the server stands.

Decides what a server must be set to for that, and follows it to the next file when it begins one. Leaves out
what the lines say (``postgresql_recording.py``).
"""

from collections import deque
from collections.abc import Iterator
from typing import Final, LiteralString

import psycopg

from fwcompare.errors import HostError

_CHUNK_BYTES: Final = 1 << 20
_OLDEST: Final = 150000
"""PostgreSQL 15 is the first that logs in JSON."""

_ABILITIES: LiteralString = """
SELECT current_setting('server_version_num')::int, current_setting('is_superuser'),
       current_setting('logging_collector'), current_setting('log_destination')
"""
# By time, then by name: files of one second bear names in the order of their making.
_NEXT_FILE: LiteralString = """
SELECT later.name
FROM pg_ls_logdir() AS later, pg_ls_logdir() AS ours
WHERE later.name LIKE '%%.json' AND ours.name = %s AND (later.modification, later.name) > (ours.modification, ours.name)
ORDER BY later.modification, later.name LIMIT 1
"""


class JsonLog:
    """A place in a server's log, at first its end.

    :param connection: of a superuser, for the moment.
    :param address: host and port, for messages.
    :raises HostError: when the server keeps no such log, or does not let us read it.
    """

    def __init__(self, connection: psycopg.Connection, address: str) -> None:
        lacks = _lacks(connection)
        if lacks:
            seen, hint = lacks
            raise HostError(
                f"PostgreSQL on {address} cannot record what targets send",
                seen=seen,
                expected="PostgreSQL 15 or newer that logs in JSON to files, and a superuser who may read them",
                hint=hint,
            )
        self._address = address
        self._file = _current(connection)
        self._offset = _size(connection, self._file)
        self._part = b""
        self._lines: deque[bytes] = deque()

    def lines(self, connection: psycopg.Connection) -> Iterator[bytes]:
        """Give each whole line that was not given yet; ends where the log does for now.

        :raises HostError: when the server has emptied the file.
        """
        while True:
            while self._lines:
                yield self._lines.popleft()
            if not self._read(connection) and not self._next(connection):
                return

    def _read(self, connection: psycopg.Connection) -> bool:
        if _size(connection, self._file) < self._offset:
            raise HostError(
                f"PostgreSQL on {self._address} has emptied its log while it was read",
                seen=f"{self._file} is shorter than the {self._offset} bytes that were read of it",
                expected="files that are kept during a run",
                hint="ALTER SYSTEM SET log_truncate_on_rotation = off, then SELECT pg_reload_conf()",
            )
        row = connection.execute(
            "SELECT pg_read_binary_file(%s, %s, %s)", (self._file, self._offset, _CHUNK_BYTES), binary=True
        ).fetchone()
        chunk: bytes = row[0] if row else b""
        self._offset += len(chunk)
        *whole, self._part = (self._part + chunk).split(b"\n")
        self._lines.extend(whole)
        return bool(chunk)

    def _next(self, connection: psycopg.Connection) -> bool:
        """Go to the file after this one, once the server writes to another and this one is read to its end."""
        if _current(connection) == self._file or self._read(connection):
            return bool(self._lines)
        folder, _, name = self._file.rpartition("/")
        row = connection.execute(_NEXT_FILE, (name,)).fetchone()
        if row is None:
            return False
        self._file, self._offset, self._part = f"{folder}/{row[0]}", 0, b""
        return True


def _lacks(connection: psycopg.Connection) -> tuple[str, str] | None:
    """Say what keeps us from reading the log, and what to do about it."""
    version, superuser, collector, destination = connection.execute(_ABILITIES).fetchone() or (0, "off", "off", "")
    if version < _OLDEST:
        return f"version {version // 10000}", "give a newer server, or `services: {postgresql: embedded}`"
    if superuser != "on":
        return f"role {connection.info.user!r} is no superuser", "give the URL of a superuser"
    if collector != "on":
        return "logging_collector is off", "ALTER SYSTEM SET logging_collector = on, then restart the server"
    if "jsonlog" not in destination:
        wanted = "ALTER SYSTEM SET log_destination = 'stderr,jsonlog', then SELECT pg_reload_conf()"
        return f"log_destination is {destination!r}", wanted
    return None


def _current(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT pg_current_logfile('jsonlog')").fetchone()
    return str(row[0]) if row else ""


def _size(connection: psycopg.Connection, file: str) -> int:
    row = connection.execute("SELECT (pg_stat_file(%s)).size", (file,)).fetchone()
    return int(row[0]) if row else 0
