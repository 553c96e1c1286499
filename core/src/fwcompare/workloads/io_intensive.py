"""The workloads ``io-intensive-postgres`` and ``io-intensive-mysql``: files, and rows that come and go.

A request does FILE_UNITS file units and then DB_UNITS database units, strictly in sequence. Decides the tables,
the answer, and the exact work of a request, which follows from the two numbers. Leaves out how a target does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fwcompare.model.quantities import Scalar
from fwcompare.model.workload import NOT_JSON, Answer, AuditSize, Dataset, Request, Work, Workload, read_json

INSERTS: Final = 10
UPDATES: Final = 5
DELETES: Final = 10
COUNTS: Final = 2
"""Data statements of one database unit, by kind; the second count stands outside the transaction."""

_KEYS = ("file_operations", "db_operations", "execution_time", "timestamp")


@dataclass(frozen=True)
class IoContract:
    """Status 200 and how many units of each kind were done; the two times may be any number that is not negative."""

    def differences(self, answer: Answer, parameters: Mapping[str, Scalar]) -> list[str]:
        """Compare status, content type, keys and values."""
        found, body = read_json(answer)
        if body is NOT_JSON:
            return found
        if not isinstance(body, dict):
            return [*found, f"body: {body!r}, expected an object"]
        found += [f"body.{key}: missing" for key in _KEYS if key not in body]
        found += [f"body.{key}: not in the contract" for key in body if key not in _KEYS]
        for key, parameter in (("file_operations", "FILE_UNITS"), ("db_operations", "DB_UNITS")):
            if key in body and (isinstance(body[key], bool) or body[key] != parameters[parameter]):
                found.append(f"body.{key}: {body[key]!r}, expected {parameters[parameter]}, the {parameter}")
        for key in ("execution_time", "timestamp"):
            value = body.get(key, 0)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                found.append(f"body.{key}: {value!r}, expected seconds")
        return found


def work(parameters: Mapping[str, Scalar]) -> Work:
    """Give what a request with ``parameters`` does."""
    units, files = int(parameters["DB_UNITS"]), int(parameters["FILE_UNITS"])
    commits = units if parameters["TRANSACTION"] == "per-unit" else min(units, 1)
    return Work(
        statements={
            "INSERT": INSERTS * units,
            "SELECT": COUNTS * units,
            "UPDATE": UPDATES * units,
            "DELETE": DELETES * units,
        },
        write_commits=commits,
        rows_inserted=INSERTS * units,
        rows_updated=UPDATES * units,
        rows_deleted=DELETES * units,
        files=files,
    )


_POSTGRESQL_TABLE = """
CREATE TABLE users (
    id SERIAL PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(100) NOT NULL UNIQUE, age INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL, updated_at TIMESTAMPTZ NOT NULL
)
"""
_POSTGRESQL_FINGERPRINT = "SELECT count(*), coalesce(md5(string_agg(u::text, ',' ORDER BY id)), '') FROM users AS u"

_MYSQL_TABLE = """
CREATE TABLE users (
    id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(100) NOT NULL UNIQUE, age INT NOT NULL,
    created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL
) ENGINE=InnoDB
"""
_MYSQL_FINGERPRINT = (
    "SELECT COUNT(*), COALESCE(SUM(CRC32(CONCAT_WS('#', id, name, email, age, created_at, updated_at))), 0) FROM users"
)


def _workload(database: str, title: str, dataset: Dataset, *, file_units: int, db_units: int) -> Workload:
    return Workload(
        name=f"io-intensive-{database}",
        title=f"files and CRUD ({title})",
        request=Request(
            method="POST",
            headers=(("accept", "application/json"), ("content-type", "application/json")),
            body=b"{}",
        ),
        contract=IoContract(),
        dataset=dataset,
        parameters={"FILE_UNITS": file_units, "DB_UNITS": db_units, "TRANSACTION": "per-unit"},
        work=work,
        # A request is up to 216 statements, each of which is recorded: fewer requests are as exact.
        audit=AuditSize(alone=30, together=120),
    )


IO_INTENSIVE_POSTGRES = _workload(
    "postgres",
    "PostgreSQL",
    Dataset("io-intensive", "postgresql", (_POSTGRESQL_TABLE,), _POSTGRESQL_FINGERPRINT),
    file_units=5,
    db_units=3,
)

IO_INTENSIVE_MYSQL = _workload(
    "mysql",
    "MySQL or MariaDB",
    Dataset("io-intensive", "mysql", (_MYSQL_TABLE,), _MYSQL_FINGERPRINT),
    file_units=2,
    db_units=8,
)
