"""Ties in a ranking as letters: who shares a letter was not told apart (a compact letter display).

The insert-and-absorb algorithm of H.-P. Piepho, "An algorithm for a letter-based representation of all-pairwise
comparisons", J. Comput. Graph. Statist. 13, 2004: begin with one letter for all; for each pair that was told apart,
split every letter that both have into one without the first and one without the second; drop a letter whose holders all
share another. So two names share a letter if and only if they were not told apart. Pure.
"""

import string
from collections.abc import Collection, Mapping, Sequence

_ALPHABET = string.ascii_lowercase + string.ascii_uppercase


def letters(ranked: Sequence[str], told_apart: Collection[frozenset[str]]) -> Mapping[str, str]:
    """Give each name its letters, such as ``a`` or ``ab``.

    :param ranked: the names, best first: the best has an ``a``.
    :param told_apart: the pairs of names that were told apart.
    """
    place = {name: number for number, name in enumerate(ranked)}
    groups = [frozenset(ranked)]
    for pair in sorted(told_apart, key=lambda pair: sorted(place[name] for name in pair)):
        split = [group - {name} for group in groups if pair <= group for name in pair]
        groups = _absorbed([group for group in groups if not pair <= group] + split)
    groups.sort(key=lambda group: sorted(place[name] for name in group))
    return {name: "".join(_letter(number) for number, group in enumerate(groups) if name in group) for name in ranked}


def _absorbed(groups: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    different = list(dict.fromkeys(group for group in groups if group))
    return [group for group in different if not any(group < other for other in different)]


def _letter(number: int) -> str:
    return _ALPHABET[number] if number < len(_ALPHABET) else f"({number + 1})"
