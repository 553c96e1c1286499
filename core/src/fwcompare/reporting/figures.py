"""How a figure is written for people: three significant digits, thousands apart, the unit said once.

Every document writes numbers through here, so that the same figure reads the same in the terminal, in
Markdown and in a plot. Machine-readable documents (JSON, CSV) keep the full precision instead.
"""

import math

from fwcompare.model.summary import Interval

MISSING = "n/a"
"""Stands where a figure is not known; a note says why."""

_DIGITS = 3


def number(value: float) -> str:
    """Write three significant digits, and every digit before the point: ``9,740``, ``59.7``, ``0.612``."""
    if value == 0:
        return "0"
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


def interval(value: Interval) -> str:
    """Write a mean with its bounds, where it has any: ``9,740 (9,510 to 9,980)``."""
    return number(value.mean) + bounds(value.low, value.high)


def bounds(low: float | None, high: float | None) -> str:
    """Write bounds in brackets with a space before them; nothing when they are not known."""
    return "" if low is None or high is None else f" ({number(low)} to {number(high)})"


def percent(share: float) -> str:
    """Write a measured share: ``0 %``, ``0.120 %``."""
    return f"{number(share * 100)} %"


def setting_percent(share: float) -> str:
    """Write a share that a person chose, as they would write it: ``95 %``, ``2.5 %``."""
    return f"{share * 100:g} %"


def times(ratio: float) -> str:
    """Write a ratio: ``5.97x``."""
    return f"{number(ratio)}x"


def count(amount: int, noun: str) -> str:
    """Write an amount with its noun: ``1 block``, ``3 blocks``."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"


def listing(names: list[str]) -> str:
    """Join names as a sentence does: ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def one_line(text: str) -> str:
    """Give text that a target or a log may have written as one printable line, without control characters."""
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(char if char.isprintable() else " " for char in line)
