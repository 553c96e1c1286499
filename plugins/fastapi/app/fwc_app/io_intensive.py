"""The workload ``io-intensive``: its rows, its request and its answer, the same for every stack.

The files are in ``file_units.py``; the statements are each stack's own.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Body
from pydantic import BaseModel

from fwc_app.settings import Settings

INSERTS: Final = 10
UPDATES: Final = 5
"""So many of the inserted rows, the first ones, are updated."""

LONGEST_TEXT: Final = 100
"""Characters of a name and of an e-mail address, in the table."""

JsonObject = Annotated[dict[str, Any], Body()]
"""The body: parsed, of any content."""


class Done(BaseModel):
    """How much was done, how long it took in seconds, and when it was over in Unix seconds."""

    file_operations: int
    db_operations: int
    execution_time: float
    timestamp: float

    @classmethod
    def since(cls, started: float, settings: Settings) -> Done:
        """Answer for work that began when ``time.perf_counter()`` said ``started``."""
        return cls(
            file_operations=settings.file_units,
            db_operations=settings.db_units,
            execution_time=time.perf_counter() - started,
            timestamp=time.time(),
        )


@dataclass(frozen=True, slots=True)
class UserRow:
    """What a row of ``users`` holds beside its id."""

    name: str
    email: str
    age: int
    created_at: datetime
    updated_at: datetime


def new_users() -> Iterator[UserRow]:
    """Give the rows of one database unit; no other unit, in any worker, gives the same e-mails."""
    unit = f"{time.time_ns() // 1000}_{uuid.uuid4().hex[:8]}"
    for number in range(INSERTS):
        now = datetime.now(UTC)
        yield UserRow(
            name=f"User {unit}_{number}",
            email=f"user{unit}_{number}@example.com",
            age=20 + number % 50,
            created_at=now,
            updated_at=now,
        )


def updated(user: UserRow) -> UserRow:
    """Give the row that an UPDATE makes of another; it sets every column."""
    return replace(user, name=f"Updated {user.name}", updated_at=datetime.now(UTC))
