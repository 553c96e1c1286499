"""The workload ``io-intensive``: its two units of work and the shape of its answer.

All of it blocks. On which thread it runs is the view's affair.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from fwc_app.models import Person
from fwc_app.settings import PER_REQUEST, Settings

INSERTED: Final = 10
UPDATED: Final = 5
DATA: Final = "x" * 1000


def is_json_object(body: bytes) -> bool:
    """Tell whether a request's body is what the contract asks for; no field of it is needed."""
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def file_unit() -> None:
    """Write, read, parse and remove one temporary file; never leaves it behind. No fsync: it lives in the page cache.

    :raises OSError: when the file system refuses.
    """
    descriptor, name = tempfile.mkstemp(suffix=".json")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps({"timestamp": time.time(), "data": DATA}))
        json.loads(path.read_text(encoding="utf-8"))
    finally:
        path.unlink()


def database_units(settings: Settings) -> None:
    """Do ``DB_UNITS`` units, each in a transaction of its own or all in one.

    :raises django.db.Error: when a statement fails; its transaction is then rolled back.
    """
    if settings.transaction == PER_REQUEST:
        with transaction.atomic(durable=True):
            for _ in range(settings.db_units):
                _create_update_delete()
                Person.objects.count()
    else:
        for _ in range(settings.db_units):
            with transaction.atomic(durable=True):
                _create_update_delete()
            Person.objects.count()


def done(settings: Settings, started_s: float) -> dict[str, Any]:
    """Tell what was done, and how long it took since ``started_s`` of the performance counter."""
    return {
        "file_operations": settings.file_units,
        "db_operations": settings.db_units,
        "execution_time": time.perf_counter() - started_s,
        "timestamp": time.time(),
    }


def _create_update_delete() -> None:
    """Send 26 statements, a row each; no ``bulk_*``, which would be fewer."""
    mark = f"{time.time_ns() // 1000}_{uuid4().hex[:8]}"
    people = [_created(f"{mark}_{number}", age=20 + number % 50) for number in range(INSERTED)]
    Person.objects.count()
    for person in people[:UPDATED]:
        person.name = f"Updated {person.name}"
        person.updated_at = timezone.now()
        person.save()
    for person in people:
        person.delete()


def _created(mark: str, *, age: int) -> Person:
    now = timezone.now()
    return Person.objects.create(
        name=f"User {mark}", email=f"user{mark}@example.com", age=age, created_at=now, updated_at=now
    )
