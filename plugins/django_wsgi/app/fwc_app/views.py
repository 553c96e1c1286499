"""The sync views: each runs from end to end on one of gunicorn's threads."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from fwc_app.facts import read_facts
from fwc_app.models import as_answer, first_users


@require_GET
def read_users(_request: HttpRequest) -> JsonResponse:
    """Answer the first users by id. The connection goes back when the answer is closed, which is after it is sent."""
    return JsonResponse([as_answer(user) for user in first_users()], safe=False)


@require_GET
def facts(_request: HttpRequest) -> JsonResponse:
    """Answer what this process is."""
    return JsonResponse(read_facts())
