"""A document that a command writes where the user said."""

from pathlib import Path

from fwcompare.cli.voice import say
from fwcompare.errors import HostError


def write_document(path: Path, content: str | bytes) -> None:
    """Write a document and say where it is.

    :raises HostError: when it cannot be written.
    """
    try:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise HostError(
            f"{path} cannot be written",
            seen=str(error),
            expected="a file in a folder that exists and may be written to",
        ) from error
    say(f"written: {path}")
