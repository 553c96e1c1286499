"""Results folders with hand-made runs: the real store writes them, the real statistics summarise them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fwcompare.model.measurement import Counts, Measurement, OpenLoad, Quantiles, Trial, Usage
from fwcompare.model.parity import Audit
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial, UnsupportedCell
from fwcompare.model.scenario import Scenario
from fwcompare.stats.summarise import summarise
from fwcompare.store.run_directory import RunDirectory

POINT = LoadPoint(connections=10, duration_s=5, requests=None, warmup_s=2, timeout_s=30, drain_s=5, keepalive=True)
SCATTER = (0.99, 1.0, 1.01)
HOST: Mapping[str, object] = {"id": "one", "cpu_model": "Imaginary 9000", "cores": 2, "machine": "x86_64"}


@dataclass(frozen=True)
class MadeRun:
    """A run to be made. ``targets`` gives each its throughput; None fails in every trial, "" is not supported.

    ``status`` is what run.json says; a run that is not complete has no summary.
    """

    name: str = "2026-11-01-users-0001"
    started: str = "2026-11-01T10:00:00+00:00"
    targets: Mapping[str, float | str | None] = field(default_factory=lambda: {"axum": 100.0})
    status: str = "complete"
    scenario: str = "users"
    workload: str = "users"
    host: Mapping[str, object] = field(default_factory=lambda: dict(HOST))
    version: str = "0.1.0"
    digests: Mapping[str, str] = field(default_factory=dict)
    scatter: Sequence[float] = SCATTER
    point: LoadPoint = POINT
    cpu_ms: float | None = 2.0
    client_share: float = 0.2
    unequal: Sequence[str] = ()
    runtime: str = "process"
    arguments: tuple[tuple[str, str], ...] = ()

    def write(self, results: Path) -> Path:
        """Write its directory, anew where there was one."""
        folder = results / self.name
        (folder / "trials").mkdir(parents=True, exist_ok=True)
        store = RunDirectory(folder)
        cells = {
            name: Cell(
                name,
                self.workload,
                (("WORKERS", 1),),
                (),
                self.point,
                runtime=self.runtime,
                arguments=self.arguments,
            )
            for name in self.targets
        }
        lacking = [name for name, rps in self.targets.items() if rps == ""]
        plan = Plan(
            cells=tuple(cell for name, cell in cells.items() if name not in lacking),
            unsupported=tuple(UnsupportedCell(cells[name], "it has no event loop") for name in lacking),
            trials=(),
            seed=1,
            repeats=len(self.scatter),
        )
        trials = [
            self._trial(cells[name], rps, block)
            for block in range(1, len(self.scatter) + 1)
            for name, rps in self.targets.items()
            if not isinstance(rps, str)
        ]
        scenario = Scenario.model_validate(
            {"name": self.scenario, "workload": self.workload, "load": {"duration": "5s"}, "repeats": 3}
        )
        store.write_run(scenario, plan, self.status, self._environment())
        (folder / "trials.jsonl").write_bytes(b"")
        for trial in trials:
            store.append(trial)
        if self.status == "complete":
            audits = [
                Audit(name, self.workload, (("WORKERS", 1),), "non-comparable", name=name) for name in self.unequal
            ]
            summary = summarise(
                self.name,
                plan,
                trials,
                audits=audits,
                scenario=self.scenario,
                confidence=0.95,
                margin=0.02,
                status="complete",
            )
            (folder / "summary.json").write_text(summary.model_dump_json(by_alias=True), encoding="utf-8")
        return folder

    def _environment(self) -> dict[str, object]:
        targets = {
            name: {"digest": self.digests.get(name, "a1b2"), "facts": {"framework": {"name": name, "version": "1"}}}
            for name in self.targets
        }
        return {
            "fwcompare": self.version,
            "started": self.started,
            "finished": self.started,
            "host": self.host,
            "targets": targets,
        }

    def _trial(self, cell: Cell, rps: float | None, block: int) -> Trial:
        planned = PlannedTrial(cell, block, block)
        trial = Trial(planned, "ok", self.started, 8.0)
        if rps is None:
            return replace(trial, outcome="failed", reason=f"target '{cell.target}' exited with code 3")
        times = Quantiles(count=20_000, mean=3, p50=2, p90=5, p99=9 * self.scatter[block - 1], max=20)
        usage = Usage(cpu_s=4.0, user_s=1, system_s=0, peak_rss_mib=60, processes=1)
        return replace(
            trial,
            measurement=Measurement(
                window_s=5.0,
                counts=Counts(sent=500, ok=500, http_errors=0, transport_errors=0, timeouts=0, censored=0, due=500),
                throughput_rps=rps * self.scatter[block - 1],
                service_ms=times,
                ttfb_ms=times,
                connect_ms=times,
                bytes_received=10_000,
                connections_established=10,
                connections_opened=10,
                client_cpu_s=1.0,
                client_share=self.client_share,
                client_peak_rss_mib=120.0,
                target=usage,
                services={},
                cpu_ms_per_request=None if self.cpu_ms is None else self.cpu_ms * self.scatter[block - 1],
                open_load=None if cell.load.rate is None else _open_load(cell.load.rate, times),
            ),
        )


def _open_load(rate: float, times: Quantiles) -> OpenLoad:
    return OpenLoad(
        offered_rps=rate,
        response_ms=times,
        wait_ms=times,
        lag_ms=times,
        backlog=0,
        steady=True,
        verdict="ok",
        reason="",
    )


def day(number: int, **changes: object) -> MadeRun:
    """Make a run of that day of November; its id is the day."""
    name, started = f"2026-11-{number:02}-users-{number:04}", f"2026-11-{number:02}T10:00:00+00:00"
    return replace(MadeRun(name=name, started=started), **changes)  # type: ignore[arg-type]


@pytest.fixture
def run_of() -> Callable[..., MadeRun]:
    """Give a run of a day of November, to be written: ``run_of(3, targets={"axum": 90.0}).write(results)``."""
    return day


@pytest.fixture
def made_run() -> type[MadeRun]:
    return MadeRun


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    return folder
