"""Addresses about several runs: ``/compare``, ``/matrix``, ``/history``, ``/difference``."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from fwcompare.model.history import TrendMetric
from fwcompare.ui import several_pages
from fwcompare.ui.flame_pages import difference_page
from fwcompare.ui.room import Room, as_answer


def several_routes(room: Room) -> APIRouter:
    """Give the routes; runs are named by ``run``, once for each."""
    router = APIRouter()
    library = room.library

    @router.get("/compare")
    def compare(run: Annotated[tuple[str, ...], Query()] = (), *, force: bool = False) -> HTMLResponse:
        return as_answer(several_pages.compare(library, run, force=force))

    @router.get("/matrix")
    def matrix(
        run: Annotated[tuple[str, ...], Query()] = (), baseline: str = "", *, latest: bool = False
    ) -> HTMLResponse:
        return as_answer(several_pages.matrix(library, run, baseline or None, latest=latest))

    @router.get("/difference")
    def difference(run: str, a: str, b: str, run_b: str = "") -> HTMLResponse:
        one, other = library.read(run).report, library.read(run_b or run).report
        return as_answer(difference_page((one, a), (other, b)))

    @router.get("/history")
    def history(target: str, metric: TrendMetric = "throughput") -> HTMLResponse:
        return as_answer(several_pages.history(room.index, target, metric))

    return router
