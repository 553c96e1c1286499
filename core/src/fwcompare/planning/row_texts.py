"""From the text of a file of rows to the texts that a value takes in turn: one column of CSV or of JSON lines.

Text in, texts out: whoever calls this has read the file. A row that lacks the column is refused, not skipped, since
two values of one file must stay in step.
"""

import csv
import json
from collections.abc import Iterator, Sequence

from fwcompare.errors import ScenarioError

_ALONE = ""
"""The column of JSON lines that hold one thing each and no keys."""


def row_texts(text: str, source: str, column: str | None) -> tuple[str, ...]:
    """Give the texts of one column, in the order of the file.

    :param source: the file's name, whose suffix says what it is: ``.csv`` with a header line, else JSON lines.
    :param column: may be left out where there is only one.
    :raises ScenarioError: the file is empty or has no such column; then its columns are told.
    """
    rows = list(_csv_rows(text, source) if source.lower().endswith(".csv") else _json_rows(text, source))
    if not rows:
        raise ScenarioError(f"file of rows {source} is empty", expected="one row at least, beside a header line")
    chosen = _chosen(list(rows[0][1]), source, column)
    for line, row in rows:
        if chosen not in row:
            what = f"no {chosen!r}, but {', '.join(row)}" if _ALONE not in row else "no keys"
            raise ScenarioError(f"file of rows {source}, line {line}, differs from the first", seen=what)
    return tuple(row[chosen] for _, row in rows)


def _chosen(columns: Sequence[str], source: str, column: str | None) -> str:
    named = [name for name in columns if name != _ALONE]
    if column is None and len(columns) == 1:
        return columns[0]
    if column is not None and column in named:
        return column
    asked = "several columns, and none was chosen" if column is None else f"no column {column!r}"
    raise ScenarioError(
        f"file of rows {source} has {asked}",
        seen=f"columns: {', '.join(named)}" if named else "rows without keys",
        expected=f"one of them, such as rows:{source}:{named[0]}" if named else f"no column: rows:{source}",
    )


def _csv_rows(text: str, source: str) -> Iterator[tuple[int, dict[str, str]]]:
    # Not splitlines(): a field may hold U+2028.
    reader = csv.reader((f"{line}\n" for line in text.split("\n")), strict=True)
    try:
        header = next(reader, [])
        if len(set(header)) < len(header):
            raise ScenarioError(f"file of rows {source} has a column twice", seen=f"columns: {', '.join(header)}")
        for row in reader:
            if row and len(row) != len(header):
                raise ScenarioError(
                    f"file of rows {source}, line {reader.line_num}, is no row",
                    seen=f"{len(row)} fields",
                    expected=f"{len(header)}, as in the header line",
                )
            if row:
                yield reader.line_num, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise ScenarioError(
            f"file of rows {source}, line {reader.line_num}, is no CSV", seen=str(error), expected="RFC 4180"
        ) from error


def _json_rows(text: str, source: str) -> Iterator[tuple[int, dict[str, str]]]:
    # As above: a string of JSON may hold U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ScenarioError(
                f"file of rows {source}, line {number}, is no JSON", seen=str(error), expected="one value a line"
            ) from error
        keyed = row if isinstance(row, dict) else {_ALONE: row}
        yield number, {name: _text(content) for name, content in keyed.items()}


def _text(content: object) -> str:
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, separators=(",", ":"))
