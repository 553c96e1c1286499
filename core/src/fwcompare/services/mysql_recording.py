"""What targets send to one database of a MySQL or MariaDB, and the rows they change there.

The statements come from the *general log*, kept in a table while a recording goes on. The server writes a row
before it does the statement, so whatever a client had an answer to is there; a *marker*, a statement of ours,
proves that the log is kept. A text is as the log has it: values of prepared statements are filled in, characters
beyond the basic plane are written as escapes. Leaves out what the statements mean.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from fwcompare.errors import HostError
from fwcompare.model.ports import Sent

_LIMIT_S = 10.0
_LOOK_EVERY_S = 0.02
_RIGHTS: Final = "SUPER or SYSTEM_VARIABLES_ADMIN, and SELECT on mysql.general_log"

# The table is kept in the order of writing. `Prepare` and `Close stmt` do no work; what SQL's own EXECUTE does has
# a row of each of the two kinds. LOCATE, since in LIKE the _ of a name would stand for anything.
_COUNT = """
SELECT COUNT(*) FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND LOCATE(%s, user_host) = 1
"""
_SENT = """
SELECT thread_id, argument FROM mysql.general_log
WHERE (command_type IN ('Query', 'Execute') AND LOCATE(%s, user_host) = 1) OR argument = %s
LIMIT 18446744073709551615 OFFSET %s
"""
_ROWS_OF_ACCOUNT = """
SELECT rows_inserted, rows_updated, rows_deleted FROM information_schema.user_statistics WHERE user = %s
"""
# A statement's row in the log counts as a row that its account has inserted; only its `Connect` does not.
_LOGGED = "SELECT COUNT(*) FROM mysql.general_log WHERE command_type <> 'Connect' AND LOCATE(%s, user_host) = 1"
_ROWS_OF_TABLES = """
SELECT SUM(count_insert), SUM(count_update), SUM(count_delete)
FROM performance_schema.table_io_waits_summary_by_table WHERE object_schema = %s
"""


class Server(Protocol):
    """What a recording needs of a server."""

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        ...

    def ask(self, statement: str, *values: object) -> tuple[tuple[Any, ...], ...]:
        """Do one statement as the administrator."""
        ...

    def connections(self, database: str) -> int:
        """Count the connections that targets hold."""
        ...


class GeneralLog:
    """The one log of a server, on while anybody records, and afterwards as it was found."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._users = 0
        self._found: Mapping[str, str] = {}
        self._was_empty = False

    @property
    def counts_by_account(self) -> bool:
        """Whether the server is one that counts rows by account."""
        return "userstat" in self._found

    def begin(self) -> None:
        """Keep the log from now on.

        :raises HostError: when the administrator may not.
        """
        if self._users == 0:
            names = "'general_log', 'log_output', 'slow_query_log', 'userstat'"
            self._found = dict(self._server.ask(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})"))
            self._was_empty = not self._server.ask("SELECT 1 FROM mysql.general_log LIMIT 1")
            self._set(log_output=self._output(), general_log="ON", **self._counting("ON"))
        self._users += 1

    def end(self) -> None:
        """Leave it as it was found, once nobody records."""
        self._users -= 1
        if self._users == 0:
            found = {name: self._found[name] for name in ("general_log", "log_output")}
            self._set(**found, **self._counting(self._found.get("userstat", "")))
            if self._was_empty:
                self._server.ask("TRUNCATE TABLE mysql.general_log")

    def _output(self) -> str:
        """Keep to files what is kept there already, and nothing else."""
        kept = "ON" in (self._found["general_log"], self._found["slow_query_log"])
        return "FILE,TABLE" if kept and "FILE" in self._found["log_output"] else "TABLE"

    def _counting(self, value: str) -> Mapping[str, str]:
        return {"userstat": value} if self.counts_by_account else {}

    def _set(self, **settings: str) -> None:
        for name, value in settings.items():
            self._server.ask(f"SET GLOBAL {name} = %s", value)


class MysqlRecording:
    """The statements of the account of one database, from the construction of this on.

    :param account: the role that targets of ``database`` alone connect as.
    :raises HostError: when the server cannot tell.
    """

    def __init__(self, server: Server, log: GeneralLog, account: str, database: str) -> None:
        self._server = server
        self._log = log
        self._account = account
        self._database = database
        self._open = False
        try:
            ((self._given,),) = server.ask(_COUNT, f"{account}[")
            log.begin()
        except HostError as error:
            raise HostError(
                f"MySQL on {server.address} cannot record what targets send",
                seen=error.seen,
                expected=f"an administrator with {_RIGHTS}",
                hint="give the URL of such an account, or `services: {mysql: local}`",
            ) from error
        self._open = True
        self._rows = self._count_rows()

    def take(self) -> Sequence[Sent]:
        """Give what was sent since the last call, in order, up to now and nothing less.

        :raises HostError: when the log is not kept any more.
        """
        if not self._open:
            return ()
        marker = f"SELECT 'fwcompare reads up to here: {secrets.token_hex(16)}'"
        self._server.ask(marker)
        found: list[Sent] = []
        for session, text in self._server.ask(_SENT, f"{self._account}[", marker, self._given):
            if text == marker:
                self._given += len(found)
                return found
            found.append(Sent(str(session), text))
        raise HostError(
            f"the recording of database {self._database!r} on {self._server.address} is broken",
            seen="a statement of ours is not in mysql.general_log",
            expected="a log that nobody else turns off or empties",
            hint="look who else works on this server, and what is in its error log",
        )

    def rows(self) -> Mapping[str, int] | None:
        """Give how many rows were ``inserted``, ``updated`` and ``deleted`` since the recording began.

        MariaDB counts by account, MySQL by table in its performance schema; None where neither is, and after
        :meth:`stop`. A row that a unique key refuses was tried, and counts as inserted.

        :raises HostError: when targets are still connected after ten seconds.
        """
        if not self._open or self._rows is None:
            return None
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
        now = self._count_rows() or {}
        return {name: now[name] - before for name, before in self._rows.items()}

    def stop(self) -> None:
        """End the recording; the log is left as it was found. May be called twice."""
        if self._open:
            self._open = False
            self._log.end()

    def _count_rows(self) -> Mapping[str, int] | None:
        if self._log.counts_by_account:
            counts = self._server.ask(_ROWS_OF_ACCOUNT, self._account) or ((0, 0, 0),)
            ((logged,),) = self._server.ask(_LOGGED, f"{self._account}[")
            inserted, updated, deleted = counts[0]
            return {"inserted": inserted - logged, "updated": updated, "deleted": deleted}
        ((performance_schema,),) = self._server.ask("SELECT @@performance_schema")
        if not performance_schema:
            return None
        ((inserted, updated, deleted),) = self._server.ask(_ROWS_OF_TABLES, self._database)
        return {"inserted": int(inserted or 0), "updated": int(updated or 0), "deleted": int(deleted or 0)}
