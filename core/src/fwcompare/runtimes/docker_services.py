"""Servers of services in containers: started attached, kept by a warden, gone with the run.

Decides what every such container is given and denied: loopback alone, a volume of its own, the CPUs of services, no
new privileges, no port for others. Leaves out what runs in it (``services/postgresql_docker.py``, ``mysql_docker.py``).
"""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fwcompare.errors import HostError
from fwcompare.model.containers import Container, Place, ServerWanted
from fwcompare.model.ports import Processes
from fwcompare.runtimes.building import tail
from fwcompare.runtimes.docker import await_start, clients_own, remove_leavings
from fwcompare.runtimes.docker_container import seen_here
from fwcompare.runtimes.docker_engine import Engine, ask, find_engine, labels, must_do, trouble
from fwcompare.runtimes.loopback import LOOPBACK, free_port

_PULL_S = 900.0
_SHARED_MEMORY: Final = "256m"
"""Of PostgreSQL's parallel queries; an engine's own 64 MB are known to be too few."""

_LAST_LINES = 15
_ID_LETTERS = 19
"""Of ``sha256:`` and twelve digits, as ``docker images`` shows them."""


class DockerContainers:
    """Runs servers in containers of the Docker engine."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._numbers = itertools.count(1)

    def must_be_had(self) -> None:
        """Look for the engine.

        :raises HostError: when there is none that will do.
        """
        find_engine()

    def place(self, usual_port: int) -> Place:
        """Give a place on the host's loopback; behind a published port where an engine has a network of its own.

        :raises HostError: when there is no engine that will do.
        """
        port = free_port()
        if self._found().apart:
            return Place("0.0.0.0", usual_port, port)  # noqa: S104 - inside; published on loopback alone
        return Place(LOOPBACK, port, port)

    def run(self, wanted: ServerWanted, processes: Processes, folder: Path) -> Container:
        """Start a container, its output and its log in ``folder``; the image is pulled when it is not there.

        :raises HostError: when the image cannot be had, or the engine refuses.
        """
        engine = self._found()
        identity = _image_id(wanted, processes, folder)
        name = f"fwcompare-{processes.session}-service-{next(self._numbers)}"
        named = labels(processes.session, processes.run, (folder / "server.log").absolute())
        client = processes.spawn(
            run_command(wanted, name, named, processes.cpus if not engine.apart else ()),
            cwd=folder,
            env={**clients_own(os.environ), **wanted.variables},
            log=folder / "server.log",
            afterwards=commands_afterwards(wanted, name, folder),
        )
        try:
            first = await_start(client, name)
        except HostError:
            client.stop()
            raise
        if first is None:
            client.stop()
            last = tail(folder / "server.log", _LAST_LINES)
            doing = f"{wanted.product} in a container could not be started"
            raise trouble(doing, "\n".join(last)) or HostError(
                doing,
                seen=f"the container of {wanted.image} ended at once\nlog: {folder / 'server.log'}",
                expected="a server that runs",
                details=[f"> {line}" for line in last],
                hint=f"docker run --rm {wanted.image}    tries the image by hand",
            )
        root, container = first
        image = f"{wanted.image} ({identity[:_ID_LETTERS]})"
        return Container(client, image, [root] if seen_here(root, container) else [])

    def _found(self) -> Engine:
        if self._engine is None:
            self._engine = find_engine()
            remove_leavings()
        return self._engine


def run_command(wanted: ServerWanted, name: str, named: Sequence[str], cpus: Sequence[int]) -> list[str]:
    """Give the command that runs a server and stays attached to it; variables are passed by name, for their secrets.

    :param named: the arguments that label it.
    :param cpus: that it stays on; empty for any.
    """
    place = wanted.place
    shared = place.inner_port == place.port
    published = ("--publish", f"{LOOPBACK}:{place.port}:{place.inner_port}")
    argv = ["docker", "run", "--name", name, "--pull", "never", *named]
    # Its output is kept in our own log, and whether it is well is seen by its answers: nobody else looks after it.
    argv += ["--log-driver", "none", "--no-healthcheck", "--security-opt", "no-new-privileges"]
    argv += ["--network", "host"] if shared else published
    argv += ["--volume", wanted.volume, "--shm-size", _SHARED_MEMORY]
    argv += ["--cpuset-cpus", ",".join(map(str, cpus))] if cpus else []
    for variable in sorted(wanted.variables):
        argv += ["--env", variable]
    return [*argv, wanted.image, *wanted.command]


def commands_afterwards(wanted: ServerWanted, name: str, folder: Path) -> list[list[str]]:
    """Give what ends a container: its log is copied out first, also when the run was killed."""
    ending = [["docker", "rm", "--force", "--volumes", name]]
    if wanted.log is not None:
        ending.insert(0, ["docker", "cp", f"{name}:{wanted.log}", str(folder.absolute())])
    return ending


def _image_id(wanted: ServerWanted, processes: Processes, folder: Path) -> str:
    def look() -> str | None:
        said = ask("image", "inspect", "--format", "{{.Id}}", wanted.image)
        if said.code and "no such image" in said.complaints.lower():
            return None
        return must_do(doing, said).out

    doing = f"image {wanted.image} of {wanted.product} cannot be had"
    found = look()
    if found is not None:
        return found
    log = folder / "pull.log"
    pull = ["docker", "pull", wanted.image]
    process = processes.spawn(pull, cwd=folder, env=clients_own(os.environ), log=log)
    try:
        code = process.wait(_PULL_S)
    finally:
        process.stop()
    found = look() if code == 0 else None
    if found is not None:
        return found
    last = tail(log, _LAST_LINES)
    ended = f"no end within {_PULL_S:g} s" if code is None else f"exit code {code}"
    raise trouble(doing, "\n".join(last)) or HostError(
        doing,
        seen=f"{ended} of: {' '.join(pull)}\nlog: {log}",
        expected="an image on this machine, or in a registry that is reached from it",
        details=[f"> {line}" for line in last],
        hint=f"docker pull {wanted.image}    tries it by hand",
    )
