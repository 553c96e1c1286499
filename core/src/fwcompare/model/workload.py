"""What is asked of a target: a request or flows of several, the data behind them, and the contract on both.

Leaves out how much load is put on it: that is the scenario's. Where a target serves the workload (the path)
is the target's.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fwcompare.errors import PluginError
from fwcompare.model.contract import NOT_JSON, Answer, Contract, JsonContract, Request, Work, read_json
from fwcompare.model.quantities import Scalar
from fwcompare.model.values import Drawn
from fwcompare.model.workload_flows import WorkloadFlow, WorkloadStep, no_work

_VALUE_NAME: Final = re.compile(r"[A-Za-z0-9_.\-]+")

# A workload is made of these: who writes one finds all of it here.
__all__ = [
    "NOT_JSON",
    "Answer",
    "AuditSize",
    "Bound",
    "Contract",
    "Dataset",
    "JsonContract",
    "Request",
    "Work",
    "Workload",
    "WorkloadFlow",
    "WorkloadStep",
    "read_json",
]


@dataclass(frozen=True)
class Dataset:
    """The rows a workload starts from: deterministic, the same on every machine.

    ``seed_sql`` makes the schema and the rows in an empty database; ``fingerprint_sql`` gives one row whose
    text is equal if and only if the content is: all of it, less what the workload is there to change (a load may end
    in the middle of a flow).
    """

    name: str
    service: str
    seed_sql: tuple[str, ...]
    fingerprint_sql: str


@dataclass(frozen=True)
class AuditSize:
    """How many requests the parity audit sends: one after the other, and then by ``clients`` at a time."""

    alone: int = 500
    together: int = 500
    clients: int = 50


@dataclass(frozen=True)
class Bound:
    """The throughput that no target can exceed under a load, and the arithmetic behind it in words."""

    throughput_rps: float
    reason: str


@dataclass(frozen=True)
class Workload:
    """What is asked of a target: requests, the data behind them, the contract on the answers and on the work.

    It is either one ``request``, always the same, with its ``contract`` and its ``work``; or ``flows`` of several,
    whose steps have contract and work of their own. ``values`` are what ``{name}`` stands for in the texts of steps:
    drawn anew for every flow, the same in all of its steps. Throughput, percentiles and the figures of the audit are
    per *request*, whichever step it is of; those of the audit are held to the mean of the steps' work over the
    requests that were sent. The rate of an open load is of flows begun.

    ``parameters`` are those that the workload sets for every target. ``work`` gives the figures of the parity
    audit for the parameters of a cell, and ``bound`` the analytic limit for these and a number of connections of
    the closed model, where there is one.

    :raises PluginError: when it asks for nothing, for both kinds at once, or for a value that stands nowhere.
    """

    name: str
    title: str
    request: Request | None = None
    contract: Contract | None = None
    dataset: Dataset | None = None
    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    work: Callable[[Mapping[str, Scalar]], Work] = no_work
    audit: AuditSize = AuditSize()
    bound: Callable[[Mapping[str, Scalar], int], Bound | None] = lambda _parameters, _connections: None
    flows: tuple[WorkloadFlow, ...] = ()
    values: Mapping[str, Drawn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for seen, expected in self._contradictions():
            raise PluginError(f"workload {self.name!r} makes no sense", seen=seen, expected=expected)

    @property
    def steps(self) -> tuple[WorkloadStep, ...]:
        """All steps of all flows, in their order; none where the workload is one request."""
        return tuple(step for flow in self.flows for step in flow.steps)

    def works(self, parameters: Mapping[str, Scalar]) -> dict[str, Work]:
        """Give the work of each request by the step's label, which is empty where the workload is one request."""
        return {step.label: step.work(parameters) for step in self.steps} or {"": self.work(parameters)}

    def _contradictions(self) -> Iterator[tuple[str, str]]:
        if not self.flows:
            if self.request is None or self.contract is None:
                yield "neither a request with its contract nor flows", "one of them"
            if self.values:
                yield (
                    f"values {', '.join(self.values)} beside one request",
                    "values beside flows, whose texts hold them",
                )
            return
        if self.request is not None or self.contract is not None or self.work is not no_work:
            yield "request, contract or work beside flows", "those of each step in the step"
        labels = [step.label for step in self.steps]
        for label in labels:
            if labels.count(label) > 1:
                yield (
                    f"{labels.count(label)} steps named {label!r}",
                    "a name of its own for each, as figures are kept by it",
                )
        texts = [text for step in self.steps for text in step.texts()]
        for name in self.values:
            if not _VALUE_NAME.fullmatch(name):
                yield f"a value is named {name!r}", "letters, digits, and any of _.-"
            if not any(f"{{{name}}}".encode() in text for text in texts):
                yield f"value {name!r} stands in no text", f"{{{name}}} in a path, header, body or expectation"
