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

pytestmark = pytest.mark.real

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
