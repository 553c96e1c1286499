"""A document that a command writes where the user said."""

from pathlib import Path

from fwcompare.cli.voice import say
from fwcompare.errors import HostError


def write_document(path: Path, text: str) -> None:
    """Write a document and say where it is.

    :raises HostError: when it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HostError(
            f"{path} cannot be written",
            seen=str(error),
            expected="a file in a folder that exists and may be written to",
        ) from error
    say(f"written: {path}")
