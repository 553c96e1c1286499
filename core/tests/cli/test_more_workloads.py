"""The example of a plugin with workloads of its own, installed as a user installs it and run for real."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

pytestmark = [pytest.mark.real, pytest.mark.long]

EXAMPLE = Path(__file__).parents[3] / "examples" / "plugins" / "more_workloads"
WORK = {
    "json-echo": {},
    "updates": {"SELECT": 5.0, "UPDATE": 5.0},
}


@pytest.fixture
def installed(program: "Program") -> "Program":
    """The program with the example's wheel unpacked beside it, made from its own ``pyproject.toml``."""
    place = ["--python", sys.executable, "--target", str(program.folder / "plugins")]
    subprocess.run(["uv", "pip", "install", "--quiet", "--no-deps", *place, str(EXAMPLE)], check=True)
    return program


def test_workloads_and_a_scenario_from_a_package_run_with_their_work_proven(installed: "Program") -> None:
    listed = {plugin["name"]: plugin for plugin in json.loads(installed("plugins", "--json").stdout)}
    assert (listed["more-workloads"]["state"], listed["more-workloads"]["reason"]) == ("ok", "")

    short = ("load.duration=1s", "load.warmup=200ms", "profile.duration=500ms", "disturbed.retries=0")
    done = installed(
        *("run", "more-workloads", "--repeats", "1", "--set", "parameters.QUERIES=5"),
        *(word for setting in short for word in ("--set", setting)),
    )

    # A host that others use as well makes the figures invalid, and nothing else.
    assert done.returncode in (0, 5), done.stdout + done.stderr
    folder = installed.results / "latest"
    audits = {row["workload"]: row for row in map(json.loads, (folder / "audits.jsonl").read_text().splitlines())}
    assert {name: audit["state"] for name, audit in audits.items()} == dict.fromkeys(
        ("json-echo", "updates", "notes"), "same work"
    )
    for name, statements in WORK.items():
        assert audits[name]["statements"] == statements
    # A mean over steps, of which so many were sent as were drawn: a note is written, read and removed, or only read.
    assert sum(audits["notes"]["statements"].values()) == pytest.approx(1)
    assert (folder / audits["notes"]["sql"]).read_text().startswith("-- read\nSELECT id, text FROM notes WHERE id = ")

    trials = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    steps = {trial["planned"]["cell"]["workload"]: trial["measurement"]["steps"] for trial in trials}
    assert [step["name"] for step in steps["notes"]] == ["read", "write", "read own", "remove"]
    for trial in trials:
        counts = trial["measurement"]["counts"]
        assert (trial["outcome"], counts["http_errors"], counts["by_error"]) == ("ok", 0, {})
        assert sum(step["sent"] for step in steps[trial["planned"]["cell"]["workload"]]) == counts["sent"]
    assert installed.leftovers() == []


OPEN = """
name: notes-open
workload: notes
targets: [starlette-asyncpg]
load: {rate: 80, connections: 8, duration: 2s, warmup: 200ms, arrivals: poisson}
profile: {duration: 500ms}
audit: false
disturbed: {retries: 0}
repeats: 1
"""


def test_flows_under_an_open_load_keep_their_weights_and_values_and_are_told_step_by_step(installed: "Program") -> None:
    (installed.folder / "open.yaml").write_text(OPEN, encoding="utf-8")

    done = installed("run", "open.yaml")

    assert done.returncode in (0, 5), done.stdout + done.stderr
    folder = installed.results / "latest"
    (trial,) = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    measured = trial["measurement"]
    counts, steps = measured["counts"], {step["name"]: step for step in measured["steps"]}
    # A note is its number, the key of its table: to write one that is there would be an error.
    assert (trial["outcome"], counts["by_error"], counts["ok"]) == ("ok", {}, counts["due"])
    sent = {name: step["sent"] for name, step in steps.items()}
    flows = sent["read"] + sent["write"]
    assert sent["write"] == sent["read own"] == sent["remove"]
    assert sum(sent.values()) == counts["sent"]
    # Arrivals and flows are drawn: five standard deviations about what rate and weights say.
    assert abs(flows - 160) < 5 * 160**0.5
    assert abs(sent["write"] - flows / 4) < 5 * (flows * 3 / 16) ** 0.5
    for step in steps.values():
        assert step["response_ms"]["count"] == step["service_ms"]["count"] == step["ok"]
        # Nothing is answered before it is sent, nor sent before it is due; a histogram is exact to 0.1 %.
        assert step["response_ms"]["mean"] >= step["service_ms"]["mean"] * 0.998
    (cell,) = json.loads((folder / "summary.json").read_text())["cells"]
    assert {step["name"]: step["requests"] for step in cell["steps"]} == sent
    assert [step["weighted_share"] for step in cell["steps"]] == [3 / 6, 1 / 6, 1 / 6, 1 / 6]
    for document, row in (("report.md", "| read own |"), ("report.html", ">read own<"), ("steps.csv", ",read own,")):
        assert row in (folder / document).read_text(encoding="utf-8"), document
    assert "starlette-asyncpg: read own" in done.stdout
    assert "80.0 flows/s" in (folder / "report.md").read_text(encoding="utf-8")
    assert installed.leftovers() == []


def test_the_conformance_suite_holds_its_target_to_every_step_of_its_workloads(installed: "Program") -> None:
    # As an editable install is: the suite is of the folder that it stands in.
    shutil.rmtree(installed.folder / "plugins" / "fwcompare_more_workloads")
    paths = [str(installed.folder / "plugins"), str(EXAMPLE / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", str(EXAMPLE / "tests")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Some checks are for targets with a database of their first workload; those say so.
    assert re.search(r"\b2\d passed, 1 skipped\b", done.stdout), done.stdout
