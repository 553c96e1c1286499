"""What is done on a running PostgreSQL, whoever started it: restore a data set, fingerprint it, tell what it is.

Each data set is seeded once, into a template that nobody may connect to, and copied from there: a copy takes
milliseconds and is the same every time. Targets connect as a plain role that owns the database; a target that
takes every connection can thus not lock out the administrator. Leaves out starting and stopping a server.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

from fwcompare.errors import HostError, MeasurementError, PluginError
from fwcompare.model.workload import Dataset

_CONNECT_TIMEOUT_S = 10
_OF_THE_PLACE = ("port", "listen_addresses", "unix_socket_directories")
"""Settings that differ from run to run, or say nothing of the work."""


@dataclass(frozen=True)
class Login:
    """A role and its password; the password stays out of ``repr``, and so out of logs."""

    role: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.role!r})"


class PostgresqlServer:
    """A running server, seen by its administrator, with one plain role for targets."""

    def __init__(self, host: str, port: int, *, admin: Login, target: Login) -> None:
        self._host = host
        self._port = port
        self._admin = admin
        self._target = target
        self._seeds: dict[Dataset, str] = {}

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as the administrator, in autocommit mode.

        :raises psycopg.OperationalError: when the server does not answer.
        """
        return self._connect(self._admin, database)

    def create_target_role(self) -> None:
        """Make the role that targets connect as."""
        statement = "CREATE ROLE {} LOGIN PASSWORD {}"
        self._do(statement, sql.Identifier(self._target.role), sql.Literal(self._target.password))

    def restore(self, dataset: Dataset, database: str) -> str:
        """Make ``database`` anew with exactly the rows of ``dataset``; give its URL for a target.

        :raises PluginError: when a statement of the data set fails.
        :raises HostError: when the server fails.
        """
        if dataset not in self._seeds:
            self._seeds[dataset] = self._seed(dataset)
        self._recreate(database, self._seeds[dataset])
        # So that no trial pays for writing back what the copies before it changed.
        self._do("CHECKPOINT")
        login = f"{self._target.role}:{self._target.password}"
        return f"postgresql://{login}@{self._host}:{self._port}/{quote(database, safe='')}"

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
        name = f"seed_{digest[:16]}"
        self._recreate(name, "template0")
        statement = ""
        try:
            with self._connect(self._target, name) as connection:
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

    def _recreate(self, database: str, template: str) -> None:
        name = sql.Identifier(database)
        # A target's connections may outlive it by a moment: FORCE ends them.
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        owner = sql.Identifier(self._target.role)
        self._do("CREATE DATABASE {} OWNER {} TEMPLATE {}", name, owner, sql.Identifier(template))

    def _do(self, statement: LiteralString, *parts: sql.Composable) -> None:
        try:
            with self.connect() as connection:
                connection.execute(sql.SQL(statement).format(*parts))
        except psycopg.Error as error:
            raise self._failed(statement, error) from error

    def _ask(self, statement: LiteralString) -> list[tuple[str, ...]]:
        try:
            with self.connect() as connection:
                return connection.execute(statement).fetchall()
        except psycopg.Error as error:
            raise self._failed(statement, error) from error

    def _failed(self, statement: str, error: psycopg.Error) -> HostError:
        return HostError(
            f"PostgreSQL on {self._host}:{self._port} refused a statement of ours",
            seen=f"{error}\nin: {statement}",
            expected="a server that runs and lets its administrator in",
            hint="look at its log in the run directory, below services/postgresql",
        )

    def _connect(self, login: Login, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=self._host,
            port=self._port,
            user=login.role,
            password=login.password,
            dbname=database,
            autocommit=True,
            connect_timeout=_CONNECT_TIMEOUT_S,
        )
