"""Tables as HTML: every text from outside escaped, a wide one scrolling by itself, a long one folded after some rows.

Written by hand and not by a template: a report may have tens of thousands of cells.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from markupsafe import Markup, escape

from fwcompare.reporting import figures
from fwcompare.reporting.document import Content, Grid, Link, Words

OPEN_ROWS = 100
"""So many rows of a table stand open; the others are folded below it."""

_MARK = re.compile(r"\[(\d+)\]")
_BOUNDS = re.compile(r" (\([\d.,]+ to [\d.,]+\))$")
_LONG = 30
_LONG_NAME = 28


def grid_html(grid: Grid, *, open_rows: int = OPEN_ROWS) -> Markup:
    """Lay out a table with what is said below it, or what is said in its place."""
    if not grid.rows:
        return Markup("<p>{}</p>").format(grid.empty)
    parts = [_table(grid, grid.rows[:open_rows], grid.caption)]
    rest = grid.rows[open_rows:]
    if rest:
        said = f"{figures.count(len(rest), 'more row')}{_of_which(rest)}"
        parts.append(Markup("<details><summary>{}</summary>").format(said))
        parts.append(_table(grid, rest, f"{grid.caption} (continued)"))
        parts.append(Markup("</details>"))
    if grid.explained:
        parts.append(Markup('<p class="soft">{}</p>').format(grid.explained))
    return Markup("\n").join(parts)


def _of_which(rows: Sequence[Sequence[Content]]) -> str:
    """Say how many of the rows say something bad, so that folding hides none of it."""
    bad = sum(any(isinstance(told, Words) and told.kind == "bad" for told in row) for row in rows)
    return f", {bad:,} of them failed, invalid or not comparable" if bad else ""


def _table(grid: Grid, rows: Sequence[Sequence[Content]], caption: str) -> Markup:
    right = frozenset(grid.right)
    heads = "".join(
        f'<th scope="col"{_RIGHT if place in right else ""}>{escape(title)}</th>'
        for place, title in enumerate(grid.header)
    )
    body = "\n".join(_row(grid, row, right, first=_begins(grid, rows, place)) for place, row in enumerate(rows))
    # Each text in it was escaped by `content_html` or above.
    return Markup(  # noqa: S704
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _begins(grid: Grid, rows: Sequence[Sequence[Content]], place: int) -> bool:
    """Tell whether a row begins a group that follows another."""
    return grid.group is not None and place > 0 and rows[place][grid.group] != rows[place - 1][grid.group]


def _row(grid: Grid, row: Sequence[Content], right: frozenset[int], *, first: bool) -> str:
    cells = []
    for place, told in enumerate(row):
        text = content_html(told)
        if place == grid.name:
            cells.append(f'<th scope="row"{_WRAPS if _length(told) > _LONG_NAME else ""}>{text}</th>')
        elif place in right:
            cells.append(f"<td{_RIGHT}>{text}</td>")
        else:
            cells.append(f"<td{_WRAPS if _length(told) > _LONG else ''}>{text}</td>")
    return f"<tr{_FIRST if first else ''}>{''.join(cells)}</tr>"


def content_html(told: Content) -> Markup:
    """Write what stands in a cell of a table."""
    if isinstance(told, Link):
        return Markup('<a href="{}">{}</a>').format(quote(told.path), told.text)
    if isinstance(told, str):
        return escape(figures.one_line(told))
    # Of a plain string: joining a Markup would escape what is put in.
    marked = _MARK.sub(r'<a class="mark" href="#note-\1">[\1]</a>', str(escape(told.text)))
    bounded = _BOUNDS.sub(r" <small>\1</small>", marked)
    return Markup(bounded if told.kind == "none" else f'<span class="{told.kind}">{bounded}</span>')  # noqa: S704 - escaped


def _length(told: Content) -> int:
    return len(told if isinstance(told, str) else told.text)


_RIGHT = ' class="n"'
_WRAPS = ' class="t"'
_FIRST = ' class="first"'
