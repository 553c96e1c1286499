"""What ``GET /health`` means: 200 once a pooled connection answers a statement, 503 while none does.

Also the check before the start, which uses no pool: a pool's threads would not outlive a fork.
"""

from __future__ import annotations

import psycopg
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

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


@require_GET
def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the pool and the database do. Sync on both sides: Django has no async cursor."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return JsonResponse({"status": "unreachable", "detail": str(DatabaseUnreachableError(error))}, status=503)
    return JsonResponse({"status": "ok"})
