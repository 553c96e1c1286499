"""On which line of a TOML text each key stands, which ``tomllib`` does not tell.

There is no second grammar here: ``tomllib`` reads the text statement by statement (a table's header, or a key with its
value). A statement goes on for as long as what was read of it is no TOML, as a list over several lines does.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence

KeyPath = tuple[str | int, ...]
"""The way to a value: a name into a table, a position into a list."""


def lines_of_keys(text: str) -> Mapping[KeyPath, int]:
    """Give the line, from 1 on, of every table, key and item of a list, all within one statement on its first.

    :param text: what ``tomllib`` reads without an error.
    """
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, statement, value in _statements(text):
        if statement.lstrip().startswith("["):
            table = _table(value, counts, opens_item=statement.lstrip().startswith("[["))
            found.setdefault(table, line)
            continue
        for path in _paths(value):
            found.setdefault((*table, *path), line)
    return found


def nearest_line(lines: Mapping[KeyPath, int], path: Sequence[str | int]) -> int:
    """Give the line of the deepest part of ``path`` that stands in the text; the first line when none does."""
    return next((lines[part] for end in range(len(path), 0, -1) if (part := tuple(path[:end])) in lines), 1)


def _statements(text: str) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    begun, first = "", 1
    for number, line in enumerate(text.split("\n"), start=1):
        if not begun:
            first = number
        begun += f"{line}\n"
        try:
            value = tomllib.loads(begun)
        except tomllib.TOMLDecodeError:
            continue
        if value:
            yield first, begun, value
        begun = ""


def _table(header: Mapping[str, object], counts: dict[KeyPath, int], *, opens_item: bool) -> KeyPath:
    """Give the path of a header's table, each list on its way at its latest item."""
    path: KeyPath = ()
    names = list(_names(header))
    for depth, name in enumerate(names, start=1):
        path = (*path, name)
        if opens_item and depth == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _names(header: object) -> Iterator[str]:
    while header:
        if isinstance(header, list):
            header = header[0]
        elif isinstance(header, dict):
            ((name, header),) = header.items()
            yield name


def _paths(value: object) -> Iterator[KeyPath]:
    """Give the way to everything in a value, the outer before the inner."""
    inner: Sequence[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for part, held in inner:
        yield (part,)
        for rest in _paths(held):
            yield (part, *rest)
