"""The targets with known answers are targets like any other: built, started, asked and put under load."""

import json
from typing import TYPE_CHECKING

import pytest

from fwcompare.model.events import STAMPED, Live, RunBegan
from fwcompare.store.events import EVENTS, read_events

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

pytestmark = [pytest.mark.real, pytest.mark.measures]

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

    done = stubs("run", "stubs.yaml", "--log-format", "json")

    assert done.returncode == 0, done.stderr
    # All that is told is JSON, and what the session told is kept with the run.
    told = [STAMPED.validate_json(line) for line in done.stderr.splitlines()]
    kept, _ = read_events(stubs.results / "latest" / EVENTS)
    begun = next(number for number, stamped in enumerate(told) if isinstance(stamped.event, RunBegan))
    assert tuple(told[begun:]) == kept
    lives = [stamped.event for stamped in kept if isinstance(stamped.event, Live)]
    assert {live.cell for live in lives} == {"stub-a-c4", "stub-more-c4"}
    # A service takes 2 ms at least, and a bucket is some per cent wide.
    assert all(live.p99_ms is None or live.p99_ms > 1.9 for live in lives)
    assert any(live.p99_ms is not None for live in lives)
    summary = json.loads((stubs.results / "latest" / "summary.json").read_text())
    rates = {cell["target"]: cell["throughput_rps"]["mean"] for cell in summary["cells"]}
    # A clerk in virtual time is never late by himself; a busy machine can only hold the load back.
    assert 300 < rates["stub-a"] <= 510
    assert 300 < rates["stub-more"] <= 464
    assert stubs.leftovers() == []
