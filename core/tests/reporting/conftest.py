"""Hand-made runs for the documents: figures are fixed, the summary is made by the real statistics."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fwcompare.model.functions import FunctionComparison, FunctionTable
from fwcompare.model.measurement import Counts, Flamegraph, Gate, Measurement, OpenLoad, Quantiles, Trial, Usage
from fwcompare.model.parity import Audit, Finding
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial, UnsupportedCell
from fwcompare.model.ports import Report
from fwcompare.model.quantities import Scalar
from fwcompare.model.recordings import Curve, CurvePoint, TimeKind, TimelineRow
from fwcompare.model.scenario import Scenario
from fwcompare.model.workload import Bound
from fwcompare.stats.summarise import summarise

SNAPSHOTS = Path(__file__).parent / "snapshots"

SCATTER = (0.0, 0.012, -0.009, 0.004, -0.011)
"""How far the trials of blocks 1 to 5 lie from a target's mean, as shares; each target takes them in turn."""

ENVIRONMENT: Mapping[str, object] = {
    "fwcompare": "0.1.0",
    "python": "3.11.7",
    "started": "2026-11-20T10:00:00Z",
    "finished": "2026-11-20T10:04:12Z",
    "host": {"cpu_model": "AMD EPYC 7B13", "cpus": 2, "cores": 2, "governor": None, "load_average_1m": 0.4},
    "services": {
        "postgresql": {
            "product": "PostgreSQL",
            "version": "18.4",
            "provider": "embedded",
            "settings": {"shared_buffers": "128MB"},
        }
    },
    "targets": {
        "axum": {"title": "axum + sqlx", "framework": "axum", "language": "rust", "digest": "a1b2", "facts": {}},
    },
    "limits": "none: the host gave no cgroup",
    "command": "fwcompare run scenarios/users.yaml --repeats 5",
}


@dataclass(frozen=True)
class Made:
    """What one target does in a made run: its figures, and what went wrong."""

    target: str
    throughput_rps: float
    service_p50_ms: float = 1.0
    cpu_ms: float = 0.5
    rss_mib: float = 50.0
    errors: float = 0.0
    requests: int = 5000
    parameters: tuple[tuple[str, Scalar], ...] = ()
    client_bound: bool = False
    failed_blocks: Mapping[int, str] | None = None
    unsupported: str = ""


FIVE = (
    Made("fastapi", 305.2, 30.0, 3.17, 83.4, failed_blocks={4: "target 'fastapi' exited with code 3\n  see its log"}),
    Made("axum", 9740, 1.02, 0.0871, 10.2, client_bound=True, requests=48_000),
    Made("fastapi-asyncpg", 1640, 5.94, 0.612, 64.1, requests=8200),
    Made("django", 1, failed_blocks=dict.fromkeys(range(1, 6), "conformance: body: 99 elements, expected 100")),
    Made("wsgi-sync", 1, unsupported="a WSGI target has no event loop"),
)


def made_report(
    made: tuple[Made, ...] = FIVE,
    *,
    folder: Path = Path("results/2026-11-20-users-3f9c"),
    blocks: int = 5,
    connections: tuple[int, ...] = (10,),
    rate: float | None = None,
    title: str = "100 users from PostgreSQL",
    workloads: tuple[str, ...] = ("users",),
) -> Report:
    """Make a report of a run in which every target did the same in every block, but for a fixed scatter.

    Each workload after the first is forty times heavier than the one before.
    """
    cells = [
        (_heavier(each, 40**place), _cell(each, level, rate, workload, workload_varies=len(workloads) > 1))
        for place, workload in enumerate(workloads)
        for level in connections
        for each in made
    ]
    trials = [
        _trial(each, cell, block=block, position=len(cells) * (block - 1) + place)
        for block in range(1, blocks + 1)
        for place, (each, cell) in enumerate(cells)
        if not each.unsupported
    ]
    plan = Plan(
        cells=tuple(cell for each, cell in cells if not each.unsupported),
        unsupported=tuple(UnsupportedCell(cell, each.unsupported) for each, cell in cells if each.unsupported),
        trials=tuple(trial.planned for trial in trials),
        seed=42,
        repeats=blocks,
    )
    scenario = Scenario.model_validate(
        {
            "name": "users",
            "title": title,
            "workload": list(workloads),
            "load": {"connections": connections, "duration": "5s", "rate": rate},
            "repeats": max(1, blocks),
        }
    )
    summary = summarise(folder.name, plan, trials, scenario="users", confidence=0.95, margin=0.02, status="complete")
    return Report(folder.name, folder, scenario, plan, tuple(trials), summary, ENVIRONMENT)


