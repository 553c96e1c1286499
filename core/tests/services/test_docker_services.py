"""Databases in containers: what is asked of the engine, and what is told when it fails; no engine is needed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fwcompare.errors import HostError
from fwcompare.model.containers import Container, Place, ServerWanted
from fwcompare.model.limits import Held, LimitEvents
from fwcompare.model.ports import OfTheHost, Processes, ServiceProvider
from fwcompare.runtimes.docker_engine import labels
from fwcompare.runtimes.docker_services import commands_afterwards, run_command
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.login import Login
from fwcompare.services.mysql import SETTINGS as MYSQL_SETTINGS
from fwcompare.services.mysql_docker import MARIADB, MYSQL, DockerMysql
from fwcompare.services.mysql_docker import server_wanted as mysql_wanted
from fwcompare.services.postgresql import SETTINGS as POSTGRESQL_SETTINGS
from fwcompare.services.postgresql_docker import DockerPostgresql
from fwcompare.services.postgresql_docker import server_wanted as postgresql_wanted

SHARED = Place("127.0.0.1", 40001, 40001)
APART = Place("0.0.0.0", 5432, 40001)  # noqa: S104 - only written
SECRET = "of the run"  # noqa: S105 - of a server that is never started

WANTED = [
    postgresql_wanted(SHARED, Login("fwcompare", SECRET)),
    mysql_wanted(MARIADB, SHARED, SECRET),
    mysql_wanted(MYSQL, SHARED, SECRET),
]


@pytest.fixture(params=WANTED, ids=lambda wanted: wanted.image)
def wanted(request: pytest.FixtureRequest) -> ServerWanted:
    one: ServerWanted = request.param
    return one


def test_a_password_stands_in_no_argument_and_in_no_repr(wanted: ServerWanted) -> None:
    argv = run_command(wanted, "c", (), ())
    assert SECRET not in " ".join(argv)
    assert SECRET not in repr(wanted)
    (password,) = (name for name, value in wanted.variables.items() if value == SECRET)
    assert argv[argv.index(password) - 1] == "--env"


def test_a_server_says_whose_it_is_and_of_which_run(wanted: ServerWanted) -> None:
    argv = run_command(wanted, "c", labels("12-34", "users-1", Path("/results/server.log")), ())
    told = {argv[place + 1] for place, part in enumerate(argv) if part == "--label"}
    assert told == {"fwcompare.session=12-34", "fwcompare.run=users-1", "fwcompare.log=/results/server.log"}


def test_a_server_on_the_hosts_network_listens_on_loopback_alone(wanted: ServerWanted) -> None:
    argv = run_command(wanted, "c", (), (0, 2))
    assert argv[argv.index("--network") + 1] == "host"
    assert argv[argv.index("--cpuset-cpus") + 1] == "0,2"
    assert "127.0.0.1" in " ".join(wanted.command)
    assert "40001" in " ".join(wanted.command)
    assert "--publish" not in argv


def test_where_the_engine_has_a_network_of_its_own_a_port_is_published_on_loopback() -> None:
    argv = run_command(postgresql_wanted(APART, Login("fwcompare", SECRET)), "c", (), ())
    assert argv[argv.index("--publish") + 1] == "127.0.0.1:40001:5432"
    assert "--network" not in argv
    assert "--cpuset-cpus" not in argv


def test_a_container_is_handed_nothing_of_the_machine(wanted: ServerWanted) -> None:
    argv = run_command(wanted, "c", (), ())
    assert argv[argv.index("--volume") + 1] == wanted.volume
    assert not {"--privileged", "--pid", "--mount", "--cap-add"}.intersection(argv)
    assert "docker.sock" not in " ".join(argv)


def test_the_settings_are_those_of_every_other_provider() -> None:
    postgresql, mariadb, mysql = (" ".join(wanted.command) for wanted in WANTED)
    for name, value in POSTGRESQL_SETTINGS.items():
        if name != "unix_socket_directories":
            assert f"-c {name}={value}" in postgresql
    for name, value in MYSQL_SETTINGS.items():
        if name != "socket":
            option = f"--{name.replace('_', '-')}={value}"
            assert option in mariadb
            assert option in mysql


def test_the_log_is_copied_out_before_the_container_and_its_data_go(tmp_path: Path) -> None:
    copy, remove = commands_afterwards(WANTED[0], "c", tmp_path)
    assert copy == ["docker", "cp", "c:/var/lib/postgresql/data/log/postgresql.log", str(tmp_path)]
    assert remove == ["docker", "rm", "--force", "--volumes", "c"]


@dataclass
class EndedProcess:
    """A client whose container ended with ``code``."""

    code: int | None
    pid: int = 1
    cpu_s: float | None = None
    stopped: int = 0

    def poll(self) -> int | None:
        return self.code

    def wait(self, timeout_s: float) -> int | None:
        return self.code

    def signal(self, number: int) -> None: ...

    def stop(self, timeout_s: float = 5.0) -> None:
        self.stopped += 1

    def held(self) -> Held:
        raise NotImplementedError

    def events(self) -> LimitEvents:
        raise NotImplementedError

    def afterwards(self, timeout_s: float) -> Sequence[str]:
        return ()


@dataclass
class EndingContainers:
    """An engine whose containers end at once, and whose place nobody listens on."""

    process: EndedProcess = field(default_factory=lambda: EndedProcess(1))

    def must_be_had(self) -> None:
        raise HostError("no Docker engine answers")

    def place(self, usual_port: int) -> Place:
        return Place("127.0.0.1", 1, 1)

    def run(self, wanted: ServerWanted, processes: Processes, folder: Path) -> Container:
        (folder / "server.log").write_text("FATAL: no room\n")
        return Container(self.process, f"{wanted.image} (sha256:0)", [])


def test_a_server_that_ends_while_it_is_set_up_is_told_with_its_log(processes: KeptProcesses, tmp_path: Path) -> None:
    providers: list[ServiceProvider] = [
        DockerPostgresql(EndingContainers()),
        DockerMysql(EndingContainers(), MARIADB),
    ]
    for provider in providers:
        with pytest.raises(HostError, match=r"docker (PostgreSQL|MySQL) could not be started") as caught:
            provider.start(processes, tmp_path)
        assert "exited with code 1" in str(caught.value.seen)
        assert list(caught.value.details) == ["> FATAL: no room"]


def test_an_engine_that_is_not_there_is_told_before_anything_is_started() -> None:
    for provider in (DockerPostgresql(EndingContainers()), DockerMysql(EndingContainers(), MARIADB)):
        assert isinstance(provider, OfTheHost)
        with pytest.raises(HostError, match="no Docker engine answers"):
            provider.must_be_had()
