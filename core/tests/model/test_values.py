import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fwcompare.model.flows import Content, Expect, Flow, Step
from fwcompare.model.values import Counter, RandomInt, RowsOf, RowTexts, Uuid, parse_value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("counter", Counter()),
        ("counter:0", Counter(start=0)),
        ("uuid", Uuid()),
        ("random:1..9", RandomInt(low=1, high=9)),
        ("random:-5..-5", RandomInt(low=-5, high=-5)),
        ("rows:users.csv", RowsOf(file="users.csv")),
        ("rows:a/b.ndjson:id", RowsOf(file="a/b.ndjson", column="id")),
        ("rows:x:y.CSV:one:two", RowsOf(file="x:y.CSV", column="one:two")),
    ],
)
def test_a_value_is_one_text(text: str, expected: object) -> None:
    name, settings = parse_value(f"n-1.a_b={text}")
    assert (name, settings.kind) == ("n-1.a_b", expected)
    assert parse_value(f"n={settings.kind.written}")[1] == settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n", "expected NAME=counter[:START], uuid, random:LOW..HIGH or rows:FILE[:COLUMN]"),
        ("=uuid", "expected NAME=counter"),
        ("a b=uuid", "should match pattern"),
        ("n=", "'' is no value; expected counter[:START]"),
        ("n=uuid:4", "'uuid:4' is no value"),
        ("n=counter:-1", "'counter:-1' is no value"),
        ("n=counter:²", "is no value"),
        ("n=counter:9223372036854775808", "less than or equal to 9223372036854775807"),
        ("n=random:5", "'random:5' is no value"),
        ("n=random:9..1", "1 is below the low end, 9"),
        ("n=rows:", "'rows:' is no value"),
        ("n=rows:users.txt:id", "'users.txt:id' is no file of rows; expected a name that ends in .csv, .jsonl or"),
    ],
)
def test_a_text_that_is_no_value_is_refused_with_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)):
        parse_value(text)


@given(text=st.text() | st.from_regex(r"(counter|random|rows|uuid):?[-.0-9a-c:]*(\.csv)?", fullmatch=True))
def test_any_text_is_a_value_or_has_a_reason(text: str) -> None:
    with contextlib.suppress(ValueError):
        settings = parse_value(f"n={text}")[1]
        assert parse_value(f"n={settings.kind.written}")[1] == settings


def test_a_value_that_stands_in_no_text_is_found() -> None:
    values = tuple((name, Uuid()) for name in ("url", "header", "body", "answer", "nowhere"))
    content = Content(
        headers=(("x", "{header}"),), body=b'{"a": {body}}', expect=Expect(body=b"{answer}"), values=values
    )
    assert content.unused("http://127.0.0.1/{url}") == ["nowhere"]
    step = Step.model_validate({"path": "/{url}", "headers": {"a": "{header}"}, "json": {"b": "{body}"}})
    assert Content(flows=(Flow(steps=(step,)),), values=values).unused("http://127.0.0.1") == ["answer", "nowhere"]


def test_it_is_known_whether_anything_is_drawn_at_random() -> None:
    flow = Flow.model_validate({"steps": [{"path": "/"}]})
    assert not Content(flows=(flow,), values=(("n", Counter()), ("r", RowTexts(("a",), "rows:a.csv")))).is_drawn
    assert Content(flows=(flow, flow)).is_drawn
    assert Content(values=(("n", RandomInt(low=1, high=2)),)).is_drawn


def test_a_body_of_json_says_that_it_is_one() -> None:
    step = Step.model_validate({"path": "/", "json": {"name": "{name}", "é": [1, None]}})
    assert step.content == '{"name":"{name}","é":[1,null]}'.encode()
    assert step.fields == (("content-type", "application/json"),)
    own = Step.model_validate({"path": "/", "json": "{n}", "headers": {"Content-Type": "application/x"}})
    assert (own.content, own.fields) == (b"{n}", (("Content-Type", "application/x"),))
    plain = Step.model_validate({"path": "/", "body": "é"})
    assert (plain.content, plain.fields, plain.label) == ("é".encode(), (), "GET /")


def test_an_expectation_takes_one_status_or_several() -> None:
    assert Expect.model_validate({"status": 201}).status == (201,)
    assert Expect.model_validate({"status": [200, 404]}).status == (200, 404)
    with pytest.raises(ValidationError, match="greater than or equal to 200"):
        Expect.model_validate({"status": 100})
