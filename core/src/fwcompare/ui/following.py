"""Follows the events of a run while it goes on, for whoever watches it in a browser.

The place in the file, in bytes, is what a browser that lost the connection comes back with; what lies before it is
folded once more, so that every message tells of the whole run.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fwcompare.store.events import EVENTS, read_events
from fwcompare.store.index_rows import is_held
from fwcompare.ui.watching import Watched

_LOOK_EVERY_S: Final = 0.4
_QUIET_LOOKS: Final = 2
"""After so many looks that showed nothing new, the time that is left is told anew."""


@dataclass(frozen=True)
class Moment:
    """A run as its events up to ``offset`` tell it. ``going_on`` says whether a process works at it."""

    watched: Watched
    offset: int
    going_on: bool


def look(folder: Path) -> Moment:
    """See a run as it is now, with all that its events told."""
    # Asked before the events are read: of a run that has let go, the last event is there already.
    going_on = is_held(folder)
    events, offset = read_events(folder / EVENTS)
    return Moment(Watched().after_all(events), offset, going_on)


async def follow(folder: Path, offset: int, is_ending: Callable[[], bool]) -> AsyncIterator[Moment]:
    """Give a moment at once, after every change and every second; the last one is of a run that no longer goes on.

    Points, results and lines are those that are new since the moment before.

    :param offset: up to where whoever watches knows the events.
    :param is_ending: whether the server is about to end; nothing is given any more then.
    """
    path = folder / EVENTS
    known, _ = await asyncio.to_thread(read_events, path, until=offset)
    watched = Watched().after_all(known)
    quiet = _QUIET_LOOKS
    while not is_ending():
        going_on = await asyncio.to_thread(is_held, folder)
        events, offset = await asyncio.to_thread(read_events, path, offset)
        watched = watched.forgetting().after_all(events)
        quiet = 0 if events else quiet + 1
        if not quiet or quiet > _QUIET_LOOKS or not going_on:
            quiet = 0
            yield Moment(watched, offset, going_on)
        if not going_on:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
