"""What a command says while it works: on standard error, where it does not mix with results."""

from rich.console import Console


def say(line: str) -> None:
    """Print a line of progress."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(line, markup=False, style="dim")


def warn(line: str) -> None:
    """Print a warning."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"warning: {line}", markup=False, style="yellow")
