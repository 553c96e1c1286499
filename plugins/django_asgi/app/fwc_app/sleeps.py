"""The four sleep patterns: three sleeps each, and what the contract has them answer."""

from __future__ import annotations

import asyncio
import time
from typing import Final

TASKS: Final = 3
"""How many sleeps a request does, and how many of ``concurrent`` may sleep at once."""


def blocking(seconds: float) -> str:
    """Sleep one after the other, each time blocking the thread."""
    done = []
    for task in (1, 2, 3):
        time.sleep(seconds)
        done.append(task)
    return "Sync tasks completed with {}, {}, {}".format(*done)


async def independent(seconds: float) -> str:
    """Sleep one after the other, none knowing of another."""
    done = [await _slept(seconds, task) for task in (1, 2, 3)]
    return "Async tasks completed with {}, {}, {}".format(*done)


async def dependent(seconds: float) -> str:
    """Sleep one after the other, each on what the one before gave."""
    first = await _slept(seconds, 1)
    second = await _slept(seconds, first)
    third = await _slept(seconds, second)
    return f"Async tasks completed with {first}, {second}, {third}"


async def concurrent(seconds: float) -> str:
    """Sleep all at once, as many as the semaphore lets through: all."""
    semaphore = asyncio.Semaphore(TASKS)

    async def let_through(task: int) -> int:
        async with semaphore:
            return await _slept(seconds, task)

    done = await asyncio.gather(*(let_through(task) for task in range(TASKS)))
    return f"Async tasks completed with {done}"


async def _slept(seconds: float, task: int) -> int:
    await asyncio.sleep(seconds)
    return task
