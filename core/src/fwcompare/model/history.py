"""What is known of all runs at once: a row for each run and cell, and the trends that follow from them.

A cell of one run meets that of another by its *line*: the same target, built in the same way, workload, parameters and
load, on one host. What a host is, is what ``compare`` takes for one: its id, CPU model, cores and machine; its kernel
and settings may change, and are then named as what changed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from fwcompare.model.comparison import Factor, RunVerdict
from fwcompare.model.plan import Cell, LoadPoint, Outcome
from fwcompare.model.quantities import Scalar
from fwcompare.model.scenario import Scenario
from fwcompare.model.summary import CellSummary, Interval, Summary, Verdict

HISTORY_SCHEMA: Literal[1] = 1

RunState = Literal["running", "died", "complete", "interrupted", "failed", "unreadable"]
"""How far a run is; *died* when it was under way and no process holds it any more."""

TrendMetric = Literal["throughput", "cpu", "p99"]
TREND_METRICS: Final[tuple[TrendMetric, ...]] = get_args(TrendMetric)

HOST_IDENTITY: Final = ("id", "cpu_model", "cores", "machine")
"""What makes a host another one; its kernel and settings are factors."""

_DIGITS: Final = 16


@dataclass(frozen=True)
class IndexedRun:
    """One run of a results folder, in short.

    ``problem`` says what of it cannot be read, and is empty otherwise; an *unreadable* run has its name alone. Times
    are ISO 8601. ``host`` is a digest, see :func:`host_identity`; ``outcomes`` counts cells, and of a run without a
    summary the trials that ended, as ``summarised`` says. ``winner`` is the one target that was faster than every other
    wherever it was compared.
    """

    name: str
    state: RunState
    problem: str = ""
    scenario: str | None = None
    title: str = ""
    started: str | None = None
    finished: str | None = None
    host: str | None = None
    host_name: str = ""
    fwcompare: str | None = None
    targets: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    summarised: bool = False
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    winner: str | None = None


@dataclass(frozen=True)
class IndexedCell:
    """One cell of one run's summary. ``line`` is equal for cells that may stand in one trend, on one ``host``.

    ``load`` is all of the load, of which the summary tells a part; ``confidence`` and ``margin`` are those of the run.
    """

    run: str
    started: str | None
    host: str | None
    host_name: str
    line: str
    load: LoadPoint
    confidence: float
    margin: float
    summary: CellSummary


@dataclass(frozen=True)
class Conditions:
    """What a run was made with: as it is in ``run.json``."""

    scenario: Scenario
    environment: Mapping[str, object]


def host_identity(host: object) -> str | None:
    """Hash :data:`HOST_IDENTITY` of a recorded host; None where nothing of it was recorded."""
    facts = {name: host.get(name) for name in HOST_IDENTITY} if isinstance(host, Mapping) else {}
    return _digest(facts) if any(value is not None for value in facts.values()) else None


def line_of(cell: Cell) -> str:
    """Hash what makes a cell the same in two runs, whatever else was run.

    That is target, workload, parameters, load, and how it is built where that is not as a plain process.
    """
    parts: list[object] = [cell.target, cell.workload, cell.parameters, asdict(cell.load)]
    return _digest(parts if cell.how_built == "process" else [*parts, cell.runtime, cell.arguments])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:_DIGITS]


def winner_of(summary: Summary) -> str | None:
    """Name the target that was faster than every other at every load point at which two were compared, if there is one.

    Targets that failed cannot lose; a pair that was refused or could not be told apart leaves no winner.
    """
    targets = {cell.key: cell.target for cell in summary.cells}
    pairs = [pair for pair in summary.pairs if pair.metric == "throughput_rps"]
    # Of two cells of one target, with other parameters, either may be the faster.
    between = [(pair, targets[pair.a], targets[pair.b]) for pair in pairs if targets[pair.a] != targets[pair.b]]
    won = {
        (pair.a, pair.b): a if pair.verdict == "faster" else b if pair.verdict == "slower" else None
        for pair, a, b in between
    }
    for name in dict.fromkeys(targets.values()):
        own = [won[pair.a, pair.b] for pair, a, b in between if name in (a, b)]
        if own and all(one == name for one in own):
            return name
    return None


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TrendPoint(_Record):
    """What a cell did in one run."""

    run: str
    started: str | None
    figure: Interval
    trials: int = Field(description="valid trials behind the figure")
    verdict: Verdict | None
    lower_bound: bool = Field(description="true when the load generator was the limit: more may be possible")
    fwcompare: str | None = Field(description="version of fwcompare that made the run")


class TrendGap(_Record):
    """A run that has the cell and no figure that may stand in the trend, and why."""

    run: str
    started: str | None
    reason: str


class TrendStep(_Record):
    """From one point to the next: ``ratio`` is the later over the earlier, as ``fwcompare compare`` judges it."""

    before: str
    after: str
    ratio: float
    low: float | None = Field(description="Welch's interval, adjusted for the number of steps of the trend (Holm)")
    high: float | None
    verdict: RunVerdict
    reason: str = ""
    changes: list[Factor] = Field(description="what is recorded of both runs, concerns the target and differs")
    things: list[str] = Field(description="the same by thing: a new version of a framework changes several factors")


class Trend(_Record):
    """One cell on one host over time, oldest first. Points of different hosts are never in one trend."""

    target: str
    workload: str
    params: dict[str, Scalar]
    runtime: str = Field(default="process", description="how the target was built and started")
    load: LoadPoint
    confidence: float = Field(description="of the intervals of the latest point")
    host: str | None = Field(description="digest of what makes the host; null where nothing of it was recorded")
    host_name: str
    metric: TrendMetric
    figure: Literal["throughput_rps", "cpu_ms_per_request", "response_p99_ms", "service_p99_ms"] = Field(
        description="the figure of the summary that the points are; p99 is of response times in an open model"
    )
    points: list[TrendPoint]
    gaps: list[TrendGap]
    steps: list[TrendStep] = Field(description="one for every two neighbouring points")


class History(_Record):
    """The trends of a target by one metric: what ``fwcompare history --json`` prints, version 1."""

    schema_: Literal[1] = Field(default=HISTORY_SCHEMA, alias="schema")
    target: str
    metric: TrendMetric
    trends: list[Trend]

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
