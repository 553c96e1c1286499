"""Databases at a URL: what is made on a server that others use, that it is dropped, and who may make it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pymysql
import pytest

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.ports import AddressedProvider
from fwcompare.model.workload import Dataset
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.address import parse_address
from fwcompare.services.mysql import LocalMysql, RunningMysql
from fwcompare.services.mysql_server import MysqlServer
from fwcompare.services.mysql_url import MysqlUrl
from fwcompare.services.postgresql import EmbeddedPostgresql, RunningPostgresql
from fwcompare.services.postgresql_server import PostgresqlServer
from fwcompare.services.postgresql_url import PostgresqlUrl

SECRET = "p@ss:w/ö?rd"  # noqa: S105 - of a server that lives as long as its test
CREATE = "CREATE TABLE people (id INT PRIMARY KEY)"
INSERT = "INSERT INTO people VALUES (1), (2)"
COUNT = "SELECT COUNT(*) FROM people"


def dataset(service: str) -> Dataset:
    return Dataset("people", service, (CREATE, INSERT), COUNT)


@pytest.fixture(scope="module")
def postgresql(processes: KeptProcesses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgresql]:
    running = EmbeddedPostgresql().start(processes, tmp_path_factory.mktemp("postgresql"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def mysql(
    mysql_binaries: None, processes: KeptProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningMysql]:
    running = LocalMysql().start(processes, tmp_path_factory.mktemp("mysql"))
    yield running
    running.stop()


def url_of(scheme: str, server: PostgresqlServer | MysqlServer, user: str, password: str, database: str = "") -> str:
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{server.address}/{database}"


def postgresql_url(running: RunningPostgresql, rights: str) -> str:
    """Make a user with ``rights`` and a difficult name and password."""
    user = f"boss {rights}"
    with running._server.connect() as connection:
        connection.execute(f"CREATE ROLE \"{user}\" LOGIN {rights} PASSWORD '{SECRET}'".encode())
    return url_of("postgresql", running._server, user, SECRET, "postgres")


def inventory(running: RunningPostgresql) -> set[str]:
    databases = running._server._ask("SELECT datname || ' of ' || datdba::regrole FROM pg_database")
    rows = (*databases, *running._server._ask("SELECT rolname::text FROM pg_roles"))
    return {name for (name,) in rows}


@pytest.mark.real
@pytest.mark.parametrize("rights", ["SUPERUSER", "CREATEDB CREATEROLE"])
def test_what_is_made_on_a_postgresql_is_dropped_at_the_end_and_nothing_else(
    postgresql: RunningPostgresql, processes: KeptProcesses, tmp_path: Path, rights: str
) -> None:
    url = postgresql_url(postgresql, rights)
    postgresql.restore(dataset("postgresql"), "target_fast")  # of somebody else
    before = inventory(postgresql)
    service = PostgresqlUrl().at(url).start(processes, tmp_path)
    try:
        mine = service.restore(dataset("postgresql"), "target_fast")
        with psycopg.connect(mine, autocommit=True) as connection:
            connection.execute("DELETE FROM people WHERE id = 1")
            assert service.connections("target_fast") == 1
            assert service.fingerprint(dataset("postgresql"), "target_fast") == "1"
            service.spoil("target_fast")
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT 1 FROM people")
            service.restore(dataset("postgresql"), "target_fast")
        assert service.fingerprint(dataset("postgresql"), "target_fast") == "2"
        assert service.facts.provider == "url"
        assert list(service.pids()) == []
        assert inventory(postgresql) > before
    finally:
        service.stop()
        service.stop()
    assert inventory(postgresql) == before
    assert postgresql.fingerprint(dataset("postgresql"), "target_fast") == "2"


@pytest.mark.real
def test_a_postgresql_at_a_url_is_recorded_by_a_superuser(
    postgresql: RunningPostgresql, processes: KeptProcesses, tmp_path: Path
) -> None:
    admin = postgresql._server._admin
    url = url_of("postgres", postgresql._server, admin.role, admin.password)
    service = PostgresqlUrl().at(url).start(processes, tmp_path)
    try:
        mine = service.restore(dataset("postgresql"), "target_fast")
        recorded = service.record("target_fast")
        with psycopg.connect(mine, autocommit=True) as connection:
            connection.execute("SELECT 'seen'")
            connection.execute("INSERT INTO people VALUES (3)")
        assert [sent.text for sent in recorded.take()] == ["SELECT 'seen'", "INSERT INTO people VALUES (3)"]
        assert recorded.rows() == {"inserted": 1, "updated": 0, "deleted": 0}
        recorded.stop()
    finally:
        service.stop()


@pytest.mark.real
def test_a_user_of_postgresql_who_is_no_superuser_cannot_record_and_is_told(
    postgresql: RunningPostgresql, processes: KeptProcesses, tmp_path: Path
) -> None:
    service = PostgresqlUrl().at(postgresql_url(postgresql, "CREATEROLE CREATEDB")).start(processes, tmp_path)
    try:
        service.restore(dataset("postgresql"), "target_fast")
        with pytest.raises(HostError, match="cannot record what targets send") as caught:
            service.record("target_fast")
    finally:
        service.stop()
    assert caught.value.seen == "role 'boss CREATEROLE CREATEDB' is no superuser"


@pytest.mark.real
@pytest.mark.parametrize(
    ("rights", "missing"), [("CREATEDB", "CREATEROLE"), ("CREATEROLE", "CREATEDB"), ("", "CREATEDB, CREATEROLE")]
)
def test_a_user_of_postgresql_without_a_right_is_told_which(
    postgresql: RunningPostgresql, processes: KeptProcesses, tmp_path: Path, rights: str, missing: str
) -> None:
    with pytest.raises(HostError) as caught:
        PostgresqlUrl().at(postgresql_url(postgresql, rights)).start(processes, tmp_path)
    assert caught.value.seen == f"missing: {missing}"
    assert SECRET not in str(caught.value)


@pytest.mark.real
def test_a_wrong_password_is_not_told(
    postgresql: RunningPostgresql, mysql: RunningMysql, processes: KeptProcesses, tmp_path: Path
) -> None:
    providers: list[tuple[AddressedProvider, str]] = [
        (PostgresqlUrl(), url_of("postgresql", postgresql._server, "fwcompare", SECRET)),
        (MysqlUrl(), url_of("mysql", mysql._server, "fwcompare", SECRET)),
    ]
    for provider, url in providers:
        with pytest.raises(HostError) as caught:
            provider.at(url).start(processes, tmp_path)
        assert SECRET not in str(caught.value)
        assert quote(SECRET, safe="") not in str(caught.value)


def mysql_inventory(running: RunningMysql) -> set[str]:
    databases, users = running._server.ask("SHOW DATABASES"), running._server.ask("SELECT user FROM mysql.user")
    return {str(name) for (name,) in (*databases, *users)}


@pytest.mark.real
def test_what_is_made_on_a_mysql_is_dropped_at_the_end_and_nothing_else(
    mysql: RunningMysql, processes: KeptProcesses, tmp_path: Path
) -> None:
    mysql.restore(dataset("mysql"), "target_fast")  # of somebody else
    mysql._server.ask("CREATE USER 'the boss'@'%%' IDENTIFIED BY %s", SECRET)
    mysql._server.ask("GRANT ALL ON *.* TO 'the boss'@'%' WITH GRANT OPTION")
    before = mysql_inventory(mysql)
    service = MysqlUrl().at(url_of("mysql", mysql._server, "the boss", SECRET)).start(processes, tmp_path)
    try:
        there = parse_address(service.restore(dataset("mysql"), "target_fast"), schemes=("mysql",), port=0)
        recorded = service.record("target_fast")
        with pymysql.connect(
            host=there.host,
            port=there.port,
            user=there.login.role,
            password=there.login.password,
            database=there.database,
            autocommit=True,
        ) as connection:
            with connection.cursor() as cursor:
                cursor.execute(INSERT.replace("(1), (2)", "(3)"))
            assert service.connections("target_fast") == 1
        assert [sent.text for sent in recorded.take()][1:] == ["INSERT INTO people VALUES (3)"]
        assert recorded.rows() == {"inserted": 1, "updated": 0, "deleted": 0}
        recorded.stop()
        assert service.fingerprint(dataset("mysql"), "target_fast") == "3"
        service.spoil("target_fast")
        assert service.facts.provider == "url"
        assert list(service.pids()) == []
        assert mysql_inventory(mysql) > before
    finally:
        service.stop()
        service.stop()
    assert mysql_inventory(mysql) == before
    assert mysql.fingerprint(dataset("mysql"), "target_fast") == "2"


@pytest.mark.real
def test_a_user_of_mysql_without_a_right_is_told_which(
    mysql: RunningMysql, processes: KeptProcesses, tmp_path: Path
) -> None:
    mysql._server.ask("CREATE USER clerk IDENTIFIED BY %s", SECRET)
    mysql._server.ask("GRANT CREATE, DROP ON *.* TO clerk WITH GRANT OPTION")
    with pytest.raises(HostError) as caught:
        MysqlUrl().at(url_of("mysql", mysql._server, "clerk", SECRET)).start(processes, tmp_path)
    assert caught.value.seen == "missing: CREATE USER, PROCESS"


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("http://u:secret@h/d", "its scheme is 'http'"),
        ("postgresql://h/d", "it names no user"),
        ("postgresql://u:secret@/d", "it names no host"),
        ("postgresql://u:secret@h/d?sslmode=require", "something follows the database's name"),
        ("postgresql://u:sec/ret@h/d", "host and port cannot be told apart"),
        ("postgresql://u:secret@h:port/d", "host and port cannot be told apart"),
        ("postgresql://u:secret#@h/d", "host and port cannot be told apart"),
    ],
)
def test_a_url_of_another_form_is_refused_without_its_password(url: str, seen: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        PostgresqlUrl().at(url)
    assert caught.value.seen == seen
    assert "sec" not in str(caught.value).replace("service", "")


def test_a_provider_that_was_given_no_url_asks_for_one(processes: KeptProcesses, tmp_path: Path) -> None:
    for provider in (PostgresqlUrl(), MysqlUrl()):
        with pytest.raises(ScenarioError, match="by URL has no URL"):
            provider.start(processes, tmp_path)


def test_defaults_of_a_url_are_those_of_the_product() -> None:
    found = PostgresqlUrl().at("postgresql://us%40er:p%3Aw@[::1]")._address
    assert found is not None
    assert (found.host, found.port, found.login.role, found.login.password) == ("::1", 5432, "us@er", "p:w")
    assert found.database == ""
    other = MysqlUrl().at("mariadb://u@h")._address
    assert other is not None
    assert (other.port, other.login.password) == (3306, "")
