"""What every route is given, and how a page becomes an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import HTMLResponse

from fwcompare.store.index import Index
from fwcompare.ui.library import Library

FRAMELESS: Final = {"Content-Security-Policy": "frame-ancestors 'none'; object-src 'none'"}
"""Beside the policy that a page carries in itself: what only a header can say."""


@dataclass(frozen=True)
class Room:
    """The runs of one results folder.

    ``now`` is the time of day, with its zone. ``is_ending`` says whether the server is about to end: what streams must
    end then.
    """

    library: Library
    index: Index
    now: Callable[[], datetime]
    is_ending: Callable[[], bool]


def as_answer(html: str) -> HTMLResponse:
    """Answer with a page that carries its own content security policy."""
    return HTMLResponse(html, headers=FRAMELESS)
