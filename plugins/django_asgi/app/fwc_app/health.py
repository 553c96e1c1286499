"""What ``GET /health`` means: 200 once a pooled connection answers a statement, 503 while none does."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from fwc_app.database import DatabaseUnreachableError
from fwc_app.engines import engine_of


@require_GET
def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the pool and the database do, or when there is none.

    Sync on both sides: Django has no async cursor.
    """
    url = settings.CONTRACT.database_url
    if url is None:
        return JsonResponse({"status": "ok"})
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        detail = str(DatabaseUnreachableError(engine_of(url).TITLE, error))
        return JsonResponse({"status": "unreachable", "detail": detail}, status=503)
    return JsonResponse({"status": "ok"})
