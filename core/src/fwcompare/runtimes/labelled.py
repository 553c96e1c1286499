"""Says of what is started for a run which run that is.

The keeper is older than the run's directory, so that the name is put around it once there is one. Leaves out what is
made of it: labels of containers (``docker_command.py``, ``docker_services.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fwcompare.model.limits import Confinement
from fwcompare.model.ports import Process, Processes


@dataclass(frozen=True)
class ProcessesOfRun:
    """Starts processes through others, for the run ``run``."""

    processes: Processes
    run: str

    @property
    def session(self) -> str:
        """Names whoever starts them among all on this machine."""
        return self.processes.session

    @property
    def cpus(self) -> tuple[int, ...]:
        """The CPUs that everything is started on."""
        return self.processes.cpus

    def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        confinement: Confinement | None = None,
        afterwards: Sequence[Sequence[str]] = (),
    ) -> Process:
        """Start ``argv``; see :meth:`~fwcompare.model.ports.Processes.spawn`."""
        return self.processes.spawn(argv, cwd=cwd, env=env, log=log, confinement=confinement, afterwards=afterwards)
