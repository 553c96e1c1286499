"""A run directory as a large run leaves it, made up: figures are drawn from a seed, and some cells failed."""

import json
import random
from pathlib import Path

from pydantic import TypeAdapter

from fwcompare.model.measurement import Counts, Flamegraph, Gate, Measurement, Quantiles, Trial, Usage
from fwcompare.model.plan import Cell, LoadPoint, Outcome, Plan, PlannedTrial, UnsupportedCell
from fwcompare.model.ports import Profile
from fwcompare.model.scenario import Scenario
from fwcompare.profilers.flamegraph import render
from fwcompare.store.run_directory import RunDirectory

WINDOW_S = 5.0
_TRIALS = TypeAdapter(Trial)


def make_run(results: Path, *, targets: int, loads: int, blocks: int, seed: int = 1) -> RunDirectory:
    """Make a finished run of ``targets`` x ``loads`` cells; the trials of the highest load left a flamegraph."""
    store = RunDirectory.create(results, "large", "2026-11-21")
    draw = random.Random(seed)
    cells = [_cell(target, 2 * load) for load in range(1, loads + 1) for target in range(targets)]
    unsupported = tuple(UnsupportedCell(cell, "no such path") for cell in cells[:: 2 * targets + 1])
    planned = [cell for cell in cells if cell not in {entry.cell for entry in unsupported}]
    speeds = {cell.target: draw.uniform(100, 10_000) for cell in planned}
    trials: list[Trial] = []
    for block in range(1, blocks + 1):
        order = draw.sample(planned, len(planned))
        trials += [
            _trial(store, cell, block, len(trials) + place, speeds[cell.target] * draw.gauss(1, 0.02), loads)
            for place, cell in enumerate(order)
        ]
    plan = Plan(tuple(planned), unsupported, tuple(trial.planned for trial in trials), seed, blocks)
    scenario = Scenario.model_validate(
        {
            "name": "large",
            "title": f"{len(cells):,} cells, {len(trials):,} trials",
            "workload": "users",
            "load": {"connections": [2 * load for load in range(1, loads + 1)], "duration": f"{WINDOW_S:g}s"},
            "repeats": blocks,
        }
    )
    store.write_run(scenario, plan, "complete", {"command": "fwcompare run large"})
    (store.folder / "trials.jsonl").write_bytes(b"\n".join(map(_TRIALS.dump_json, trials)) + b"\n")
    return store


def _cell(target: int, connections: int) -> Cell:
    point = LoadPoint(connections, WINDOW_S, None, warmup_s=1, timeout_s=30, drain_s=5, keepalive=True)
    return Cell(f"target-{target:02}", "users", (), (), point)


def _trial(store: RunDirectory, cell: Cell, block: int, position: int, throughput_rps: float, loads: int) -> Trial:
    planned = PlannedTrial(cell, block, position)
    fate: Outcome = "failed" if position % 97 == 0 or cell.target == "target-07" else "ok"
    folder = f"trials/{cell.key}/{block}"
    log = f"{folder}/target.log"
    if fate == "failed":
        reason = "target exited with code 3\n  > MemoryError"
        return Trial(planned, fate, "2026-11-21T10:00:00Z", 9.0, reason=reason, log=log)
    highest = cell.load.connections == 2 * loads
    return Trial(
        planned,
        fate,
        started_at="2026-11-21T10:00:00Z",
        elapsed_s=12.5,
        measurement=_measurement(throughput_rps, cell.load.connections),
        flamegraph=_flamegraph(store, folder) if highest else None,
        gates=tuple(Gate(name, passed=True, seen="0.4 %", limit="at most 2 %", about="host") for name in _GATES),
        log=log,
        facts={"framework": {"name": cell.target, "version": "1.2.3"}, "workers": 1},
    )


_GATES = ("foreign CPU", "steal", "canary", "conservation", "client lag", "client CPU", "workers")


def _measurement(throughput_rps: float, connections: int) -> Measurement:
    ok = round(throughput_rps * WINDOW_S)
    p50 = connections / throughput_rps * 1000
    service = Quantiles(ok, p50 * 1.1, p50, p50 * 1.4, p50 * 2.1, p50 * 3)
    failed = connections // 40
    return Measurement(
        window_s=WINDOW_S,
        counts=Counts(ok + failed, ok, failed, 0, 0, 0, due=ok + failed, by_status={"200": ok, "500": failed}),
        throughput_rps=throughput_rps,
        service_ms=service,
        ttfb_ms=service,
        connect_ms=service,
        bytes_received=ok * 10_000,
        connections_established=connections,
        connections_opened=connections,
        client_cpu_s=1.0,
        client_share=0.2,
        client_peak_rss_mib=90.0,
        target=Usage(4.5, 4.0, 0.5, 80.0 + connections / 10, 1, threads=4),
        services={"postgresql": Usage(1.0, 0.8, 0.2, 60.0, 8)},
        cpu_ms_per_request=4500 / ok,
    )


def _flamegraph(store: RunDirectory, folder: str) -> Flamegraph:
    frames = [
        f"main (app.py);handle (server/{part}.py);step_{step} (orm/{part}.py) {part + step}"
        for part in range(1, 9)
        for step in range(12)
    ]
    folded = "\n".join(frames) + "\n"
    profile = Profile(folded, 960, 99, 3.0, 0.2)
    place = store.folder / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / "profile.folded").write_text(folded, encoding="utf-8")
    (place / "flamegraph.svg").write_text(render(profile, title=folder, subtitle="py-spy"), encoding="utf-8")
    slices = [
        {
            "start_s": at / 4,
            "width_s": 0.25,
            "ok": 100 + at % 5,
            "errors": 0,
            "timeouts": 0,
            "backlog": 0,
            "service_p50_ms": 1.0,
            "service_p99_ms": 3.0,
        }
        for at in range(20)
    ]
    (place / "timeline.json").write_text(json.dumps(slices), encoding="utf-8")
    return Flamegraph(f"{folder}/flamegraph.svg", f"{folder}/profile.folded", "py-spy", "", 960, 3.23, 99, 3.0, 0.2)
