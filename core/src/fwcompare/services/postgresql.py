"""A private PostgreSQL of the run: *embedded*, from a Python package's binaries, or *local*, from the machine's.

Decides how it is laid out, set up, started and stopped. It listens on loopback with passwords drawn for the
run, and on no Unix socket: one would bring a limit on the length of the folder's path. Leaves out where the
binaries are (``postgresql_binaries.py``), what is done in the database (``postgresql_server.py``) and how root
drops its rights (``unprivileged.py``).
"""

import os
import shutil
import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fwcompare.model.ports import ConnectionCount, Processes, Recording, ServiceFacts
from fwcompare.model.workload import Dataset
from fwcompare.services.login import Login
from fwcompare.services.postgresql_binaries import carried_binaries, installed_binaries
from fwcompare.services.started import READY_S, Started, ready
from fwcompare.services.starting import LOOPBACK, free_port, not_started, variables
from fwcompare.services.unprivileged import unprivileged_prefix

if TYPE_CHECKING:
    from fwcompare.services.postgresql_server import PostgresqlServer

LOG: Final = "postgresql.log"
_JSON_LOG: Final = "postgresql.json"
"""What the server makes of :data:`LOG` for the JSON."""

SETTINGS: Final[Mapping[str, str]] = {
    # Of the workload contracts.
    "shared_buffers": "256MB",
    # Well above every pool: a target that exceeds its cap is to be seen, not refused.
    "max_connections": "300",
    # The same answers on every machine.
    "timezone": "UTC",
    "log_timezone": "UTC",
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    # What targets send can be recorded (postgresql_recording.py): one file, for as long as the run.
    "logging_collector": "on",
    "log_destination": "stderr,jsonlog",
    "log_filename": LOG,
    "log_rotation_age": "0",
    "log_rotation_size": "0",
    # fsync and synchronous_commit keep their defaults: a commit is durable, as it is in production.
}

_INITDB_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0


class _PrivatePostgresql(ABC):
    service = "postgresql"
    name: str

    def start(self, processes: Processes, folder: Path) -> "RunningPostgresql":
        """Set up and start a server with its files in ``folder``; ready when this returns.

        :raises HostError: when there are no binaries, or the server does not start; with the end of its log.
        """
        from fwcompare.services.postgresql_server import PostgresqlServer  # noqa: PLC0415 - see fwcompare.services

        binaries = self._binaries()
        prefix = unprivileged_prefix(processes, folder, binaries / "postgres")
        admin, target = Login.drawn("fwcompare"), Login.drawn("bench")
        _set_up(processes, [*prefix, str(binaries / "initdb")], folder, admin, self.name)
        port = free_port()
        settings = {**SETTINGS, "log_directory": str(folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        process = processes.spawn(
            [*prefix, str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options],
            cwd=folder,
            env=variables(),
            log=folder / "server.log",
        )
        server = PostgresqlServer(LOOPBACK, port, admin=admin, target=target)
        return ready(RunningPostgresql(Started.on_the_machine(process, self.name), server, folder), READY_S)

    @abstractmethod
    def _binaries(self) -> Path:
        """Give the folder of `initdb` and `postgres`."""


class EmbeddedPostgresql(_PrivatePostgresql):
    """Gives a PostgreSQL that needs no installation and no privileges."""

    name = "embedded"

    def _binaries(self) -> Path:
        return carried_binaries()


class LocalPostgresql(_PrivatePostgresql):
    """Gives a PostgreSQL from the machine's own binaries."""

    name = "local"

    def _binaries(self) -> Path:
        return installed_binaries()


class RunningPostgresql:
    """A server of the run."""

    def __init__(self, started: Started, server: "PostgresqlServer", folder: Path) -> None:
        self._started = started
        self._process = started.process
        self._server = server
        self._folder = folder
        self._facts: ServiceFacts | None = None

    def wait_until_ready(self, timeout_s: float) -> None:
        """Wait until the server answers, then make the role of the targets.

        :raises HostError: when it exits or does not answer in time.
        """
        seen = self._started.silence(self._refusal, timeout_s)
        if seen:
            self.stop()  # so that its log is whole, and here
            raise not_started(f"{self._started.provider} PostgreSQL", seen, _last_log(self._folder))
        self._server.create_target_role()

    def _refusal(self) -> str:
        import psycopg  # noqa: PLC0415 - see fwcompare.services

        try:
            self._server.connect().close()
        except psycopg.OperationalError as error:
            return str(error)
        return ""

    @property
    def facts(self) -> ServiceFacts:
        """What it is, as it says itself."""
        if self._facts is None:
            said = ServiceFacts("PostgreSQL", self._server.version(), self._started.provider, self._server.settings())
            self._facts = self._started.described(said)
        return self._facts

    def restore(self, dataset: Dataset, database: str) -> str:
        """Make ``database`` anew with exactly the rows of ``dataset``; give its URL for a target."""
        return self._server.restore(dataset, database)

    def fingerprint(self, dataset: Dataset, database: str) -> str:
        """Give a text that is equal if and only if the content of ``database`` is."""
        return self._server.fingerprint(dataset, database)

    def record(self, database: str) -> Recording:
        """Begin to record what targets send to ``database`` over connections that are opened from now on."""
        from fwcompare.services.postgresql_recording import PostgresqlRecording  # noqa: PLC0415 - see fwcompare.services

        return PostgresqlRecording(self._server, database)

    def connections(self, database: str) -> int:
        """Count the connections that targets hold to ``database``."""
        return self._server.connections(database)

    def counting(self, database: str) -> ConnectionCount:
        """Begin to count the same many times over, on one connection of its own."""
        return self._server.counting(database)

    def spoil(self, database: str) -> None:
        """Remove every table, so that a target's next statement must fail; :meth:`restore` makes all good again."""
        self._server.spoil(database)

    def pids(self) -> Sequence[int]:
        """Give the process id of the server, whose children serve the connections; none where it is out of sight."""
        return self._started.pids

    def stop(self) -> None:
        """End it and remove its data, which the seed makes again; the log stays, once. May be called twice."""
        self._process.signal(signal.SIGINT)  # "fast": connections are cut, then a clean end
        self._process.wait(_STOP_TIMEOUT_S)
        self._process.stop()
        if (self._folder / "data").exists():
            shutil.rmtree(self._folder / "data")
        (self._folder / _JSON_LOG).unlink(missing_ok=True)


def _set_up(processes: Processes, initdb: Sequence[str], folder: Path, admin: Login, provider: str) -> None:
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(f"{admin.password}\n", encoding="utf-8")
    owner = folder.stat()
    os.chown(secret, owner.st_uid, owner.st_gid)
    arguments = [
        *initdb,
        *("-D", str(folder / "data"), "-U", admin.role, f"--pwfile={secret}", "--auth=scram-sha-256"),
        *("--locale=C", "--encoding=UTF8", "--no-sync", "--no-instructions"),
    ]
    process = processes.spawn(arguments, cwd=folder, env=variables(), log=folder / "initdb.log")
    try:
        code = process.wait(_INITDB_TIMEOUT_S)
    finally:
        process.stop()
        secret.unlink()
    if code != 0:
        ended = f"did not end within {_INITDB_TIMEOUT_S:g} s" if code is None else f"exited with code {code}"
        raise not_started(f"{provider} PostgreSQL", f"initdb {ended}", folder / "initdb.log")


def _last_log(folder: Path) -> Path:
    """Give the log that the server wrote to last: its collector's, once that has begun."""
    collected = folder / LOG
    return collected if collected.exists() and collected.stat().st_size > 0 else folder / "server.log"
