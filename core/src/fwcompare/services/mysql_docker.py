"""A private MariaDB or MySQL of the run in a container of its official image, with the settings of the local one.

Two providers, since the products differ in more than a name: ``docker`` is MariaDB, which ``local`` is on most
machines, and ``docker-mysql`` is MySQL. Leaves out the engine (``model/containers.py``), and what is done in the
database (``mysql_server.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fwcompare.model.containers import Containers, Place, ServerWanted
from fwcompare.model.ports import Processes
from fwcompare.services.login import Login
from fwcompare.services.mysql import SETTINGS, RunningMysql
from fwcompare.services.started import CONTAINER_READY_S, Started, ready
from fwcompare.services.starting import LOOPBACK

PORT: Final = 3306

_DATA = "/var/lib/mysql"
_OF_THE_MACHINE = ("bind_address", "socket")
"""Settings of a server on the machine itself: the entrypoint sets up through the socket, which nobody else sees."""


@dataclass(frozen=True)
class Product:
    """One of the two: its image, its program, what its entrypoint calls things, and settings that it alone has."""

    name: str
    provider: str
    image: str
    program: str
    prefix: str
    settings: tuple[str, ...] = ()


MARIADB: Final = Product("MariaDB", "docker", "mariadb:10.11", "mariadbd", "MARIADB")
# MySQL's second protocol would want a port of its own.
MYSQL: Final = Product("MySQL", "docker-mysql", "mysql:8.4", "mysqld", "MYSQL", ("--mysqlx=OFF",))


def container_options(product: Product) -> tuple[str, ...]:
    """Give the settings of a server in any container: those of the contract, less what is of the machine's own."""
    settings = {name: value for name, value in SETTINGS.items() if name not in _OF_THE_MACHINE}
    return (*(f"--{name.replace('_', '-')}={value}" for name, value in settings.items()), *product.settings)


def server_wanted(product: Product, place: Place, password: str) -> ServerWanted:
    """Give the container of a server whose administrator is root with ``password``."""
    return ServerWanted(
        product=product.name,
        image=product.image,
        command=(
            product.program,
            *(f"--bind-address={place.address}", f"--port={place.inner_port}"),
            *container_options(product),
        ),
        place=place,
        variables=variables(product, password),
        volume=_DATA,
    )


def variables(product: Product, password: str) -> Mapping[str, str]:
    """Give what its entrypoint is told; names of time zones, which no workload uses, would take it seconds to load."""
    return {f"{product.prefix}_ROOT_PASSWORD": password, f"{product.prefix}_INITDB_SKIP_TZINFO": "1"}


class DockerMysql:
    """Gives a server that needs an engine for containers, and nothing else on the machine."""

    service = "mysql"

    def __init__(self, containers: Containers, product: Product) -> None:
        self._containers = containers
        self._product = product

    @property
    def name(self) -> str:
        """``docker`` for MariaDB, ``docker-mysql`` for MySQL."""
        return self._product.provider

    def must_be_had(self) -> None:
        """Look for the engine.

        :raises HostError: when there is none that will do.
        """
        self._containers.must_be_had()

    def start(self, processes: Processes, folder: Path) -> RunningMysql:
        """Run a server in a container, its log in ``folder``; ready when this returns.

        :raises HostError: when there is no engine or no image, or the server does not start; with the end of its log.
        """
        from fwcompare.services.mysql_server import MysqlServer  # noqa: PLC0415 - see fwcompare.services

        place, admin = self._containers.place(PORT), Login.drawn("root")
        container = self._containers.run(server_wanted(self._product, place, admin.password), processes, folder)
        started = Started.in_a_container(container, self.name)
        server = MysqlServer(LOOPBACK, place.port, admin=admin)
        return ready(RunningMysql(started, server, folder), CONTAINER_READY_S)
