"""What is asked of a target, and the contract on the answer.

Leaves out how much load is put on it: that is the scenario's. Where a target serves the workload (the path)
is the target's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

_SHOWN = 3


@dataclass(frozen=True)
class Request:
    """One request of a workload; the path comes from the target."""

    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = (("accept", "application/json"),)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What came back for a :class:`Request`. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Contract(Protocol):
    """What every target must answer."""

    def differences(self, answer: Answer) -> Sequence[str]:
        """Say how ``answer`` breaks the contract, one line each; empty when it holds."""
        ...


@dataclass(frozen=True)
class JsonContract:
    """A status, ``application/json``, and a body equal to ``expected`` in canonical form.

    Canonical means parsed, with keys unordered, so that key order, whitespace and number formatting may
    differ between targets.
    """

    expected: object
    status: int = 200

    def differences(self, answer: Answer) -> list[str]:
        """Compare status, content type and parsed body; at most a few differences of the body are listed."""
        found = []
        if answer.status != self.status:
            found.append(f"status: {answer.status}, expected {self.status}")
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            found.append(f"content-type: {media_type or 'none'}, expected application/json")
        try:
            body = json.loads(answer.body)
        except ValueError as error:
            return [*found, f"body: not JSON ({error}); it begins {answer.body[:80]!r}"]
        return found + _json_differences(self.expected, body, "body")


def _json_differences(expected: object, seen: object, where: str) -> list[str]:
    if isinstance(expected, list) and isinstance(seen, list):
        found = [] if len(expected) == len(seen) else [f"{where}: {len(seen)} elements, expected {len(expected)}"]
        for index, (left, right) in enumerate(zip(expected, seen, strict=False)):
            found += _json_differences(left, right, f"{where}[{index}]")
            if len(found) > _SHOWN:
                return [*found[:_SHOWN], "and more"]
        return found
    if isinstance(expected, dict) and isinstance(seen, dict):
        found = [f"{where}.{key}: missing" for key in expected if key not in seen]
        found += [f"{where}.{key}: not in the contract" for key in seen if key not in expected]
        for key in expected.keys() & seen.keys():
            found += _json_differences(expected[key], seen[key], f"{where}.{key}")
        return found
    # True == 1 in Python, and 1 == 1.0 must hold: a type is wrong only across JSON's own kinds.
    if isinstance(expected, bool) is not isinstance(seen, bool) or expected != seen:
        return [f"{where}: {seen!r}, expected {expected!r}"]
    return []


@dataclass(frozen=True)
class Dataset:
    """The rows a workload starts from: deterministic, the same on every machine.

    ``seed_sql`` makes the schema and the rows in an empty database; ``fingerprint_sql`` gives one row whose
    text is equal if and only if the content is.
    """

    name: str
    service: str
    seed_sql: tuple[str, ...]
    fingerprint_sql: str


@dataclass(frozen=True)
class Workload:
    """What is asked of a target: a request, the data behind it and the contract on the answer."""

    name: str
    title: str
    request: Request
    contract: Contract
    dataset: Dataset | None = None
    parameters: Mapping[str, int | float | str | bool] = field(default_factory=dict)
