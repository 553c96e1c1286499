"""What targets send to a PostgreSQL, recorded from a real one: texts, order, sessions, rows, connections."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from fwcompare.errors import HostError
from fwcompare.model.ports import Recording
from fwcompare.model.workload import Dataset
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services import postgresql
from fwcompare.services.postgresql import EmbeddedPostgresql, RunningPostgresql

pytestmark = pytest.mark.real

DATABASE = "target_fast"
PEOPLE = Dataset(
    name="people",
    service="postgresql",
    seed_sql=(
        "CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL)",
        "INSERT INTO people (name) SELECT 'person ' || i FROM generate_series(1, 50) AS i",
    ),
    fingerprint_sql="SELECT count(*), md5(string_agg(id || name, ',' ORDER BY id)) FROM people",
)


@pytest.fixture(scope="module")
def server(processes: KeptProcesses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgresql]:
    running = EmbeddedPostgresql().start(processes, tmp_path_factory.mktemp("postgresql"))
    yield running
    running.stop()


@pytest.fixture
def url(server: RunningPostgresql) -> str:
    return server.restore(PEOPLE, DATABASE)


@contextmanager
def recording(server: RunningPostgresql) -> Iterator[Recording]:
    under_way = server.record(DATABASE)
    try:
        yield under_way
    finally:
        under_way.stop()


def texts(recorded: Recording) -> list[str]:
    return [sent.text for sent in recorded.take()]


def test_texts_are_whole_and_in_order(server: RunningPostgresql, url: str) -> None:
    odd = "SELECT 'duration: 1 ms',\n  \"id\" -- ünï: execute x: \\ %s\n\tFROM people"
    with recording(server) as recorded:
        with psycopg.connect(url) as connection:
            connection.execute(odd.encode())
            connection.execute("INSERT INTO people (name) VALUES ('a; b')")
        assert texts(recorded) == ["BEGIN", odd, "INSERT INTO people (name) VALUES ('a; b')", "COMMIT"]


def test_each_prepared_statement_is_told_as_often_as_it_is_done(server: RunningPostgresql, url: str) -> None:
    with recording(server) as recorded:
        with psycopg.connect(url, autocommit=True) as connection:
            for number in range(3):
                connection.execute("SELECT name FROM people WHERE id = %s", (number,), prepare=True)
            connection.execute("SELECT 1 WHERE 1 = %s", (1,))
        assert texts(recorded) == [*["SELECT name FROM people WHERE id = $1"] * 3, "SELECT 1 WHERE 1 = $1"]


def test_a_statement_that_fails_is_told_once_without_its_error(server: RunningPostgresql, url: str) -> None:
    with recording(server) as recorded:
        with psycopg.connect(url, autocommit=True) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT 1 FROM nowhere")
        assert texts(recorded) == ["SELECT 1 FROM nowhere"]


def test_sessions_are_told_apart_and_their_order_is_that_of_the_doing(server: RunningPostgresql, url: str) -> None:
    with recording(server) as recorded:
        with psycopg.connect(url, autocommit=True) as first, psycopg.connect(url, autocommit=True) as second:
            for number in range(50):
                (first, second)[number % 2].execute(f"SELECT {number}".encode())
        sent = recorded.take()
    assert [one.text for one in sent] == [f"SELECT {number}" for number in range(50)]
    assert len({one.session for one in sent[::2]}) == len({one.session for one in sent[1::2]}) == 1
    assert sent[0].session != sent[1].session


def test_each_take_begins_where_the_last_one_ended(server: RunningPostgresql, url: str) -> None:
    with recording(server) as recorded, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT 1")
        assert texts(recorded) == ["SELECT 1"]
        connection.execute("SELECT 2")
        assert texts(recorded) == ["SELECT 2"]
        assert texts(recorded) == []


def test_many_long_statements_are_read_to_the_last(server: RunningPostgresql, url: str) -> None:
    wanted = [f"SELECT {number} -- {'é' * 30_000}" for number in range(60)]  # 3.6 MB: several chunks
    with recording(server) as recorded:
        with psycopg.connect(url, autocommit=True) as connection:
            for text in wanted:
                connection.execute(text.encode())
        assert texts(recorded) == wanted


def test_nothing_of_ours_and_of_other_databases_is_told(server: RunningPostgresql, url: str) -> None:
    other = server.restore(PEOPLE, "target_slow")
    with recording(server) as recorded:
        server.fingerprint(PEOPLE, DATABASE)
        server.connections(DATABASE)
        with psycopg.connect(other) as connection:
            connection.execute("SELECT 'of another'")
        recorded.take()
        assert recorded.take() == []


def test_nothing_is_told_before_and_after_a_recording(server: RunningPostgresql, url: str) -> None:
    def work() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT 'unseen'")

    work()
    with recording(server) as recorded:
        assert recorded.take() == []
    recorded.stop()
    work()
    assert recorded.take() == []


def test_a_recording_costs_later_connections_nothing(server: RunningPostgresql, url: str) -> None:
    with recording(server):
        pass
    with psycopg.connect(url) as connection:
        settings = connection.execute("SELECT setconfig FROM pg_db_role_setting").fetchall()
        assert connection.execute("SHOW log_statement").fetchone() == ("none",)
    assert settings == []


def test_a_recording_survives_that_its_database_is_made_anew(server: RunningPostgresql, url: str) -> None:
    with recording(server) as recorded:
        server.restore(PEOPLE, DATABASE)
        assert recorded.take() == []
        server._server._do("DROP DATABASE target_fast WITH (FORCE)")
    server.restore(PEOPLE, DATABASE)


def test_rows_are_exact_once_the_target_has_ended(server: RunningPostgresql, url: str) -> None:
    with recording(server) as recorded:
        with psycopg.connect(url) as connection:
            for number in range(20):
                connection.execute("INSERT INTO people (name) VALUES (%s)", (f"new {number}",))
            connection.execute("UPDATE people SET name = name || '!' WHERE id <= 7")
            connection.execute("DELETE FROM people WHERE id <= 3")
            # What an analysis in the background writes to the catalogue is no row of a target.
            connection.execute("ANALYZE people")
        assert recorded.rows() == {"inserted": 20, "updated": 7, "deleted": 3}


def test_rows_wait_for_the_target_to_end_and_say_so(
    server: RunningPostgresql, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwcompare.services.postgresql_recording._LIMIT_S", 0.2)
    with recording(server) as recorded, psycopg.connect(url), pytest.raises(HostError) as caught:
        recorded.rows()
    assert caught.value.seen == "targets hold 1 connections to it after 0.2 s"


def test_connections_are_those_of_targets_to_the_one_database(server: RunningPostgresql, url: str) -> None:
    other = server.restore(PEOPLE, "target_slow")
    assert server.connections(DATABASE) == 0
    with psycopg.connect(url), psycopg.connect(url), psycopg.connect(other), server._server.connect(DATABASE):
        assert server.connections(DATABASE) == 2


def test_a_spoilt_database_makes_the_next_statement_fail_and_a_restored_one_does_not(
    server: RunningPostgresql, url: str
) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT * FROM people WHERE id = %s", (1,), prepare=True)
        server.spoil(DATABASE)
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM people WHERE id = %s", (1,), prepare=True)
        server.spoil(DATABASE)
    with psycopg.connect(server.restore(PEOPLE, DATABASE)) as connection:
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (50,)


def test_spoiling_does_not_wait_for_ever_for_an_open_transaction(
    server: RunningPostgresql, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwcompare.services.postgresql_server._LOCK_TIMEOUT_S", 1)
    with psycopg.connect(url) as connection:
        connection.execute("SELECT * FROM people")
        with pytest.raises(HostError, match="lock timeout"):
            server.spoil(DATABASE)


@pytest.mark.parametrize(
    ("setting", "seen"),
    [
        ({"logging_collector": "off"}, "logging_collector is off"),
        ({"log_destination": "stderr"}, "log_destination is 'stderr'"),
    ],
)
def test_a_server_that_cannot_record_says_what_it_lacks(
    processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], seen: str
) -> None:
    monkeypatch.setattr(postgresql, "SETTINGS", {**postgresql.SETTINGS, **setting})
    running = EmbeddedPostgresql().start(processes, tmp_path)
    try:
        running.restore(PEOPLE, DATABASE)
        with pytest.raises(HostError) as caught:
            running.record(DATABASE)
    finally:
        running.stop()
    assert caught.value.who.endswith("cannot record what targets send")
    assert caught.value.seen == seen
    assert caught.value.hint.startswith("ALTER SYSTEM SET ")


def test_a_log_that_goes_on_in_further_files_is_followed(
    processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"log_filename": "postgresql-%Y-%m-%d_%H%M%S.log", "log_rotation_size": "64kB"}
    monkeypatch.setattr(postgresql, "SETTINGS", {**postgresql.SETTINGS, **names})
    running = EmbeddedPostgresql().start(processes, tmp_path)
    wanted = [f"SELECT {number} -- {'x' * 2000}" for number in range(300)]
    try:
        url = running.restore(PEOPLE, DATABASE)
        with recording(running) as recorded:
            with psycopg.connect(url, autocommit=True) as connection:
                for text in wanted:
                    connection.execute(text.encode())
                    connection.execute("SELECT pg_sleep(0.01)")
            got = [text for text in texts(recorded) if "pg_sleep" not in text]
    finally:
        running.stop()
    assert len(list(tmp_path.glob("*.json"))) > 1
    assert got == wanted
