"""A local MySQL or MariaDB, started for real: what it is, how data sets are restored, how faults are told."""

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from fwcompare.errors import HostError, MeasurementError, PluginError
from fwcompare.model.workload import Dataset
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services import mysql
from fwcompare.services.mysql import LocalMysql, RunningMysql

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("mysql_binaries")]

PEOPLE = Dataset(
    name="people",
    service="mysql",
    seed_sql=(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL) ENGINE=InnoDB",
        "INSERT INTO people VALUES (1, 'ünï 100%s'), (2, 'two'), (7, 'seven')",
    ),
    fingerprint_sql="SELECT COUNT(*), SUM(CRC32(CONCAT_WS('#', id, name))) FROM people",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Deeper than the 107 bytes that the address of a Unix socket may have.
    path = tmp_path_factory.mktemp("run") / ("a-long-name-" * 10) / "services" / "mysql"
    path.mkdir(parents=True, mode=0o700)
    return path


@pytest.fixture(scope="module")
def server(processes: KeptProcesses, folder: Path) -> Iterator[RunningMysql]:
    running = LocalMysql().start(processes, folder)
    yield running
    running.stop()


def connect(
    url: str, *, user: str | None = None, password: str | None = None, database: str | None = None
) -> "Connection[Cursor]":
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 0,
        user=parts.username if user is None else user,
        password=str(parts.password) if password is None else password,
        database=database or unquote(parts.path[1:]),
        autocommit=True,
    )


def ask(url: str, statement: str) -> tuple[tuple[object, ...], ...]:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchall())


def test_a_restored_database_has_the_rows_of_the_data_set(server: RunningMysql) -> None:
    assert ask(server.restore(PEOPLE, "target_fast"), "SELECT id FROM people") == ((1,), (2,), (7,))


def test_a_database_may_have_any_name(server: RunningMysql) -> None:
    assert ask(server.restore(PEOPLE, "Odd `name` 100%"), "SELECT COUNT(*) FROM people") == ((3,),)


def test_restoring_takes_back_what_a_target_changed_even_while_it_holds_a_table(server: RunningMysql) -> None:
    url = server.restore(PEOPLE, "target_fast")
    before = server.fingerprint(PEOPLE, "target_fast")
    with connect(url) as connection:
        cursor = connection.cursor()
        cursor.execute("DELETE FROM people WHERE id = 7")
        changed = server.fingerprint(PEOPLE, "target_fast")
        connection.begin()
        cursor.execute("SELECT * FROM people")
        assert server.restore(PEOPLE, "target_fast") == url
    assert changed != before
    assert server.fingerprint(PEOPLE, "target_fast") == before


def test_a_target_has_rights_on_its_own_database_alone(server: RunningMysql) -> None:
    first, second = server.restore(PEOPLE, "target_a"), server.restore(PEOPLE, "targetXa")
    ask(first, "CREATE TABLE more (id INT)")
    # As a pattern, the _ of the first would stand for the X of the second.
    for other in ("targetXa", "mysql"):
        with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
            connect(first, database=other)
    assert {row[0] for row in ask(second, "SHOW DATABASES")} == {"information_schema", "targetXa"}


def test_nobody_connects_without_a_password(server: RunningMysql) -> None:
    url = server.restore(PEOPLE, "target_fast")
    for user in ("root", "fwcompare", str(urlsplit(url).username), ""):
        with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
            connect(url, user=user, password="")


def test_it_says_what_it_is_and_how_it_is_set(server: RunningMysql) -> None:
    facts = server.facts
    url = server.restore(PEOPLE, "target_fast")
    assert ((facts.version,),) == ask(url, "SELECT version()")
    assert facts.product == ("MariaDB" if "MariaDB" in facts.version else "MySQL")
    assert facts.provider == "local"
    contract = {
        "innodb_buffer_pool_size": str(256 * 1024 * 1024),
        "innodb_flush_log_at_trx_commit": "1",
        "max_connections": "300",
        "character_set_server": "utf8mb4",
        "time_zone": "+00:00",
    }
    assert contract.items() <= facts.settings.items()


