"""Serves the application on a socket of this machine until it is told to end."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil
import uvicorn

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.ports import Progress
from fwcompare.store.index import Index
from fwcompare.ui.access import Access, Guard
from fwcompare.ui.app import make_app
from fwcompare.ui.library import Library
from fwcompare.ui.room import Room

LOOPBACK: Final = "127.0.0.1"
_GRACE_S: Final = 1


@dataclass(frozen=True)
class Place:
    """Where to listen: an address of this machine, and a port, 0 for a free one."""

    host: str = LOOPBACK
    port: int = 0

    @property
    def is_loopback(self) -> bool:
        """Tell whether nobody but this machine can come."""
        return ipaddress.ip_address(self.host).is_loopback


def place_of(host: str, port: int) -> Place:
    """Give a place, its host as an address.

    :raises ScenarioError: when ``host`` is none.
    """
    try:
        return Place(str(ipaddress.ip_address(LOOPBACK if host == "localhost" else host)), port)
    except ValueError as error:
        raise ScenarioError(
            f"host {host!r} is no address", seen=str(error), expected="an IP address of this machine, or localhost"
        ) from error


class Service:
    """A socket that listens, and the application behind it."""

    def __init__(self, results: Path, place: Place, *, say: Progress) -> None:
        """Listen.

        :param say: takes a line that whoever started it should know.
        :raises HostError: when the place cannot be listened at.
        """
        self._socket = _listen(place)
        self.port: Final[int] = self._socket.getsockname()[1]
        self._host = _bracketed(place.host)
        self.access = Access.drawn(map(_bracketed, _names(place)), self.port)
        library = Library(results)
        index = Index.open(library.results, say)
        app = make_app(Room(library, index, now=lambda: datetime.now(UTC), is_ending=self._is_ending))
        config = uvicorn.Config(
            Guard(app, self.access),
            access_log=False,  # it would print the token
            log_level="warning",
            lifespan="off",
            loop="asyncio",
            http="h11",
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        self._server = uvicorn.Server(config)

    @property
    def address(self) -> str:
        """Give what to open: it lets in whoever has it."""
        host = {"0.0.0.0": LOOPBACK, "[::]": "[::1]"}.get(self._host, self._host)  # noqa: S104 - to be replaced
        return f"http://{host}:{self.port}/?token={self.access.token}"

    def run(self) -> None:
        """Answer until :meth:`end`, Ctrl-C or SIGTERM. Whoever came since the socket listens is answered too."""
        try:
            self._server.run(sockets=[self._socket])
        except KeyboardInterrupt:
            # uvicorn ends in good order at Ctrl-C, then raises the signal once more.
            return

    def end(self) -> None:
        """Have :meth:`run` return soon; streams end with it. May be called from any thread."""
        self._server.should_exit = True

    def close(self) -> None:
        """Listen no more, without having answered."""
        self._socket.close()

    def _is_ending(self) -> bool:
        return self._server.should_exit


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((place.host, place.port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise HostError(
            f"fwcompare ui cannot listen at {place.host}, port {place.port}",
            seen=str(error),
            expected="an address of this machine and a port that is free",
            hint="--port 0    takes a free one",
        ) from error
    return listening


def _names(place: Place) -> Iterable[str]:
    """Give every address that leads to it."""
    if not ipaddress.ip_address(place.host).is_unspecified:
        return [place.host]
    every = (address.address for addresses in psutil.net_if_addrs().values() for address in addresses)
    return [*(address.partition("%")[0] for address in every if _is_address(address)), socket.gethostname()]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
