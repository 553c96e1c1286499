"""Addresses about one run: its page, its report, its flamegraphs, its files, and what it tells while it goes on."""

import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import FileResponse, HTMLResponse, Response

from fwcompare.model.history import IndexedRun
from fwcompare.reporting.html_page import render_page
from fwcompare.store.run_directory import RunDirectory
from fwcompare.ui import links
from fwcompare.ui.documents import find_document, list_documents
from fwcompare.ui.flame_pages import flamegraph_page
from fwcompare.ui.following import follow, look
from fwcompare.ui.library import NoSuchRunError, find_trial
from fwcompare.ui.room import Room, as_answer
from fwcompare.ui.run_pages import live_message, live_page, run_page, with_history


def run_routes(room: Room) -> APIRouter:
    """Give the routes below ``/runs/NAME/``; one that is not in the list of runs answers 404."""
    library = room.library

    def found(name: str) -> RunDirectory:
        return library.find(name)

    router = APIRouter(prefix="/runs/{name}")
    Found = Annotated[RunDirectory, Depends(found)]  # noqa: N806 - a type

    @router.get("/")
    def one_run(run: Found) -> HTMLResponse:
        runs = room.index.runs()
        indexed = next((each for each in runs if each.name == run.name), IndexedRun(run.name, "unreadable"))
        reading, moment = library.read(run.name), look(run.folder)
        documents = list_documents(run.folder)
        page = run_page(indexed, reading, moment, room.now(), documents=documents, historied=with_history(runs))
        return as_answer(page)

    @router.get("/live")
    def live(run: Found) -> HTMLResponse:
        return as_answer(live_page(run.name, look(run.folder), room.now()))

    @router.get("/events", response_class=EventSourceResponse)
    async def events(
        run: Found,
        since: Annotated[int, Query(alias="from", ge=0)] = 0,
        last_event_id: Annotated[str, Header()] = "",
    ) -> AsyncIterator[ServerSentEvent]:
        offset = int(last_event_id) if re.fullmatch("[0-9]{1,15}", last_event_id) else since
        async for moment in follow(run.folder, offset, room.is_ending):
            kind = None if moment.going_on else "ended"
            yield ServerSentEvent(data=live_message(moment, room.now()), id=str(moment.offset), event=kind)

    @router.get("/report")
    def report(run: Found) -> HTMLResponse:
        # Made anew, never the file: what lies on the disk may have come from anybody, and would run as ours.
        page = render_page(library.read(run.name).report)
        return as_answer(links.with_trail(page, [links.HOME, (run.name, links.run_link(run.name))], "report"))

    @router.get("/flamegraph")
    def flamegraph(run: Found, cell: str, block: str) -> HTMLResponse:
        made = library.read(run.name).report
        return as_answer(flamegraph_page(made, find_trial(made, cell, block)))

    @router.get("/{path:path}")
    def document(run: Found, path: str) -> Response:
        there = find_document(run.folder, path)
        if there is None:
            raise NoSuchRunError(f"run {run.name} has no file {path!r} to show", expected="one that its page lists")
        return FileResponse(there.path, media_type=there.media_type, headers={"Content-Security-Policy": there.policy})

    return router
