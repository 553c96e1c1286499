"""The main job, shortened: the targets that come with the project, on the scenario that the README runs."""

import csv
import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

NAMES = ("throughput", "error_rate", "cpu", "response_time", "total_requests", "percentiles", "series")
PLOTS = {f"{name}.{suffix}" for name in NAMES for suffix in ("png", "svg")}


@pytest.mark.real
@pytest.mark.measures
@pytest.mark.timeout(1200)
def test_the_main_job_ends_with_a_table_and_a_flamegraph_that_reaches_app_code(program: "Program") -> None:
    program.own_cache = False
    done = program(
        "run", "users", "--repeats", "2", "--set", "load.duration=1s", "--set", "load.warmup=500ms",
        "--set", "profile.duration=2s", "--set", "seed=1", "--set", "disturbed.retries=0",
    )  # fmt: skip
    # 5: others used the CPUs in both blocks; if in one of them, a cell has one trial that counts.
    assert done.returncode in (0, 5), done.stderr

    latest = program.results / "latest"
    assert {path.name for path in latest.iterdir()} == {
        "audits.jsonl",
        "events.jsonl",
        "parity",
        "report.html",
        "report.md",
        "results.csv",
        "run.json",
        "summary.json",
        "trials.jsonl",
        "plots",
        "services",
        "trials",
    }
    assert {path.name for path in (latest / "plots").iterdir()} == PLOTS
    summary = json.loads((latest / "summary.json").read_text(encoding="utf-8"))
    targets = {cell["target"]: cell for cell in summary["cells"]}
    assert set(targets) == {"fastapi", "fastapi-asyncpg", "axum"}
    for name, cell in targets.items():
        assert name in done.stdout
        assert (cell["outcome"], cell["error_rate"]) == ("ok", 0)
        assert cell["trials"] == 2 - (cell["disturbed_blocks"] == 1)
        if cell["trials"] == 2:
            assert cell["throughput_rps"]["low"] < cell["throughput_rps"]["mean"] < cell["throughput_rps"]["high"]
        assert (cell["parity"], cell["bound"]) == ("same work", None)
        assert cell["response_ms"] is None
        assert "closed model" in cell["reasons"]["response_ms"]
        if name == "axum" and shutil.which("perf") is None and os.environ.get("CI") != "true":
            assert "perf" in cell["reasons"]["flamegraphs"]
            continue
        assert len(cell["flamegraphs"]) == cell["trials"]
        for flamegraph in cell["flamegraphs"]:
            folded = (latest / flamegraph).with_name("profile.folded").read_text(encoding="utf-8")
            assert "read_users" in folded, f"{flamegraph} does not reach app code"
    with (latest / "results.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 6
    assert program.leftovers() == []

    shown = program("report", "latest")
    assert shown.stdout == done.stdout
    paths = program("flamegraph", "latest", "fastapi").stdout.splitlines()
    assert len(paths) == 2  # of a disturbed block, too
    assert all(path.endswith("flamegraph.svg") for path in paths)
