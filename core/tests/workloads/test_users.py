"""The workload users: its rows, its answer, and that the database agrees with both."""

import hashlib
import json
from collections.abc import Iterator

import psycopg
import pytest

from fwcompare.model.asks import asks
from fwcompare.model.ports import Service
from fwcompare.model.workload import Answer
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.postgresql import EmbeddedPostgresql
from fwcompare.workloads.users import USERS, first_users, user

JSON = {"content-type": "application/json"}
COLUMNS = ("user_id", "username", "email")
ALL = sorted((user(number) for number in range(2000)), key=lambda row: row["user_id"])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with KeptProcesses() as processes:
        running = EmbeddedPostgresql().start(processes, tmp_path_factory.mktemp("postgresql"))
        yield running
        running.stop()


def restored(service: Service, name: str) -> str:
    assert USERS.dataset is not None
    return service.restore(USERS.dataset, name)


def fingerprint(service: Service, name: str) -> str:
    assert USERS.dataset is not None
    return service.fingerprint(USERS.dataset, name)


def test_a_row_is_what_the_contract_says() -> None:
    assert user(0) == {
        "user_id": "cfcd2084-95d5-65ef-66e7-dff9f98764da",
        "username": "user0",
        "email": "user0@example.com",
    }


def test_the_answer_is_the_first_hundred_by_id() -> None:
    rows = first_users()

    assert rows == ALL[:100]
    assert rows[0]["user_id"] == min(row["user_id"] for row in ALL)
    assert len({row["user_id"] for row in ALL}) == 2000


def test_the_answer_is_about_ten_kibibytes_long() -> None:
    assert 9_000 < len(json.dumps(first_users(), separators=(",", ":"))) < 12_000


@pytest.mark.parametrize(
    ("body", "difference"),
    [
        (first_users(), None),
        ([dict(reversed(row.items())) for row in first_users()], None),
        (first_users()[:99], "99 elements, expected 100"),
        (first_users()[::-1], "body[0].user_id"),
        ([{**row, "age": 1} for row in first_users()], "age: not in the contract"),
    ],
)
def test_the_contract_holds_for_the_answer_alone(body: object, difference: str | None) -> None:
    differences = asks(USERS, "/")[0].differences(Answer(200, JSON, json.dumps(body).encode()), {})

    assert bool(differences) is (difference is not None)
    assert difference is None or any(difference in line for line in differences)


@pytest.mark.real
def test_the_seeded_table_holds_the_same_rows_as_the_computation(service: Service) -> None:
    with psycopg.connect(restored(service, "rows")) as connection:
        rows = connection.execute('SELECT user_id, username, email FROM "user" ORDER BY user_id').fetchall()

    assert [dict(zip(COLUMNS, row, strict=True)) for row in rows] == ALL


@pytest.mark.real
def test_the_query_of_the_contract_gives_the_answer(service: Service) -> None:
    with psycopg.connect(restored(service, "answer")) as connection:
        query = 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT 100'
        rows = connection.execute(query).fetchall()

    assert [dict(zip(COLUMNS, row, strict=True)) for row in rows] == first_users()


@pytest.mark.real
def test_the_schema_is_the_contracts(service: Service) -> None:
    with psycopg.connect(restored(service, "schema")) as connection:
        columns = connection.execute(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = 'user' ORDER BY ordinal_position"
        ).fetchall()
        indexes = connection.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'user'").fetchall()

    assert columns == [(name, "text", "NO") for name in COLUMNS]
    unique = sorted(row[0].rpartition("(")[2].rstrip(")") for row in indexes if row[0].startswith("CREATE UNIQUE"))
    assert unique == sorted(COLUMNS)


@pytest.mark.real
def test_the_fingerprint_is_that_of_the_computed_rows_and_is_the_same_each_time(service: Service) -> None:
    rows = ",".join(f"({','.join(row[name] for name in COLUMNS)})" for row in ALL)
    expected = f"2000 {hashlib.md5(rows.encode(), usedforsecurity=False).hexdigest()}"
    for name in ("first", "second", "first"):
        restored(service, name)

        assert fingerprint(service, name) == expected


@pytest.mark.real
@pytest.mark.parametrize(
    "change",
    [
        b"UPDATE \"user\" SET email = 'x' WHERE username = 'user7'",
        b"DELETE FROM \"user\" WHERE username = 'user7'",
        b"INSERT INTO \"user\" VALUES ('x', 'y', 'z')",
        b'DELETE FROM "user"',
    ],
)
def test_any_change_of_a_row_changes_the_fingerprint(service: Service, change: bytes) -> None:
    url = restored(service, "changed")
    before = fingerprint(service, "changed")
    with psycopg.connect(url) as connection:
        connection.execute(change)

    assert fingerprint(service, "changed") != before
