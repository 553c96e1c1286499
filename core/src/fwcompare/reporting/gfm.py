"""GitHub-flavoured Markdown: escaping, tables, links, nested lists, code.

Whatever a target, a log or a user wrote passes through :func:`escape` (or :func:`code`), so that it can
neither end a table cell nor become markup. Leaves out what is shown (``markdown.py``).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from fwcompare.reporting.document import Content, Grid, Link, Named, is_nested, leaf
from fwcompare.reporting.figures import one_line

_SPECIAL = re.compile(r"[\\`*_\[\]|~$&<>]")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LEADING = re.compile(r"^(\d*)([-+=#.)]+)(?=\s|$)")
_ESCAPED = r"\1\\\2"


def escape(text: str) -> str:
    """Give text that Markdown shows as it is, on one line, within a table's cell or within a sentence."""
    return _SPECIAL.sub(_escaped, one_line(text))


def _escaped(found: re.Match[str]) -> str:
    return _HTML.get(found[0]) or f"\\{found[0]}"


def paragraph(text: str) -> str:
    """Escape text that begins a line or a list's item, where it must not become a list or a heading."""
    return _LEADING.sub(_ESCAPED, escape(text))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Lay out a table of finished Markdown; ``right`` are the columns of figures, from 0."""
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)]


def grid(made: Grid) -> list[str]:
    """Lay out a table with what is said below it, or what is said in its place."""
    if not made.rows:
        return [paragraph(made.empty)]
    rows = table([escape(name) for name in made.header], [list(map(content, row)) for row in made.rows], made.right)
    return [*rows, *(["", escape(made.explained)] if made.explained else [])]


def content(told: Content) -> str:
    """Write what stands in a cell of a table; words of ours are written as they are."""
    if isinstance(told, Link):
        return link(told.text, told.path)
    if isinstance(told, Named):
        return escape(f"{told.text} ({told.below})")
    return escape(told) if isinstance(told, str) else told.text


def link(text: str, path: str) -> str:
    """Link to a path relative to the document."""
    return f"[{escape(text)}]({quote(path)})"


def image(text: str, path: str) -> str:
    """Show an image by a path relative to the document."""
    return f"!{link(text, path)}"


def code_block(text: str) -> list[str]:
    """Show text as it is; the fence is longer than any within."""
    ticks = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    return [f"{fence}console", *text.splitlines(), fence]


def bullets(value: object, depth: int = 0) -> list[str]:
    """Write nested mappings and lists as a nested bullet list; null reads "not known"."""
    indent = "  " * depth
    if isinstance(value, Mapping):
        lines = []
        for name, inner in value.items():
            if is_nested(inner):
                lines += [f"{indent}- {paragraph(str(name))}:", *bullets(inner, depth + 1)]
            else:
                lines.append(f"{indent}- {paragraph(str(name))}: {escape(leaf(inner))}")
        return lines
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [line for inner in value for line in _item(inner, depth)]
    return _item(value, depth)


def _item(value: object, depth: int) -> list[str]:
    if not is_nested(value):
        return [f"{'  ' * depth}- {paragraph(leaf(value))}"]
    return [f"{'  ' * depth}- each of:", *bullets(value, depth + 1)]
