"""What will be measured: cells, and the order of their trials."""

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Literal

from fwcompare.model.quantities import Scalar, as_variable
from fwcompare.model.workload import Bound

Outcome = Literal["ok", "failed", "unsupported", "invalid"]
_ORDINALS = {2: "second", 3: "third"}

SETTLING_S = 0.5
"""How long a measured load settles that follows a warm-up of its own: long enough to open its connections."""


@dataclass(frozen=True)
class Stage:
    """A linear change of the arrival rate to ``rate`` requests per second; a step where ``duration_s`` is 0."""

    duration_s: float
    rate: float


@dataclass(frozen=True)
class LoadPoint:
    """One amount of load. Exactly one of ``duration_s`` and ``requests`` is set.

    ``rate`` is the arrival rate in requests per second of an open model, with evenly spaced or Poisson
    ``arrivals``; the closed model has none. With ``stages`` it is only the rate at which the window begins: what was
    offered is then known from the measurement alone. ``backlog`` says what becomes of a request that is due while
    all connections are busy: it waits, opens one of at most ``max_connections``, or is dropped after
    ``shed_after_s``.

    The closed model starts ``spawn_rate`` connections per second, or all at once, and rests on each for
    ``think_time_s`` between two requests, always or in the mean.

    The warm-up takes ``warmup_s``; with a ``warmup_ceiling_s`` it takes at least that and goes on until the
    throughput is steady, for at most the ceiling. A ``probe`` belongs to the search for a capacity and to no table.
    """

    connections: int
    duration_s: float | None
    requests: int | None
    warmup_s: float
    timeout_s: float
    drain_s: float
    keepalive: bool
    model: Literal["closed", "open"] = "closed"
    rate: float | None = None
    arrivals: Literal["constant", "poisson"] = "constant"
    backlog: Literal["queue", "grow", "shed"] = "queue"
    max_connections: int | None = None
    shed_after_s: float | None = None
    stages: tuple[Stage, ...] = ()
    spawn_rate: float | None = None
    think_time_s: float = 0.0
    think_time: Literal["constant", "exponential"] = "constant"
    warmup_ceiling_s: float | None = None
    probe: bool = False

    @property
    def lead_s(self) -> float:
        """Give how long the measured load goes on before its window begins."""
        return self.warmup_s if self.warmup_ceiling_s is None else SETTLING_S

    @property
    def label(self) -> str:
        """Name the point within a run."""
        rate = "" if self.rate is None else f"-r{self.rate:.12g}"
        return f"c{self.connections}{rate}{'-staged' if self.stages else ''}{'-probe' if self.probe else ''}"


Served = tuple[str, str, tuple[tuple[str, Scalar], ...], str, tuple[tuple[str, str], ...]]
"""What is audited once: a target with its workload, parameters, runtime and build arguments, whatever the load."""


