"""A target is added by a folder: no line of anything else changes."""

import csv
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fwcompare.errors import MeasurementError

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

EXAMPLE = Path(__file__).parents[3] / "examples" / "plugins" / "go"
SCENARIO = """\
name: copied
workload: users
plugin_dirs: [own]
targets: [another]
load: {connections: 2, duration: 1s, warmup: 300ms}
profile: {duration: 500ms}
audit: false
# How busy this host is, is no matter of this test.
disturbed: {retries: 0}
repeats: 1
"""


@pytest.fixture
def copied(program: "Program") -> "Program":
    """The program with the example of Go in a folder of the user's, under another name."""
    if shutil.which("go") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have it: no Go on PATH")
        pytest.skip("no Go on PATH")
    file = program.folder / "own" / "another" / "target.toml"
    shutil.copytree(EXAMPLE, file.parent)
    text = file.read_text(encoding="utf-8")
    assert text.count('name = "go"') == 1
    file.write_text(text.replace('name = "go"', 'name = "another"'), encoding="utf-8")
    return replace(program, own_cache=False)


@pytest.mark.real
def test_an_example_under_another_name_is_a_target_beside_all_others(copied: "Program") -> None:
    done = copied("verify", "another", "--plugin-dir", "own", "--workload", "users")
    assert done.returncode == 0, done.stderr + done.stdout
    assert ["another", "pass"] in [line.split() for line in done.stdout.splitlines()]
    assert "same work" in done.stdout


@pytest.mark.real
def test_it_is_measured_like_all_others(copied: "Program") -> None:
    (copied.folder / "copied.yaml").write_text(SCENARIO, encoding="utf-8")
    done = copied("run", "copied.yaml")
    assert done.returncode in (0, MeasurementError.exit_code), done.stderr + done.stdout

    folder = copied.results / "latest"
    (trial,) = [json.loads(line) for line in (folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (trial["planned"]["cell"]["target"], trial["outcome"]) in {("another", "ok"), ("another", "invalid")}
    counts = trial["measurement"]["counts"]
    assert counts["ok"] == counts["due"] - counts["censored"] > 0
    assert counts["by_status"] == {"200": counts["ok"]}
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["target"], row["workload"], row["outcome"]) == ("another", "users", trial["outcome"])
    assert float(row["throughput_rps"]) > 0
