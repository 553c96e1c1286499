"""A PostgreSQL that runs already, at a URL of its administrator.

Decides that nothing on it is touched but what we make: databases under a name drawn for the run, and one role for
targets. All of it is dropped at the end; a run that is killed leaves it, under names that begin with
``fwcompare_``. Leaves out what is done in the databases (``postgresql_server.py``).
"""

from collections.abc import Sequence
from pathlib import Path

from fwcompare.errors import ScenarioError
from fwcompare.model.ports import ConnectionCount, Processes, Recording, ServiceFacts
from fwcompare.model.workload import Dataset
from fwcompare.services.address import Address, Names, parse_address, require_rights
from fwcompare.services.login import Login

_PORT = 5432
_HOME = "postgres"


class PostgresqlUrl:
    """Gives the PostgreSQL at a URL.

    :param address: None until a scenario says.
    """

    service = "postgresql"
    name = "url"

    def __init__(self, address: Address | None = None) -> None:
        self._address = address

    def at(self, url: str) -> "PostgresqlUrl":
        """Give the provider of the server at ``url``.

        :raises ScenarioError: when it is no URL of a PostgreSQL.
        """
        return PostgresqlUrl(parse_address(url, schemes=("postgresql", "postgres"), port=_PORT))

    def start(self, processes: Processes, folder: Path) -> "PostgresqlAtUrl":  # noqa: ARG002 - nothing is started
        """Look whether the URL's user can do what a run needs, and make the role of the targets.

        :raises ScenarioError: when no URL was given.
        :raises HostError: when the server does not let us in, or its user lacks a right.
        """
        if self._address is None:
            raise ScenarioError(
                "service 'postgresql' by URL has no URL",
                seen="services: {postgresql: url}",
                expected=f'services: {{postgresql: "postgresql://user:password@host:{_PORT}/{_HOME}"}}',
                hint="write the URL itself",
            )
        return PostgresqlAtUrl(self._address)


class PostgresqlAtUrl:
    """A server that others may use as well.

    :raises HostError: when it does not let us in, or its user lacks a right.
    """

    def __init__(self, address: Address) -> None:
        from fwcompare.services.postgresql_server import PostgresqlServer  # noqa: PLC0415 - see fwcompare.services

        self._names = Names()
        self._server = PostgresqlServer(
            address.host,
            address.port,
            admin=address.login,
            target=Login.drawn(f"{self._names.prefix}bench"),
            home=address.database or _HOME,
            prefix=self._names.prefix,
        )
        lacking = self._server.lacking_rights()
        hint = f'ALTER ROLE "{address.login.role}" {" ".join(lacking)}    as a superuser there'
        require_rights(self._server.address, "PostgreSQL", address.login, lacking, hint)
        self._stopped = False
        try:
            self._server.create_target_role()
        except BaseException:
            self.stop()
            raise

    @property
    def facts(self) -> ServiceFacts:
        """What it is, as it says itself."""
        return ServiceFacts("PostgreSQL", self._server.version(), "url", self._server.settings())

    def restore(self, dataset: Dataset, database: str) -> str:
        """Make ``database`` anew with exactly the rows of ``dataset``; give its URL for a target."""
        return self._server.restore(dataset, self._names.of(database))

    def fingerprint(self, dataset: Dataset, database: str) -> str:
        """Give a text that is equal if and only if the content of ``database`` is."""
        return self._server.fingerprint(dataset, self._names.of(database))

    def record(self, database: str) -> Recording:
        """Begin to record what targets send to ``database`` over connections that are opened from now on."""
        from fwcompare.services.postgresql_recording import PostgresqlRecording  # noqa: PLC0415 - see fwcompare.services

        return PostgresqlRecording(self._server, self._names.of(database))

    def connections(self, database: str) -> int:
        """Count the connections that targets hold to ``database``."""
        return self._server.connections(self._names.of(database))

    def counting(self, database: str) -> ConnectionCount:
        """Begin to count the same many times over, on one connection of its own."""
        return self._server.counting(self._names.of(database))

    def spoil(self, database: str) -> None:
        """Remove every table, so that a target's next statement must fail; :meth:`restore` makes all good again."""
        self._server.spoil(self._names.of(database))

    def pids(self) -> Sequence[int]:
        """Give none: its processes are not ours to see."""
        return ()

    def stop(self) -> None:
        """Drop what was made there; the server runs on. May be called twice."""
        if not self._stopped:
            self._server.leave()
            self._stopped = True
