"""Folded stacks to SVG."""

import re
from xml.etree import ElementTree as ET

import pytest

from fwcompare_loadgen import render_flamegraph

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
