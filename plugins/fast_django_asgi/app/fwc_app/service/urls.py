"""``GET /health`` and ``GET /facts``."""

from __future__ import annotations

from fast_django.routers import APIRouter
from fastapi import Request

from fwc_app.facts import Facts, read_facts
from fwc_app.health import Healthy
from fwc_app.pool import TortoiseDatabase

router = APIRouter()


@router.get("/health")
async def health(request: Request) -> Healthy:
    """Answer 200 when the pool and the database do, or when there is none to ask."""
    database: TortoiseDatabase | None = request.app.state.database
    if database is not None:
        await database.ping()
    return Healthy()


@router.get("/facts")
async def facts(request: Request) -> Facts:
    """Answer what this process is."""
    return read_facts(request.app, request.app.state.settings, request.app.state.database)
