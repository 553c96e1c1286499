"""What the parity audit found: whether a target did the work that its workload asks for, no less and no more.

A figure is held to the contract from both sides. One that differs is *declared* where the ``target.toml`` says
so with its amount, and *undeclared* otherwise. Leaves out how figures are taken (``session/parity.py``) and held
against each other (``stats/parity.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fwcompare.model.plan import Served
from fwcompare.model.quantities import Scalar

FindingState = Literal["as agreed", "declared", "undeclared"]
ParityState = Literal["same work", "declared deviation", "non-comparable", "not audited"]


@dataclass(frozen=True)
class Finding:
    """One figure of the audit against the contract.

    ``expected`` and ``seen`` are in ``unit``; ``reason`` is what the target's declaration says, or what is wrong.
    """

    measure: str
    expected: str
    seen: str
    unit: str
    state: FindingState
    reason: str = ""


@dataclass(frozen=True)
class Audit:
    """What a target did for a workload with given parameters, per request unless said otherwise.

    ``statements`` are data statements by kind, ``control`` everything else that its driver sent, by its text.
    ``connections_opened`` are those that first spoke under the audited load, ``connections_peak`` the most at once.
    ``answer_bytes`` is the mean size of an answer, ``file_events`` are by kind (``create``, ``open``,
    ``close written``, ``close read``, ``delete``), ``processes`` and ``threads`` of the target's tree under the
    concurrent part. What could not be known is None. ``sql`` is where the normalised text of one request stands,
    relative to the run directory; ``reason`` says why nothing was audited. ``arguments`` are the build arguments that
    were chosen.
    """

    target: str
    workload: str
    parameters: tuple[tuple[str, Scalar], ...]
    state: ParityState
    name: str = ""
    requests: int = 0
    findings: tuple[Finding, ...] = ()
    statements: Mapping[str, float] = field(default_factory=dict)
    control: Mapping[str, float] = field(default_factory=dict)
    write_commits: float | None = None
    rows: Mapping[str, float] | None = None
    connections_opened: int | None = None
    connections_peak: int | None = None
    answer_bytes: float | None = None
    file_events: Mapping[str, float] | None = None
    processes: int | None = None
    threads: int | None = None
    sql: str | None = None
    reason: str = ""
    runtime: str = "process"
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def served(self) -> Served:
        """Give what was audited, as a cell names it."""
        return self.target, self.workload, self.parameters, self.runtime, self.arguments

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Give what differs from the contract, declared or not."""
        return tuple(finding for finding in self.findings if finding.state != "as agreed")
