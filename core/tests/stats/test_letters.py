"""Ties as letters: two share one if and only if they were not told apart."""

import random
from collections.abc import Collection
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.stats.letters import letters


def apart(*pairs: str) -> list[frozenset[str]]:
    return [frozenset(pair) for pair in pairs]


@pytest.mark.parametrize(
    ("told_apart", "expected"),
    [
        ([], {"x": "a", "y": "a", "z": "a"}),
        (apart("xy", "xz", "yz"), {"x": "a", "y": "b", "z": "c"}),
        (apart("xz"), {"x": "a", "y": "ab", "z": "b"}),
        (apart("xy", "xz"), {"x": "a", "y": "b", "z": "b"}),
        (apart("xy"), {"x": "a", "y": "b", "z": "ab"}),
    ],
)
def test_the_displays_of_three(told_apart: Collection[frozenset[str]], expected: dict[str, str]) -> None:
    assert letters("xyz", told_apart) == expected


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[str], list[frozenset[str]]]:
    names = [f"t{number}" for number in range(draw(st.integers(1, 9)))]
    pairs = [frozenset(pair) for pair in combinations(names, 2)]
    return names, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []


@given(rankings())
def test_two_share_a_letter_if_and_only_if_they_were_not_told_apart(
    ranking: tuple[list[str], list[frozenset[str]]],
) -> None:
    names, told_apart = ranking

    found = letters(names, told_apart)

    for a, b in combinations(names, 2):
        assert bool(set(found[a]) & set(found[b])) is (frozenset((a, b)) not in told_apart)


@given(rankings())
def test_everybody_has_a_letter_the_best_has_an_a_and_no_letter_can_be_spared(
    ranking: tuple[list[str], list[frozenset[str]]],
) -> None:
    names, told_apart = ranking

    found = letters(names, told_apart)

    assert all(found.values())
    assert found[names[0]].startswith("a")
    holders = {letter: {name for name in names if letter in found[name]} for letter in "".join(found.values())}
    assert not any(one < other for one in holders.values() for other in holders.values())


@given(rankings(), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_changes_nothing(
    ranking: tuple[list[str], list[frozenset[str]]], shuffler: random.Random
) -> None:
    names, told_apart = ranking
    shuffled = list(told_apart)
    shuffler.shuffle(shuffled)

    assert letters(names, shuffled) == letters(names, told_apart)


def test_more_groups_than_the_alphabet_has_letters_are_numbered() -> None:
    names = [f"t{number}" for number in range(54)]

    found = letters(names, [frozenset(pair) for pair in combinations(names, 2)])

    assert (found["t0"], found["t26"], found["t53"]) == ("a", "A", "(54)")
