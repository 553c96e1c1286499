"""What targets send to one database of a PostgreSQL, and the rows they change there.

The statements come from the server's log. A *marker*, a statement of ours on a connection of its own, tells how
far to read: a server logs a statement before it does it and its collector keeps the order, so whatever a client
had an answer to before the marker stands before it. Leaves out how the log is read (``postgresql_log.py``) and
what the statements mean.
"""

import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, LiteralString, Protocol

import psycopg
from psycopg import sql

from fwcompare.errors import HostError
from fwcompare.model.ports import Sent
from fwcompare.services.postgresql_log import JsonLog

RECORDING: Final[Mapping[str, str]] = {
    "log_statement": "all",
    # Prefixes and severities as they are read here, whatever the server's language and thrift.
    "lc_messages": "C",
    "log_min_messages": "warning",
    # Values are of no interest and may be long; times would be lines of their own.
    "log_parameter_max_length": "0",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
}
"""Set for the one database, so only for connections to it that are opened after; nothing else is logged."""

_LIMIT_S = 10.0
_LOOK_EVERY_S = 0.02
# A portal that is fetched from again (`execute fetch from NAME: `) goes on with a statement that was given already.
_DONE = re.compile(r"(?:statement|execute (?!fetch from ).*?): (?P<text>.*)", re.DOTALL)

# Of the tables of users alone: the catalogue changes by itself, when a table is analysed in the background.
_ROWS: LiteralString = """
SELECT coalesce(sum(n_tup_ins), 0)::bigint, coalesce(sum(n_tup_upd), 0)::bigint, coalesce(sum(n_tup_del), 0)::bigint
FROM pg_stat_user_tables
"""


class Server(Protocol):
    """What a recording needs of a server."""

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        ...

    @property
    def target_role(self) -> str:
        """The role that targets connect as."""
        ...

    def connect(self, database: str = ..., settings: Mapping[str, str] = ...) -> psycopg.Connection:
        """Connect as the administrator, in autocommit mode."""
        ...

    def connections(self, database: str) -> int:
        """Count the connections that targets hold."""
        ...


class PostgresqlRecording:
    """The statements of the targets' role on one database, from the construction of this on.

    :raises HostError: when the server keeps no log that can be read.
    """

    def __init__(self, server: Server, database: str) -> None:
        self._server = server
        self._database = database
        try:
            with server.connect() as connection:
                self._log = JsonLog(connection, server.address)
                for name, value in RECORDING.items():
                    self._alter(connection, "SET {} TO {}", sql.Identifier(name), sql.Literal(value))
            self._rows = self._count_rows()
        except psycopg.Error as error:
            raise self._broken(str(error)) from error
        # What the collector had still to write when the end of its log was looked up is older than this recording.
        self.take()

    def take(self) -> Sequence[Sent]:
        """Give what was sent since the last call, in order, up to now and nothing less.

        :raises HostError: when the log cannot be read any more.
        """
        marker = f"fwcompare reads up to here: {secrets.token_hex(16)}"
        deadline_s = time.monotonic() + _LIMIT_S
        found: list[Sent] = []
        try:
            with self._server.connect(self._database, RECORDING) as connection:
                connection.execute(sql.SQL("SELECT {}").format(sql.Literal(marker)))
            with self._server.connect() as connection:
                while time.monotonic() < deadline_s:
                    for line in self._log.lines(connection):
                        if marker.encode() in line:
                            return found
                        found += self._sent(line)
                    time.sleep(_LOOK_EVERY_S)
        except psycopg.Error as error:
            raise self._broken(str(error)) from error
        raise self._broken(f"a statement of ours did not come up in its log within {_LIMIT_S:g} s")

    def rows(self) -> Mapping[str, int]:
        """Give how many rows were ``inserted``, ``updated`` and ``deleted`` since the recording began.

        A server process hands its counts in when it ends, before it leaves the list of connections.

        :raises HostError: when targets are still connected after ten seconds.
        """
        deadline_s = time.monotonic() + _LIMIT_S
        while (still_open := self._server.connections(self._database)) > 0:
            if time.monotonic() > deadline_s:
                raise HostError(
                    f"the rows changed in database {self._database!r} cannot be told",
                    seen=f"targets hold {still_open} connections to it after {_LIMIT_S:g} s",
                    expected="none: what a connection did is counted for sure when it has ended",
                    hint="end the target first",
                )
            time.sleep(_LOOK_EVERY_S)
        try:
            now = self._count_rows()
        except psycopg.Error as error:
            raise self._broken(str(error)) from error
        return {name: now[name] - before for name, before in self._rows.items()}

    def stop(self) -> None:
        """End the recording; connections that are opened from now on are not logged. May be called twice."""
        try:
            with self._server.connect() as connection:
                for name in RECORDING:
                    self._alter(connection, "RESET {}", sql.Identifier(name))
        except psycopg.errors.InvalidCatalogName:
            return  # the settings went with the database
        except psycopg.Error as error:
            raise self._broken(str(error)) from error

    def _alter(self, connection: psycopg.Connection, change: LiteralString, *parts: sql.Composable) -> None:
        connection.execute(sql.SQL("ALTER DATABASE {} " + change).format(sql.Identifier(self._database), *parts))

    def _count_rows(self) -> Mapping[str, int]:
        with self._server.connect(self._database) as connection:
            counts = connection.execute(_ROWS).fetchone() or ()
        return dict(zip(("inserted", "updated", "deleted"), counts, strict=True))

    def _sent(self, line: bytes) -> Iterator[Sent]:
        entry = json.loads(line.decode("utf-8", errors="replace"))
        if entry.get("user") != self._server.target_role or entry.get("dbname") != self._database:
            return
        done = _DONE.fullmatch(entry.get("message", "")) if entry["error_severity"] == "LOG" else None
        if done:
            yield Sent(entry["session_id"], done["text"])

    def _broken(self, seen: str) -> HostError:
        return HostError(
            f"the recording of database {self._database!r} on {self._server.address} is broken",
            seen=seen,
            expected="a server that runs, and logs what it is sent",
            hint="look at its log: a folder it can write to, with room on the disk",
        )
