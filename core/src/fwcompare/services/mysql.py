"""A *local* MySQL or MariaDB: a private server of the run, from the binaries that this machine has.

Decides how it is laid out, set up, started and stopped. It listens on loopback with passwords drawn for the run;
the accounts without a password that an installation makes are gone before it takes its first connection. Leaves
out what is done in the database (``mysql_server.py``).
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fwcompare.errors import HostError
from fwcompare.model.ports import ConnectionCount, Processes, Recording, ServiceFacts
from fwcompare.model.workload import Dataset
from fwcompare.services.login import Login
from fwcompare.services.started import READY_S, Started, ready
from fwcompare.services.starting import LOOPBACK, free_port, not_started, variables

if TYPE_CHECKING:
    from fwcompare.services.mysql_server import MysqlServer

SETTINGS: Final[Mapping[str, str]] = {
    # Of the workload contracts.
    "innodb_buffer_pool_size": "256M",
    "innodb_flush_log_at_trx_commit": "1",
    # Well above every pool: a target that exceeds its cap is to be seen, not refused.
    "max_connections": "300",
    # The same answers on every machine.
    "character_set_server": "utf8mb4",
    "default_time_zone": "+00:00",
    # Loopback alone, without names to look up; a socket would limit the length of the folder's path.
    "bind_address": LOOPBACK,
    "skip_name_resolve": "1",
    "socket": "",
}
INSTALL: Final = "apt-get install mariadb-server-core"

_SERVERS = ("mariadbd", "mysqld")
_INSTALLERS = ("mariadb-install-db", "mysql_install_db")
# Where servers are, beside what an ordinary user's PATH holds.
_MORE_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec")
_SET_UP_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_VERSION_TIMEOUT_S = 20


@dataclass(frozen=True)
class Binaries:
    """A server on this machine; ``installer`` makes a data folder for MariaDB, MySQL's server does so itself."""

    server: Path
    installer: Path | None
    version: str


def find_binaries() -> Binaries | None:
    """Look for a server on PATH and where systems put servers; None when there is none that can be set up."""
    for name in _SERVERS:
        server = _which(name)
        if server is None:
            continue
        answer = subprocess.run(
            [server, "--no-defaults", "--version"],
            capture_output=True,
            text=True,
            timeout=_VERSION_TIMEOUT_S,
            check=False,
        )
        if "MariaDB" not in answer.stdout:
            return Binaries(server, None, answer.stdout.strip())
        installer = next(filter(None, map(_which, _INSTALLERS)), None)
        if installer is not None:
            return Binaries(server, installer, answer.stdout.strip())
    return None


def _installed() -> Binaries:
    binaries = find_binaries()
    if binaries is None:
        raise HostError(
            "MySQL is not installed",
            seen=f"no {' and no '.join(_SERVERS)} on PATH or in {', '.join(_MORE_FOLDERS)}",
            expected="a server of MariaDB (with mariadb-install-db) or of MySQL",
            hint=INSTALL,
        )
    return binaries


class LocalMysql:
    """Gives a MySQL or MariaDB from the machine's own binaries."""

    service = "mysql"
    name = "local"

    def must_be_had(self) -> None:
        """Look for a server's binaries.

        :raises HostError: when there are none.
        """
        _installed()

    def start(self, processes: Processes, folder: Path) -> "RunningMysql":
        """Set up and start a server with its files in ``folder``; ready when this returns.

        :raises HostError: when there is no binary, or the server does not start; with the end of its log.
        """
        from fwcompare.services.mysql_server import MysqlServer  # noqa: PLC0415 - see fwcompare.services

        binaries = _installed()
        # As root a server wants to be told that root is meant; files of the run are root's either way.
        user = ["--user=root"] if os.geteuid() == 0 else []
        _set_up(processes, binaries, user, folder)
        admin, port = Login.drawn("fwcompare"), free_port()
        first = _first_statements(binaries, admin, folder)
        arguments = [
            *(str(binaries.server), "--no-defaults", *user, f"--datadir={folder / 'data'}", f"--port={port}"),
            *(f"--pid-file={folder / 'data' / 'server.pid'}", f"--init-file={first}"),
            *(f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()),
            # MySQL's second protocol would want a port of its own.
            *(() if binaries.installer else ("--mysqlx=OFF",)),
        ]
        process = processes.spawn(arguments, cwd=folder, env=variables(), log=folder / "server.log")
        started = Started.on_the_machine(process, self.name)
        try:
            return ready(RunningMysql(started, MysqlServer(LOOPBACK, port, admin=admin), folder), READY_S)
        finally:
            first.unlink()


