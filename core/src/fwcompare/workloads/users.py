"""The workload ``users``: read the first hundred users of two thousand, ascending by id.

Decides the request, the rows, and the exact answer. The rows are said twice, as SQL that fills the database
and as Python that knows the answer without one; a test holds them equal. Leaves out the load (the scenario's)
and how a target queries.
"""

import hashlib
import uuid

from fwcompare.model.workload import Dataset, JsonContract, Request, Work, Workload

ROWS = 2000
LIMIT = 100
POOL_SIZE = 5
"""Connections that a worker may hold: the cap of the source comparison."""


def user(number: int) -> dict[str, str]:
    """Give the row of a number from 0; its id is the hex MD5 of the decimal number, written as a UUID."""
    digest = hashlib.md5(str(number).encode(), usedforsecurity=False)
    return {
        "user_id": str(uuid.UUID(digest.hexdigest())),
        "username": f"user{number}",
        "email": f"user{number}@example.com",
    }


def first_users() -> list[dict[str, str]]:
    """Give the answer's rows.

    Ids have one form (lower-case hex, dashes in fixed places), so their order by code point is that of every
    collation that puts digits before letters, C among them.
    """
    return sorted((user(number) for number in range(ROWS)), key=lambda row: row["user_id"])[:LIMIT]


_SCHEMA = """
CREATE TABLE "user" (user_id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE)
"""
_ROWS = """
INSERT INTO "user" (user_id, username, email)
SELECT md5(i::text)::uuid::text, 'user' || i, 'user' || i || '@example.com' FROM generate_series(0, 1999) AS i
"""
_FINGERPRINT = """
SELECT count(*), md5(string_agg(u::text, ',' ORDER BY user_id)) FROM "user" AS u
"""

USERS = Workload(
    name="users",
    title=f"users LIMIT {LIMIT} (PostgreSQL)",
    request=Request(),
    contract=JsonContract(expected=first_users()),
    dataset=Dataset(name="users", service="postgresql", seed_sql=(_SCHEMA, _ROWS), fingerprint_sql=_FINGERPRINT),
    parameters={"POOL_SIZE": POOL_SIZE},
    work=lambda _: Work(statements={"SELECT": 1}),
)