@dataclass(frozen=True)
class Cell:
    """One point of the matrix: target x parameters x load point.

    ``parameters`` are all variables that the target is given, sorted by name; ``arguments`` are the build arguments
    that were chosen, likewise, and those alone: what it is built from has values of its own for all others. ``axes``
    are the names of either that vary within the run. ``workload_varies`` says that the run has cells of other workloads
    too, and ``runtime_varies`` that it has cells that are started in another way.
    """

    target: str
    workload: str
    parameters: tuple[tuple[str, Scalar], ...]
    axes: tuple[str, ...]
    load: LoadPoint
    port: int | None = None
    workload_varies: bool = False
    runtime: str = "process"
    runtime_varies: bool = False
    arguments: tuple[tuple[str, str], ...] = ()

    @cached_property
    def key(self) -> str:
        """Name the cell within its run, fit for a folder's name: ``fastapi-c10``, ``axum-sleep-sync-workers2-c10``."""
        return f"{self.name}-{self.load.label}"

    @cached_property
    def name(self) -> str:
        """Name the target and its parameters within the run, whatever the load."""
        values = self.values
        words = [self.runtime] if self.runtime_varies else []
        words += [self.workload] if self.workload_varies else []
        words += [f"{name.lower()}{as_variable(values[name])}" for name in self.axes]
        return "-".join([self.target, *map(_safe, words)])

    @property
    def values(self) -> dict[str, Scalar]:
        """Give its parameters and the build arguments that were chosen, by name: no name is both."""
        return {**dict(self.parameters), **dict(self.arguments)}

    @property
    def settings(self) -> tuple[tuple[str, Scalar], ...]:
        """Give all that it is built and served with; the runtime is in small letters, as no parameter is."""
        return (*self.parameters, *self.arguments, ("runtime", self.runtime))

    @property
    def served(self) -> Served:
        """Give what is audited once, whatever the load."""
        return self.target, self.workload, self.parameters, self.runtime, self.arguments

    @property
    def how_built(self) -> str:
        """Say by which runtime it is built and with which build arguments: ``docker, PYTHON_VERSION=3.12``."""
        # Quoted where one value could pass for two.
        return ", ".join([self.runtime, *(f"{name}={shlex.quote(value)}" for name, value in self.arguments)])

    @property
    def environment(self) -> str:
        """Name what must be built for it: equal for all cells that are served from the same."""
        return self.target if self.how_built == "process" else f"{self.target} ({self.how_built})"

    @property
    def search_key(self) -> str:
        """Name the search for a capacity that the cell belongs to, whatever its rate: ``fastapi-c10``."""
        return f"{self.name}-c{self.load.connections}"

    @property
    def digest(self) -> str:
        """Hash everything that defines the cell, so that equal keys of different runs can be told apart."""
        fields = asdict(self)
        # A cell of a plain process is the one that it was before there was a choice.
        if not self.runtime_varies and self.runtime == "process":
            del fields["runtime"], fields["runtime_varies"]
        # So is one whose build arguments are left as they stand.
        if not self.arguments:
            del fields["arguments"]
        text = json.dumps(fields, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _safe(text: str) -> str:
    return "".join(char if char.isalnum() or char in "._-" else "_" for char in text)


@dataclass(frozen=True)
class PlannedTrial:
    """One repetition of a cell: ``block`` counts from 1, ``position`` is its place in the whole order, from 0.

    A block that the host disturbed is run again as a whole: ``attempt`` counts from 1.
    """

    cell: Cell
    block: int
    position: int
    attempt: int = 1

    @property
    def block_name(self) -> str:
        """Name the block and, of one that was run again, the attempt: ``block 2, second attempt``."""
        return name_of_block(self.block, self.attempt)


def name_of_block(block: int, attempt: int) -> str:
    """Name a block as :attr:`PlannedTrial.block_name` does."""
    return f"block {block}" if attempt == 1 else f"block {block}, {_ORDINALS.get(attempt, f'{attempt}th')} attempt"


@dataclass(frozen=True)
class UnsupportedCell:
    """A cell that the target cannot serve, with the reason; it stays in every table."""

    cell: Cell
    reason: str


@dataclass(frozen=True)
class PlannedFlow:
    """One of a workload's flows: its steps by their names in results, and how often it is chosen against the others."""

    steps: tuple[str, ...]
    weight: int


@dataclass(frozen=True)
class Plan:
    """Every cell of a run and its trials in a seeded order of randomised complete blocks.

    ``bounds`` are the analytic limits of the throughput, by the cell's key, where the workload knows one. Of each of
    the ``searches`` the capacity is found first; their rate is that of the first probe. What is measured at a rate that
    follows from them is planned when they have ended. ``flows`` are by the workload's name, of those that have any.
    """

    cells: tuple[Cell, ...]
    unsupported: tuple[UnsupportedCell, ...]
    trials: tuple[PlannedTrial, ...]
    seed: int
    repeats: int
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    searches: tuple[Cell, ...] = ()
    flows: Mapping[str, tuple[PlannedFlow, ...]] = field(default_factory=dict)

    @property
    def every_cell(self) -> tuple[Cell, ...]:
        """Give all that is started in the run: what is measured, and what is searched."""
        return (*self.cells, *self.searches)
