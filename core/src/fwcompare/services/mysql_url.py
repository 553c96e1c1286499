"""A MySQL or MariaDB that runs already, at a URL of its administrator.

Decides that nothing on it is touched but what we make: databases under a name drawn for the run, and an account for
each. All of it is dropped at the end; a run that is killed leaves it, under names that begin with ``fwcompare_``
and ``bench_``. Leaves out what is done in the databases (``mysql_server.py``).
"""

from collections.abc import Sequence
from pathlib import Path

from fwcompare.errors import ScenarioError
from fwcompare.model.ports import ConnectionCount, Processes, Recording, ServiceFacts
from fwcompare.model.workload import Dataset
from fwcompare.services.address import Address, Names, parse_address, require_rights

_PORT = 3306


class MysqlUrl:
    """Gives the MySQL or MariaDB at a URL.

    :param address: None until a scenario says.
    """

    service = "mysql"
    name = "url"

    def __init__(self, address: Address | None = None) -> None:
        self._address = address

    def at(self, url: str) -> "MysqlUrl":
        """Give the provider of the server at ``url``.

        :raises ScenarioError: when it is no URL of a MySQL or MariaDB.
        """
        return MysqlUrl(parse_address(url, schemes=("mysql", "mariadb"), port=_PORT))

    def start(self, processes: Processes, folder: Path) -> "MysqlAtUrl":  # noqa: ARG002 - nothing is started
        """Look whether the URL's user can do what a run needs.

        :raises ScenarioError: when no URL was given.
        :raises HostError: when the server does not let us in, or its user lacks a right.
        """
        if self._address is None:
            raise ScenarioError(
                "service 'mysql' by URL has no URL",
                seen="services: {mysql: url}",
                expected=f'services: {{mysql: "mysql://user:password@host:{_PORT}"}}',
                hint="write the URL itself",
            )
        return MysqlAtUrl(self._address)


class MysqlAtUrl:
    """A server that others may use as well.

    :raises HostError: when it does not let us in, or its user lacks a right.
    """

    def __init__(self, address: Address) -> None:
        from fwcompare.services.mysql_server import MysqlServer  # noqa: PLC0415 - see fwcompare.services

        self._names = Names()
        self._server = MysqlServer(address.host, address.port, admin=address.login)
        lacking = self._server.lacking_rights()
        hint = f"GRANT ALL ON *.* TO '{address.login.role}'@... WITH GRANT OPTION    as an administrator there"
        require_rights(self._server.address, "MySQL", address.login, lacking, hint)

    @property
    def facts(self) -> ServiceFacts:
        """What it is, as it says itself."""
        return self._server.facts("url")

    def restore(self, dataset: Dataset, database: str) -> str:
        """Make ``database`` anew with exactly the rows of ``dataset``; give its URL for a target."""
        return self._server.restore(dataset, self._names.of(database))

    def fingerprint(self, dataset: Dataset, database: str) -> str:
        """Give a text that is equal if and only if the content of ``database`` is."""
        return self._server.fingerprint(dataset, self._names.of(database))

    def record(self, database: str) -> Recording:
        """Begin to record what targets send to ``database`` over connections that are opened from now on."""
        return self._server.record(self._names.of(database))

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
        self._server.leave()
