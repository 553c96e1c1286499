"""What ``GET /health`` means: 200 once a pooled connection answers a statement, 503 while none does."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from fwc_app.database import DatabaseUnreachableError


@require_GET
def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the pool and the database do. Sync on both sides: Django has no async cursor."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return JsonResponse({"status": "unreachable", "detail": str(DatabaseUnreachableError(error))}, status=503)
    return JsonResponse({"status": "ok"})
