"""What is done on a running MySQL or MariaDB, whoever started it: restore a data set, tell what it is, spoil it.

Each database has an account of its own, with rights on it alone: a target can neither reach another's database
nor take the administrator's last connection, and what the server tells of an account is told of one database.
Leaves out starting and stopping a server, and recording (``mysql_recording.py``).
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from fwcompare.errors import HostError, MeasurementError, PluginError
from fwcompare.model.ports import ServiceFacts
from fwcompare.model.workload import Dataset
from fwcompare.services.connection_counts import ANSWER_WITHIN_S, MysqlConnections
from fwcompare.services.login import Login
from fwcompare.services.mysql_recording import GeneralLog, MysqlRecording

SHOWN: Final = (
    "character_set_server",
    "collation_server",
    "default_storage_engine",
    "innodb_buffer_pool_size",
    "innodb_doublewrite",
    "innodb_flush_log_at_trx_commit",
    "innodb_flush_method",
    "log_bin",
    "max_connections",
    "performance_schema",
    "sync_binlog",
    "time_zone",
    "transaction_isolation",
    "tx_isolation",
)
"""Settings that matter to the figures; each product has its own of the last two and leaves out the other."""

NEEDED: Final = ("CREATE", "DROP", "CREATE USER", "PROCESS", "GRANT OPTION")
"""Rights of an administrator, to make databases and accounts and to see the connections of targets."""

_OWN_RIGHTS = """
SELECT privilege_type, is_grantable FROM information_schema.user_privileges
WHERE grantee = CONCAT(
    QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))
)
"""
_CONNECT_TIMEOUT_S = 10
_LOCK_TIMEOUT_S = 10
_NO_SUCH_THREAD = 1094
Rows = tuple[tuple[Any, ...], ...]


class MysqlServer:
    """A running server, seen by its administrator."""

    def __init__(self, host: str, port: int, *, admin: Login) -> None:
        self._host = host
        self._port = port
        self._admin = admin
        self._targets: dict[str, Login] = {}
        self._log = GeneralLog(self)

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    def connect(self, database: str | None = None) -> "Connection[Cursor]":
        """Connect as the administrator, in autocommit mode; encrypted where the server offers it.

        :raises pymysql.err.OperationalError: when the server does not answer.
        """
        return self._connect(self._admin, database)

    def ask(self, statement: str, *values: object, database: str | None = None) -> Rows:
        """Do one statement as the administrator; ``%s`` stands for each of ``values``, if there are any.

        :raises HostError: when it fails.
        """
        try:
            with self.connect(database) as connection, connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return tuple(cursor.fetchall())
        except pymysql.Error as error:
            raise self.failed(statement, error) from error

    def restore(self, dataset: Dataset, database: str) -> str:
        """Make ``database`` anew with exactly the rows of ``dataset``; give its URL for a target.

        :raises PluginError: when a statement of the data set fails.
        :raises HostError: when the server fails.
        """
        login = self.target(database)
        # A target's connections may outlive it by a moment, and would hold the tables.
        for number in self._held(login):
            self._kill(number)
        name = quoted(database)
        self.ask(f"DROP DATABASE IF EXISTS {name}")
        self.ask(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        statement = ""
        try:
            with self._connect(login, database) as connection, connection.cursor() as cursor:
                for statement in dataset.seed_sql:
                    cursor.execute(statement)
        except pymysql.Error as error:
            raise PluginError(
                f"data set {dataset.name!r} cannot be made",
                seen=f"{error}\nin: {statement}",
                expected="seed_sql to make the schema and the rows in an empty database",
                hint="mend the workload that brings it",
            ) from error
        return f"mysql://{login.role}:{login.password}@{self.address}/{quote(database, safe='')}"

    def fingerprint(self, dataset: Dataset, database: str) -> str:
        """Give a text that is equal if and only if the content of ``database`` is.

        :raises MeasurementError: when the data cannot be read as the data set's, after a target changed them.
        """
        try:
            with self.connect(database) as connection, connection.cursor() as cursor:
                cursor.execute(dataset.fingerprint_sql)
                row = cursor.fetchone() or ()
        except pymysql.Error as error:
            raise MeasurementError(
                f"database {database!r} has no fingerprint of data set {dataset.name!r}",
                seen=str(error),
                expected="the tables of the data set, unchanged",
                hint="look for what the target drops or alters",
            ) from error
        return " ".join(str(value) for value in row)

    def target(self, database: str) -> Login:
        """Give the account of the targets of ``database``; it is made at the first call, with a drawn password."""
        if database not in self._targets:
            digest = hashlib.sha256(database.encode()).hexdigest()
            login = Login.drawn(f"bench_{digest[:12]}")
            self.ask("CREATE USER %s@'%%' IDENTIFIED BY %s", login.role, login.password)
            self._targets[database] = login
            # In a grant a name is a pattern, in which _ and % stand for others.
            pattern = quoted(database.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%"))
            self.ask(f"GRANT ALL ON {pattern.replace('%', '%%')}.* TO %s@'%%'", login.role)
        return self._targets[database]

    def record(self, database: str) -> MysqlRecording:
        """Begin to record what the account of ``database`` sends.

        :raises HostError: when the server cannot tell.
        """
        return MysqlRecording(self, self._log, self.target(database).role, database)

    def connections(self, database: str) -> int:
        """Count the connections of the account of ``database``."""
        return len(self._held(self.target(database)))

    def counting(self, database: str) -> MysqlConnections:
        """Begin to count the same many times over, on one connection that is kept.

        :raises HostError: when the server does not let the administrator in.
        """
        role = self.target(database).role
        try:
            return MysqlConnections(self._connect(self._admin, None, read_timeout_s=ANSWER_WITHIN_S), role)
        except pymysql.Error as error:
            raise self.failed("SHOW PROCESSLIST", error) from error

    def spoil(self, database: str) -> None:
        """Drop every table of ``database``; connections to it stay open.

        :raises HostError: when a transaction that stays open holds a table for longer than ten seconds.
        """
        tables = self.ask(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE'",
            database,
        )
        if not tables:
            return
        statement = f"DROP TABLE {', '.join(quoted(name) for (name,) in tables)}"
        try:
            with self.connect(database) as connection, connection.cursor() as cursor:
                cursor.execute("SET SESSION lock_wait_timeout = %s, foreign_key_checks = 0", (_LOCK_TIMEOUT_S,))
                cursor.execute(statement)
        except pymysql.Error as error:
            raise self.failed(statement, error) from error

    def facts(self, provider: str) -> ServiceFacts:
        """Tell what it is: product and version in the server's own words."""
        ((version, comment),) = self.ask("SELECT version(), @@version_comment")
        product = "MariaDB" if "mariadb" in f"{version} {comment}".lower() else "MySQL"
        return ServiceFacts(product, version, provider, self._settings())

    def lacking_rights(self) -> tuple[str, ...]:
        """Give the rights that the administrator would need and does not have everywhere.

        :raises HostError: when the server does not let the administrator in.
        """
        rows = self.ask(_OWN_RIGHTS)
        held = {right for right, _ in rows} | {"GRANT OPTION" for _, grantable in rows if grantable == "YES"}
        return tuple(right for right in NEEDED if right not in held)

    def leave(self) -> None:
        """Drop every database that was made here, and the accounts of the targets."""
        for database, login in self._targets.items():
            for number in self._held(login):
                self._kill(number)
            self.ask(f"DROP DATABASE IF EXISTS {quoted(database)}")
            self.ask("DROP USER %s@'%%'", login.role)
        self._targets.clear()

    def failed(self, statement: str, error: pymysql.Error) -> HostError:
        """Make the error of a statement of ours that failed."""
        return HostError(
            f"MySQL on {self.address} refused a statement of ours",
            seen=f"{error}\nin: {statement}",
            expected="a server that runs and lets its administrator in",
            hint="look at its log in the run directory, below services/mysql",
        )

    def _settings(self) -> Mapping[str, str]:
        rows = self.ask("SHOW GLOBAL VARIABLES")
        return {name: value for name, value in sorted(rows) if name in SHOWN}

    def _held(self, login: Login) -> list[int]:
        return [int(number) for number, user, *_ in self.ask("SHOW PROCESSLIST") if user == login.role]

    def _kill(self, number: int) -> None:
        try:
            self.ask(f"KILL {number}")
        except HostError as error:
            if (
                not isinstance(error.__cause__, pymysql.err.OperationalError)
                or error.__cause__.args[0] != _NO_SUCH_THREAD
            ):
                raise

    def _connect(self, login: Login, database: str | None, read_timeout_s: float | None = None) -> "Connection[Cursor]":
        return pymysql.connect(
            host=self._host,
            port=self._port,
            user=login.role,
            password=login.password.encode(),  # a text would be sent as Latin-1
            database=database,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=read_timeout_s,
        )


def quoted(name: str) -> str:
    """Give a name as SQL writes it."""
    return "`" + name.replace("`", "``") + "`"
