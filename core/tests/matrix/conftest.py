"""Hand-made runs for matrices: figures are fixed, the summaries are made by the real statistics."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fwcompare.model.measurement import (
    Counts,
    Gate,
    Measurement,
    OpenLoad,
    Quantiles,
    Steadiness,
    Trial,
    Usage,
)
from fwcompare.model.parity import Audit, ParityState
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial, UnsupportedCell
from fwcompare.model.ports import Report
from fwcompare.model.quantities import Scalar
from fwcompare.model.scenario import Scenario
from fwcompare.stats.summarise import summarise

QUIET = (0.99, 1.0, 1.01, 0.995, 1.005)
BUSY = Gate("client CPU", passed=False, seen="90 %", limit="70 %", about="client")
NOISE = Gate("foreign CPU", passed=False, seen="9 %", limit="2 %", about="host")
HOST: Mapping[str, object] = {"cpu_model": "Imaginary", "cores": 2, "machine": "x86_64"}


@dataclass(frozen=True)
class Made:
    """What one target does under one workload and load, and what went wrong; ``fate`` is an outcome other than ok."""

    target: str
    workload: str = "users"
    rps: float = 100.0
    cpu_ms: float = 1.0
    rss_mib: float = 50.0
    p99_ms: float = 10.0
    connections: int = 10
    rate: float | None = None
    duration_s: float = 5
    scatter: Sequence[float] = QUIET
    fate: str = ""
    gates: tuple[Gate, ...] = ()
    errors: int = 0
    saturated: bool = False
    unsteady: float = 0.0
    parity: ParityState | None = "same work"
    parameters: tuple[tuple[str, Scalar], ...] = ()


@dataclass(frozen=True)
class Run:
    """A run to be made of what targets did."""

    made: Sequence[Made]
    name: str = "2026-11-20-users-3f9c"
    started: str = "2026-11-20T10:00:00Z"
    host: Mapping[str, object] = field(default_factory=lambda: HOST)
    languages: Mapping[str, str] = field(default_factory=lambda: {"axum": "rust", "actix": "rust"})
    environment: Mapping[str, object] = field(default_factory=dict)
    scenario: Mapping[str, object] = field(default_factory=dict)
    order: int | None = None

    def report(self) -> Report:
        """Make it; with an ``order``, a number, everything in it stands in another one."""
        made = list(self.made)
        several = len({one.workload for one in made}) > 1
        cells = [(one, _cell(one, varies=several)) for one in made]
        trials = [
            _trial(one, cell, block, factor, len(cells) * block + place)
            for place, (one, cell) in enumerate(cells)
            for block, factor in enumerate(_turned(one), start=1)
            if one.fate != "unsupported"
        ]
        audits = [
            Audit(target=one.target, workload=one.workload, parameters=one.parameters, state=one.parity, name=cell.name)
            for one, cell in cells
            if one.parity is not None and one.fate != "unsupported"
        ]
        if self.order is not None:
            draw = random.Random(self.order)  # noqa: S311 - an order, to be had again
            for each in (cells, trials, audits):
                draw.shuffle(each)
        plan = Plan(
            cells=tuple(cell for one, cell in cells if one.fate != "unsupported"),
            unsupported=tuple(UnsupportedCell(cell, "it cannot") for one, cell in cells if one.fate == "unsupported"),
            trials=tuple(trial.planned for trial in trials),
            seed=1,
            repeats=len(QUIET),
        )
        scenario = {"name": "s", "workload": "users", "load": {"duration": "5s"}, **self.scenario}
        targets = {
            one.target: {"language": self.languages.get(one.target, "python"), "framework": one.target} for one in made
        }
        return Report(
            run=self.name,
            folder=Path("results") / self.name,
            scenario=Scenario.model_validate(scenario),
            plan=plan,
            trials=tuple(trials),
            summary=summarise(
                self.name,
                plan,
                trials,
                audits=audits,
                scenario="s",
                confidence=0.95,
                margin=0.02,
                status="complete",
            ),
            environment={"started": self.started, "host": self.host, "targets": targets, **self.environment},
        )


def _turned(made: Made) -> Sequence[float]:
    """Give the scatter of a target, begun at another block than that of others, or no ratio would scatter."""
    turn = len(made.target) % len(made.scatter)
    return (*made.scatter[turn:], *made.scatter[:turn])


def _cell(made: Made, *, varies: bool) -> Cell:
    point = LoadPoint(
        connections=made.connections,
        duration_s=made.duration_s,
        requests=None,
        warmup_s=2,
        timeout_s=30,
        drain_s=5,
        keepalive=True,
        model="closed" if made.rate is None else "open",
        rate=made.rate,
    )
    axes = tuple(name for name, _ in made.parameters)
    return Cell(made.target, made.workload, made.parameters, axes, point, workload_varies=varies)


def _trial(made: Made, cell: Cell, block: int, factor: float, position: int) -> Trial:
    trial = Trial(PlannedTrial(cell, block, position), "ok", "2026-11-20T10:00:00Z", 9.0, gates=made.gates)
    if made.fate in ("failed", "invalid"):
        return replace(trial, outcome=made.fate, reason=f"it {made.fate}")  # type: ignore[arg-type]
    return replace(trial, measurement=_measurement(made, factor))


def _measurement(made: Made, factor: float) -> Measurement:
    times = Quantiles(20_000, 1.0, 1.0, 2.0, made.p99_ms * factor, 99.0)
    return Measurement(
        window_s=5.0,
        counts=Counts(20_000, 20_000 - made.errors, made.errors, 0, 0, 0, due=20_000),
        throughput_rps=made.rps * factor,
        service_ms=times,
        ttfb_ms=times,
        connect_ms=times,
        bytes_received=1,
        connections_established=1,
        connections_opened=1,
        client_cpu_s=1.0,
        client_share=0.2,
        client_peak_rss_mib=120.0,
        target=Usage(cpu_s=4.0, user_s=3.0, system_s=1.0, peak_rss_mib=made.rss_mib * factor, processes=1),
        services={},
        cpu_ms_per_request=made.cpu_ms * factor,
        steadiness=Steadiness(steady=not made.unsteady, reason="its thirds differ", change=made.unsteady),
        open_load=None
        if made.rate is None
        else OpenLoad(
            offered_rps=made.rate,
            response_ms=times,
            wait_ms=times,
            lag_ms=times,
            backlog=900 if made.saturated else 0,
            steady=not made.saturated,
            verdict="saturated" if made.saturated else "ok",
            reason="",
        ),
    )


def every_kind() -> tuple[Run, ...]:
    """Give three runs with a cell of each kind that a matrix tells apart."""
    first = Run(
        (
            Made("axum", rps=1000, cpu_ms=0.1, rss_mib=6),
            Made("actix", rps=1100, cpu_ms=0.09, rss_mib=7),
            Made("fastapi", rps=100, cpu_ms=2, rss_mib=80),
            Made("fastapi-asyncpg", rps=400, cpu_ms=0.6, rss_mib=60, gates=(BUSY,)),
            Made("django", rps=90, cpu_ms=2.5, rss_mib=90, parity="non-comparable"),
            Made("flask", fate="failed"),
            Made("sanic", fate="invalid"),
            Made("bottle", rps=50, unsteady=0.3),
        )
    )
    second = Run(
        (
            Made("axum", "sleep", rps=50, cpu_ms=0.2, rss_mib=6, rate=50),
            Made("actix", "sleep", rps=50, cpu_ms=0.21, rss_mib=6.5, p99_ms=11, rate=50),
            Made("fastapi", "sleep", rps=50, cpu_ms=1.2, rss_mib=70, p99_ms=31, rate=50),
            Made("fastapi-asyncpg", "sleep", rps=44, cpu_ms=1.1, rss_mib=66, rate=50, saturated=True),
            Made("django", "sleep", fate="unsupported", rate=50),
            Made("bottle", "sleep", rps=50, rate=50, scatter=(1.0,)),
        ),
        name="2026-11-20-sleep-77aa",
        started="2026-11-20T11:00:00Z",
    )
    third = Run(
        (
            Made("axum", "io", rps=300, cpu_ms=0.2, rss_mib=6),
            Made("actix", "io", rps=299, cpu_ms=0.2, rss_mib=6.5),
            Made("fastapi", "io", rps=420, cpu_ms=0.15, rss_mib=5.5),
            Made("fastapi-asyncpg", "io", rps=305, cpu_ms=0.7, rss_mib=66),
        ),
        name="2026-11-20-io-00ff",
        started="2026-11-20T12:00:00Z",
    )
    fourth = Run(
        (Made("django", "io", rps=44, cpu_ms=2, rss_mib=70, parity=None), Made("flask", "io", duration_s=6)),
        name="2026-11-20-io-11ee",
        started="2026-11-20T13:00:00Z",
    )
    return first, second, third, fourth


@pytest.fixture
def kinds() -> list[Report]:
    return [run.report() for run in every_kind()]


@pytest.fixture(scope="session")
def make_run() -> type[Run]:
    return Run


@pytest.fixture(scope="session")
def make_cell() -> type[Made]:
    return Made


@pytest.fixture
def gates() -> Mapping[str, Gate]:
    return {"client": BUSY, "host": NOISE}


@pytest.fixture
def kinds_in_order() -> Callable[[int], list[Report]]:
    """Give the runs of ``kinds`` with all that is in them, and themselves, in another order."""

    def shuffled(order: int) -> list[Report]:
        reports = [replace(run, order=order).report() for run in every_kind()]
        random.Random(order).shuffle(reports)  # noqa: S311 - an order, to be had again
        return reports

    return shuffled
