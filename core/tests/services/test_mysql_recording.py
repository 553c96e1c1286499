"""What targets send to a MySQL or MariaDB, recorded from a real one: texts, order, sessions, rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from fwcompare.errors import HostError
from fwcompare.model.ports import Recording
from fwcompare.model.workload import Dataset
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services import mysql
from fwcompare.services.mysql import LocalMysql, RunningMysql

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("mysql_binaries")]

DATABASE = "target_fast"
HELLO = "SET NAMES utf8mb4"
"""What PyMySQL sends on every new connection."""

PEOPLE = Dataset(
    name="people",
    service="mysql",
    seed_sql=("CREATE TABLE people (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) NOT NULL UNIQUE)",),
    fingerprint_sql="SELECT COUNT(*) FROM people",
)


@pytest.fixture(scope="module")
def server(processes: KeptProcesses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMysql]:
    running = LocalMysql().start(processes, tmp_path_factory.mktemp("mysql"))
    yield running
    running.stop()


@pytest.fixture
def url(server: RunningMysql) -> str:
    return server.restore(PEOPLE, DATABASE)


@contextmanager
def recording(server: RunningMysql, database: str = DATABASE) -> Iterator[Recording]:
    under_way = server.record(database)
    try:
        yield under_way
    finally:
        under_way.stop()


def connect(url: str) -> "Connection[Cursor]":
    parts = urlsplit(url)
    return pymysql.connect(
        host=str(parts.hostname),
        port=parts.port or 0,
        user=parts.username,
        password=parts.password or "",
        database=parts.path[1:],
        autocommit=True,
    )


def do(url: str, *statements: str) -> None:
    with connect(url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def texts(recorded: Recording) -> list[str]:
    return [sent.text for sent in recorded.take()]


def test_texts_are_whole_and_in_order(server: RunningMysql, url: str) -> None:
    odd = "SELECT 'a\\\\b',\n  \"ünï\" -- %s\n\t, id FROM people"
    long = f"SELECT '{'é' * 100_000}'"
    with recording(server) as recorded:
        do(url, "BEGIN", odd, "INSERT INTO people (name) VALUES ('a; b')", "COMMIT", long)
        assert texts(recorded) == [HELLO, "BEGIN", odd, "INSERT INTO people (name) VALUES ('a; b')", "COMMIT", long]


def test_a_prepared_statement_is_told_when_it_is_done_and_not_when_it_is_prepared(
    server: RunningMysql, url: str
) -> None:
    with recording(server) as recorded:
        do(url, "PREPARE s FROM 'SELECT ? + 1'", "SET @a = 3", "EXECUTE s USING @a", "DEALLOCATE PREPARE s")
        sent = texts(recorded)
    assert sent[:4] == [HELLO, "PREPARE s FROM 'SELECT ? + 1'", "SET @a = 3", "EXECUTE s USING @a"]
    assert sent[4:] == ["SELECT 3 + 1", "DEALLOCATE PREPARE s"]


def test_sessions_are_told_apart_and_their_order_is_that_of_the_doing(server: RunningMysql, url: str) -> None:
    with recording(server) as recorded, connect(url) as first, connect(url) as second:
        cursors = first.cursor(), second.cursor()
        recorded.take()
        for number in range(50):
            cursors[number % 2].execute(f"SELECT {number}")
        sent = recorded.take()
    assert [one.text for one in sent] == [f"SELECT {number}" for number in range(50)]
    assert len({one.session for one in sent[::2]}) == len({one.session for one in sent[1::2]}) == 1
    assert sent[0].session != sent[1].session


def test_nothing_of_ours_and_of_other_databases_is_told(server: RunningMysql, url: str) -> None:
    other = server.restore(PEOPLE, "target_slow")
    with recording(server) as recorded:
        server.fingerprint(PEOPLE, DATABASE)
        server.connections(DATABASE)
        do(other, "SELECT 'of another'")
        recorded.take()
        assert recorded.take() == []


def test_two_databases_are_recorded_at_the_same_time(server: RunningMysql, url: str) -> None:
    other = server.restore(PEOPLE, "target_slow")
    with recording(server, "target_slow") as second:
        with recording(server) as first:
            do(url, "SELECT 1")
            assert texts(first) == [HELLO, "SELECT 1"]
        do(other, "SELECT 2")
        assert texts(second) == [HELLO, "SELECT 2"]


def test_nothing_is_told_before_and_after_a_recording(server: RunningMysql, url: str) -> None:
    do(url, "SELECT 'unseen'")
    with recording(server) as recorded:
        assert recorded.take() == []
    recorded.stop()
    do(url, "SELECT 'unseen'")
    assert list(recorded.take()) == []


def test_a_recording_leaves_the_log_as_it_was_found(server: RunningMysql, url: str) -> None:
    asked = "SELECT @@general_log, @@log_output, (SELECT COUNT(*) FROM mysql.general_log)"
    with recording(server):
        do(url, "SELECT 1")
        assert server._server.ask(asked)[0][:2] == (1, "TABLE")
    assert server._server.ask(asked) == ((0, "FILE", 0),)


def test_a_log_that_somebody_turned_off_is_not_taken_for_silence(server: RunningMysql, url: str) -> None:
    with recording(server) as recorded:
        server._server.ask("SET GLOBAL general_log = OFF")
        with pytest.raises(HostError, match="is broken"):
            recorded.take()


WORKED = {"inserted": 20 + 1, "updated": 7, "deleted": 3}
"""What :func:`work` does; the row that a unique key refuses was tried, and counts."""


def work(url: str) -> None:
    with connect(url) as connection, connection.cursor() as cursor:
        connection.begin()
        for number in range(20):
            cursor.execute("INSERT INTO people (name) VALUES (%s)", (f"new {number}",))
        cursor.execute("SELECT COUNT(*) FROM people")
        cursor.execute("UPDATE people SET name = CONCAT(name, '!') WHERE id <= 7")
        cursor.execute("DELETE FROM people WHERE id <= 3")
        connection.commit()
        with pytest.raises(pymysql.err.IntegrityError):
            cursor.execute("INSERT INTO people (name) VALUES ('new 19')")


def test_rows_are_exact_once_the_target_has_ended(server: RunningMysql, url: str) -> None:
    for _ in range(2):  # the second begins with what the first has counted
        with recording(server) as recorded:
            work(url)
            work(server.restore(PEOPLE, "target_slow"))
            if server.facts.product == "MariaDB":
                recorded.take()
            assert recorded.rows() == WORKED
        assert recorded.rows() is None
        server.restore(PEOPLE, DATABASE)


def test_rows_are_exact_by_the_performance_schema_too(
    processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "SETTINGS", {**mysql.SETTINGS, "performance_schema": "ON"})
    # The way of MySQL, which does not count by account.
    monkeypatch.setattr("fwcompare.services.mysql_recording.GeneralLog.counts_by_account", False)
    running = LocalMysql().start(processes, tmp_path)
    try:
        url = running.restore(PEOPLE, DATABASE)
        with recording(running) as recorded:
            work(url)
            assert recorded.rows() == WORKED
    finally:
        running.stop()


def test_rows_are_not_told_where_the_server_does_not_count_them(
    server: RunningMysql, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if server.facts.product != "MariaDB":
        pytest.skip("MySQL counts by table unless it is told not to")
    monkeypatch.setattr("fwcompare.services.mysql_recording.GeneralLog.counts_by_account", False)
    with recording(server) as recorded:
        do(url, "INSERT INTO people (name) VALUES ('one')")
        assert recorded.rows() is None


def test_rows_wait_for_the_target_to_end_and_say_so(
    server: RunningMysql, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwcompare.services.mysql_recording._LIMIT_S", 0.2)
    with recording(server) as recorded, connect(url), pytest.raises(HostError) as caught:
        recorded.rows()
    assert caught.value.seen == "targets hold 1 connections to it after 0.2 s"