WORK: Mapping[str, Audit] = {
    "axum": Audit(
        target="axum",
        workload="io-intensive-postgres",
        parameters=(),
        state="same work",
        requests=500,
        findings=(Finding("SELECT statements", "6", "6", "per request", "as agreed"),),
        statements={"INSERT": 30.0, "SELECT": 6.0, "UPDATE": 15.0, "DELETE": 30.0},
        control={"BEGIN": 3.0, "COMMIT": 3.0},
        write_commits=3.0,
        rows={"inserted": 30.0, "updated": 15.0, "deleted": 30.0},
        connections_opened=5,
        connections_peak=5,
        answer_bytes=104.0,
        file_events={"create": 5.0, "delete": 5.0},
        processes=1,
        threads=4,
        sql="parity/axum/request.sql",
    ),
    "django-asgi": Audit(
        target="django-asgi",
        workload="io-intensive-postgres",
        parameters=(),
        state="declared deviation",
        requests=500,
        findings=(
            Finding("SELECT statements", "6", "36", "per request", "declared", "delete() asks for each row first"),
        ),
        statements={"INSERT": 30.0, "SELECT": 36.0, "UPDATE": 15.0, "DELETE": 30.0},
        control={
            "BEGIN": 3.0,
            "COMMIT": 3.0,
            "SELECT set_config(?, ?, ?)": 0.01,
            "SHOW standard_conforming_strings": 0.01,
            "SET TIME ZONE ?": 0.002,
        },
        write_commits=3.0,
        rows={"inserted": 30.0, "updated": 15.0, "deleted": 30.0},
        connections_opened=5,
        connections_peak=None,
        answer_bytes=1_234_567.0,
        file_events=None,
        processes=2,
        threads=1043,
        sql="parity/django-asgi/request.sql",
    ),
    "fastapi": Audit(
        target="fastapi",
        workload="io-intensive-postgres",
        parameters=(),
        state="non-comparable",
        requests=500,
        findings=(
            Finding("INSERT statements", "30", "3", "per request", "undeclared"),
            Finding(
                "answer without its tables",
                "an error of status 5xx",
                "status 200",
                "of one request",
                "undeclared",
                "a failure is swallowed",
            ),
        ),
        statements={"INSERT": 3.0, "SELECT": 6.0, "UPDATE": 15.0, "DELETE": 30.0, "CALL": 0.3333333},
        write_commits=24.5,
        connections_opened=12,
        connections_peak=12,
        answer_bytes=104.0,
        file_events={"create": 5.0},
        processes=1,
        threads=41,
        sql="parity/fastapi/request.sql",
    ),
    "wsgi": Audit(
        target="wsgi",
        workload="io-intensive-postgres",
        parameters=(),
        state="not audited",
        reason="PostgreSQL cannot record statements\n  its log is not to be read",
    ),
    "without": Audit(
        target="without",
        workload="io-intensive-postgres",
        parameters=(),
        state="same work",
        requests=22,
        answer_bytes=48.0,
        file_events={},
        processes=1,
        threads=41,
    ),
}
"""One audit of each kind: the same work, declared, other work, unknown, and without a database."""


def audited(report: Report, *audits: Audit, bounds: Mapping[str, Bound] | None = None) -> Report:
    """Give a made report the audits of its targets, or those named, and limits by the cell's key."""
    cells = {cell.target: cell for cell in report.plan.cells}
    chosen = audits or tuple(WORK.values())
    found = tuple(
        replace(
            audit,
            workload=cells[audit.target].workload,
            parameters=cells[audit.target].parameters,
            name=audit.name or cells[audit.target].name,
        )
        for audit in chosen
        if audit.target in cells
    )
    plan = replace(report.plan, bounds=bounds or {})
    summary = summarise(
        report.run, plan, report.trials, audits=found, scenario="users", confidence=0.95, margin=0.02, status="complete"
    )
    return replace(report, plan=plan, summary=summary, audits=found)


AUDITED = (
    Made("axum", 9740, 1.02, 0.0871, 10.2),
    Made("django-asgi", 305.2, 30.0, 3.17, 83.4),
    Made("fastapi", 1640, 5.94, 0.612, 64.1),
    Made("wsgi", 151, 60.1, 3.0, 70),
    Made("without", 99, 61.0, 3.1, 71),
)


