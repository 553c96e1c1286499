import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fwcompare.errors import ScenarioError
from fwcompare.model.flows import FlowsFile
from fwcompare.model.values import Counter, RandomInt, RowsOf, Uuid
from fwcompare.planning.flows_file import parse_flows

GOOD = """\
values:
  id: counter:5
  who: {rows: {file: users.csv, column: name}}
  token: uuid
flows:
  - weight: 3
    steps:
      - path: /users
        method: POST
        json: {name: "{who}"}
        name: create
        expect: {status: 201, headers: {location: "/users/{id}"}, json: '{"id": {id}}', json_every: 10}
      - path: /users/{id}
  - steps: [{path: /, headers: {x-token: "{token}"}, body: text}]
"""


def problem(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_flows(text, "f.yaml")
    return str(caught.value)


def test_a_good_file_is_read_with_every_default() -> None:
    file = parse_flows(GOOD, "f.yaml")
    kinds = {name: value.kind for name, value in file.values.items()}
    assert kinds == {"id": Counter(start=5), "who": RowsOf(file="users.csv", column="name"), "token": Uuid()}
    assert [(flow.weight, len(flow.steps)) for flow in file.flows] == [(3, 2), (1, 1)]
    create, get = file.flows[0].steps
    assert (create.label, create.content) == ("create", b'{"name":"{who}"}')
    assert create.expect.headers == (("location", "/users/{id}"),)
    assert (create.expect.status, create.expect.json_text, create.expect.json_every) == ((201,), '{"id": {id}}', 10)
    assert (get.label, get.expect.status) == ("GET /users/{id}", ())


def test_json_is_read_as_well() -> None:
    text = json.dumps({"values": {"n": {"random": {"low": 1, "high": 2}}}, "flows": [{"steps": [{"path": "/{n}"}]}]})
    for written in (text, json.dumps(json.loads(text), indent="\t")):
        file = parse_flows(written, "f.json")
        assert file.values["n"].kind == RandomInt(low=1, high=2)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("counter:5", "countr", "f.yaml:2:3: values.id: 'countr' is no value; expected counter[:START], uuid"),
        ("counter:5", "random:9..1", "f.yaml:2:3: values.id.random.high: 1 is below the low end, 9"),
        ("file: users.csv", "fil: users.csv", "f.yaml:3:16: values.who.rows.fil is not a known key; did you mean"),
        ("rows: {", "rowz: {", "f.yaml:3:9: values.who.rowz is not a known key; did you mean 'rows'?"),
        ("{rows: {file: users.csv, column: name}}", "{}", "f.yaml:3:3: values.who: expected exactly one of `counter`"),
        ("token: uuid", "token: {uuid: }", "f.yaml:4:3: values.token: expected exactly one of `counter`"),
        ("token: uuid", "to ken: uuid", "f.yaml:4:3: values.to ken: string should match pattern"),
        ("weight: 3", "weight: 0", "f.yaml:6:5: flows.0.weight: input should be greater than or equal to 1"),
        ("weight: 3", "wait: 3", "f.yaml:6:5: flows.0.wait is not a known key; did you mean 'weight'?"),
        ("- path: /users\n", "- pth: /users\n", "f.yaml:8:9: flows.0.steps.0.pth is not a known key; did you mean"),
        ("- path: /users\n", "- path: users\n", "steps.0.path: 'users' is no path; expected path and query, begin"),
        ("status: 201", "status: 99", "f.yaml:12:18: flows.0.steps.0.expect.status.0: input should be greater than"),
        ("status: 201", "stats: 201", "f.yaml:12:18: flows.0.steps.0.expect.stats is not a known key; did you mean"),
        ("""json: '{"id": {id}}', """, "", "expect.json_every: there is no `json` to compare; expected one beside it"),
        ("json_every: 10", "json_every: 0", "expect.json_every: input should be greater than or equal to 1"),
        ("""json: '{"id": {id}}'""", "json: [.nan]", "expect.json: cannot be written as JSON: Out of range float"),
        ("""json: '{"id": {id}}'""", "json: 2020-01-01", "expect.json: cannot be written as JSON: Object of type date"),
        ("body: text", "body: 5", "f.yaml:14:54: flows.1.steps.0.body: 5 is no text; put it in quotes"),
        ("body: text", "body: text, json: 1", "f.yaml:14:66: flows.1.steps.0.json: expected one of `body` and `json`"),
        ('{x-token: "{token}"}', "{x-token: 5}", "flows.1.steps.0.headers: x-token: 5 is no text; put it in quotes"),
        ('{x-token: "{token}"}', "x-token", "flows.1.steps.0.headers: expected names and values, such as"),
    ],
)
def test_a_problem_is_told_with_its_place(before: str, after: str, expected: str) -> None:
    assert before in GOOD
    message = problem(GOOD.replace(before, after, 1))
    assert expected in message
    assert message.startswith("flows file f.yaml has ")
    assert "next: fwcompare schema flows" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flows: []", "f.yaml:1:1: flows: expected one at least"),
        ("flows: [{steps: []}]", "f.yaml:1:10: flows.0.steps: expected one at least"),
        ("values: {}", "f.yaml:1:1: flows is missing"),
        ("", "expected: keys and values"),
        ("- a", "expected: keys and values"),
        ("a: 1\na: 2", 'f.yaml:2:1: found duplicate key "a"'),
        ("a: [1,\nb: }", "flows file f.yaml is not valid YAML"),
        ("a: \x01", "flows file f.yaml is not valid YAML"),
        ("a: [x, 2020-13-45]", "f.yaml:1:8: a value cannot be read: month must be in 1..12"),
        ("a: !!bool maybe", "f.yaml:1:4: a value cannot be read: 'maybe'"),
        ("? [[1]]\n: b", "f.yaml:1:1: a value cannot be read: unhashable type"),
        ("{" * 3000, "f.yaml: it is nested too deeply"),
        ("flows: [{steps: [{path: /, json: &a [*a]}]}]", "json: cannot be written as JSON: Circular reference"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, expected: str) -> None:
    assert expected in problem(text)


@example(text="0[:")
@given(text=st.text() | st.text("{}[]:-,&*a!?'\"0 \n<|>%#", max_size=30))
def test_any_text_is_a_file_or_has_a_problem(text: str) -> None:
    with contextlib.suppress(ScenarioError):
        parse_flows(text, "f.yaml")


def test_its_schema_shows_texts_as_texts() -> None:
    schema = FlowsFile.model_json_schema()
    step = schema["$defs"]["Step"]["properties"]
    assert step["body"]["anyOf"][0] == {"type": "string"}
    assert step["headers"]["additionalProperties"] == {"type": "string"}
    assert "json" in step
