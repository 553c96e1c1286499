"""Ports on loopback: choosing a free one, and telling who holds one."""

import errno
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psutil

from fwcompare.errors import HostError

LOOPBACK = "127.0.0.1"


def stranger_on(port: int, roots: Iterable[int]) -> str | None:
    """Name a process that listens on ``port`` and is neither one of ``roots`` nor below one; None when there is none.

    A second listener beside the target (``SO_REUSEPORT``) counts: it would take part of the load. Nobody
    listening is no stranger. Reads the whole socket table: for once before a load, not for sampling.
    """
    ours = {pid for root in roots for pid in family(root)}
    return next((str(holder) for holder in holders(port) if holder.pid not in ours), None)


@dataclass(frozen=True)
class Holder:
    """Who listens on a port; ``pid`` is None when the process is another user's."""

    pid: int | None

    def __str__(self) -> str:
        if self.pid is None:
            return "a process that this user may not see"
        try:
            return f"pid {self.pid} ({' '.join(psutil.Process(self.pid).cmdline())})"
        except psutil.Error:
            return f"pid {self.pid}"


def holders(port: int) -> Iterator[Holder]:
    """Give who listens on a port."""
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            yield Holder(connection.pid)


def family(root: int) -> Iterator[int]:
    """Give a process and all below it; nothing below one that is gone."""
    yield root
    try:
        yield from (child.pid for child in psutil.Process(root).children(recursive=True))
    except psutil.NoSuchProcess:
        return


def free_port() -> int:
    """Choose a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def checked_port(port: int) -> int:
    """Give a port back that can be listened on.

    :raises HostError: when it cannot, naming who holds it.
    """
    with socket.socket() as probe:
        # As servers do: connections of an earlier one that linger (TIME_WAIT) do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise HostError(
                    f"port {port} cannot be used",
                    seen=str(error),
                    expected=f"a port on {LOOPBACK} that this user may listen on",
                    hint="leave `port` out of the scenario, and a free one is chosen",
                ) from error
            names = ", ".join(dict.fromkeys(str(holder) for holder in holders(port)))
            raise HostError(
                f"port {port} is in use",
                seen=f"it is held by {names or 'a process that does not listen on it'}",
                expected=f"a free port on {LOOPBACK}",
                hint="end that process, or leave `port` out of the scenario, and a free one is chosen",
            ) from error
    return port
