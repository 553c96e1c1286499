"""The workloads io-intensive-*: their answer, the work that follows from their parameters, and their tables."""

import json
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.asks import asks
from fwcompare.model.ports import Service
from fwcompare.model.quantities import Scalar
from fwcompare.model.workload import Answer, Dataset, Work, Workload
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.mysql import LocalMysql
from fwcompare.services.postgresql import EmbeddedPostgresql
from fwcompare.workloads.io_intensive import IO_INTENSIVE_MYSQL, IO_INTENSIVE_POSTGRES, work

PARAMETERS: dict[str, Scalar] = {"FILE_UNITS": 5, "DB_UNITS": 3, "TRANSACTION": "per-unit"}
GOOD = {"file_operations": 5, "db_operations": 3, "execution_time": 0.012, "timestamp": 1763719200.5}


def differences(body: object, status: int = 200, media_type: str = "application/json") -> list[str]:
    answer = Answer(status, {"content-type": media_type}, json.dumps(body).encode())
    return asks(IO_INTENSIVE_POSTGRES, "/")[0].differences(answer, PARAMETERS)


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        dict(reversed(GOOD.items())),
        {**GOOD, "execution_time": 0, "timestamp": 0},
        {**GOOD, "file_operations": 5.0},
    ],
)
def test_an_answer_may_order_its_keys_and_tell_any_time(body: object) -> None:
    assert differences(body) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"file_operations": 4}, "body.file_operations: 4, expected 5, the FILE_UNITS"),
        ({"file_operations": "5"}, "body.file_operations: '5', expected 5, the FILE_UNITS"),
        ({"file_operations": None}, "body.file_operations: None, expected 5, the FILE_UNITS"),
        ({"db_operations": 8}, "body.db_operations: 8, expected 3, the DB_UNITS"),
        ({"db_operations": True}, "body.db_operations: True, expected 3, the DB_UNITS"),
        ({"db_operations": [3]}, "body.db_operations: [3], expected 3, the DB_UNITS"),
        ({"execution_time": -0.001}, "body.execution_time: -0.001, expected seconds"),
        ({"execution_time": "0.1"}, "body.execution_time: '0.1', expected seconds"),
        ({"execution_time": False}, "body.execution_time: False, expected seconds"),
        ({"execution_time": None}, "body.execution_time: None, expected seconds"),
        ({"execution_time": float("nan")}, "body.execution_time: nan, expected seconds"),
        ({"timestamp": float("inf")}, "body.timestamp: inf, expected seconds"),
        ({"timestamp": "2026-11-20T10:00:00Z"}, "body.timestamp: '2026-11-20T10:00:00Z', expected seconds"),
        ({"timestamp": {}}, "body.timestamp: {}, expected seconds"),
        ({"extra": 1}, "body.extra: not in the contract"),
    ],
)
def test_a_wrong_value_is_named_by_its_place_with_what_was_expected(change: dict[str, object], expected: str) -> None:
    assert differences({**GOOD, **change}) == [expected]


@pytest.mark.parametrize("key", GOOD)
def test_a_missing_key_is_named_once(key: str) -> None:
    assert differences({name: value for name, value in GOOD.items() if name != key}) == [f"body.{key}: missing"]


def test_a_unit_is_not_one_of_a_kind_that_python_takes_for_one() -> None:
    answer = Answer(200, {"content-type": "application/json"}, json.dumps({**GOOD, "db_operations": True}).encode())
    found = asks(IO_INTENSIVE_POSTGRES, "/")[0].differences(answer, {**PARAMETERS, "DB_UNITS": 1})
    assert found == ["body.db_operations: True, expected 1, the DB_UNITS"]


@pytest.mark.parametrize("body", [[GOOD], "done", 5, None])
def test_a_body_that_is_no_object_is_shown(body: object) -> None:
    assert differences(body) == [f"body: {body!r}, expected an object"]


def test_status_and_content_type_are_part_of_the_contract() -> None:
    assert differences(GOOD, 201, "text/plain; charset=utf-8") == [
        "status: 201, expected 200",
        "content-type: text/plain, expected application/json",
    ]
    found = asks(IO_INTENSIVE_POSTGRES, "/")[0].differences(Answer(200, {}, b"oops"), PARAMETERS)
    assert found[0] == "content-type: none, expected application/json"
    assert found[1].startswith("body: not JSON (")
    assert found[1].endswith("; it begins b'oops'")


@pytest.mark.parametrize(
    ("workload", "statements", "commits", "files"), [(IO_INTENSIVE_POSTGRES, 81, 3, 5), (IO_INTENSIVE_MYSQL, 216, 8, 2)]
)
def test_the_variants_do_the_work_of_the_contract(
    workload: Workload, statements: int, commits: int, files: int
) -> None:
    does = workload.work(workload.parameters)
    assert (sum(does.statements.values()), does.write_commits, does.files) == (statements, commits, files)
    assert workload.request is not None
    assert (workload.request.method, workload.request.body) == ("POST", b"{}")


def test_a_unit_is_ten_inserts_five_updates_ten_deletes_and_two_counts_in_one_transaction() -> None:
    assert work({**PARAMETERS, "DB_UNITS": 1}) == Work(
        statements={"INSERT": 10, "SELECT": 2, "UPDATE": 5, "DELETE": 10},
        write_commits=1,
        rows_inserted=10,
        rows_updated=5,
        rows_deleted=10,
        files=5,
    )


