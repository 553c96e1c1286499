"""Servers in containers: what a service asks for, and what it gets.

Services know their servers and no engine; what knows an engine (``runtimes/docker_services.py``) knows no server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fwcompare.model.ports import Process, Processes


@dataclass(frozen=True)
class Place:
    """Where a server listens inside its container, and the port of this machine's loopback that leads there."""

    address: str
    inner_port: int
    port: int


@dataclass(frozen=True)
class ServerWanted:
    """A server that is to run in a container.

    :param product: how messages name it.
    :param command: what the image's entrypoint is given.
    :param variables: for the entrypoint; they may hold passwords, and are shown nowhere.
    :param volume: the folder inside that holds the data. It is on the disk, as a server's of this machine is, so that a
        commit costs the same; it goes with the container.
    :param log: a file inside that is copied out when the container ends; None where all that is logged is its output.
    """

    product: str
    image: str
    command: tuple[str, ...]
    place: Place
    variables: Mapping[str, str] = field(repr=False)
    volume: str
    log: str | None = None


@dataclass(frozen=True)
class Container:
    """A container that runs.

    :param process: the attached client: a signal to it reaches the server, its end is the container's, and when it is
        stopped the container is gone.
    :param image: name and id of what it was made from.
    :param pids: its first process, as this machine sees it; empty where it cannot be seen.
    """

    process: Process
    image: str
    pids: Sequence[int]


class Containers(Protocol):
    """Runs servers in containers that cannot outlive the run."""

    def must_be_had(self) -> None:
        """Look for the engine.

        :raises HostError: when there is none that will do.
        """
        ...

    def place(self, usual_port: int) -> Place:
        """Give a place for a server that usually listens on ``usual_port``.

        :raises HostError: when there is no engine that will do.
        """
        ...

    def run(self, wanted: ServerWanted, processes: Processes, folder: Path) -> Container:
        """Start a container, its output and its log in ``folder``; the image is fetched when it is not there.

        :raises HostError: when the image cannot be had, or the engine refuses.
        """
        ...
