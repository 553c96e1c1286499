"""A private PostgreSQL of the run in a container of the official image, with the settings of every other provider.

Decides what the image's entrypoint is told, and what differs from a server of this machine. Leaves out the engine
(``model/containers.py``), and what is done in the database (``postgresql_server.py``).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fwcompare.model.containers import Containers, Place, ServerWanted
from fwcompare.model.ports import Processes
from fwcompare.services.login import Login
from fwcompare.services.postgresql import LOG, SETTINGS, RunningPostgresql
from fwcompare.services.started import CONTAINER_READY_S, Started, ready
from fwcompare.services.starting import LOOPBACK

POSTGRESQL_IMAGE: Final = "postgres:17"
PORT: Final = 5432

_DATA = "/var/lib/postgresql/data"
_OF_THE_MACHINE = ("listen_addresses", "unix_socket_directories")
"""Settings of a server on the machine itself: the entrypoint sets up through the socket, which nobody else sees."""


def container_settings() -> Mapping[str, str]:
    """Give the settings of a server in any container: those of the contract, less what is of the machine's own."""
    return {name: value for name, value in SETTINGS.items() if name not in _OF_THE_MACHINE}


def server_wanted(place: Place, admin: Login) -> ServerWanted:
    """Give the container of a server whose administrator is ``admin``."""
    settings = {"listen_addresses": place.address, "port": str(place.inner_port), **container_settings()}
    return ServerWanted(
        product="PostgreSQL",
        image=POSTGRESQL_IMAGE,
        command=("postgres", *(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))),
        place=place,
        variables={
            "POSTGRES_USER": admin.role,
            "POSTGRES_PASSWORD": admin.password,
            "POSTGRES_DB": "postgres",
            # Without --auth the image trusts whoever comes over its loopback, which on Linux is the machine's.
            "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256 --locale=C --encoding=UTF8 --no-sync",
        },
        volume=_DATA,
        log=f"{_DATA}/log/{LOG}",
    )


class DockerPostgresql:
    """Gives a PostgreSQL that needs an engine for containers, and nothing else on the machine."""

    service = "postgresql"
    name = "docker"

    def __init__(self, containers: Containers) -> None:
        self._containers = containers

    def must_be_had(self) -> None:
        """Look for the engine.

        :raises HostError: when there is none that will do.
        """
        self._containers.must_be_had()

    def start(self, processes: Processes, folder: Path) -> RunningPostgresql:
        """Run a server in a container, its logs in ``folder``; ready when this returns.

        :raises HostError: when there is no engine or no image, or the server does not start; with the end of its log.
        """
        from fwcompare.services.postgresql_server import PostgresqlServer  # noqa: PLC0415 - see fwcompare.services

        place = self._containers.place(PORT)
        admin, target = Login.drawn("fwcompare"), Login.drawn("bench")
        container = self._containers.run(server_wanted(place, admin), processes, folder)
        server = PostgresqlServer(LOOPBACK, place.port, admin=admin, target=target)
        return ready(RunningPostgresql(Started.in_a_container(container, self.name), server, folder), CONTAINER_READY_S)
