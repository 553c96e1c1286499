"""The async views. Of the ORM only the interface is async: the statement itself runs on a thread (README)."""

from __future__ import annotations

import time

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from fwc_app import sleeps
from fwc_app.facts import read_facts
from fwc_app.io_intensive import database_units, done, file_unit, is_json_object
from fwc_app.models import as_answer, first_users


@require_GET
async def read_users(_request: HttpRequest) -> JsonResponse:
    """Answer the first users by id. The connection goes back when the answer is closed, which is after it is sent."""
    return JsonResponse([as_answer(user) async for user in first_users()], safe=False)


@require_POST
async def io_intensive(request: HttpRequest) -> JsonResponse:
    """Do the file units on the event loop, then the database units on the request's own thread."""
    started_s = time.perf_counter()
    if not is_json_object(request.body):
        return JsonResponse({"detail": "expected a JSON object as the body"}, status=400)
    contract = settings.CONTRACT
    # Inline: a small file in the page cache takes less time than handing it to a thread.
    for _ in range(contract.file_units):
        file_unit()
    # One hop for all units: Django's transactions are sync, and what they hold belongs to the thread.
    if contract.db_units:
        await sync_to_async(database_units)(contract)
    return JsonResponse(done(contract, started_s))


@require_GET
async def sync_baseline(_request: HttpRequest) -> JsonResponse:
    """Sleep on the loop's own pool, which has THREADS threads. A sync view's thread would be the request's: no cap."""
    blocking = sync_to_async(sleeps.blocking, thread_sensitive=False)
    return JsonResponse({"message": await blocking(settings.CONTRACT.sleep_seconds)})


@require_GET
async def async_independent(_request: HttpRequest) -> JsonResponse:
    """Await three sleeps in series."""
    return JsonResponse({"message": await sleeps.independent(settings.CONTRACT.sleep_seconds)})


@require_GET
async def async_dependent(_request: HttpRequest) -> JsonResponse:
    """Await three sleeps, each fed the one before."""
    return JsonResponse({"message": await sleeps.dependent(settings.CONTRACT.sleep_seconds)})


@require_GET
async def async_concurrent(_request: HttpRequest) -> JsonResponse:
    """Await three sleeps at once."""
    return JsonResponse({"message": await sleeps.concurrent(settings.CONTRACT.sleep_seconds)})


@require_GET
async def facts(_request: HttpRequest) -> JsonResponse:
    """Answer what this process is; async, since it asks for the running loop."""
    return JsonResponse(read_facts())
