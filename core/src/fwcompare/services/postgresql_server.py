"""What is done on a running PostgreSQL, whoever started it: restore a data set, fingerprint it, tell what it is.

Each data set is seeded once, into a template that nobody may connect to, and copied from there: a copy takes
milliseconds and is the same every time. Targets connect as a plain role that owns the database; a target that
takes every connection can thus not lock out the administrator. Leaves out starting and stopping a server.
"""

import hashlib
from collections.abc import Mapping
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

from fwcompare.errors import HostError, MeasurementError, PluginError
from fwcompare.model.workload import Dataset
from fwcompare.services.connection_counts import ANSWER_WITHIN_S, COUNTED, PostgresqlConnections
from fwcompare.services.login import Login

_CONNECT_TIMEOUT_S = 10
_LOCK_TIMEOUT_S = 10
_TABLES: LiteralString = """
SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
_OF_THE_PLACE = ("port", "listen_addresses", "unix_socket_directories", "log_directory")
"""Settings that differ from run to run, or say nothing of the work."""


class PostgresqlServer:
    """A running server, seen by its administrator, with one plain role for targets.

    :param home: the database that the administrator connects to for what is done outside of any.
    :param prefix: what the names of seeds begin with.
    """

    def __init__(
        self, host: str, port: int, *, admin: Login, target: Login, home: str = "postgres", prefix: str = ""
    ) -> None:
        self._host = host
        self._port = port
        self._admin = admin
        self._target = target
        self._home = home
        self._prefix = prefix
        self._seeds: dict[Dataset, str] = {}
        self._made: set[str] = set()

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    @property
    def target_role(self) -> str:
        """The role that targets connect as."""
        return self._target.role

    def connect(self, database: str = "", settings: Mapping[str, str] | None = None) -> psycopg.Connection:
        """Connect as the administrator, in autocommit mode, with ``settings`` for this connection alone.

        :raises psycopg.OperationalError: when the server does not answer.
        """
        return self._connect(self._admin, database or self._home, settings or {})

    def create_target_role(self) -> None:
        """Make the role that targets connect as; its password goes to the server as a hash, and so into no log.

        :raises HostError: when the administrator may not.
        """
        role = sql.Identifier(self._target.role)
        statement: LiteralString = "CREATE ROLE {} LOGIN PASSWORD {}"
        try:
            with self.connect() as connection:
                secret = connection.pgconn.encrypt_password(
                    self._target.password.encode(), self._target.role.encode(), b"scram-sha-256"
                )
                connection.execute(sql.SQL(statement).format(role, sql.Literal(secret.decode())))
                # One who is no superuser gives databases to a role, and ends its connections, as a member of it.
                statement = "GRANT {} TO CURRENT_USER"
                if not _is_superuser(connection):
                    connection.execute(sql.SQL(statement).format(role))
        except psycopg.Error as error:
            raise self._failed(statement, error) from error

    def lacking_rights(self) -> tuple[str, ...]:
        """Give the rights that the administrator would need and does not have: ``CREATEDB``, ``CREATEROLE``.

        :raises HostError: when the server does not let the administrator in.
        """
        asked = (
            "SELECT CASE WHEN rolsuper OR rolcreatedb THEN '' ELSE 'CREATEDB' END,"
            " CASE WHEN rolsuper OR rolcreaterole THEN '' ELSE 'CREATEROLE' END"
            " FROM pg_roles WHERE rolname = current_user"
        )
        return tuple(right for right in self._ask(asked)[0] if right)

    def leave(self) -> None:
        """Drop every database that was made here, and the role of the targets."""
        for name in sorted(self._made):
            self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))
        self._made.clear()
        self._do("DROP ROLE IF EXISTS {}", sql.Identifier(self._target.role))

    def restore(self, dataset: Dataset, database: str) -> str:
        """Make ``database`` anew with exactly the rows of ``dataset``; give its URL for a target.

        :raises PluginError: when a statement of the data set fails.
        :raises HostError: when the server fails.
        """
        if dataset not in self._seeds:
            self._seeds[dataset] = self._seed(dataset)
        self._recreate(database, self._seeds[dataset])
        self._write_back()
        login = f"{self._target.role}:{self._target.password}"
        return f"postgresql://{login}@{self.address}/{quote(database, safe='')}"

    def fingerprint(self, dataset: Dataset, database: str) -> str:
        """Give a text that is equal if and only if the content of ``database`` is.

        :raises MeasurementError: when the data cannot be read as the data set's, after a target changed them.
        """
        try:
            with self.connect(database) as connection:
                row = connection.execute(dataset.fingerprint_sql.encode()).fetchone()
        except psycopg.Error as error:
            raise MeasurementError(
                f"database {database!r} has no fingerprint of data set {dataset.name!r}",
                seen=str(error),
                expected="the tables of the data set, unchanged",
                hint="look for what the target drops or alters",
            ) from error
        return "" if row is None else " ".join(str(value) for value in row)

    def connections(self, database: str) -> int:
        """Count the connections that the targets' role holds to ``database``."""
        return int(self._ask(COUNTED, self._target.role, database)[0][0])

    def counting(self, database: str) -> PostgresqlConnections:
        """Begin to count the same many times over, on one connection that is kept.

        :raises HostError: when the server does not let the administrator in.
        """
        try:
            connection = self.connect(settings={"statement_timeout": f"{ANSWER_WITHIN_S}s"})
        except psycopg.Error as error:
            raise self._failed(COUNTED, error) from error
        return PostgresqlConnections(connection, self._target.role, database)

    def spoil(self, database: str) -> None:
        """Drop every table of ``database``; connections to it stay open.

        :raises HostError: when a transaction that stays open holds a table for longer than ten seconds.
        """
        try:
            with self.connect(database, {"lock_timeout": f"{_LOCK_TIMEOUT_S}s"}) as connection:
                tables = connection.execute(_TABLES).fetchall()
                if tables:
                    names = sql.SQL(", ").join(sql.Identifier(*table) for table in tables)
                    connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(names))
        except psycopg.Error as error:
            raise self._failed("DROP TABLE ... CASCADE", error) from error

    def version(self) -> str:
        """Give the version as the server says it."""
        return self._ask("SHOW server_version")[0][0]

    def settings(self) -> Mapping[str, str]:
        """Give the settings that someone chose, with their units, by name."""
        rows = self._ask(
            "SELECT name, current_setting(name) FROM pg_settings"
            " WHERE source IN ('command line', 'configuration file', 'global', 'database', 'user') ORDER BY name"
        )
        return {name: value for name, value in rows if name not in _OF_THE_PLACE}

    def _seed(self, dataset: Dataset) -> str:
        digest = hashlib.sha256("\0".join(dataset.seed_sql).encode()).hexdigest()
        name = f"{self._prefix}seed_{digest[:16]}"
        self._recreate(name, "template0")
        statement = ""
        try:
            with self._connect(self._target, name, {}) as connection:
                for statement in dataset.seed_sql:
                    connection.execute(statement.encode())
            statement = "VACUUM ANALYZE"
            with self.connect(name) as connection:
                connection.execute(statement.encode())
        except psycopg.Error as error:
            raise PluginError(
                f"data set {dataset.name!r} cannot be made",
                seen=f"{error}\nin: {statement}",
                expected="seed_sql to make the schema and the rows in an empty database",
                hint="mend the workload that brings it",
            ) from error
        self._do("ALTER DATABASE {} ALLOW_CONNECTIONS false", sql.Identifier(name))
        return name

    def _write_back(self) -> None:
        """Write out what the copies before this one changed, so that no trial pays for it; superusers may."""
        try:
            with self.connect() as connection:
                if _is_superuser(connection):
                    connection.execute("CHECKPOINT")
        except psycopg.Error as error:
            raise self._failed("CHECKPOINT", error) from error

    def _recreate(self, database: str, template: str) -> None:
        name = sql.Identifier(database)
        # A target's connections may outlive it by a moment: FORCE ends them.
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        owner = sql.Identifier(self._target.role)
        self._made.add(database)
        self._do("CREATE DATABASE {} OWNER {} TEMPLATE {}", name, owner, sql.Identifier(template))

    def _do(self, statement: LiteralString, *parts: sql.Composable) -> None:
        try:
            with self.connect() as connection:
                connection.execute(sql.SQL(statement).format(*parts))
        except psycopg.Error as error:
            raise self._failed(statement, error) from error

    def _ask(self, statement: LiteralString, *parameters: str) -> list[tuple[str, ...]]:
        try:
            with self.connect() as connection:
                return connection.execute(statement, parameters).fetchall()
        except psycopg.Error as error:
            raise self._failed(statement, error) from error

    def _failed(self, statement: str, error: psycopg.Error) -> HostError:
        return HostError(
            f"PostgreSQL on {self.address} refused a statement of ours",
            seen=f"{error}\nin: {statement}",
            expected="a server that runs and lets its administrator in",
            hint="look at its log in the run directory, below services/postgresql",
        )

    def _connect(self, login: Login, database: str, settings: Mapping[str, str]) -> psycopg.Connection:
        return psycopg.connect(
            host=self._host,
            port=self._port,
            user=login.role,
            password=login.password,
            dbname=database,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT_S,
            options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
        )


def _is_superuser(connection: psycopg.Connection) -> bool:
    return connection.info.parameter_status("is_superuser") == "on"
