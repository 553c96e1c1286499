"""The *docker* runtime: a target in a container of its plugin's own image, under limits that the engine sets.

Decides the order of things: engine, leavings of runs that are no more, image, container. Where engine and runner share
a machine, the container has the host's network and its processes are seen, so that telemetry and profilers work as they
do on plain processes; elsewhere the port is published on loopback, and what cannot be seen is said to be so.
"""

import itertools
import os
import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fwcompare.errors import HostError, TargetError
from fwcompare.model.limits import Confinement
from fwcompare.model.ports import Environment, Process, Processes, Progress
from fwcompare.model.target import Target
from fwcompare.runtimes.building import tail
from fwcompare.runtimes.docker_command import Wanted, run_command
from fwcompare.runtimes.docker_container import ContainerTarget, commands_afterwards, first_process, seen_here
from fwcompare.runtimes.docker_engine import LABEL, Engine, ask, find_engine, must_do, trouble
from fwcompare.runtimes.docker_image import build_image
from fwcompare.runtimes.loopback import checked_port, free_port

_START_S = 60.0
_POLL_S = 0.02
_LAST_LINES = 8
_ENGINE_FAILED = 125
"""What the client exits with when there was no container to run; see docker-run(1)."""

_NOT_A_PROGRAM = (126, 127)


class DockerRuntime:
    """Builds images and starts targets in containers."""

    name = "docker"
    builds_with_arguments: Final = True

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._numbers = itertools.count(1)

    def must_be_had(self) -> None:
        """Look for the engine.

        :raises HostError: when there is none that will do.
        """
        find_engine()

    def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
        """Build the image of a target, or find it built.

        :raises HostError: when there is no engine that will do, or a base image cannot be had.
        :raises TargetError: when a step of its Dockerfile fails, with its last lines.
        """
        return build_image(target, self._found(progress), processes, progress)

    def start(
        self,
        target: Target,
        environment: Environment,
        processes: Processes,
        *,
        variables: Mapping[str, str],
        port: int | None,
        log: Path,
        confinement: Confinement,
    ) -> ContainerTarget:
        """Start a target with ``variables`` on ``port``, or on a free one, inside ``confinement``.

        :raises HostError: when the given port is in use, or the engine does not start the container.
        :raises TargetError: when its start command names a program that is not in its image.
        """
        engine = self._found(_unheard)
        wanted = Wanted(
            name=f"fwcompare-{processes.session}-{next(self._numbers)}",
            image=environment.facts["image"],
            session=processes.session,
            run=processes.run,
            log=log.absolute(),
            port=free_port() if port is None else checked_port(port),
            confinement=confinement,
            open_files=None if engine.apart else resource.getrlimit(resource.RLIMIT_NOFILE),
        )
        command = run_command(target, wanted, engine, variables, clients_own(os.environ))
        client = processes.spawn(
            command.argv,
            cwd=Path("/"),
            env=command.variables,
            log=log,
            afterwards=commands_afterwards(wanted.name),
        )
        try:
            first = await_start(client, wanted.name)
        except HostError:
            client.stop()
            raise
        if first is None:
            _must_have_run(target, client, log)
            return ContainerTarget(client, wanted.port, confinement, None, "it has ended")
        root, identity = first
        if seen_here(root, identity):
            return ContainerTarget(client, wanted.port, confinement, root)
        unseen = engine.apart or "its processes are not seen from here, which is in a container of its own (--pid host)"
        return ContainerTarget(client, wanted.port, confinement, None, unseen)

    def _found(self, progress: Progress) -> Engine:
        if self._engine is None:
            self._engine = find_engine()
            for line in remove_leavings():
                progress(line)
        return self._engine


def remove_leavings() -> list[str]:
    """Remove the containers of runners and keepers that were both killed; say what was removed."""
    shown = f'{{{{.Names}}}} {{{{.Label "{LABEL}"}}}}'
    said = ask("ps", "--all", "--filter", f"label={LABEL}", "--format", shown)
    here = str(os.stat("/proc/self/ns/pid").st_ino) if Path("/proc/self/ns/pid").exists() else ""  # noqa: PTH116
    lines = []
    for line in must_do("the containers that are there cannot be listed", said).out.splitlines():
        name, _, session = line.partition(" ")
        keeper, _, namespace = session.partition("-")
        if namespace == here and not Path("/proc", keeper).exists():
            ask("rm", "--force", "--volumes", name)
            lines.append(f"container {name} of a run that was killed is removed")
    return lines


def clients_own(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that the client itself needs, of all that there are."""
    wanted = ("PATH", "HOME", "USER", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "TERM")
    return {name: value for name, value in environment.items() if name in wanted or name.startswith("DOCKER_")}


def await_start(client: Process, name: str) -> tuple[int, str] | None:
    """Wait until the container has begun; None when the client ended before that was seen."""
    deadline_s = time.monotonic() + _START_S
    while client.poll() is None:
        first = first_process(name)
        if first is not None:
            return first
        if time.monotonic() > deadline_s:
            raise HostError(
                f"container {name} does not start",
                seen=f"no process in it after {_START_S:g} s",
                expected="a start within a second",
                hint=f"docker inspect {name}    shows its state",
            )
        time.sleep(_POLL_S)
    return None


def _must_have_run(target: Target, client: Process, log: Path) -> None:
    """Tell a container that was never started from a target that ended at once."""
    code = client.poll()
    last = tail(log, _LAST_LINES)
    doing = f"target {target.name!r} could not be started in a container"
    if code == _ENGINE_FAILED:
        raise trouble(doing, "\n".join(last)) or HostError(
            doing,
            seen="the engine refused",
            expected="a container within the limits of the scenario",
            details=[f"> {line}" for line in last],
            hint="docker info    shows what this engine can do",
        )
    if code in _NOT_A_PROGRAM:
        raise TargetError(
            doing,
            seen=f"exit code {code}: its image has no program that `start` in {target.file} names",
            expected=f"{' '.join(target.start)}, with what {{env}} means in /env of the image",
            details=[f"> {line}" for line in last],
            hint="look at the end of its Dockerfile",
        )


def _unheard(_line: str) -> None:
    """Take what was told when the image was built."""