def test_its_files_stay_closed_to_others_and_hold_no_password(server: RunningMysql, folder: Path) -> None:
    secret = str(urlsplit(server.restore(PEOPLE, "target_fast")).password)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".log") == ["data"]
    assert not any(secret in log.read_text() for log in folder.glob("*.log"))
    assert secret not in Path(f"/proc/{server.pids()[0]}/cmdline").read_text()


def test_a_data_set_with_wrong_sql_is_blamed_on_the_data_set(server: RunningMysql) -> None:
    wrong = Dataset("wrong", "mysql", ("CREATE TABLE t (id INT)", "INSERT INTO nowhere VALUES (1)"), "SELECT 1")
    with pytest.raises(PluginError) as caught:
        server.restore(wrong, "target_fast")
    assert caught.value.who == "data set 'wrong' cannot be made"
    assert caught.value.seen.endswith("in: INSERT INTO nowhere VALUES (1)")


def test_a_dropped_table_makes_the_measurement_invalid(server: RunningMysql) -> None:
    ask(server.restore(PEOPLE, "target_fast"), "DROP TABLE people")
    with pytest.raises(MeasurementError, match="has no fingerprint"):
        server.fingerprint(PEOPLE, "target_fast")


def test_connections_are_those_of_targets_to_the_one_database(server: RunningMysql) -> None:
    url, other = server.restore(PEOPLE, "target_fast"), server.restore(PEOPLE, "target_slow")
    assert server.connections("target_fast") == 0
    with connect(url), connect(url), connect(other):
        assert server.connections("target_fast") == 2


def test_a_spoilt_database_makes_the_next_statement_fail_and_a_restored_one_does_not(server: RunningMysql) -> None:
    with connect(server.restore(PEOPLE, "target_fast")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people")
        server.spoil("target_fast")
        server.spoil("target_fast")
        with pytest.raises(pymysql.err.ProgrammingError, match="doesn't exist"):
            cursor.execute("SELECT * FROM people")
    assert ask(server.restore(PEOPLE, "target_fast"), "SELECT COUNT(*) FROM people") == ((3,),)


def test_spoiling_does_not_wait_for_ever_for_an_open_transaction(
    server: RunningMysql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwcompare.services.mysql_server._LOCK_TIMEOUT_S", 1)
    with connect(server.restore(PEOPLE, "target_fast")) as connection, connection.cursor() as cursor:
        connection.begin()
        cursor.execute("SELECT * FROM people")
        with pytest.raises(HostError, match="refused a statement of ours") as caught:
            server.spoil("target_fast")
    assert "Lock wait timeout exceeded" in caught.value.seen


def test_stopping_leaves_no_process_and_only_logs(processes: KeptProcesses, tmp_path: Path) -> None:
    running = LocalMysql().start(processes, tmp_path)
    (pid,) = running.pids()
    running.stop()
    running.stop()
    assert not Path(f"/proc/{pid}").exists()
    assert {path.suffix for path in tmp_path.iterdir()} == {".log"}
    with pytest.raises(HostError, match="refused a statement of ours"):
        running.restore(PEOPLE, "target_fast")


def test_a_server_that_exits_at_start_is_shown_with_its_log(
    processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "SETTINGS", {"character_set_server": "klingon"})
    with pytest.raises(HostError) as caught:
        LocalMysql().start(processes, tmp_path)
    assert caught.value.who == "local MySQL could not be started"
    assert caught.value.seen == f"the server exited with code 1\nlog: {tmp_path}/server.log"
    assert any("klingon" in line for line in caught.value.details)
    assert {path.suffix for path in tmp_path.iterdir()} == {".log"}


def test_missing_binaries_are_named_with_what_to_install(
    processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "_SERVERS", ("no-such-server",))
    with pytest.raises(HostError) as caught:
        LocalMysql().start(processes, tmp_path)
    assert caught.value.who == "MySQL is not installed"
    assert caught.value.hint == "apt-get install mariadb-server-core"


def test_connections_are_counted_again_and_again_without_the_one_that_asks(server: RunningMysql) -> None:
    url = server.restore(PEOPLE, "target_counted")
    count = server.counting("target_counted")
    try:
        assert count.take() == 0
        with connect(url), connect(url):
            assert count.take() == 2
            assert count.take() == 2
    finally:
        count.stop()
    count.stop()
    assert count.take() is None, "who cannot ask any more does not know"
