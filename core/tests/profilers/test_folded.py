"""Folded stacks: nothing is lost, nothing depends on an order, no name breaks the format."""

import random
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fwcompare.profilers import folded

unhurried = settings(deadline=None)
"""On a busy machine an example may take long."""

names = st.one_of(st.text(max_size=12), st.sampled_from(["a;b", "<script>", "x\ny", "f 12", "", " ", "process 1"]))
stacks = st.dictionaries(
    st.lists(names, max_size=5).map(tuple), st.integers(min_value=1, max_value=1000), max_size=8
).map(Counter)


@unhurried
@given(st.lists(stacks, max_size=4))
def test_merging_conserves_samples(many: list[Counter[folded.Stack]]) -> None:
    assert folded.merge(*many).total() == sum(one.total() for one in many)


@unhurried
@given(st.lists(stacks, max_size=4), st.randoms())
def test_the_order_of_what_is_merged_does_not_matter(many: list[Counter[folded.Stack]], chance: random.Random) -> None:
    shuffled = chance.sample(many, len(many))

    assert folded.write(folded.merge(*many)) == folded.write(folded.merge(*shuffled))


@unhurried
@given(stacks, st.sets(names))
def test_stripping_never_loses_a_sample(some: Counter[folded.Stack], unwanted: set[str]) -> None:
    stripped = folded.strip(some, unwanted.__contains__)

    assert stripped.total() == some.total()
    assert not unwanted - {folded.UNKNOWN} & {name for stack in stripped for name in stack}


def test_stacks_that_become_equal_by_stripping_are_merged() -> None:
    some = Counter({("worker 1", "main", "work"): 2, ("worker 2", "main", "work"): 3, ("worker 1",): 1})

    stripped = folded.strip(some, lambda name: name.startswith("worker"))

    assert stripped == {("main", "work"): 5, (folded.UNKNOWN,): 1}


@unhurried
@given(stacks)
def test_what_is_written_is_read_again_with_every_sample(some: Counter[folded.Stack]) -> None:
    text = folded.write(some)

    assert folded.parse(text).total() == some.total()
    assert folded.write(folded.parse(text)) == text


@unhurried
@given(stacks)
def test_every_line_is_a_stack_of_as_many_frames_and_one_number(some: Counter[folded.Stack]) -> None:
    depths = {len(stack) or 1 for stack in some}

    for line in folded.write(some).splitlines():
        stack, _, samples = line.rpartition(" ")
        assert samples.isdecimal()
        assert not re.search(r" [\d.]+$", stack), "a second number means a differential profile"
        assert len(stack.split(";")) in depths


def test_the_lines_are_sorted_and_equal_ones_are_merged() -> None:
    assert folded.write({("b",): 1, ("a", "x;y"): 2, ("a", "x:y"): 3}) == "a;x:y 5\nb 1\n"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("<[u8; 4] as Foo>::bar", "<[u8: 4] as Foo>::bar"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("two\nlines\tof\x00it", "two lines of it"),
        ("line\u2028separator", "line separator"),
        ("half a character \ud800", "half a character"),
        ("ends in 12", "ends in_12"),
        ("  ", "[unknown]"),
        ("", "[unknown]"),
    ],
)
def test_a_hostile_name_stays_one_frame_of_one_line(name: str, written: str) -> None:
    assert folded.frame(name) == written


@pytest.mark.parametrize("line", ["a;b", "a;b x", " 3", "7"])
def test_a_line_without_samples_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 is no folded stack"):
        folded.parse(f"a;b 1\n{line}\n")
