"""Folded stacks to SVG."""

import contextlib
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fwcompare_loadgen import render_difference, render_flamegraph

FOLDED = "main;serve;read_users 30\nmain;serve;<module> & co 12\nmain;idle 5\n"


def test_a_graph_is_an_svg_with_its_title_and_frames() -> None:
    svg = render_flamegraph(FOLDED, title="users & <friends>", subtitle="trial 1", count_name="ticks")

    ET.fromstring(svg)  # noqa: S314 - our own output
    assert "users &amp; &lt;friends&gt;" in svg
    assert "trial 1" in svg
    assert re.search(r"read_users \(30 ticks", svg)
    assert "&lt;module&gt; &amp; co" in svg


def test_equal_stacks_give_equal_bytes_in_whatever_order_they_come() -> None:
    other_order = "\n".join(reversed(FOLDED.splitlines()))

    assert render_flamegraph(FOLDED, title="t") == render_flamegraph(other_order, title="t")


def test_a_graph_loads_nothing_from_a_network() -> None:
    svg = render_flamegraph(FOLDED, title="t")

    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?!#)|url\((?!#)|<!DOCTYPE|@import|fetch\(|XMLHttpRequest", svg)


@pytest.mark.parametrize("folded", ["", "\n\n", "no count here\n"])
def test_stacks_that_are_none_are_refused_in_words(folded: str) -> None:
    with pytest.raises(ValueError, match=r"flamegraph: .*\n  expected: lines of the form"):
        render_flamegraph(folded, title="t")


def test_a_name_without_room_shows_the_part_that_was_asked_for() -> None:
    shown = {part: render_flamegraph(FOLDED, title="t", names_from=part) for part in ("start", "end")}  # type: ignore[arg-type]

    assert "var truncate_text_right = true;" in shown["start"]
    assert "var truncate_text_right = false;" in shown["end"]
    assert shown["end"] == render_flamegraph(FOLDED, title="t")
    with pytest.raises(ValueError, match="names_from: is \"left\"\n  expected: 'start' or 'end'"):
        render_flamegraph(FOLDED, title="t", names_from="left")  # type: ignore[arg-type]


AFTER = "main;serve;read_users 10\nmain;serve;write 40\nmain;idle 5\n"


def colour_of(svg: str, frame: str) -> tuple[int, int, int]:
    found = re.search(rf'<title>{frame} \(.*?</title><rect [^>]*?fill="rgb\((\d+),(\d+),(\d+)\)"', svg)
    assert found is not None
    return int(found[1]), int(found[2]), int(found[3])


def test_a_difference_is_as_wide_as_what_came_after_and_coloured_by_what_changed() -> None:
    svg = render_difference(FOLDED, AFTER, title="a & b", subtitle="red: more", count_name="ns")

    ET.fromstring(svg)  # noqa: S314 - our own output
    assert "a &amp; b" in svg
    assert "red: more" in svg
    assert "write (40 ns, 72.73%; +72.73%)" in svg
    assert "read_users (10 ns, 18.18%; -36.36%)" in svg
    assert "idle (5 ns, 9.09%; 0.00%)" in svg
    red, blue, same = colour_of(svg, "write"), colour_of(svg, "read_users"), colour_of(svg, "idle")
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    assert len(set(same)) == 1
    assert "&lt;module&gt;" not in svg, "what is not in the second profile has no width"


def test_equal_profiles_give_an_equal_difference_in_whatever_order_their_stacks_come() -> None:
    other_order = "\n".join(reversed(FOLDED.splitlines()))

    assert render_difference(FOLDED, AFTER, title="t") == render_difference(other_order, AFTER, title="t")
    assert "<!DOCTYPE" not in render_difference(FOLDED, AFTER, title="t")


@pytest.mark.parametrize(
    ("folded", "seen"),
    [
        ("", "no line has a count"),
        ("main 0\n", "no line has a count"),
        ("main;serve 3\nno count here\n", "line 2 is no folded stack"),
        ("main -1", "line 1 is no folded stack"),
        ("main 1.5", "line 1 is no folded stack"),
        (" 5", "line 1 is no folded stack"),
        (f"a {2**52}\nb {2**52}", "the counts add up to"),
        (f"a {2**64 - 1}\nb {2**64 - 1}", "the counts add up to"),
        (f"a {2**64}", "line 1 is no folded stack"),
    ],
)
def test_a_profile_that_cannot_be_read_whole_is_not_compared(folded: str, seen: str) -> None:
    with pytest.raises(ValueError, match=f"of the profile before, {re.escape(seen)}"):
        render_difference(folded, AFTER, title="t")
    with pytest.raises(ValueError, match=f"of the profile after, {re.escape(seen)}"):
        render_difference(AFTER, folded, title="t")


folded_like = st.lists(st.tuples(st.text(max_size=8), st.integers(min_value=0, max_value=2**65))).map(
    lambda lines: "\n".join(f"{stack} {count}" for stack, count in lines)
)


@given(folded_like | st.text(), folded_like | st.text(), st.text(max_size=20))
@example("a 5 1\na 7", "a 1", "")
@example("# a 1", "# a 1", "")
def test_whatever_is_given_is_drawn_or_refused(before: str, after: str, title: str) -> None:
    # Another exception, such as a panic's, fails the test.
    with contextlib.suppress(ValueError):
        assert render_difference(before, after, title=title).startswith("<?xml")
