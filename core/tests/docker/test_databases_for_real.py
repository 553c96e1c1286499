"""Databases in containers of a real engine: they serve, are recorded, and nothing of them stays, whatever happens."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pymysql
import pytest

from fwcompare.model.ports import Service, ServiceProvider
from fwcompare.model.workload import Dataset
from fwcompare.runtimes.docker_engine import LABEL
from fwcompare.runtimes.docker_services import DockerContainers
from fwcompare.runtimes.pinned import PinnedProcesses
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.address import parse_address
from fwcompare.services.mysql_docker import MARIADB, DockerMysql
from fwcompare.services.postgresql_docker import DockerPostgresql
from fwcompare.services.started import IMAGE

pytestmark = pytest.mark.real

CREATE = "CREATE TABLE people (id INT PRIMARY KEY)"
INSERT = "INSERT INTO people VALUES (1), (2)"
COUNT = "SELECT COUNT(*) FROM people"
LONG_S = 60.0


def containers_of(session: str) -> list[str]:
    listed = ["docker", "ps", "--all", "--quiet", "--filter", f"label={LABEL}={session}"]
    return subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()


def volumes() -> set[str]:
    listed = ["docker", "volume", "ls", "--quiet"]
    return set(subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split())


def insert_three(url: str) -> None:
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("INSERT INTO people VALUES (3)")
        return
    there = parse_address(url, schemes=("mysql",), port=0)
    with pymysql.connect(
        host=there.host,
        port=there.port,
        user=there.login.role,
        password=there.login.password,
        database=there.database,
        autocommit=True,
    ) as mysql:
        mysql.cursor().execute("INSERT INTO people VALUES (3)")


@pytest.mark.parametrize("service", ["postgresql", "mysql"])
def test_a_database_in_a_container_is_restored_recorded_and_gone_at_the_end(
    database_images: None, tmp_path: Path, service: str
) -> None:
    containers = DockerContainers()
    provider: ServiceProvider
    provider = DockerPostgresql(containers) if service == "postgresql" else DockerMysql(containers, MARIADB)
    data = Dataset("people", service, (CREATE, INSERT), COUNT)
    cpu = max(os.sched_getaffinity(0))
    with KeptProcesses() as kept:
        running: Service = provider.start(PinnedProcesses(kept, (cpu,)), tmp_path)
        try:
            url = running.restore(data, "target_fast")
            recorded = running.record("target_fast")
            insert_three(url)
            assert [sent.text for sent in recorded.take()][-1:] == ["INSERT INTO people VALUES (3)"]
            assert recorded.rows() == {"inserted": 1, "updated": 0, "deleted": 0}
            recorded.stop()
            assert running.fingerprint(data, "target_fast") == "3"
            (image,) = (value for name, value in running.facts.settings.items() if name == IMAGE)
            assert "sha256:" in image
            assert running.facts.provider == "docker"
            (root,) = running.pids()
            assert os.sched_getaffinity(root) == {cpu}
            assert len(containers_of(kept.session)) == 1
        finally:
            running.stop()
            running.stop()
        assert containers_of(kept.session) == []
    log = tmp_path / ("postgresql.log" if service == "postgresql" else "server.log")
    assert "ready" in log.read_text()


STANDING = """
import sys, time
from pathlib import Path
from fwcompare.runtimes.docker_services import DockerContainers
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.postgresql_docker import DockerPostgresql
kept = KeptProcesses()
DockerPostgresql(DockerContainers()).start(kept, Path(sys.argv[1]))
print(kept.session, flush=True)
time.sleep(600)
"""


@pytest.fixture
def standing(database_images: None, tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Give a runner with a database in a container, and the session that its container is labelled with."""
    with subprocess.Popen([sys.executable, "-c", STANDING, tmp_path], stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        yield runner, runner.stdout.readline().strip()
        runner.kill()


def test_a_database_in_a_container_is_gone_after_kill_9_and_its_log_is_kept(
    standing: tuple["subprocess.Popen[str]", str], tmp_path: Path
) -> None:
    runner, session = standing
    (container,) = containers_of(session)
    mounts = ["docker", "inspect", "--format", "{{range .Mounts}}{{.Name}}{{end}}", container]
    volume = subprocess.run(mounts, capture_output=True, text=True, check=True).stdout.strip()
    assert volume in volumes()
    runner.send_signal(signal.SIGKILL)
    deadline_s = time.monotonic() + LONG_S
    while containers_of(session) and time.monotonic() < deadline_s:
        time.sleep(0.2)
    assert containers_of(session) == []
    assert volume not in volumes()
    assert "ready" in (tmp_path / "postgresql.log").read_text()
