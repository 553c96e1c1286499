"""What is served: the three workloads, and what every target has. Each statement is a round trip of its own."""

from __future__ import annotations

import asyncio
import logging
import platform
import random
from importlib import metadata
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from more_app.database import TIMEOUT_S

if TYPE_CHECKING:
    import asyncpg
    from starlette.requests import Request

    from more_app.settings import Settings

ROWS: Final = 10_000
READ_WORLD: Final = "SELECT id, random_number FROM world WHERE id = $1"
WRITE_WORLD: Final = "UPDATE world SET random_number = $1 WHERE id = $2"
READ_NOTE: Final = "SELECT id, text FROM notes WHERE id = $1"
WRITE_NOTE: Final = "INSERT INTO notes (id, text) VALUES ($1, $2)"
REMOVE_NOTE: Final = "DELETE FROM notes WHERE id = $1 RETURNING id"
_UNPROCESSABLE: Final = 422


async def echo(request: Request) -> JSONResponse:
    """Parse the document and send it back."""
    return JSONResponse(await request.json())


async def updates(request: Request) -> JSONResponse:
    """Read rows by random id, change each and write it back, all in one transaction.

    Ids are distinct, so that the work is always the same, and in order, so that no two requests wait for each other
    in a ring.
    """
    settings: Settings = request.state.settings
    ids = sorted(random.sample(range(1, ROWS + 1), settings.queries))
    answer = []
    async with _pool(request).acquire(timeout=TIMEOUT_S) as connection, connection.transaction():
        for id_ in ids:
            row = await connection.fetchrow(READ_WORLD, id_)
            answer.append({"id": row["id"], "randomNumber": random.randint(1, ROWS)})  # noqa: S311
        for row in answer:
            await connection.execute(WRITE_WORLD, row["randomNumber"], row["id"])
    return JSONResponse(answer)


async def create_note(request: Request) -> Response:
    """Keep a note under the id that it comes with."""
    note = await request.json()
    if not isinstance(note, dict) or not isinstance(note.get("id"), int) or not isinstance(note.get("text"), str):
        return JSONResponse({"expected": "id and text"}, _UNPROCESSABLE)
    async with _pool(request).acquire(timeout=TIMEOUT_S) as connection:
        await connection.execute(WRITE_NOTE, note["id"], note["text"])
    return JSONResponse({"id": note["id"]}, 201)


async def read_note(request: Request) -> Response:
    """Give a note."""
    async with _pool(request).acquire(timeout=TIMEOUT_S) as connection:
        row = await connection.fetchrow(READ_NOTE, request.path_params["id"])
    return JSONResponse(dict(row)) if row else JSONResponse({"expected": "a note that is there"}, 404)


async def remove_note(request: Request) -> Response:
    """Remove a note."""
    async with _pool(request).acquire(timeout=TIMEOUT_S) as connection:
        removed = await connection.fetchval(REMOVE_NOTE, request.path_params["id"])
    return Response(status_code=404 if removed is None else 204)


async def health(request: Request) -> JSONResponse:
    """Answer 200 once a connection of the pool answers, or when there is none to ask."""
    if request.state.pool is not None:
        async with _pool(request).acquire(timeout=TIMEOUT_S) as connection:
            await connection.execute("SELECT 1")
    return JSONResponse({"status": "ok"})


async def facts(request: Request) -> JSONResponse:
    """Say what this process is."""
    settings: Settings = request.state.settings
    pool: asyncpg.Pool | None = request.state.pool
    level = logging.getLogger("uvicorn.error").getEffectiveLevel()
    return JSONResponse(
        {
            "framework": _installed("starlette"),
            "server": _installed("uvicorn"),
            "driver": _installed("asyncpg"),
            "orm": None,
            "language": {"name": platform.python_implementation(), "version": platform.python_version()},
            "workers": settings.workers,
            "threads": 1,
            "pool_size": None if pool is None else pool.get_max_size(),
            "queries": settings.queries,
            "event_loop": type(asyncio.get_running_loop()).__module__,
            "debug": request.app.debug,
            "log_level": logging.getLevelName(level).lower(),
            "middlewares": [],
        }
    )


def _pool(request: Request) -> asyncpg.Pool:
    pool: asyncpg.Pool = request.state.pool
    return pool


def _installed(distribution: str) -> dict[str, str]:
    return {"name": distribution, "version": metadata.version(distribution)}


ROUTES: Final = (
    Route("/health", health),
    Route("/facts", facts),
    Route("/echo", echo, methods=["POST"]),
)
ROUTES_OF_ROWS: Final = (
    Route("/updates", updates, methods=["POST"]),
    Route("/notes", create_note, methods=["POST"]),
    Route("/notes/{id:int}", read_note, methods=["GET"]),
    Route("/notes/{id:int}", remove_note, methods=["DELETE"]),
)
