"""The *process* runtime: a target as a plain process of this machine, on loopback.

Decides the environment variables a target sees, its port, and who may answer on that port. The variables of
the runner do not reach it, save for a short list, so that a result does not hang on a developer's shell.
Leaves out how limits are set (``processes.py``), and whether the target is ready: the session asks ``/health``.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from fwcompare.errors import TargetError
from fwcompare.model.limits import Confinement, Held, LimitEvents
from fwcompare.model.ports import Environment, Process, Processes, Progress
from fwcompare.model.target import Target
from fwcompare.runtimes.environments import build_environment, resolve
from fwcompare.runtimes.loopback import LOOPBACK, checked_port, free_port, stranger_on

PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")
"""Variables of the runner that a target sees as well."""


class ProcessRuntime:
    """Builds targets in environments of their own and starts them on loopback."""

    name = "process"

    def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
        """Make the environment of a target, or find it made: see :func:`build_environment`."""
        return build_environment(target, processes, progress)

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
    ) -> "TargetProcess":
        """Start a target with ``variables`` on ``port``, or on a free one, inside ``confinement`` as far as can be.

        :raises HostError: when the given port is in use, naming who holds it.
        :raises TargetError: when its start command names a program that is not there.
        """
        chosen = free_port() if port is None else checked_port(port)
        argv = [resolve(part, environment.folder) for part in target.start]
        env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        env |= {name: resolve(value, environment.folder) for name, value in target.env.items()}
        env |= variables
        env |= {"HOST": LOOPBACK, "PORT": str(chosen)}
        if shutil.which(argv[0], path=env.get("PATH")) is None:
            raise TargetError(
                f"target {target.name!r} could not be started",
                seen=f"no program {argv[0]!r}, which `start` in {target.file} names",
                expected="an executable on PATH, or one that the build puts below {env}",
                hint=f"look at `start` and `build.commands` in {target.file}",
            )
        process = processes.spawn(argv, cwd=target.app, env=env, log=log, confinement=confinement)
        return TargetProcess(process, chosen)


class TargetProcess:
    """A target that was started as a process."""

    def __init__(self, process: Process, port: int) -> None:
        self._process = process
        self._port = port

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def unseen(self) -> str:
        """Say nothing: its processes are this user's."""
        return ""

    def pids(self) -> Sequence[int]:
        """Give its root process id."""
        return [self._process.pid]

    def exit_code(self) -> int | None:
        """Give the exit code; None while it runs."""
        return self._process.poll()

    def stranger(self) -> str | None:
        """Name the process that holds the port when it is not the target's; None when all is well."""
        return stranger_on(self._port, [self._process.pid])

    def held(self) -> Held:
        """Read back from the kernel which limits hold now, for every process of it."""
        return self._process.held()

    def events(self) -> LimitEvents:
        """Give what its limits did to it since its start; still known after its end."""
        return self._process.events()

    def stop(self) -> None:
        """End it and everything it started."""
        self._process.stop()
