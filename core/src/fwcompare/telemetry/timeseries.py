"""Reads cumulative series off at the edges of a window, and writes series as columns. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

_DIGITS = 4


def grown(times_s: Sequence[float], totals: Sequence[float | None], start_s: float, end_s: float) -> float | None:
    """Give by how much a total grew between two times, linear between the samples around each edge.

    None when the series does not reach to both edges, or an edge lies beside an unknown total.
    """
    if not times_s or not times_s[0] <= start_s <= end_s <= times_s[-1]:
        return None
    before, after = _at(times_s, totals, start_s), _at(times_s, totals, end_s)
    return None if before is None or after is None else after - before


def columns(names: Sequence[str], rows: Sequence[Sequence[float | None]], zero_s: float) -> Mapping[str, object]:
    """Turn rows, of which the first field is a time, into columns by name; times are counted from ``zero_s``."""
    by_name = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    return {
        name: [_short(value - zero_s if name == names[0] and value is not None else value) for value in values]
        for name, values in by_name.items()
    }


def _at(times_s: Sequence[float], totals: Sequence[float | None], at_s: float) -> float | None:
    after = bisect_left(times_s, at_s)
    right = totals[after]
    if times_s[after] == at_s:
        return right
    left = totals[after - 1]
    if left is None or right is None:
        return None
    share = (at_s - times_s[after - 1]) / (times_s[after] - times_s[after - 1])
    return left + (right - left) * share


def _short(value: float | None) -> float | None:
    return round(value, _DIGITS) if isinstance(value, float) else value
