"""From a workload to the requests of a check, and to what a load generator is told."""

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.asks import Ask, asks, content, drawn, joined
from fwcompare.model.flows import Expect
from fwcompare.model.values import Counter, RandomInt, RowTexts, Uuid
from fwcompare.model.workload import Answer, JsonContract, Request, Workload, WorkloadFlow, WorkloadStep

JSON = {"content-type": "application/json"}


def step(**fields: Any) -> WorkloadStep:  # noqa: ANN401 - as it is written by hand
    """Make one of texts and mappings, which it turns into what it holds."""
    return WorkloadStep(**fields)


def expecting(**fields: Any) -> Expect:  # noqa: ANN401 - as above
    return Expect(**fields)


def of_steps(*steps: WorkloadStep, **values: Counter | RandomInt | RowTexts | Uuid) -> Workload:
    return Workload(name="w", title="w", flows=(WorkloadFlow(steps=steps),), values=values)


def differences(expect: Expect, status: int = 200, body: bytes = b"", **headers: str) -> list[str]:
    (ask,) = asks(of_steps(step(expect=expect)), "/w")
    return ask.differences(Answer(status, headers, body), {})


def test_one_request_is_asked_as_it_stands_and_its_contract_alone_judges() -> None:
    workload = Workload(name="w", title="w", request=Request(), contract=JsonContract({}, status=404))
    assert asks(workload, "/w", number=7) == (Ask("", "/w", Request(), JsonContract({}, status=404)),)
    assert asks(workload, "/w")[0].differences(Answer(404, JSON, b"{}"), {}) == []


def test_values_stand_in_path_fields_body_expectation_and_contract_and_are_the_same_in_all_steps() -> None:
    one = step(
        path="/{n}?who={who}",
        method="PUT",
        headers={"x-who": "{who}"},
        json={"n": "{n}", "other": "{m}"},
        expect=expecting(headers={"x-n": "{n}"}, json='{"n": {n}}'),
        contract=lambda values: JsonContract({"n": int(values["n"])}),
    )
    last = step(path="/{n}/last")
    first, second = asks(of_steps(one, last, n=Counter(start=5), who=RowTexts(("a b", "é\n"))), "/w", number=1)

    assert (first.path, second.path) == ("/w/6?who=%C3%A9%0A", "/w/6/last")
    assert first.request.headers == (("x-who", "é "), ("content-type", "application/json"))
    assert json.loads(first.request.body) == {"n": "6", "other": "{m}"}, "only what was declared is a place"
    assert first.differences(Answer(200, {**JSON, "x-n": "6"}, b'{"n": 6}'), {}) == []
    assert first.differences(Answer(200, {**JSON, "x-n": "6"}, b'{"n": 5}'), {}) == ["body.n: 5, expected 6"]
    assert first.differences(Answer(200, {**JSON, "x-n": "5"}, b'{"n": 6}'), {}) == ["x-n: 5, expected 6"]


def test_each_flow_has_values_of_its_own_and_a_number_has_the_same_ones_again() -> None:
    flows = tuple(WorkloadFlow(steps=(step(name=name, path="/{id}"),)) for name in "ab")
    workload = Workload(name="w", title="w", flows=flows, values={"id": Uuid()})
    paths = [ask.path for number in (0, 2, 4) for ask in asks(workload, "", number)]
    assert len(set(paths)) == 6
    assert [ask.path for number in (0, 2, 4) for ask in asks(workload, "", number)] == paths


@given(st.integers(0, 10**9), st.integers(-50, 50), st.integers(0, 100))
def test_what_is_drawn_is_what_was_asked_for(number: int, low: int, width: int) -> None:
    texts = drawn(
        {"n": Counter(start=3), "id": Uuid(), "r": RandomInt(low=low, high=low + width), "t": RowTexts(("x", "y"))},
        number,
    )
    assert texts["n"] == str(3 + number)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", texts["id"])
    assert low <= int(texts["r"]) <= low + width
    assert texts["t"] == "xy"[number % 2]


@given(st.text(min_size=1))
def test_whatever_a_value_holds_it_stays_one_part_of_the_path_and_comes_whole_in_the_body(text: str) -> None:
    one = step(path="/{who}/x", method="POST", body="<{who}>")
    (ask,) = asks(of_steps(one, who=RowTexts((text,))), "/w")
    assert unquote(urlsplit(ask.path).path.split("/")[2]) == text
    assert ask.request.body == f"<{text}>".encode()


@pytest.mark.parametrize(
    ("path", "suffix", "whole"),
    [
        ("/w", "", "/w"),
        ("/w", "/{id}", "/w/{id}"),
        ("/w/", "/1", "/w/1"),
        ("/", "/1", "/1"),
        ("/", "", "/"),
        ("/w", "?n=1", "/w?n=1"),
        ("/w?a=1", "/1?n=2", "/w/1?a=1&n=2"),
        ("/w?a=1", "", "/w?a=1"),
    ],
)
def test_the_path_of_a_step_continues_the_targets(path: str, suffix: str, whole: str) -> None:
    assert joined(path, suffix) == whole


def test_the_generator_is_told_the_same_with_places_left_open() -> None:
    one = step(path="/{id}", method="PUT", json={"id": "{id}"}, expect=expecting(json="{}", json_every=9))
    other = step(name="other")
    flows = (WorkloadFlow(steps=(one,), weight=3), WorkloadFlow(steps=(other,)))
    workload = Workload(name="w", title="w", flows=flows, values={"id": Uuid()})
    sent = content(workload, "/w")

    assert [(flow.weight, flow.steps[0].name, flow.steps[0].path) for flow in sent.flows] == [
        (3, "PUT /{id}", "/w/{id}"),
        (1, "other", "/w"),
    ]
    (put, get) = (flow.steps[0] for flow in sent.flows)
    assert (put.content, put.fields) == (b'{"id":"{id}"}', one.fields)
    assert get.fields == (("accept", "application/json"),)
    assert (sent.values, put.expect) == ((("id", Uuid()),), one.expect)
    assert content(workload, "/w", every_answer=True).flows[0].steps[0].expect.json_every == 1


@pytest.mark.parametrize(
    ("expect", "right", "wrong", "told"),
    [
        (expecting(), {"status": 204}, {"status": 304}, "status: 304, expected 200 to 299"),
        (expecting(status=(404, 410)), {"status": 410}, {"status": 200}, "status: 200, expected 404, 410"),
        (expecting(headers={"X-a": "1"}), {"x-a": " 1"}, {}, "x-a: none, expected 1"),
        (expecting(body="b"), {"body": b"abc"}, {"body": b"a"}, "body: b'a' does not hold b'b'"),
        (expecting(json={"a": 1}), {"body": b' {"a":1}'}, {"body": b'{"a":1.0}'}, "expected as JSON '{\"a\":1}'"),
        (expecting(json=[1]), {"body": b"[1]"}, {"body": b"[true]"}, "expected as JSON '[1]'"),
        (expecting(json=[1]), {"body": b"[1]"}, {"body": b"[1,1]"}, "expected as JSON '[1]'"),
        (expecting(json=[1]), {"body": b"[1]"}, {"body": b"oops"}, "Expecting value"),
    ],
)
def test_an_expectation_is_held_as_the_generator_holds_it(
    expect: Expect, right: dict[str, object], wrong: dict[str, object], told: str
) -> None:
    assert differences(expect, **right) == []  # type: ignore[arg-type]
    (line,) = differences(expect, **wrong)  # type: ignore[arg-type]
    assert told in line
