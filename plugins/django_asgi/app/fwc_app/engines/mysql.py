"""MySQL and MariaDB, through mysqlclient and the pooled backend of this app (``pooled_mysql``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import MySQLdb

from fwc_app.engines import POOL_TIMEOUT_S

if TYPE_CHECKING:
    from fwc_app.pooled_mysql.base import DatabaseWrapper

TITLE: Final = "MySQL"
DRIVER: Final = "mysqlclient"
ConnectError: Final = MySQLdb.Error

_DEFAULT_PORT: Final = 3306


def fault(url: str) -> str | None:
    """Take a URL with a user, a host and a database; a query would be settings that nobody reads."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "one whose host or port cannot be read"
    if not (parts.username and parts.hostname and parts.path.strip("/")):
        return "one without a user, a host or a database"
    if parts.query or parts.fragment:
        return "one with more than user, password, host, port and database"
    return None


def connect_once(url: str) -> None:
    """Connect and leave nothing open."""
    login = _login(url)
    MySQLdb.connect(
        user=login["USER"],
        password=login["PASSWORD"],
        host=login["HOST"],
        port=login["PORT"],
        database=login["NAME"],
        connect_timeout=int(POOL_TIMEOUT_S),
    ).close()


def django_database(url: str, pool_size: int) -> dict[str, Any]:
    """Name the backend, and the pool's size and patience."""
    return {
        "ENGINE": "fwc_app.pooled_mysql",
        **_login(url),
        "OPTIONS": {
            "connect_timeout": int(POOL_TIMEOUT_S),
            # The server's own, as on every other target; Django's default would be READ COMMITTED.
            "isolation_level": None,
            "pool": {"size": pool_size, "timeout": POOL_TIMEOUT_S},
        },
    }


def pool_cap(connection: DatabaseWrapper) -> int:
    """Ask the pool."""
    return connection.pool.size()


def _login(url: str) -> dict[str, Any]:
    """Take a checked URL apart, in Django's words."""
    parts = urlsplit(url)
    return {
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or _DEFAULT_PORT,
        "NAME": unquote(parts.path.removeprefix("/")),
    }
