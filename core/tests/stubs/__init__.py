"""A plugin for tests: the load generator's own stub server as targets whose right figures follow from arithmetic.

The server keeps virtual time (``finish = max(now, last) + service``), so that its errors do not add up. What a target
does stands in the path of its workload: ``stub-a`` and ``stub-b`` do the same, ``stub-more`` takes a tenth longer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fwcompare import Answer, Request, Target, Workload, hookimpl


@dataclass(frozen=True)
class TwoLetters:
    """Status 200 and the two bytes of the stub server's answer."""

    def differences(self, answer: Answer, parameters: Mapping[str, object]) -> list[str]:
        found = [] if answer.status == 200 else [f"status: {answer.status}, expected 200"]
        return [*found, *([] if answer.body == b"xx" else [f"body: {answer.body!r}, expected b'xx'"])]


@hookimpl
def fwcompare_targets() -> Iterable[Target]:
    return Target.from_file(Path(__file__).with_name("target.toml"))


@hookimpl
def fwcompare_workloads() -> Iterable[Workload]:
    return (
        Workload(name="md1", title="one clerk who takes 2 ms a request", request=Request(), contract=TwoLetters()),
        Workload(name="null", title="an answer at once", request=Request(), contract=TwoLetters()),
    )
