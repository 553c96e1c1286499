"""Reasons of one kind told once: they differ in figures alone, so one sentence with the range of each says them all.

Twenty cells with too few requests for a p99 would otherwise be twenty notes that a reader compares word by word.
"""

import re
from collections.abc import Iterable

from fwcompare.reporting import figures

# A digit of a name (``p99``, ``io-2``, ``c10``) is no figure.
_FIGURE = re.compile(r"(?<![\w.,:/-])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w.,:/-])\d+(?:\.\d+)?(?![\w])")
_BLOCKS = re.compile(r"\bblock (?=[\d,]+ to )")


def kind(reason: str) -> str:
    """Give what reasons have in common that differ in figures alone."""
    return _FIGURE.sub("#", figures.one_line(reason))


def merged(reasons: Iterable[str]) -> str:
    """Say several reasons of one :func:`kind` in one, with the range of each figure: ``80 to 608 in block 1``.

    :raises ValueError: when there is no reason, or when they are of several kinds.
    """
    lines = list(dict.fromkeys(map(figures.one_line, reasons)))
    if len({kind(line) for line in lines}) != 1:
        raise ValueError(f"reasons of one kind were expected; seen {lines!r}")
    ranges = zip(*(_FIGURE.findall(line) for line in lines), strict=True)
    found = iter([_range(list(texts)) for texts in ranges])
    return _BLOCKS.sub("blocks ", _FIGURE.sub(lambda _: next(found), lines[0]))


def _range(texts: list[str]) -> str:
    ascending = sorted(texts, key=lambda text: float(text.replace(",", "")))
    low, high = ascending[0], ascending[-1]
    return low if low == high else f"{low} to {high}"
