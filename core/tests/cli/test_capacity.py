"""Capacities that arithmetic gives, found by the installed program against a real server.

The stub has one clerk who takes 2 ms. With even arrivals he holds any objective up to 500 requests a second and none
above. With Poisson arrivals he is an M/D/1 queue, whose p99 is 8.67 ms at 250 requests a second, 14.97 ms at 350 and
22.71 ms at 400; the p99 of a single probe scatters, so that these take long probes, many minutes and a quiet host.
"""

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

SCENARIO = """
name: capacity
workload: md1
targets: [stub-a]
load:
  capacity: {slo: {%(slo)s}, from: %(start)s}
  arrivals: %(arrivals)s
  connections: 20
  duration: %(duration)s
  warmup: %(warmup)s
profile: {duration: 500ms}
audit: false
seed: 1
"""


def sought(stubs: "Program", **values: str) -> dict[str, Any]:
    """Seek the capacity of the stub; skip where the host disturbed the probes, and only then."""
    (stubs.folder / "capacity.yaml").write_text(SCENARIO % values, encoding="utf-8")
    done = stubs("run", "capacity.yaml")
    assert done.returncode == 0, done.stderr
    assert stubs.leftovers() == []
    summary = json.loads((stubs.results / "latest" / "summary.json").read_text())
    (capacity,) = summary["capacities"]
    if "probes in a row were invalid" in capacity["reason"]:
        pytest.skip(f"host unfit: {capacity['reason']}")
    assert f"{capacity['low_rps']:,.0f} to " in done.stdout
    found: dict[str, Any] = capacity
    return found


@pytest.mark.truth
def test_one_clerk_of_2_ms_serves_500_a_second_and_no_more(stubs: "Program") -> None:
    capacity = sought(stubs, slo="p50: 20ms", start="400", arrivals="constant", duration="1s", warmup="200ms")

    assert capacity["state"] == "bracket", capacity["reason"]
    assert capacity["low_rps"] <= 500 <= capacity["high_rps"]
    assert sum(probe["verdict"] != "invalid" for probe in capacity["probes"]) <= 35


@pytest.mark.truth
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("p99_ms", "truth_rps"), [(8.67, 250), (14.97, 350), (22.71, 400)])
def test_the_bracket_of_a_queue_holds_what_queueing_theory_gives(
    p99_ms: float, truth_rps: float, stubs: "Program"
) -> None:
    capacity = sought(stubs, slo=f"p99: {p99_ms}ms", start="100", arrivals="poisson", duration="16s", warmup="1s")

    assert capacity["state"] == "bracket", capacity["reason"]
    assert capacity["low_rps"] <= truth_rps <= capacity["high_rps"]
    # A probe that the host disturbed is repeated and tells nothing (METHOD, "Capacity under an SLO").
    assert sum(probe["verdict"] != "invalid" for probe in capacity["probes"]) <= 35
