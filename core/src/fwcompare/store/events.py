"""``events.jsonl`` of a run directory: what happened, line by line, as it happens.

For whoever watches a run from outside. No figure of a report comes from it, so that nothing is synced and a disk that
takes no more is no failure of the run. Sessions that resume a run add to the same file.
"""

import os
from pathlib import Path

from pydantic import ValidationError

from fwcompare.model.events import STAMPED, Stamped

EVENTS = "events.jsonl"


class EventFile:
    """Appends events; the file is made with the first one. ``close`` when the session ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._refused = False

    def add(self, stamped: Stamped) -> str | None:
        """Append one event; give why that cannot be done, once, and do nothing from then on."""
        if self._refused:
            return None
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            line = STAMPED.dump_json(stamped) + b"\n"
            # In one piece, past any buffer: a reader sees it at once, and what a full disk refused is not tried again.
            written = os.write(self._file, line)
        except OSError as error:
            self._refused = True
            return f"{self._path.name} cannot be written: {error}"
        if written < len(line):
            self._refused = True
            return f"{self._path.name} cannot be written: the disk took {written} of {len(line)} bytes"
        return None

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._refused = True


def read_events(path: Path, offset: int = 0, *, until: int | None = None) -> tuple[tuple[Stamped, ...], int]:
    """Read the events behind ``offset`` bytes; give them with the offset to go on from.

    :param until: the byte to stop at, where that is not the end of the file.

    Stops before a last line that is not whole yet, and leaves out whole lines that are of another format. A file that
    is not there has none. One that became shorter, as a torn line is cut off when a run is resumed, is taken up at its
    present end.

    :raises OSError: when it is there and cannot be read.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            offset = min(offset, end)
            file.seek(offset)
            # Whoever asks may say what it likes: no more is asked for than there is.
            text = file.read(max(0, min(end if until is None else until, end) - offset))
    except FileNotFoundError:
        return (), offset
    whole = text.rfind(b"\n") + 1
    events = []
    for line in text[:whole].splitlines():
        try:
            events.append(STAMPED.validate_json(line))
        except ValidationError:
            continue
    return tuple(events), offset + whole