class RunningMysql:
    """A server of the run."""

    def __init__(self, started: Started, server: "MysqlServer", folder: Path) -> None:
        self._started = started
        self._process = started.process
        self._server = server
        self._folder = folder

    def wait_until_ready(self, timeout_s: float) -> None:
        """Wait until the server answers.

        :raises HostError: when it exits or does not answer in time.
        """
        seen = self._started.silence(self._refusal, timeout_s)
        if seen:
            raise not_started(f"{self._started.provider} MySQL", seen, self._folder / "server.log")

    def _refusal(self) -> str:
        import pymysql  # noqa: PLC0415 - see fwcompare.services

        try:
            self._server.connect().close()
        except pymysql.err.OperationalError as error:
            return str(error)
        return ""

    @property
    def facts(self) -> ServiceFacts:
        """What it is, as it says itself."""
        return self._started.described(self._server.facts(self._started.provider))

    def restore(self, dataset: Dataset, database: str) -> str:
        """Make ``database`` anew with exactly the rows of ``dataset``; give its URL for a target."""
        return self._server.restore(dataset, database)

    def fingerprint(self, dataset: Dataset, database: str) -> str:
        """Give a text that is equal if and only if the content of ``database`` is."""
        return self._server.fingerprint(dataset, database)

    def record(self, database: str) -> Recording:
        """Begin to record what targets send to ``database`` over connections that are opened from now on."""
        return self._server.record(database)

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
        """Give the process id of the server, whose threads serve the connections; none where it is out of sight."""
        return self._started.pids

    def stop(self) -> None:
        """End it and remove its data, which the seed makes again; the log stays. May be called twice."""
        self._process.signal(signal.SIGTERM)
        self._process.wait(_STOP_TIMEOUT_S)
        self._process.stop()
        if (self._folder / "data").exists():
            shutil.rmtree(self._folder / "data")


def _which(name: str) -> Path | None:
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *_MORE_FOLDERS]))
    return Path(found) if found else None


def _set_up(processes: Processes, binaries: Binaries, user: Sequence[str], folder: Path) -> None:
    data = f"--datadir={folder / 'data'}"
    if binaries.installer is None:
        arguments = [str(binaries.server), "--no-defaults", "--initialize-insecure", *user, data]
    else:
        plain = ("--auth-root-authentication-method=normal", "--skip-test-db")
        arguments = [str(binaries.installer), "--no-defaults", *user, data, *plain]
    log = folder / "install.log"
    process = processes.spawn(arguments, cwd=folder, env=variables(), log=log)
    try:
        code = process.wait(_SET_UP_TIMEOUT_S)
    finally:
        process.stop()
    if code != 0:
        ended = f"did not end within {_SET_UP_TIMEOUT_S:g} s" if code is None else f"exited with code {code}"
        raise not_started("local MySQL", f"{Path(arguments[0]).name} {ended}", log)


def _first_statements(binaries: Binaries, admin: Login, folder: Path) -> Path:
    """Write what the server does before it takes a connection: one account is left, with a drawn password."""
    without_password = (
        "DROP USER 'root'@'localhost'"
        if binaries.installer is None
        # MariaDB makes root at each name and address of the machine.
        else "DELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys'"
    )
    account = f"'{admin.role}'@'%'"
    statements = (
        without_password,
        "FLUSH PRIVILEGES",
        f"CREATE USER {account} IDENTIFIED BY '{admin.password}'",
        f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION",
    )
    path = folder / "first.sql"
    path.touch(mode=0o600)
    path.write_text("".join(f"{statement};\n" for statement in statements), encoding="utf-8")
    return path
