"""The sync views: each runs from end to end on one of gunicorn's threads."""

from __future__ import annotations

import time

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from fwc_app.facts import read_facts
from fwc_app.io_intensive import database_units, done, file_unit, is_json_object
from fwc_app.models import as_answer, first_users


@require_GET
def read_users(_request: HttpRequest) -> JsonResponse:
    """Answer the first users by id. The connection goes back when the answer is closed, which is after it is sent."""
    return JsonResponse([as_answer(user) for user in first_users()], safe=False)


@require_POST
def io_intensive(request: HttpRequest) -> JsonResponse:
    """Do the file units, then the database units; no connection is held before the first of these."""
    started_s = time.perf_counter()
    if not is_json_object(request.body):
        return JsonResponse({"detail": "expected a JSON object as the body"}, status=400)
    contract = settings.CONTRACT
    for _ in range(contract.file_units):
        file_unit()
    if contract.db_units:
        database_units(contract)
    return JsonResponse(done(contract, started_s))


@require_GET
def sync_baseline(_request: HttpRequest) -> JsonResponse:
    """Sleep three times in series, each time blocking the thread."""
    slept = []
    for task in (1, 2, 3):
        time.sleep(settings.CONTRACT.sleep_seconds)
        slept.append(task)
    return JsonResponse({"message": "Sync tasks completed with {}, {}, {}".format(*slept)})


@require_GET
def facts(_request: HttpRequest) -> JsonResponse:
    """Answer what this process is."""
    return JsonResponse(read_facts())
