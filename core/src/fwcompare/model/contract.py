"""One request, and the contract on it: which answer is right, and what work a target does for it.

Leaves out what a workload is made of (``workload.py``) and how many requests a load sends.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fwcompare.model.quantities import Scalar

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

    def differences(self, answer: Answer, parameters: Mapping[str, Scalar]) -> Sequence[str]:
        """Say how ``answer`` breaks the contract, one line each; empty when it holds.

        :param parameters: those of the cell, on which the answer may depend.
        """
        ...


@dataclass(frozen=True)
class JsonContract:
    """A status, ``application/json``, and a body equal to ``expected`` in canonical form.

    Canonical means parsed, with keys unordered, so that key order, whitespace and number formatting may
    differ between targets.
    """

    expected: object
    status: int = 200

    def differences(self, answer: Answer, parameters: Mapping[str, Scalar]) -> list[str]:  # noqa: ARG002 - one answer
        """Compare status, content type and parsed body; at most a few differences of the body are listed."""
        found, body = read_json(answer, self.status)
        return found if body is NOT_JSON else found + _json_differences(self.expected, body, "body")


NOT_JSON = object()
"""Stands for the body of an answer that holds no JSON, which may itself be ``null``."""


def read_json(answer: Answer, status: int = 200) -> tuple[list[str], object]:
    """Hold an answer to ``status`` and ``application/json``; give what is wrong, and the parsed body."""
    found = []
    if answer.status != status:
        found.append(f"status: {answer.status}, expected {status}")
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        found.append(f"content-type: {media_type or 'none'}, expected application/json")
    try:
        return found, json.loads(answer.body)
    except ValueError as error:
        return [*found, f"body: not JSON ({error}); it begins {answer.body[:80]!r}"], NOT_JSON


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
class Work:
    """What one request makes a target do, as its database and its file system see it: the parity contract.

    A mean over requests of several kinds need not be whole.

    ``statements`` counts data statements by kind, such as ``{"SELECT": 1}``; transaction control is not among
    them. ``write_commits`` are transactions that changed rows and were committed. ``files`` are temporary files
    made, written, read and removed.
    """

    statements: Mapping[str, float] = field(default_factory=dict)
    write_commits: float = 0
    rows_inserted: float = 0
    rows_updated: float = 0
    rows_deleted: float = 0
    files: float = 0
