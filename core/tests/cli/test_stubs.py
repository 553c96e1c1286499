"""The targets with known answers are targets like any other: built, started, asked and put under load."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

pytestmark = pytest.mark.real

SCENARIO = """
name: stubs
workload: md1
targets: [stub-a, stub-more]
load: {connections: 4, requests: 300, warmup: 100ms}
profile: {duration: 500ms}
audit: false
repeats: 1
"""


def test_stubs_serve_what_their_arithmetic_says(stubs: "Program") -> None:
    (stubs.folder / "stubs.yaml").write_text(SCENARIO, encoding="utf-8")

    done = stubs("run", "stubs.yaml")

    assert done.returncode == 0, done.stderr
    summary = json.loads((stubs.results / "latest" / "summary.json").read_text())
    rates = {cell["target"]: cell["throughput_rps"]["mean"] for cell in summary["cells"]}
    # A clerk in virtual time is never late by himself; a busy machine can only hold the load back.
    assert 300 < rates["stub-a"] <= 510
    assert 300 < rates["stub-more"] <= 464
    assert stubs.leftovers() == []
