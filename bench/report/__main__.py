"""``python bench/report``: how long the documents of a large run take, and how large they become.

The run is made up: 1,000 cells with ten trials each. The design allows 10 s for ``fwcompare report`` as a whole, and
1.5 MB for the page without its flamegraphs.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter

from fwcompare.model.measurement import Counts, Flamegraph, Gate, Measurement, Quantiles, Trial, Usage
from fwcompare.model.plan import Cell, LoadPoint, Outcome, Plan, PlannedTrial, UnsupportedCell
from fwcompare.model.ports import Profile
from fwcompare.model.scenario import Scenario
from fwcompare.plugins import discover
from fwcompare.profilers.flamegraph import render
from fwcompare.session.run import make_report
from fwcompare.store.run_directory import RunDirectory

LIMIT_S = 10.0
LIMIT_BYTES = 1_500_000
_COMMAND = "from fwcompare.cli import main; main()"
_FLAMEGRAPH = re.compile(r'data-svg="[^"]*"')


def main() -> int:
    """Print seconds and sizes; give 1 when a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python bench/report", description=__doc__)
    parser.add_argument("--targets", type=int, default=20)
    parser.add_argument("--loads", type=int, default=50)
    parser.add_argument("--blocks", type=int, default=10)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        results = Path(folder)
        store = make_run(results, targets=given.targets, loads=given.loads, blocks=given.blocks)
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", _COMMAND, "report", "latest", "--results", folder],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        whole_s = time.perf_counter() - begun
        with timed("reading and statistics"):
            report = make_report(store, print)
        print(f"{'':25}{len(report.trials):,} trials, {len(report.summary.cells):,} cells, ", end="")
        print(f"{len(report.summary.pairs):,} pairs")
        for reporter in discover().reporters.usable().values():
            with timed(reporter.name):
                written = list(reporter.write(report))
            for path in written:
                print(f"{'':25}{path.relative_to(report.folder)}  {path.stat().st_size / 1e6:.2f} MB")
        page = (report.folder / "report.html").read_text(encoding="utf-8")
        size = len(_FLAMEGRAPH.sub("", page).encode())
    print(f"fwcompare report: {whole_s:.1f} s, at most {LIMIT_S:g} s")
    print(f"report.html without flamegraphs: {size / 1e6:.2f} MB, at most {LIMIT_BYTES / 1e6:g} MB")
    return 0 if whole_s <= LIMIT_S and size <= LIMIT_BYTES else 1


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how long something took."""
    begun = time.perf_counter()
    yield
    print(f"{name:25}{time.perf_counter() - begun:.2f} s")


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


if __name__ == "__main__":
    sys.exit(main())
