"""Further lives of a target for the conformance suite: started by its own command, and before its database a gate."""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

from fwcompare.model.quantities import as_variable
from fwcompare.testing.pytest_plugin import Built

HOST: Final = "127.0.0.1"
READY_S: Final = 30.0
_POLL_S = 0.02
_PROBE_S = 0.2
_CHUNK = 65536


def environment_of(built: Built, changes: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a life: what the runner gives, with ``changes``."""
    parameters = {name: as_variable(value) for name, value in built.target.parameters.items()}
    return {**built.env, **parameters, "HOST": HOST, **changes}


@dataclass(frozen=True)
class Life:
    """A running target of a test's own; what it writes stands below the test that fails."""

    process: subprocess.Popen[bytes]
    port: int

    def health(self) -> int | None:
        """Give the status of ``/health``; None where there is no answer within a fifth of a second."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=_PROBE_S)) as connection:
            try:
                connection.request("GET", "/health")
                return connection.getresponse().status
            except (OSError, http.client.HTTPException):
                return None

    def wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for something to become true; a test fails where the target ends first, or it takes too long."""
        deadline = time.monotonic() + READY_S
        while not condition():
            assert self.process.poll() is None, f"the target ended with {self.process.returncode} before {what}"
            assert time.monotonic() < deadline, f"{READY_S:g} s passed before {what}"
            time.sleep(_POLL_S)

    def see_for(self, seconds: float, holds: Callable[[], bool]) -> None:
        """Look at something again and again for a while: it must hold all the time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert holds()
            time.sleep(_POLL_S)


@contextmanager
def living(built: Built, database_url: str | None) -> Iterator[Life]:
    """Start a target on a free port; it and all that it started are killed at the end."""
    port = _free_port()
    database = {} if database_url is None else {"DATABASE_URL": database_url}
    process = subprocess.Popen(
        list(built.argv),
        cwd=built.cwd,
        env=environment_of(built, {"PORT": str(port), **database}),
        # A group of its own, so that nothing of it is left.
        start_new_session=True,
    )
    try:
        yield Life(process, port)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Gate:
    """Stands before a database: takes connections and lets nothing through until it is opened."""

    def __init__(self, database_url: str) -> None:
        parts = urlsplit(database_url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._database = (parts.hostname, parts.port)
        self._listener = socket.create_server((HOST, 0))
        who, at, _ = parts.netloc.rpartition("@")
        here = f"{who}{at}{HOST}:{self._listener.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(netloc=here))
        self._asked, self._opened = threading.Event(), threading.Event()
        self._sockets: list[socket.socket] = [self._listener]
        self._keeping, self._closed = threading.Lock(), False
        threading.Thread(target=self._take, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._keeping:
            self._closed = True
        self._opened.set()
        for end in self._sockets:
            # Closing alone would not wake a thread that waits in it.
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    @property
    def asked(self) -> bool:
        """Tell whether the target has tried to connect."""
        return self._asked.is_set()

    def open(self) -> None:
        """Let everything through, what was held back too."""
        self._opened.set()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if not self._keeps(client):
                    return
                self._asked.set()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        self._opened.wait()
        with suppress(OSError):
            database = socket.create_connection(self._database)
            if not self._keeps(database):
                return
            threading.Thread(target=_pass_on, args=(database, client), daemon=True).start()
            _pass_on(client, database)

    def _keeps(self, end: socket.socket) -> bool:
        """Keep a socket for the end, or close it now when that has come meanwhile: nobody else would."""
        with self._keeping:
            if self._closed:
                end.close()
            else:
                self._sockets.append(end)
            return not self._closed


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(_CHUNK):
            to.sendall(content)
        to.shutdown(socket.SHUT_WR)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