def _heavier(made: Made, factor: int) -> Made:
    return replace(
        made,
        throughput_rps=made.throughput_rps / factor,
        requests=made.requests // factor,
        service_p50_ms=made.service_p50_ms * factor,
        cpu_ms=made.cpu_ms * factor,
    )


def _cell(
    made: Made, connections: int, rate: float | None, workload: str = "users", *, workload_varies: bool = False
) -> Cell:
    point = LoadPoint(
        connections=connections,
        duration_s=5,
        requests=None,
        warmup_s=0,
        timeout_s=30,
        drain_s=5,
        keepalive=True,
        model="closed" if rate is None else "open",
        rate=rate,
    )
    axes = tuple(name for name, _ in made.parameters)
    return Cell(made.target, workload, made.parameters, axes, point, workload_varies=workload_varies)


def _trial(made: Made, cell: Cell, *, block: int, position: int) -> Trial:
    planned = PlannedTrial(cell, block, position)
    folder = f"trials/{cell.key}/{block}"
    trial = Trial(planned, "ok", "2026-11-20T10:00:00Z", 9.5, log=f"{folder}/target.log")
    reason = (made.failed_blocks or {}).get(block)
    if reason:
        return replace(trial, outcome="failed", reason=reason)
    share = 0.82 if made.client_bound else 0.23
    return replace(
        trial,
        measurement=_measurement(made, cell, block, client_share=share),
        gates=(Gate("client CPU", share <= 0.7, f"{share:.0%} of its share", "at most 70%", "client"),),
        flamegraph=Flamegraph(
            svg=f"{folder}/flamegraph.svg",
            folded=f"{folder}/profile.folded",
            profiler="py-spy",
            samples=284,
            busy_threads=0.956,
            rate_hz=99,
            window_s=3.0,
            profiler_cpu_s=0.21,
        )
        if made.target != "fastapi-asyncpg"
        else Flamegraph(svg=None, folded=None, profiler="py-spy", reason="py-spy may not attach: ptrace_scope is 3"),
    )


def _measurement(made: Made, cell: Cell, block: int, *, client_share: float) -> Measurement:
    # More connections give more throughput up to a limit, and longer service times beyond it.
    level = cell.load.connections
    gain = 1 if level == 10 else level / (level + 20) * 3
    factor = 1 + SCATTER[(block + len(made.target)) % len(SCATTER)]
    sent = round(made.requests * gain)
    failed = round(sent * made.errors * level / 10)
    p50 = made.service_p50_ms * level / 10 / gain * factor
    service = Quantiles(
        count=sent, mean=p50 * 1.1, p50=p50, p90=p50 * 1.3, p99=p50 * 1.7 if sent >= 1000 else None, max=p50 * 3
    )
    return Measurement(
        window_s=5.0,
        counts=Counts(
            sent=sent, ok=sent - failed, http_errors=failed, transport_errors=0, timeouts=0, censored=0, due=sent
        ),
        throughput_rps=made.throughput_rps * gain * factor,
        service_ms=service,
        ttfb_ms=service,
        connect_ms=Quantiles(count=level, mean=0.1, p50=0.1, p90=None, p99=None, max=0.4),
        bytes_received=sent * 10_240,
        connections_established=level,
        connections_opened=level,
        client_cpu_s=client_share * 5,
        client_share=client_share,
        client_peak_rss_mib=120.0,
        target=Usage(
            cpu_s=min(4.9, 1 + gain), user_s=1.0, system_s=gain, peak_rss_mib=made.rss_mib + level / 10, processes=1
        ),
        services={"postgresql": Usage(cpu_s=1.2, user_s=1.0, system_s=0.2, peak_rss_mib=90.0, processes=9)},
        cpu_ms_per_request=made.cpu_ms * factor,
        open_load=None if cell.load.rate is None else _open_load(made, cell.load.rate, service),
    )


def _open_load(made: Made, rate: float, service: Quantiles) -> OpenLoad:
    waiting = max(0, round((rate - made.throughput_rps) * 5))
    return OpenLoad(
        offered_rps=rate,
        response_ms=service,
        wait_ms=service,
        lag_ms=service,
        backlog=waiting,
        steady=not waiting,
        verdict="saturated" if waiting else "ok",
        reason="the backlog grew" if waiting else "",
    )


QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999)


