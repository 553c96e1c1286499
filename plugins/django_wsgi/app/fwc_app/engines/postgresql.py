"""PostgreSQL, through psycopg 3 and Django's own pool of its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from fwc_app.engines import POOL_TIMEOUT_S

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper

TITLE: Final = "PostgreSQL"
DRIVER: Final = "psycopg"
ConnectError: Final = psycopg.Error


def fault(url: str) -> str | None:
    """Leave the judgement to libpq, which will read the URL; but it looks at a port only when it connects."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        return "one whose host or port cannot be read"
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "one that libpq cannot read"
    return None


def connect_once(url: str) -> None:
    """Connect and leave nothing open."""
    psycopg.connect(url, connect_timeout=int(POOL_TIMEOUT_S)).close()


def django_database(url: str, pool_size: int) -> dict[str, Any]:
    """Hand all of the URL to libpq."""
    conninfo = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        # Django only wants to see a name. Without one libpq takes the user's.
        "NAME": conninfo.pop("dbname", None) or conninfo.get("user", ""),
        "OPTIONS": {
            **conninfo,
            "pool": {
                # Alike, so that no connection is closed for being idle: persistent, as many as allowed.
                "min_size": pool_size,
                "max_size": pool_size,
                "timeout": POOL_TIMEOUT_S,
            },
        },
    }


def pool_cap(connection: DatabaseWrapper) -> int:
    """Ask psycopg's pool."""
    return connection.pool.max_size
