"""The embedded PostgreSQL, started for real: what it is, how data sets are restored, how faults are told."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fwcompare.errors import HostError, MeasurementError, PluginError
from fwcompare.model.workload import Dataset
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services import postgresql
from fwcompare.services.postgresql import EmbeddedPostgresql, LocalPostgresql, RunningPostgresql

pytestmark = pytest.mark.real

PEOPLE = Dataset(
    name="people",
    service="postgresql",
    seed_sql=(
        "CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL)",
        "INSERT INTO people SELECT i, 'person ' || i || ' 100%' FROM generate_series(1, 50) AS i",
    ),
    fingerprint_sql="SELECT count(*), md5(string_agg(id || name, ',' ORDER BY id)) FROM people",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Deeper than the 107 bytes that the address of a Unix socket may have.
    path = tmp_path_factory.mktemp("run") / ("a-long-name-" * 10) / "services" / "postgresql"
    path.mkdir(parents=True, mode=0o700)
    return path


@pytest.fixture(scope="module")
def server(processes: KeptProcesses, folder: Path) -> Iterator[RunningPostgresql]:
    running = EmbeddedPostgresql().start(processes, folder)
    yield running
    running.stop()


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM people").fetchone()
    assert row is not None
    return int(row[0])


def test_a_restored_database_has_the_rows_of_the_data_set(server: RunningPostgresql) -> None:
    assert count(server.restore(PEOPLE, "target_fast")) == 50


def test_a_database_may_have_any_name(server: RunningPostgresql) -> None:
    assert count(server.restore(PEOPLE, 'Odd "name"/%')) == 50


def test_restoring_takes_back_what_a_target_changed_even_while_it_is_connected(server: RunningPostgresql) -> None:
    url = server.restore(PEOPLE, "target_fast")
    before = server.fingerprint(PEOPLE, "target_fast")
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("DELETE FROM people WHERE id = 7")
    changed = server.fingerprint(PEOPLE, "target_fast")
    assert server.restore(PEOPLE, "target_fast") == url
    assert changed != before
    assert server.fingerprint(PEOPLE, "target_fast") == before
    connection.close()


def test_databases_of_two_targets_are_apart(server: RunningPostgresql) -> None:
    first, second = server.restore(PEOPLE, "target_a"), server.restore(PEOPLE, "target_b")
    with psycopg.connect(first) as connection:
        connection.execute("DELETE FROM people")
    assert (count(first), count(second)) == (0, 50)


def test_a_target_connects_as_an_ordinary_role_that_owns_its_tables(server: RunningPostgresql) -> None:
    url = server.restore(PEOPLE, "target_fast")
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT usename, usesuper FROM pg_user WHERE usename = current_user").fetchone()
        connection.execute("ALTER TABLE people ADD COLUMN age int")
        connection.execute("CREATE TABLE more (id int)")
    assert row == ("bench", False)


def test_a_wrong_password_is_refused(server: RunningPostgresql) -> None:
    url = server.restore(PEOPLE, "target_fast")
    secret = psycopg.conninfo.conninfo_to_dict(url)["password"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(str(secret), "guess"))


def test_it_says_what_it_is(server: RunningPostgresql) -> None:
    facts = server.facts
    assert (facts.product, facts.provider) == ("PostgreSQL", "embedded")
    assert int(facts.version.split(".")[0]) >= 18
    chosen = {name: facts.settings[name] for name in ("shared_buffers", "max_connections", "TimeZone")}
    assert chosen == {"shared_buffers": "256MB", "max_connections": "300", "TimeZone": "UTC"}
    assert "port" not in facts.settings


def test_commits_are_durable_as_in_production(server: RunningPostgresql) -> None:
    with psycopg.connect(server.restore(PEOPLE, "target_fast")) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_its_files_stay_closed_to_others_and_hold_no_password(server: RunningPostgresql, folder: Path) -> None:
    secret = str(psycopg.conninfo.conninfo_to_dict(server.restore(PEOPLE, "target_fast"))["password"])
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".log") == ["data", "postgresql.json"]
    assert not any(secret in log.read_text() for log in (*folder.glob("*.log"), folder / "postgresql.json"))
    command = Path(f"/proc/{server.pids()[0]}/cmdline").read_text()
    assert secret not in command


def test_a_data_set_with_wrong_sql_is_blamed_on_the_data_set(server: RunningPostgresql) -> None:
    wrong = Dataset("wrong", "postgresql", ("CREATE TABLE t (id int)", "INSERT INTO nowhere VALUES (1)"), "SELECT 1")
    with pytest.raises(PluginError) as caught:
        server.restore(wrong, "target_fast")
    assert caught.value.who == "data set 'wrong' cannot be made"
    assert 'relation "nowhere" does not exist' in caught.value.seen
    assert caught.value.seen.endswith("in: INSERT INTO nowhere VALUES (1)")
    with pytest.raises(PluginError):
        server.restore(wrong, "target_fast")


def test_a_dropped_table_makes_the_measurement_invalid(server: RunningPostgresql) -> None:
    with psycopg.connect(server.restore(PEOPLE, "target_fast")) as connection:
        connection.execute("DROP TABLE people")
    with pytest.raises(MeasurementError) as caught:
        server.fingerprint(PEOPLE, "target_fast")
    assert 'relation "people" does not exist' in caught.value.seen


def test_stopping_leaves_no_process_and_only_logs(processes: KeptProcesses, tmp_path: Path) -> None:
    running = EmbeddedPostgresql().start(processes, tmp_path)
    (pid,) = running.pids()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    running.stop()
    running.stop()
    assert not [child for child in (str(pid), *children) if Path(f"/proc/{child}").exists()]
    assert {path.suffix for path in tmp_path.iterdir()} == {".log"}


def test_a_server_that_ended_is_told_as_such(processes: KeptProcesses, tmp_path: Path) -> None:
    running = EmbeddedPostgresql().start(processes, tmp_path)
    running.stop()
    with pytest.raises(HostError, match="refused a statement of ours"):
        running.restore(PEOPLE, "target_fast")


def test_a_server_that_exits_at_start_is_shown_with_its_log(
    processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SETTINGS", {"shared_buffers": "a lot"})
    with pytest.raises(HostError) as caught:
        EmbeddedPostgresql().start(processes, tmp_path)
    assert caught.value.seen == f"the server exited with code 1\nlog: {tmp_path}/server.log"
    assert any('invalid value for parameter "shared_buffers"' in line for line in caught.value.details)


def test_an_initdb_that_fails_is_shown_with_its_log(processes: KeptProcesses, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "leftover").touch()
    with pytest.raises(HostError) as caught:
        EmbeddedPostgresql().start(processes, tmp_path)
    assert caught.value.seen == f"initdb exited with code 1\nlog: {tmp_path}/initdb.log"
    assert any("exists but is not empty" in line for line in caught.value.details)
    assert not (tmp_path / "password").exists()


def test_a_missing_package_is_named(processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fwcompare.services.postgresql_binaries._PACKAGE", "no_such_package")
    with pytest.raises(HostError) as caught:
        EmbeddedPostgresql().start(processes, tmp_path)
    assert caught.value.who == "embedded PostgreSQL is not installed"
    assert caught.value.seen == "no Python package 'no_such_package'"


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user needs no way out of being root")
def test_root_without_namespaces_and_without_an_open_folder_is_told_both(
    processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    (closed / "postgresql").mkdir(parents=True)
    closed.chmod(0o700)
    monkeypatch.setattr("fwcompare.services.unprivileged.NAMESPACE", ("false", "--user"))
    with pytest.raises(HostError) as caught:
        EmbeddedPostgresql().start(processes, closed / "postgresql")
    assert caught.value.who == "postgres cannot be started by root on this host"
    assert "neither `false --user` nor `setpriv --reuid=65534" in caught.value.seen


@pytest.mark.skipif(not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")), reason="no PostgreSQL is installed")
def test_a_local_one_is_the_machines_own_and_otherwise_the_same(processes: KeptProcesses, tmp_path: Path) -> None:
    running = LocalPostgresql().start(processes, tmp_path)
    try:
        url = running.restore(PEOPLE, "target_fast")
        recorded = running.record("target_fast")
        assert count(url) == 50
        texts = [sent.text for sent in recorded.take()]
        facts = running.facts
        program = Path(f"/proc/{running.pids()[0]}/exe").resolve()
    finally:
        running.stop()
    assert texts == ["BEGIN", "SELECT count(*) FROM people", "COMMIT"]
    assert facts.provider == "local"
    assert program.is_relative_to("/usr/lib/postgresql")
    assert facts.version.startswith(program.parent.parent.name)


@pytest.mark.parametrize(
    ("programs", "who", "seen"),
    [
        ({}, "PostgreSQL is not installed on this machine", "no postgres with an initdb beside it on PATH"),
        ({"postgres": "exit 0"}, "PostgreSQL is not installed on this machine", "no postgres with an initdb"),
        ({"postgres": "echo 'postgres (PostgreSQL) 14.9'", "initdb": ""}, "cannot be used", "(PostgreSQL) 14.9"),
        ({"postgres": "exit 3", "initdb": ""}, "this machine's PostgreSQL cannot be used", "exit code 3"),
    ],
)
def test_local_binaries_that_are_missing_or_too_old_are_told(
    processes: KeptProcesses,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    programs: dict[str, str],
    who: str,
    seen: str,
) -> None:
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("fwcompare.services.postgresql_binaries._INSTALLED", tmp_path / "none")
    with pytest.raises(HostError) as caught:
        LocalPostgresql().start(processes, tmp_path)
    assert who in caught.value.who
    assert seen in caught.value.seen


def test_connections_are_counted_again_and_again_without_the_one_that_asks(server: RunningPostgresql) -> None:
    url = server.restore(PEOPLE, "target_counted")
    count = server.counting("target_counted")
    try:
        assert count.take() == 0
        with psycopg.connect(url), psycopg.connect(url):
            assert count.take() == 2
            assert count.take() == 2
    finally:
        count.stop()
    count.stop()
    assert count.take() is None, "who cannot ask any more does not know"
