"""Flows, values and expectations through the binding."""

import json
from collections.abc import Callable

import pytest

from fwcompare_loadgen import (
    Counter,
    Expect,
    Flow,
    LoadgenError,
    LoadResult,
    LoadSpec,
    RandomInt,
    Rows,
    Step,
    Uuid,
    Value,
    start,
)

Run = Callable[..., LoadResult]


def test_flows_have_an_account_by_request(run: Run) -> None:
    flow = Flow(steps=(Step(path="/?status=201", name="create"), Step(path="/?status=404"), Step(path="/")))
    result = run(flows=(flow,), connections=1)

    sent = [(one.name, one.sent, one.ok, one.http_errors) for one in result.endpoints]
    assert sent == [("create", 10, 10, 0), ("GET /?status=404", 10, 0, 10), ("GET /", 0, 0, 0)]
    assert (result.sent, result.unexpected) == (20, None)
    assert json.loads(result.to_json())["endpoints"][0]["service"]["count"] == 10


def test_in_the_open_model_each_request_has_response_times_of_its_own(run: Run) -> None:
    steps = (Step(path="/?delay_ms=5", name="slow"), Step(path="/", name="quick"))
    result = run(flows=(Flow(steps=steps),), connections=1, rate=100.0)

    for one in result.endpoints:
        assert one.response is not None
        assert one.response.count == one.ok == 20
    assert json.loads(result.to_json())["endpoints"][0]["response"]["min_ms"] >= 4.99
    closed = run(flows=(Flow(steps=steps),), connections=1)
    assert [one.response for one in closed.endpoints] == [None, None]
    assert json.loads(closed.to_json())["endpoints"][0]["response"] is None


def test_values_differ_from_flow_to_flow(run: Run) -> None:
    values: tuple[tuple[str, Value], ...] = (
        ("code", Rows(texts=("200", "404"))),
        ("n", Counter()),
        ("id", Uuid()),
        ("r", RandomInt(low=1, high=9)),
    )
    step = Step(path="/?status={code}&delay_ms=0", headers=(("x-id", "{id}"),), body=b"{n} {r}")
    result = run(flows=(Flow(steps=(step,)),), values=values, connections=1)

    assert result.status_counts == {200: 10, 404: 10}


def test_an_expectation_that_fails_is_counted_and_shown(run: Run) -> None:
    result = run("/?size=5", expect=Expect(body_contains=b"xxxxx", json='"x"', json_every=5), connections=1)

    assert (result.ok, result.http_errors, result.unexpected) == (16, 4, 4)
    assert result.error_counts == {"unexpected_json": 4}
    assert result.first_unexpected is not None
    assert '"xxxxx"' in result.first_unexpected


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"flows": (Flow(steps=()),)}, "steps of all flows: is 0"),
        ({"flows": (Flow(steps=(Step(path="/"),), weight=-1),)}, "weight of a flow: is -1"),
        ({"flows": (Flow(steps=(Step(path="x"),)),)}, 'path: is "x"'),
        ({"flows": (Flow(steps=(Step(path="/"),)),), "method": "PUT"}, "method: is set beside flows"),
        ({"flows": (Flow(steps=(Step(path="/"),)),), "expect": Expect(statuses=(200,))}, "expect: is set beside flows"),
        ({"expect": Expect(statuses=(99,))}, "expectation: of status 99"),
        ({"expect": Expect(json="{")}, "expectation: of JSON that is none"),
        ({"values": (("a b", Uuid()),)}, 'value "a b": is no name'),
        ({"values": (("r", RandomInt(low=2, high=1)),)}, 'value "r": is from 2 to 1'),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(values: dict[str, object], named: str) -> None:
    spec = LoadSpec(url="http://127.0.0.1:9/", duration_s=1.0, **values)  # type: ignore[arg-type]
    with pytest.raises(LoadgenError) as caught:
        start(spec)
    assert named in str(caught.value)
    assert "\n  expected: " in str(caught.value)
