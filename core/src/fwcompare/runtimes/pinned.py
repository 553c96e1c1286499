"""Keeps to their CPUs what does not know of it: services, and the load generator in this very process."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fwcompare.model.limits import Confinement, format_cpus
from fwcompare.model.ports import Process, Processes

CLIENT_PRIORITY = -10
"""The nice value at which the load generator runs where the host allows: to be late must not be the client's fault."""

_AUTOGROUP = Path("/proc/self/autogroup")


class PinnedProcesses:
    """Starts processes through others, each on ``cpus``."""

    def __init__(self, processes: Processes, cpus: tuple[int, ...]) -> None:
        self._processes = processes
        self._cpus = cpus

    @property
    def session(self) -> str:
        """Names whoever starts them among all on this machine."""
        return self._processes.session

    @property
    def run(self) -> str:
        """Names the run that they are started for."""
        return self._processes.run

    @property
    def cpus(self) -> tuple[int, ...]:
        """The CPUs that everything is started on."""
        return self._cpus

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
        """Start ``argv`` on the CPUs; see :meth:`~fwcompare.model.ports.Processes.spawn`."""
        pinned = replace(confinement or Confinement(), cpus=self._cpus)
        return self._processes.spawn(argv, cwd=cwd, env=env, log=log, confinement=pinned, afterwards=afterwards)


@contextlib.contextmanager
def client_first(cpus: tuple[int, ...], autogroup: Path = _AUTOGROUP) -> Iterator[str]:
    """Keep the calling thread, and the threads it starts meanwhile, to ``cpus`` and ahead of others.

    Both are as before on leaving; what is started through a keeper that runs already is not touched. Where the kernel
    groups processes by session, nice values count within a session alone, so that the session's own is raised too; the
    keeper lowers it again when the runner is killed.

    :param cpus: empty for any.
    :return: in words, what was done.
    """
    affinity = os.sched_getaffinity(0)
    priority = os.getpriority(os.PRIO_PROCESS, 0)
    session = _session_priority(autogroup)
    done = []
    try:
        if cpus:
            done.append(_confined(cpus))
        try:
            # Of the calling thread, in Linux.
            os.setpriority(os.PRIO_PROCESS, 0, min(priority, CLIENT_PRIORITY))
            if session is not None:
                autogroup.write_text(str(min(session, CLIENT_PRIORITY)), encoding="ascii")
            done.append(f"at priority {min(priority, CLIENT_PRIORITY)}")
        except OSError as error:
            done.append(f"at the priority of the rest ({error.strerror}: run as root to have it go first)")
        yield ", ".join(done)
    finally:
        os.sched_setaffinity(0, affinity)
        os.setpriority(os.PRIO_PROCESS, 0, priority)
        if session is not None:
            with contextlib.suppress(OSError):  # was not raised, and the kernel limits how often it may be asked
                autogroup.write_text(str(session), encoding="ascii")


def cpus_by_core(root: Path = Path("/")) -> tuple[int, ...]:
    """Give the CPUs that this process may use, those of one core beside each other."""
    return tuple(sorted(os.sched_getaffinity(0), key=lambda cpu: (_first_of_core(cpu, root), cpu)))


def _first_of_core(cpu: int, root: Path) -> int:
    siblings = root / f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"
    try:
        return int(siblings.read_text(encoding="ascii").replace("-", ",").split(",")[0])
    except OSError:
        return cpu


def _confined(cpus: tuple[int, ...]) -> str:
    try:
        os.sched_setaffinity(0, cpus)
    except OSError as error:
        return f"on any CPU ({error.strerror})"
    return f"on {format_cpus(cpus)}"


def _session_priority(autogroup: Path) -> int | None:
    """Read ``/autogroup-44842 nice 0``; None where the kernel does not group by session."""
    try:
        return int(autogroup.read_text(encoding="ascii").split()[-1])
    except OSError:
        return None
