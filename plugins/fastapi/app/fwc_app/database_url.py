"""``DATABASE_URL``: which database it names, and whether this stack can speak to it.

What stands behind the scheme is the driver's to read: each knows its own options.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

DatabaseKind = Literal["postgresql", "mysql"]

KINDS: Final[Mapping[str, DatabaseKind]] = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql"}
EXAMPLES: Final[Mapping[DatabaseKind, str]] = {
    "postgresql": "postgresql://user:password@127.0.0.1:5432/database",
    "mysql": "mysql://user:password@127.0.0.1:3306/database",
}


class DatabaseUrlError(ValueError):
    """The URL is not one for this stack; the message is one line, seen and expected, without the URL itself."""


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A URL whose scheme and port are right; its text holds a password, so that it is never shown."""

    kind: DatabaseKind
    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str, databases: Collection[DatabaseKind]) -> DatabaseUrl:
        """Check a URL for a stack that speaks to these kinds of database.

        :raises DatabaseUrlError: when it is empty, no URL, of another database or of an impossible port.
        """
        scheme, separator, _ = text.partition("://")
        kind = KINDS.get(scheme)
        # Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
        if not text:
            seen = "nothing"
        elif not separator:
            seen = "a value without '://'"
        elif kind not in databases:
            seen = f"{scheme}://..."
        elif not _has_valid_port(text):
            seen = "one whose port is not a port number"
        else:
            return cls(kind, text)
        examples = " or ".join(example for known, example in EXAMPLES.items() if known in databases)
        message = f"saw {seen}, expected a URL like {examples}"
        raise DatabaseUrlError(message)


def _has_valid_port(url: str) -> bool:
    try:
        _ = urlsplit(url).port
    except ValueError:
        return False
    return True