@pytest.mark.parametrize("transaction", ["per-unit", "per-request"])
def test_without_units_there_is_no_work(transaction: str) -> None:
    nothing: dict[str, Scalar] = {"FILE_UNITS": 0, "DB_UNITS": 0, "TRANSACTION": transaction}
    assert work(nothing) == Work(statements={"INSERT": 0, "SELECT": 0, "UPDATE": 0, "DELETE": 0})


@given(st.integers(0, 50), st.integers(0, 50))
def test_one_transaction_a_request_changes_nothing_but_the_commits(files: int, units: int) -> None:
    each = work({"FILE_UNITS": files, "DB_UNITS": units, "TRANSACTION": "per-unit"})
    whole = work({"FILE_UNITS": files, "DB_UNITS": units, "TRANSACTION": "per-request"})
    assert (each.write_commits, whole.write_commits) == (units, min(units, 1))
    assert each.statements == whole.statements
    assert sum(each.statements.values()) == 27 * units
    assert each.rows_inserted == each.rows_deleted == whole.rows_deleted == 10 * units
    assert each.files == whole.files == files


ROW = "('some', 'some@example.com', 20, '2026-11-20 10:00:00', '2026-11-20 10:00:00')"
INSERT = f"INSERT INTO users (name, email, age, created_at, updated_at) VALUES {ROW}"  # noqa: S608 - fixed text
CHANGES = (
    "UPDATE users SET name = 'other'",
    "UPDATE users SET email = 'other@example.com'",
    "UPDATE users SET age = 21",
    "UPDATE users SET created_at = '2026-11-20 10:00:00.000001'",
    "UPDATE users SET updated_at = '2026-11-20 10:00:00.000001'",
    "DELETE FROM users",
)
COLUMNS = [
    ("id", None),
    ("name", 100),
    ("email", 100),
    ("age", None),
    ("created_at", None),
    ("updated_at", None),
]
DESCRIBED = (
    "SELECT column_name, character_maximum_length FROM information_schema.columns"
    " WHERE table_name = 'users' AND is_nullable = 'NO' AND table_schema = {schema} ORDER BY ordinal_position"
)


def dataset(workload: Workload) -> Dataset:
    assert workload.dataset is not None
    return workload.dataset


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with KeptProcesses() as processes:
        running = EmbeddedPostgresql().start(processes, tmp_path_factory.mktemp("postgresql"))
        yield running
        running.stop()


@pytest.fixture(scope="module")
def mysql(mysql_binaries: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with KeptProcesses() as processes:
        running = LocalMysql().start(processes, tmp_path_factory.mktemp("mysql"))
        yield running
        running.stop()


def in_postgresql(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return [] if cursor.description is None else cursor.fetchall()


def in_mysql(url: str, statement: str) -> list[tuple[object, ...]]:
    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 0,
        user=parts.username,
        password=str(parts.password),
        database=unquote(parts.path[1:]),
        autocommit=True,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@pytest.mark.real
def test_postgresql_has_the_table_of_the_contract_and_no_rows(postgresql: Service) -> None:
    url = postgresql.restore(dataset(IO_INTENSIVE_POSTGRES), "made")
    assert in_postgresql(url, DESCRIBED.format(schema="'public'")) == COLUMNS
    assert in_postgresql(url, "SELECT count(*) FROM users") == [(0,)]
    in_postgresql(url, INSERT)
    with pytest.raises(psycopg.errors.UniqueViolation):
        in_postgresql(url, INSERT)


@pytest.mark.real
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_postgresql_changes_the_fingerprint(postgresql: Service, change: str) -> None:
    data = dataset(IO_INTENSIVE_POSTGRES)
    url = postgresql.restore(data, "changed")
    seen = [postgresql.fingerprint(data, "changed")]
    for statement in (INSERT, change):
        in_postgresql(url, statement)
        seen.append(postgresql.fingerprint(data, "changed"))
    empty, added, changed = seen
    assert added not in (empty, changed)
    # Rows that came and went are no change: only the counter of the ids remembers them.
    assert (changed == empty) is change.startswith("DELETE")


@pytest.mark.real
def test_mysql_has_the_table_of_the_contract_and_no_rows(mysql: Service) -> None:
    url = mysql.restore(dataset(IO_INTENSIVE_MYSQL), "made")
    assert in_mysql(url, DESCRIBED.format(schema="DATABASE()")) == COLUMNS
    assert in_mysql(url, "SELECT COUNT(*) FROM users") == [(0,)]
    in_mysql(url, INSERT)
    with pytest.raises(pymysql.err.IntegrityError, match="Duplicate entry"):
        in_mysql(url, INSERT)


@pytest.mark.real
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_mysql_changes_the_fingerprint(mysql: Service, change: str) -> None:
    data = dataset(IO_INTENSIVE_MYSQL)
    url = mysql.restore(data, "changed")
    seen = [mysql.fingerprint(data, "changed")]
    for statement in (INSERT, change):
        in_mysql(url, statement)
        seen.append(mysql.fingerprint(data, "changed"))
    empty, added, changed = seen
    assert added not in (empty, changed)
    assert (changed == empty) is change.startswith("DELETE")
