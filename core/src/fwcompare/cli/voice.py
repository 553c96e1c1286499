"""What a command says while it works: on standard error, where it does not mix with results.

A command that shows its events in another way than line by line (``progress.py``) has all that is said meanwhile go
there too, so that nothing is written across its display or into its JSON.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from fwcompare.cli.hints import completed
from fwcompare.model.events import Event, Listener, Said, Stamped, Warned, line_of
from fwcompare.session.clock import SystemClock

if TYPE_CHECKING:
    from rich.console import Console

_LISTENER = "fwcompare.listener"


def say(line: str) -> None:
    """Tell a line of progress."""
    tell(Said(line))


def warn(line: str) -> None:
    """Tell a warning."""
    tell(Warned(line))


def tell(event: Event) -> None:
    """Tell what happened to whoever listens in this command; with nobody, its plain line is printed."""
    context = click.get_current_context(silent=True)
    listener: Listener = print_line if context is None else context.meta.get(_LISTENER, print_line)
    listener(stamped_now(event))


def stamped_now(event: Event) -> Stamped:
    """Give an event with the present time."""
    return Stamped(SystemClock().now(), event)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Have ``listener`` take all that this command tells meanwhile."""
    meta = click.get_current_context().meta
    meta[_LISTENER] = listener
    try:
        yield
    finally:
        del meta[_LISTENER]


def print_line(stamped: Stamped) -> None:
    """Print the plain line of what happened, where it has one."""
    line = line_of(stamped.event)
    if line is not None:
        from rich.console import Console  # noqa: PLC0415 - most commands say nothing

        show_line(line, stamped.event, Console(stderr=True, highlight=False, soft_wrap=True))


def show_line(line: str, event: Event, console: "Console") -> None:
    """Print a line on a console, as loudly as the event is."""
    line = completed(line)
    if isinstance(event, Warned):
        console.print(f"warning: {line}", markup=False, style="yellow")
    else:
        console.print(line, markup=False, style="dim")
