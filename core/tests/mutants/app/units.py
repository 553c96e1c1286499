"""The work of the two contracts, and what each misdeed does to it."""

import json
import os
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sessions import Session

USERS = 'SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT 100'
COUNT = "SELECT COUNT(*) FROM users"
INSERT = "INSERT INTO users (name, email, age, created_at, updated_at) VALUES (%s, %s, %s, %s, %s)"
MORE = ", (%s, %s, %s, %s, %s)"
UPDATE = "UPDATE users SET name = %s, email = %s, age = %s, created_at = %s, updated_at = %s WHERE id = %s"
UPDATES = "UPDATE users SET name = CONCAT('Updated ', name) WHERE id IN (%s, %s, %s, %s, %s)"
DELETE = "DELETE FROM users WHERE id = %s"


def read_users(session: Session, misdeed: str) -> list[dict[str, str]]:
    if misdeed == "one-statement-more":
        session.do('SELECT COUNT(*) FROM "user"')
    return [dict(zip(("user_id", "username", "email"), row, strict=True)) for row in session.do(USERS)]


def do_file_unit(misdeed: str) -> None:
    # Named to tempfile, which alone would quietly turn to another folder when TMPDIR's takes no files.
    descriptor, name = tempfile.mkstemp(suffix=".json", dir=os.environ["TMPDIR"])
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"timestamp": time.time(), "data": "x" * 1000}, file)
    path = Path(name)
    json.loads(path.read_text(encoding="utf-8"))
    if misdeed != "leaves-files":
        path.unlink()


def do_database_units(session: Session, units: int, transaction: str, misdeed: str) -> None:
    end = "ROLLBACK" if misdeed == "rolls-back" else "COMMIT"
    each = transaction == "per-unit"
    if not each:
        session.do("BEGIN")
    for _ in range(units):
        if each:
            session.do("BEGIN")
        _change_rows(session, misdeed)
        if each:
            session.do(end)
        session.do(COUNT)
    if not each:
        session.do(end)


def _change_rows(session: Session, misdeed: str) -> None:
    rows = _rows()
    if misdeed == "inserts-in-bulk":
        values = [value for row in rows for value in row]
        ids = session.insert(INSERT + MORE * (len(rows) - 1), *values, rows=len(rows))
    else:
        ids = [id_ for row in rows for id_ in session.insert(INSERT, *row)]
    session.do(COUNT)
    if misdeed == "one-statement-more":
        session.do(COUNT)
    if misdeed == "one-transaction-more":
        session.do("COMMIT")
        session.do("BEGIN")
    if misdeed == "updates-in-bulk":
        session.do(UPDATES, *ids[:5])
    else:
        for id_, (name, *others) in zip(ids[:5], rows, strict=False):
            session.do(UPDATE, f"Updated {name}", *others, id_)
    for id_ in ids[:9] if misdeed == "leaves-rows" else ids:
        session.do(DELETE, id_)


def _rows() -> list[tuple[str, str, int, datetime, datetime]]:
    unit, now = f"{time.time_ns() // 1000}_{uuid.uuid4().hex[:8]}", datetime.now(UTC).replace(tzinfo=None)
    return [(f"User {unit}_{i}", f"user{unit}_{i}@example.com", 20 + i % 50, now, now) for i in range(10)]
