"""From a workload to requests: single ones with values filled in, and what a load generator is told to send.

A single request goes out before a load, to hold its answer to the contract; its values are drawn here, one set for each
flow by its number, which are those of no load (:attr:`~fwcompare.model.ports.LoadOrder.turn`). Under load the
generator draws.
"""

import json
import random
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fwcompare.model.contract import Answer, Contract, Request
from fwcompare.model.flows import Content, Expect, Flow, Step
from fwcompare.model.quantities import Scalar
from fwcompare.model.values import Counter, Drawn, RandomInt, RowTexts
from fwcompare.model.workload import Workload
from fwcompare.model.workload_flows import WorkloadStep

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_FINE: Final = range(200, 300)


@dataclass(frozen=True)
class Ask:
    """One request as it goes over the wire, to ``path`` of a target.

    ``label`` is the step's, and empty for a workload's only request, of which the contract says all there is to expect.
    """

    label: str
    path: str
    request: Request
    contract: Contract | None
    expect: Expect | None = None
    distinct: bool = False

    def differences(self, answer: Answer, parameters: Mapping[str, Scalar]) -> list[str]:
        """Say how an answer is not what the load expects and the contract says, one line each; empty when it is."""
        told = [] if self.contract is None else list(self.contract.differences(answer, parameters))
        return told or ([] if self.expect is None else list(_unexpected(self.expect, answer)))


def asks(workload: Workload, path: str, number: int = 0) -> tuple[Ask, ...]:
    """Give every request of a workload once, in order.

    :param path: on which the target serves the workload.
    :param number: of the first flow; each further flow has the next one, and thereby values of its own.
    """
    if workload.request is not None:
        return (Ask("", path, workload.request, workload.contract),)
    return tuple(
        _ask(step, path, drawn(workload.values, number + index))
        for index, flow in enumerate(workload.flows)
        for step in flow.steps
    )


def content(workload: Workload, path: str, *, every_answer: bool = False) -> Content:
    """Give the flows of a workload as the load generator sends them.

    :param every_answer: compare the JSON of every answer, whatever that costs the client: for loads of no figure.
    """
    return Content(
        flows=tuple(
            Flow(weight=flow.weight, steps=tuple(_step(step, path, every_answer=every_answer) for step in flow.steps))
            for flow in workload.flows
        ),
        values=tuple(workload.values.items()),
    )


def joined(path: str, suffix: str) -> str:
    """Continue the path of a target with that of a step; both may have a query, and the target's goes first."""
    base, _, query = path.partition("?")
    below, _, more = suffix.partition("?")
    whole = base.rstrip("/") + below if below else base
    queries = "&".join(filter(None, (query, more)))
    return f"{whole}?{queries}" if queries else whole


def drawn(values: Mapping[str, Drawn], number: int) -> dict[str, str]:
    """Draw the values of flow ``number``, as texts; the same for the same number."""
    return {name: _draw(name, value, number) for name, value in values.items()}


def _draw(name: str, value: Drawn, number: int) -> str:
    chance = random.Random(f"{name} of flow {number}")  # noqa: S311 - no secret, and the same again
    match value:
        case Counter():
            return str(value.start + number)
        case RandomInt():
            return str(chance.randint(value.low, value.high))
        case RowTexts():
            return value.texts[number % len(value.texts)]
        case _:
            return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _ask(step: WorkloadStep, path: str, values: Mapping[str, str]) -> Ask:
    stated = step.expect
    expect = Expect.model_validate(
        {
            "status": stated.status,
            "headers": tuple((name, _filled(text, values)) for name, text in stated.headers),
            "body": None if stated.body is None else _filled_bytes(stated.body, values),
            "json": None if stated.json_text is None else _filled(stated.json_text, values),
        }
    )
    fields = tuple((name, _filled(text, values, lambda value: _CONTROL.sub(" ", value))) for name, text in step.fields)
    return Ask(
        label=step.label,
        path=_filled(joined(path, step.path), values, lambda value: quote(value, safe="")),
        request=Request(step.method, fields, _filled_bytes(step.content, values)),
        contract=None if step.contract is None else step.contract(values),
        expect=expect,
        distinct=step.distinct,
    )


def _step(step: WorkloadStep, path: str, *, every_answer: bool) -> Step:
    stated = step.expect
    return Step(
        name=step.label,
        path=joined(path, step.path),
        method=step.method,
        headers=step.fields,
        body=step.content,
        expect=stated.model_copy(update={"json_every": 1}) if every_answer else stated,
    )


def _filled(text: str, values: Mapping[str, str], write: Callable[[str], str] = str) -> str:
    # Only the names that were declared are places: any other brace is text, since bodies are full of them.
    for_name = {f"{{{name}}}": write(value) for name, value in values.items()}
    places = "|".join(map(re.escape, for_name))
    return re.sub(places, lambda found: for_name[found[0]], text) if places else text


def _filled_bytes(content: bytes, values: Mapping[str, str]) -> bytes:
    # Every byte has a character in this encoding, and a body need not be text.
    texts = {name: value.encode().decode("latin-1") for name, value in values.items()}
    return _filled(content.decode("latin-1"), texts).encode("latin-1")


def _unexpected(expect: Expect, answer: Answer) -> Iterator[str]:
    right = expect.status or _FINE
    if answer.status not in right:
        words = ", ".join(map(str, expect.status)) or "200 to 299"
        yield f"status: {answer.status}, expected {words}"
    for name, value in expect.headers:
        seen = answer.headers.get(name.lower())
        if seen is None or seen.strip() != value.strip():
            yield f"{name.lower()}: {seen or 'none'}, expected {value}"
    if expect.body is not None and expect.body not in answer.body:
        yield f"body: {answer.body[:80]!r} does not hold {expect.body[:80]!r}"
    if expect.json_text is not None:
        try:
            same = _same(json.loads(answer.body), json.loads(expect.json_text))
        except ValueError as error:
            yield f"body: {answer.body[:80]!r}, expected as JSON {expect.json_text[:80]!r} ({error})"
            return
        if not same:
            yield f"body: {answer.body[:80]!r}, expected as JSON {expect.json_text[:80]!r}"


def _same(seen: object, expected: object) -> bool:
    """Compare as the load generator does: 1 and 1.0 differ, and so do true and 1."""
    if isinstance(seen, dict) and isinstance(expected, dict):
        return seen.keys() == expected.keys() and all(_same(seen[key], expected[key]) for key in seen)
    if isinstance(seen, list) and isinstance(expected, list):
        return len(seen) == len(expected) and all(map(_same, seen, expected))
    return type(seen) is type(expected) and seen == expected
