"""Markdown is read by a real parser: text from outside stays text, and tables keep their shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fwcompare.reporting import gfm

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "a | b | c",
    "`code` and ``more``",
    "*bold* _it_ ~~gone~~",
    "[link](http://example.com)",
    "![image](x.png)",
    "back\\slash \\| pipe",
    "# heading",
    "- item",
    "1. first",
    "line\nbreak\n\nparagraph",
    "&lt;b&gt; &amp;",
    "<!-- hidden -->",
    "---",
    "    indented",
]


def inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or []]


def shown(markdown: str) -> str:
    return "".join(token.content for token in inline(PARSER.parse(markdown)))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_paragraph_shows_the_text_and_nothing_else(text: str) -> None:
    tokens = PARSER.parse(gfm.paragraph(text))

    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {token.type for token in inline(tokens)} <= {"text", "text_special"}
    assert shown(gfm.paragraph(text)) == " ".join(text.split())


@given(st.text(max_size=60))
def test_no_text_becomes_markup_or_another_cell(text: str) -> None:
    tokens = PARSER.parse("\n".join(gfm.table(["a", "b"], [[gfm.escape(text), "end"]])))

    assert sum(token.type == "td_open" for token in tokens) == 2
    assert {token.type for token in inline(tokens)} <= {"text", "text_special"}


def test_figures_stand_on_the_right() -> None:
    assert gfm.table(["name", "x"], [["a", "1"]], right=[1]) == ["| name | x |", "| --- | ---: |", "| a | 1 |"]


def test_a_link_survives_odd_names_and_paths() -> None:
    (link,) = [token for token in inline(PARSER.parse(gfm.link("a ] b", "trials/a b)/x.svg"))) if token.attrs]

    assert link.attrs == {"href": "trials/a%20b%29/x.svg"}


def test_a_fence_is_longer_than_any_within() -> None:
    (token,) = PARSER.parse("\n".join(gfm.code_block("echo ```` \n# not a heading")))

    assert (token.type, token.content) == ("fence", "echo ```` \n# not a heading\n")


def test_nested_facts_are_nested_bullets_and_null_is_said() -> None:
    facts = {"cpu": "EPYC", "cores": 2, "smt": True, "governor": None, "load": [0.4, {"x": 1}], "empty": {}, "n": []}

    assert gfm.bullets({"host": facts}) == [
        "- host:",
        "  - cpu: EPYC",
        "  - cores: 2",
        "  - smt: yes",
        "  - governor: not known",
        "  - load:",
        "    - 0.4",
        "    - each of:",
        "      - x: 1",
        "  - empty: none",
        "  - n: none",
    ]
    assert gfm.bullets("- x") == ["- \\- x"]
