"""The files that ``fwcompare load`` reads before the load: bodies, flows, and rows that values take in turn."""

import os
from collections.abc import Mapping
from pathlib import Path

import click

from fwcompare.model.flows import FlowsFile
from fwcompare.model.values import Drawn, RowsOf, RowTexts, ValueSettings
from fwcompare.planning.flows_file import parse_flows
from fwcompare.planning.row_texts import row_texts


def content_of(given: str | None, flag: str) -> bytes | None:
    """Give what ``TEXT|@FILE`` stands for: the text itself, or the bytes of the file.

    :raises click.BadParameter: the file cannot be read.
    """
    if given is None or not given.startswith("@"):
        # As the bytes that were typed, which need not be UTF-8.
        return None if given is None else os.fsencode(given)
    return _read(Path(given[1:]), flag, "a file after @")


def text_of(given: str | None, flag: str) -> str | None:
    """Give what ``TEXT|@FILE`` stands for, where it must be text.

    :raises click.BadParameter: the file cannot be read, or is not UTF-8.
    """
    if given is None or not given.startswith("@"):
        return given
    return _read_text(Path(given[1:]), flag, "a file after @")


def read_flows(path: str) -> FlowsFile:
    """Read the file of ``--flows``.

    :raises click.BadParameter: it cannot be read.
    :raises ScenarioError: it has a problem.
    """
    return parse_flows(_read_text(Path(path), "--flows", "a file of YAML or JSON"), path)


def drawn_values(values: Mapping[str, ValueSettings], *, beside: str | None) -> tuple[tuple[str, Drawn], ...]:
    """Give each value as the load draws it: of files, the rows.

    :param beside: the file that names of files are relative to.
    :raises click.BadParameter: a file of rows cannot be read.
    :raises ScenarioError: it is empty, or has no such column.
    """
    return tuple((name, _drawn(settings, beside)) for name, settings in values.items())


def _drawn(settings: ValueSettings, beside: str | None) -> Drawn:
    kind = settings.kind
    if not isinstance(kind, RowsOf):
        return kind
    path = Path(kind.file) if beside is None else Path(beside).parent / kind.file
    text = _read_text(path, "--value" if beside is None else "--flows", "a file of rows")
    return RowTexts(row_texts(text, str(path), kind.column), kind.written)


def _read(path: Path, flag: str, expected: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise click.BadParameter(
            f"{str(path)!r} cannot be read: {error.strerror}; expected {expected}", param_hint=f"'{flag}'"
        ) from error


def _read_text(path: Path, flag: str, expected: str) -> str:
    try:
        # Spreadsheets begin their CSV with a byte order mark, which is no part of the first column's name.
        return _read(path, flag, expected).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.BadParameter(
            f"{str(path)!r} is not UTF-8: {error.reason} at byte {error.start}; expected {expected} in UTF-8",
            param_hint=f"'{flag}'",
        ) from error
