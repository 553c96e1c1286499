"""Tables as HTML: every text from outside escaped, a wide one scrolling by itself, a long one folded after some rows.

Written by hand and not by a template: a report may have tens of thousands of cells. For the same reason a cell is its
text and its opening tag: HTML ends ``td``, ``th`` and ``tr`` by itself, columns of figures are told by classes of their
table (``r3``: the fourth), and how narrow a column may become stands in its heading.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from markupsafe import Markup, escape

from fwcompare.reporting import figures
from fwcompare.reporting.document import Content, Grid, Link, Named, Words

OPEN_ROWS = 100
"""So many rows of a table stand open; the others are folded below it."""

_MARK = re.compile(r"\[(\d+)\]")
_BELOW = re.compile(r" (\([\d.,]+ to [\d.,]+\)|\(\d+%\))(?=$| <a )")
"""Bounds, and a share of a limit: they stand in a line below their figure."""

_SHORT, _MIDDLE, _LONG = 12, 14, 24
"""How many characters wide a column of texts is at least: all of a short one, and more where there are sentences."""

_SENTENCE = 60


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
        f'<th scope="col"{"" if place in right else _least(row[place] for row in rows)}>{escape(title)}</th>'
        for place, title in enumerate(grid.header)
    )
    body = "\n".join(_row(grid, row, first=_begins(grid, rows, place)) for place, row in enumerate(rows))
    classes = " ".join(["grid", *(f"r{place}" for place in sorted(right))])
    # Each text in it was escaped by `content_html` or above.
    return Markup(  # noqa: S704
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}"><table class="{classes}">'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _least(column: Iterable[Content]) -> str:
    """Say how narrow a column of texts may become: as wide as its words, and as reads well."""
    texts = [told if isinstance(told, str) else told.text for told in column]
    longest = max(map(len, texts), default=0)
    word = max((len(word) for text in texts for word in text.split()), default=0)
    wanted = longest if longest <= _SHORT else _MIDDLE if longest <= _SENTENCE else _LONG
    return f' style="min-width:{min(max(wanted, word), _LONG)}ch"'


def _begins(grid: Grid, rows: Sequence[Sequence[Content]], place: int) -> bool:
    """Tell whether a row begins a group that follows another."""
    return grid.group is not None and place > 0 and rows[place][grid.group] != rows[place - 1][grid.group]


def _row(grid: Grid, row: Sequence[Content], *, first: bool) -> str:
    cells = (f"<{'th' if place == grid.name else 'td'}>{content_html(told)}" for place, told in enumerate(row))
    return f"<tr{_FIRST if first else ''}>{''.join(cells)}"


def content_html(told: Content) -> Markup:
    """Write what stands in a cell of a table."""
    if isinstance(told, Link):
        return Markup('<a href="{}">{}</a>').format(quote(told.path), told.text)
    if isinstance(told, str):
        return escape(figures.one_line(told))
    if isinstance(told, Named):
        return Markup("{}<small>{}</small>").format(figures.one_line(told.text), figures.one_line(told.below))
    # Of a plain string: joining a Markup would escape what is put in.
    marked = _MARK.sub(r'<a href="#note-\1">[\1]</a>', str(escape(told.text)))
    bounded = _BELOW.sub(r" <small>\1</small>", marked)
    return Markup(bounded if told.kind == "none" else f'<span class="{told.kind}">{bounded}</span>')  # noqa: S704 - escaped


_FIRST = ' class="first"'
