"""The four sleep workloads: one blocking on the thread pool, three on the event loop. No database takes part."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from fast_django.routers import APIRouter
from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

AT_A_TIME: Final = 3


class Slept(BaseModel):
    """What the tasks came to."""

    message: str


router = APIRouter()


def sleep_blocking(task: int, seconds: float) -> int:
    """Keep a thread for that long."""
    time.sleep(seconds)
    return task


async def sleep_waiting(task: int, seconds: float) -> int:
    """Give the loop free for that long."""
    await asyncio.sleep(seconds)
    return task


@router.get("/sync_baseline", response_model=Slept)
def sync_baseline(request: Request) -> JSONResponse:
    """Sleep three times in series on one thread of the server's pool.

    Answers a finished response: FastAPI would validate a ``def`` endpoint's return value on a thread of the same
    pool, and a request that has slept would queue a second time behind those that have yet to sleep.
    """
    seconds: float = request.app.state.settings.sleep_seconds
    first, second, third = (sleep_blocking(task, seconds) for task in (1, 2, 3))
    return JSONResponse({"message": f"Sync tasks completed with {first}, {second}, {third}"})


@router.get("/async_independent")
async def async_independent(request: Request) -> Slept:
    """Await three sleeps, one after the other."""
    seconds: float = request.app.state.settings.sleep_seconds
    first = await sleep_waiting(1, seconds)
    second = await sleep_waiting(2, seconds)
    third = await sleep_waiting(3, seconds)
    return Slept(message=f"Async tasks completed with {first}, {second}, {third}")


@router.get("/async_dependent")
async def async_dependent(request: Request) -> Slept:
    """Await three sleeps, each fed the result of the one before."""
    seconds: float = request.app.state.settings.sleep_seconds
    first = await sleep_waiting(1, seconds)
    second = await sleep_waiting(first, seconds)
    third = await sleep_waiting(second, seconds)
    return Slept(message=f"Async tasks completed with {first}, {second}, {third}")


@router.get("/async_concurrent")
async def async_concurrent(request: Request) -> Slept:
    """Gather three sleeps behind a semaphore that lets all three through."""
    seconds: float = request.app.state.settings.sleep_seconds
    semaphore = asyncio.Semaphore(AT_A_TIME)

    async def sleep_behind_it(task: int) -> int:
        async with semaphore:
            return await sleep_waiting(task, seconds)

    results = await asyncio.gather(*(sleep_behind_it(task) for task in range(AT_A_TIME)))
    return Slept(message=f"Async tasks completed with {results}")
