"""Reads a statement as far as the audit needs: which data statements it is, which control, and its text without values.

Data statements are what reads or changes rows of the workload, or might. Transaction control, settings, and
questions about the server itself are *control*: every driver adds its own, so they are shown and not compared.
What is not known as control counts as data, under its first word: work cannot hide behind a rare statement.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Turn = Literal["begin", "commit", "rollback", "autocommit on", "autocommit off"]

WRITES: Final = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "TRUNCATE"})

_CONTROL: Final = frozenset(
    {
        *("ABORT", "BEGIN", "COMMIT", "END", "RELEASE", "ROLLBACK", "SAVEPOINT", "START"),
        *("CLOSE", "DEALLOCATE", "DECLARE", "DISCARD", "FETCH", "PREPARE"),
        *("LISTEN", "RESET", "SET", "SHOW", "UNLISTEN", "USE"),
    }
)
_TURNS: Final[dict[str, Turn]] = {
    "BEGIN": "begin",
    "START": "begin",
    "COMMIT": "commit",
    "END": "commit",
    "ROLLBACK": "rollback",
    "ABORT": "rollback",
}

_LITERALS = {
    # PostgreSQL: a backslash is a letter like any other, unless the string begins with E.
    "postgres": r"\bE'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'",
    "mysql": r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"",
}
# MySQL runs what stands in a comment of this form; PostgreSQL has none.
_RUN_COMMENTS = {"postgres": r"(?!)(?P<run>)", "mysql": r"/\*M?!\d*(?P<run>.*?)\*/"}
# In one pass from the left: what looks like a comment may stand within a value, and a quote within a comment.
_VALUES_AND_COMMENTS = {
    dialect: re.compile(rf"(?P<value>{literal})|{_RUN_COMMENTS[dialect]}|/\*.*?\*/|--[^\n]*", re.DOTALL | re.IGNORECASE)
    for dialect, literal in _LITERALS.items()
}
_NUMBERS = re.compile(r"(?<![\w$.])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b")
_BLANKS = re.compile(r"\s+")
_AUTOCOMMIT = re.compile(r"\bautocommit\s*=\s*(?P<value>\w+)", re.IGNORECASE)
_TO_SAVEPOINT = re.compile(r"\bTO\b", re.IGNORECASE)

Dialect = Literal["postgres", "mysql"]


@dataclass(frozen=True)
class Read:
    """What a statement is.

    ``text`` has ``?`` for every value; ``kinds`` are the data statements in it, none for control; ``turn`` is what
    it does to the transaction.
    """

    text: str
    kinds: tuple[str, ...]
    turn: Turn | None = None


def read_message(text: str, dialect: Dialect) -> tuple[Read, ...]:
    """Read everything that one message to the server holds, usually a single statement."""
    autocommit = _AUTOCOMMIT.search(text)
    normalised = normalise(text, dialect)
    if autocommit and normalised[:3].upper() == "SET":
        is_on = autocommit["value"].upper() in ("1", "ON", "TRUE")
        return (Read(normalised, (), "autocommit on" if is_on else "autocommit off"),)
    return _read(normalised, dialect)


def normalise(text: str, dialect: Dialect) -> str:
    """Put ``?`` in place of every value, so that texts which differ in nothing else are equal."""
    text = _NUMBERS.sub("?", _without_values(text, dialect))
    return _BLANKS.sub(" ", text).strip().removesuffix(";").rstrip()


def _without_values(text: str, dialect: Dialect) -> str:
    def instead(found: re.Match[str]) -> str:
        return "?" if found["value"] else f" {_without_values(found['run'] or '', dialect)} "

    return _VALUES_AND_COMMENTS[dialect].sub(instead, text)


# Few texts are left once the values are out; a parser is slow for a hundred thousand of the same.
@lru_cache(maxsize=4096)
def _read(normalised: str, dialect: Dialect) -> tuple[Read, ...]:
    return tuple(_read_one(part.strip(), dialect) for part in normalised.split(";") if part.strip())


def _read_one(text: str, dialect: Dialect) -> Read:
    word = (re.match(r"[\s(]*([A-Za-z]+)", text) or [text, text])[1].upper()
    if word in _CONTROL:
        turn = _TURNS.get(word)
        return Read(text, (), None if turn == "rollback" and _TO_SAVEPOINT.search(text) else turn)
    if word in ("SELECT", "WITH", "TABLE", "VALUES"):
        # The parser takes half a second to import, which `--help` and `ls` should not wait for.
        from fwcompare.parity.queries import kinds_of_query  # noqa: PLC0415

        return Read(text, kinds_of_query(text, dialect))
    return Read(text, (word,))
