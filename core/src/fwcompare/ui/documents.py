"""Which files of a run are handed out, and as what: an allow-list of the documents that fwcompare writes.

A file of a run may hold what a target wrote, and a run may have come from somebody else. What a browser would draw
(a page, an SVG) is handed out in a sandbox, where its scripts run without rights and without a network; all else is
text or a picture.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TEXT: Final = "text/plain; charset=utf-8"
_SANDBOX: Final = (
    "sandbox allow-scripts allow-modals; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PLAIN: Final = "default-src 'none'; frame-ancestors 'none'"
_NAME: Final = r"[^/\x00]+"
_ALLOWED: Final = (
    (r"report\.html", "text/html; charset=utf-8"),
    (r"report\.md", _TEXT),
    (r"results\.csv", "text/csv; charset=utf-8"),
    (r"summary\.json", "application/json"),
    (rf"plots/{_NAME}\.png", "image/png"),
    (rf"plots/{_NAME}\.svg", "image/svg+xml"),
    (rf"flamegraphs/{_NAME}\.svg", "image/svg+xml"),
    (rf"trials/{_NAME}/{_NAME}/flamegraph\.svg", "image/svg+xml"),
    (rf"trials/{_NAME}/{_NAME}/profile\.folded", _TEXT),
    (rf"trials/{_NAME}/{_NAME}/{_NAME}\.log", _TEXT),
    (rf"parity/{_NAME}/{_NAME}\.log", _TEXT),
    (rf"parity/{_NAME}/request\.sql", _TEXT),
)
_DRAWN: Final = ("text/html; charset=utf-8", "image/svg+xml")


@dataclass(frozen=True)
class Document:
    """A file that may be handed out: where it is, what it is, and the content security policy it is given."""

    path: Path
    media_type: str
    policy: str


def find_document(folder: Path, name: str) -> Document | None:
    """Find a file of a run by its path within the run directory, with slashes; None when it is not to be had.

    :param folder: the run directory, resolved.
    """
    media_type = next((media for pattern, media in _ALLOWED if re.fullmatch(pattern, name)), None)
    if media_type is None or {"", ".", ".."} & set(name.split("/")):
        return None
    path = folder / name
    # Equal only when no part of the way is a link.
    if path.resolve() != path or not path.is_file():
        return None
    return Document(path, media_type, _SANDBOX if media_type in _DRAWN else _PLAIN)


def list_documents(folder: Path) -> list[str]:
    """Name the documents at the top of a run directory and its plots, as :func:`find_document` takes them."""
    places = [*sorted(folder.iterdir()), *sorted(folder.glob("plots/*")), *sorted(folder.glob("flamegraphs/*"))]
    names = [place.relative_to(folder).as_posix() for place in places]
    return [name for name in names if find_document(folder, name) is not None]
