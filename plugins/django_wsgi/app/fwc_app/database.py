"""Whether the database answers at all, asked before anything starts, and the error that says it does not.

Without Django and without its pool: the process that only starts and watches workers shall not hold the
framework, whose memory would count twice, and a pool's threads would not outlive a fork.
"""

from __future__ import annotations

import psycopg

from fwc_app.settings import POOL_TIMEOUT_S, Settings


class DatabaseUnreachableError(RuntimeError):
    """No working connection is to be had: at start this ends the process, on ``/health`` it is a 503."""

    def __init__(self, reason: BaseException) -> None:
        """Keep the first line of the driver's reason, which names host and port and never the password."""
        seen = str(reason).partition("\n")[0] or type(reason).__name__
        super().__init__(f"DATABASE_URL: saw {seen!r}, expected a PostgreSQL that answers there")


def check_database(settings: Settings) -> None:
    """Connect once and leave nothing open.

    :raises DatabaseUnreachableError: when the database does not answer.
    """
    try:
        psycopg.connect(settings.database_url, connect_timeout=int(POOL_TIMEOUT_S)).close()
    except psycopg.Error as error:
        raise DatabaseUnreachableError(error) from None
