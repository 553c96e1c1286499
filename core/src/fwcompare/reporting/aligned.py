"""A bare table of rich's as aligned lines, the same ones, for what is no terminal: a file or a pipe.

Rich takes five milliseconds a row, which is nothing for ten rows and five seconds for a thousand. Decides nothing of
the layout: a table that needs more than this (too wide, or with letters of more than one column) is left to rich.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text


def aligned_lines(console: Console, table: Table, width: int) -> list[str] | None:
    """Give the lines that rich would print within ``width`` columns, without the blanks at their ends.

    None where rich has to do it.
    """
    columns = _columns(console, table)
    if columns is None:
        return None
    widths = _widths(table, columns)
    if _total(table, widths) > width:
        return None
    gap = " " * table.padding[1]
    lines = []
    for row in zip(*columns, strict=True):
        folded = [_folded(console, text, width) for text, width in zip(row, widths, strict=True)]
        for place in range(max(map(len, folded))):
            parts = [
                (cell[place] if place < len(cell) else "").rjust(width)
                if column.justify == "right"
                else (cell[place] if place < len(cell) else "").ljust(width)
                for cell, width, column in zip(folded, widths, table.columns, strict=True)
            ]
            lines.append(gap.join(parts).rstrip())
    return lines


def aligned_width(console: Console, table: Table) -> int | None:
    """Give how many columns of letters the table would like to have; None where rich has to say it."""
    columns = _columns(console, table)
    return None if columns is None else _total(table, _widths(table, columns))


def _columns(console: Console, table: Table) -> list[list[str]] | None:
    """Give header and cells of each column as plain text; None where they are not."""
    if console.is_terminal or table.box is not None or not table.columns:
        return None
    found = []
    for column in table.columns:
        cells = [cell.plain if isinstance(cell, Text) else None for cell in column.cells]
        texts = [column.header if isinstance(column.header, str) else None, *cells]
        if any(text is None or not text.isascii() for text in texts):
            return None
        found.append([text for text in texts if text is not None])
    return found


def _widths(table: Table, columns: Sequence[Sequence[str]]) -> list[int]:
    return [
        min(column.max_width or _ANY, max(len(line) for text in texts for line in text.split("\n")))
        for column, texts in zip(table.columns, columns, strict=True)
    ]


_ANY = 10**9


def _total(table: Table, widths: Sequence[int]) -> int:
    return sum(widths) + table.padding[1] * (len(widths) - 1)


def _folded(console: Console, text: str, width: int) -> list[str]:
    lines = text.split("\n")
    if all(len(line) <= width for line in lines):
        return lines
    return [line.plain.rstrip() for line in Text(text).wrap(console, width, overflow="fold")]
