"""The application: which address shows what. Everything is read when it is asked for, and nothing is written.

Who may ask is decided before (``access.py``).
"""

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fwcompare.errors import FwcompareError
from fwcompare.ui.access import plain_page
from fwcompare.ui.library import NoSuchRunError
from fwcompare.ui.room import FRAMELESS, Room, as_answer
from fwcompare.ui.run_pages import Wanted, problem_page, runs_page
from fwcompare.ui.run_routes import run_routes
from fwcompare.ui.several_pages import RefusedError
from fwcompare.ui.several_routes import several_routes

_NOT_FOUND = 404
_UNREADABLE = 422


def make_app(room: Room) -> FastAPI:
    """Give the application for the runs of one results folder."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_exception_handler(FwcompareError, _tell_error)
    app.add_exception_handler(HTTPException, _tell_status)
    app.add_exception_handler(RequestValidationError, _tell_question)
    for router in (_front(room), several_routes(room), run_routes(room)):
        app.include_router(router)
    return app


def _front(room: Room) -> APIRouter:
    router = APIRouter()

    @router.get("/favicon.ico")
    def icon() -> Response:
        return Response(status_code=204)

    @router.get("/")
    def runs(scenario: str = "", target: str = "", tag: str = "") -> HTMLResponse:
        wanted = Wanted(scenario or None, target or None, tag or None)
        return as_answer(runs_page(room.index.runs(), wanted, str(room.library.results)))

    return router


def _tell_error(_request: Request, error: Exception) -> HTMLResponse:
    if not isinstance(error, FwcompareError):
        raise error
    status = _NOT_FOUND if isinstance(error, NoSuchRunError) else _UNREADABLE
    headline, *lines = error.lines()
    again = error.again if isinstance(error, RefusedError) else None
    return HTMLResponse(problem_page(headline, lines, again=again), status_code=status, headers=FRAMELESS)


def _tell_status(_request: Request, error: Exception) -> HTMLResponse:
    if not isinstance(error, HTTPException):
        raise error
    return HTMLResponse(plain_page("Not shown", str(error.detail)), status_code=error.status_code)


def _tell_question(_request: Request, error: Exception) -> HTMLResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return HTMLResponse(plain_page("Not understood", "; ".join(told)), status_code=_UNREADABLE)
