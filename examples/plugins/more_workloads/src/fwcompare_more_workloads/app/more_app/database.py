"""The pool of connections, kept open; and one attempt before the server starts, so that a wrong URL is one line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

TIMEOUT_S = 30.0
"""How long a request waits for a connection of the pool."""


class UnreachableError(RuntimeError):
    """The database does not answer; the message is one line, without the password."""


async def connect_once(url: str) -> None:
    """Connect and leave nothing open.

    :raises UnreachableError: when the database does not answer.
    """
    try:
        connection = await asyncpg.connect(url, timeout=TIMEOUT_S)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        seen = str(error).partition("\n")[0] or type(error).__name__
        message = f"DATABASE_URL: saw {seen!r}, expected a database that answers there"
        raise UnreachableError(message) from None
    await connection.close()


def open_pool(url: str, size: int) -> AbstractAsyncContextManager[asyncpg.Pool]:
    """Open all connections at once and keep them: by default the pool would close them now and then."""
    return asyncpg.create_pool(
        url, min_size=size, max_size=size, max_queries=math.inf, max_inactive_connection_lifetime=0
    )
