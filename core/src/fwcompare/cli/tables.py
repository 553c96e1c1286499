"""Tables on a terminal; plain aligned lines, without colours or boxes, anywhere else."""

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Collection[str] = ()) -> None:
    """Print rows under headers on standard output.

    :param whole: the headers of columns that a narrow terminal may not shorten: names that one has to type.
    """
    console = Console(highlight=False)
    if console.is_terminal:
        columns = [Column(header, no_wrap=header in whole) for header in headers]
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
        return
    widths = [max(len(row[column]) for row in (headers, *rows)) for column in range(len(headers))]
    for row in (headers, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(line.rstrip(), markup=False, soft_wrap=True)
