"""What a document is made of before it has a form: tables of plain text, links, and words of our own.

The makers of rows give these; ``gfm.py`` turns them into Markdown and ``pages/macros.html`` into HTML, each escaping
in its own way what came from outside. So the two documents cannot differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["good", "bad", "doubt", "none"]
"""What a word means for the reader: a page shows it by a sign and a colour, never by the colour alone."""


@dataclass(frozen=True)
class Link:
    """A link to a path relative to the document."""

    text: str
    path: str


@dataclass(frozen=True)
class Words:
    """Words that are ours, never a target's or a user's, with marks of notes (``[1]``) where there are any."""

    text: str
    kind: Kind = "none"


@dataclass(frozen=True)
class Named:
    """What names a row, and below it in small what is to be known of that; both may be from outside."""

    text: str
    below: str


Content = str | Link | Words | Named
"""What stands in a cell of a table: plain text may be from outside, and is escaped."""


@dataclass(frozen=True)
class Grid:
    """A table. ``right`` are the columns of figures, from 0; ``name`` is the column that names the row.

    Rows with the same in column ``group`` belong together. ``explained`` is said below it, ``empty`` in its place where
    it has no row.
    """

    caption: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Content]]
    right: Sequence[int] = ()
    name: int = 0
    group: int | None = None
    explained: str = ""
    empty: str = ""


_KINDS: Mapping[str, Kind] = {
    "ok": "good",
    "same work": "good",
    "pass": "good",
    "holds": "good",
    "failed": "bad",
    "invalid": "bad",
    "fails": "bad",
    "fail": "bad",
    "non-comparable": "bad",
    "no winner is named": "bad",
    "unsupported": "doubt",
    "unstable": "doubt",
    "noisy": "doubt",
    "saturated": "doubt",
    "client-bound": "doubt",
    "not audited": "doubt",
    "declared deviation": "doubt",
    "cannot be told": "doubt",
    "cannot be told apart": "doubt",
    "too few repeats to rank": "doubt",
}


def judged(word: str) -> Words:
    """Give an outcome, a verdict or a state of ours with what it means."""
    return Words(word, _KINDS.get(word, "none"))


def worst(kinds: Iterable[Kind]) -> Kind:
    """Give what a cell means that says several things."""
    found = set(kinds)
    order: tuple[Kind, ...] = ("bad", "doubt", "good")
    return next((kind for kind in order if kind in found), "none")


def leaf(value: object) -> str:
    """Write a single setting: null reads "not known", an empty list "none"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not known"
    if isinstance(value, Mapping | Sequence) and not value:
        return "none"
    return str(value)


def is_nested(value: object) -> bool:
    """Tell whether a setting holds others, that is whether it is a mapping or a list that is not empty."""
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str) and len(value) > 0
