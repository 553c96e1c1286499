"""How ``fwcompare run`` shows what goes on: lines, JSON, or at a terminal a few lines that stay at its bottom.

Drawing costs little and happens twice a second, whatever is told: the load generator may share the CPU with it.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from rich.console import Console, RenderableType
from rich.live import Live as Display

from fwcompare.cli.progress_lines import Lines, Loudness, is_loud_enough, print_json
from fwcompare.cli.progress_scene import Scene, after, draw
from fwcompare.cli.voice import heard_by, show_line
from fwcompare.model.events import Listener, Live, PhaseBegan, Stamped, StepBegan, TrialBegan, line_of

LogFormat = Literal["text", "json"]

_REFRESHES_PER_S: Final = 2
_SHOW_CURSOR: Final = b"\x1b[?25h\n"


@dataclass(frozen=True)
class Watching:
    """How a user wants to watch. ``loudness`` is of text; JSON tells everything."""

    loudness: Loudness = "usual"
    log_format: LogFormat = "text"


class Bottom:
    """Keeps the scene at the bottom of a console, while what is over scrolls above it."""

    def __init__(self, console: Console, loudness: Loudness, now_s: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._loudness = loudness
        self._now_s = now_s
        self._scene = Scene()

    def __call__(self, stamped: Stamped) -> None:
        """Take an event."""
        event = stamped.event
        # The drawing thread sees one scene or the next, both whole.
        self._scene = after(self._scene, event, self._now_s())
        # What begins is in the scene.
        if isinstance(event, Live | PhaseBegan | StepBegan | TrialBegan) or not is_loud_enough(event, self._loudness):
            return
        line = line_of(event)
        if line is not None:
            show_line(line, event, self._console)

    def draw(self) -> RenderableType:
        """Draw the scene as it is now."""
        return draw(self._scene, self._now_s())


@contextmanager
def listening(watching: Watching) -> Iterator[Listener]:
    """Give who takes the events of a run, and all else that the command tells meanwhile."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    loudness = watching.loudness
    if watching.log_format == "json":
        with heard_by(print_json):
            yield print_json
    elif loudness == "quiet" or not is_display(console):
        lines = Lines(loudness, console)
        with heard_by(lines):
            yield lines
    else:
        bottom = Bottom(console, loudness)
        display = Display(
            console=console, get_renderable=bottom.draw, refresh_per_second=_REFRESHES_PER_S, transient=True
        )
        with heard_by(bottom), display:
            yield bottom


def is_display(console: Console) -> bool:
    """Tell whether standard error is a terminal on which lines can be drawn over."""
    # A console believes FORCE_COLOR; a file has no bottom all the same.
    return sys.stderr.isatty() and not console.is_dumb_terminal


def leave_display() -> None:
    """Give a terminal its cursor back, for a process that ends without clean-up."""
    if sys.stderr.isatty():
        os.write(sys.stderr.fileno(), _SHOW_CURSOR)