@dataclass(frozen=True)
class MadeRecordings:
    """What the trials of a made run left: times that grow into the tail, and slices and samples that wave a little.

    ``without`` are targets of which nothing was recorded.
    """

    without: tuple[str, ...] = ()
    slices: int = 50

    def curve(self, trials: Sequence[Trial], times: TimeKind) -> Curve | None:
        known = [trial.measurement for trial in trials if trial.measurement and not self._unrecorded(trial)]
        if not known or (times == "response" and known[0].open_load is None):
            return None
        typical_ms = sum(seen.service_ms.p50 or 0 for seen in known) / len(known)
        waited = 2.5 if times == "response" else 1.0
        return Curve(
            count=sum(seen.service_ms.count for seen in known),
            points=tuple(
                CurvePoint(quantile, typical_ms * (0.6 + waited * 0.4 * -math.log10(1 - quantile)))
                for quantile in QUANTILES
            ),
        )

    def timeline(self, trial: Trial) -> Sequence[TimelineRow]:
        seen = trial.measurement
        if seen is None or self._unrecorded(trial):
            return ()
        width_s = seen.window_s / self.slices
        p50 = seen.service_ms.p50 or 0.0
        open_model = seen.open_load is not None
        return tuple(
            TimelineRow(
                at_s=round(place * width_s, 6),
                width_s=width_s,
                ok_rps=seen.throughput_rps * (1 + 0.03 * math.sin(place)),
                errors_rps=seen.counts.errors / seen.window_s,
                backlog=0,
                service_p50_ms=p50 * (1 + 0.05 * math.cos(place)),
                service_p99_ms=p50 * (1.7 + 0.2 * math.sin(place / 2)),
                response_p50_ms=p50 * 1.2 if open_model else None,
                response_p99_ms=p50 * (2.5 + 0.2 * math.sin(place / 2)) if open_model else None,
            )
            for place in range(self.slices)
        )

    def telemetry(self, trial: Trial) -> Mapping[str, object] | None:
        seen = trial.measurement
        if seen is None or self._unrecorded(trial):
            return None
        # From before the window to after it, as the sampler does.
        at_s = [round(-1 + place / 10, 4) for place in range(round(seen.window_s + 2) * 10)]
        cores = {"target": 0.9, "postgresql": 0.3, "client": 0.2, "run": 1.4}
        return {
            "version": 1,
            "window_s": seen.window_s,
            "groups": {
                name: {
                    "samples": {
                        "at_s": at_s,
                        "user_s": [round(share * (at + 1) * 0.8, 4) for at in at_s],
                        "system_s": [round(share * (at + 1) * 0.2, 4) for at in at_s],
                        "rss_bytes": [
                            int((seen.target.peak_rss_mib or 1) * 2**20 * (1 if at > 1 else 0.9)) for at in at_s
                        ],
                        "processes": [1 for _ in at_s],
                        "threads": [4 for _ in at_s],
                    },
                    "details": {},
                }
                for name, share in cores.items()
            },
            "connections": {"postgresql": {"at_s": at_s[::2], "connections": [5 for _ in at_s[::2]]}},
        }

    def functions(self, trial: Trial) -> FunctionTable | None:
        return None

    def difference(self, a: Trial, b: Trial) -> FunctionComparison | None:
        return None

    def flamegraph(self, trial: Trial) -> str | None:
        return None

    def _unrecorded(self, trial: Trial) -> bool:
        return trial.planned.cell.target in self.without


@pytest.fixture
def recordings() -> type[MadeRecordings]:
    """Make recordings for the trials of a made report: ``replace(report, recordings=recordings())``."""
    return MadeRecordings


@pytest.fixture
def make_report() -> Callable[..., Report]:
    return made_report


@pytest.fixture
def make_audited() -> Callable[..., Report]:
    """Give the report of a run in which each target fared otherwise in the audit."""

    def make(*audits: Audit, bounds: Mapping[str, Bound] | None = None, **changes: object) -> Report:
        return audited(made_report(AUDITED, **changes), *audits, bounds=bounds)  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_target() -> type[Made]:
    return Made


@pytest.fixture
def five_targets() -> tuple[Made, ...]:
    return FIVE


@pytest.fixture
def check_snapshot() -> Callable[[str, str], None]:
    """Compare a text with ``snapshots/NAME``; with FWCOMPARE_BLESS=1 write it there instead."""

    def check(name: str, text: str) -> None:
        path = SNAPSHOTS / name
        if os.environ.get("FWCOMPARE_BLESS") == "1":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; FWCOMPARE_BLESS=1 writes it anew"

    return check
