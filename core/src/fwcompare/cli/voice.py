"""What a command says while it works: on standard error, where it does not mix with results."""

from rich.console import Console

from fwcompare.model.events import Stamped, Warned, line_of


def say(line: str) -> None:
    """Print a line of progress."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(line, markup=False, style="dim")


def warn(line: str) -> None:
    """Print a warning."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"warning: {line}", markup=False, style="yellow")


def listen(stamped: Stamped) -> None:
    """Print the plain line of what happened."""
    line = line_of(stamped.event)
    if line is not None:
        (warn if isinstance(stamped.event, Warned) else say)(line)
