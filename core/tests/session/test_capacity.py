"""Whole runs that seek capacities, played on fakes: a target of rate mu responds as a queue, 1 / (mu - rate)."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fwcompare.errors import InterruptedRunError
from fwcompare.model.capacity import Capacity
from fwcompare.model.ports import LoadOrder
from fwcompare.reporting.markdown import render
from fwcompare.session.run import make_report
from fwcompare.store.run_directory import RunDirectory
from fwcompare.testing.fakes import Behaviour, FakeLoad, FakeLoadGenerator

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

LOAD = {"capacity": {"slo": {"p99": "5ms"}, "from": 100}, "duration": "2s", "warmup": "1s"}
"""1 / (1000 - rate) is 5 ms at 800 requests per second, and 1 / (500 - rate) at 300."""


def rows(game: "Play") -> list[dict[str, Any]]:
    lines = (game.results / "latest" / "trials.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_run_finds_the_capacity_of_each_target_and_ranks_them(play: Callable[..., "Play"]) -> None:
    game = play(quick=Behaviour(rate_rps=1000), slow=Behaviour(rate_rps=500))
    finished = game.run(load=LOAD)

    assert finished.exit_code == 0
    found = {capacity.target: capacity for capacity in finished.report.summary.capacities}
    for target, truth in (("quick", 800), ("slow", 300)):
        capacity = found[target]
        assert capacity.state == "bracket"
        assert capacity.low_rps is not None
        assert capacity.high_rps is not None
        assert capacity.low_rps <= truth <= capacity.high_rps
        assert capacity.high_rps / capacity.low_rps < 1.12
        assert len(capacity.probes) <= 35
    assert (found["quick"].rank, found["slow"].rank) == (1, 2)
    assert (finished.report.summary.cells, finished.report.trials) == ([], ())


def test_every_probe_is_a_fresh_trial_of_its_own_key_and_one_of_each_search_is_profiled(
    play: Callable[..., "Play"],
) -> None:
    game = play(only=Behaviour(rate_rps=1000))
    finished = game.run(load=LOAD)

    (capacity,) = finished.report.summary.capacities
    made = len(capacity.probes)
    assert game.machine.events.count("restore target_only") == made
    assert game.machine.events.count("start only") == made
    assert [probe.number for probe in capacity.probes] == list(range(1, made + 1))
    assert capacity.probes[0].key == "only-c10-r100-probe"
    assert (finished.report.folder / "trials" / "only-c10-r100-probe" / "1" / "response.hdr").exists()
    profiled = [probe for probe in capacity.probes if probe.flamegraph]
    assert len(profiled) == 1
    assert profiled[0].rate_rps == capacity.low_rps
    assert game.machine.events.count("load http://only.test/echo") == made + 1


def test_every_probe_draws_arrivals_of_its_own_and_targets_share_them(play: Callable[..., "Play"]) -> None:
    orders: list[LoadOrder] = []

    class Noting(FakeLoadGenerator):
        def start(self, order: LoadOrder) -> FakeLoad:
            orders.append(order)
            return super().start(order)

    game = play(a=Behaviour(rate_rps=1000), b=Behaviour(rate_rps=1000))
    game.change(load=Noting(game.machine))
    finished = game.run(load=LOAD)
    for capacity in finished.report.summary.capacities:
        seeds = [order.seed for order in orders if order.url == f"http://{capacity.target}.test/echo"]
        assert sorted(set(seeds)) == list(range(1, len(capacity.probes) + 1))


def test_a_probe_lasts_until_its_quantile_can_be_told(play: Callable[..., "Play"]) -> None:
    finished = play(only=Behaviour(rate_rps=1000)).run(load=LOAD)
    windows = {probe.rate_rps: probe.window_s for probe in finished.report.summary.capacities[0].probes}
    assert windows[100] == pytest.approx(10.2), "1,000 requests and a few"
    assert windows[655.4] == pytest.approx(2)


def test_a_client_that_is_the_limit_from_the_start_is_named_and_no_target_is_blamed(
    play: Callable[..., "Play"],
) -> None:
    finished = play(quick=Behaviour(rate_rps=1000, client_share=0.9)).run(load=LOAD)
    (capacity,) = finished.report.summary.capacities
    assert (capacity.state, capacity.low_rps, capacity.rank) == ("unresolved", None, None)
    assert "5 probes in a row were invalid at 100 req/s: client CPU: 90% of its share" in capacity.reason


def test_a_target_that_cannot_start_fails_its_own_search_alone(play: Callable[..., "Play"]) -> None:
    game = play(bad=Behaviour(exits_at_start=True), good=Behaviour(rate_rps=1000), unbuilt=Behaviour(builds=False))
    finished = game.run(load=LOAD)
    assert finished.exit_code == 3
    found = {capacity.target: capacity for capacity in finished.report.summary.capacities}
    assert {name: capacity.state for name, capacity in found.items()} == {
        "bad": "failed",
        "good": "bracket",
        "unbuilt": "failed",
    }
    assert "target 'bad' exited at start" in found["bad"].reason
    assert len(found["bad"].probes) == 1


def test_a_target_that_serves_nothing_under_load_fails_its_probes(play: Callable[..., "Play"]) -> None:
    (capacity,) = play(bad=Behaviour(serves_load=False)).run(load=LOAD).report.summary.capacities
    assert {probe.verdict for probe in capacity.probes} == {"fail"}
    assert capacity.state == "unresolved"
    assert "req/s failed after" in capacity.reason


def test_an_interrupted_search_is_kept_and_says_so(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour(rate_rps=1000))
    loads = 0

    def interrupt_the_fifth() -> None:
        nonlocal loads
        loads += 1
        if loads == 5:
            game.world.stop.request()

    game.change(load=FakeLoadGenerator(game.machine, interrupt_the_fifth))
    finished = game.run(load=LOAD)
    assert finished.exit_code == InterruptedRunError.exit_code
    (capacity,) = finished.report.summary.capacities
    assert (capacity.state, len(capacity.probes)) == ("unfinished", 4)


def test_all_are_measured_at_a_share_of_the_slowest_capacity(play: Callable[..., "Play"]) -> None:
    game = play(quick=Behaviour(rate_rps=1000), slow=Behaviour(rate_rps=500))
    finished = game.run(load={**LOAD, "rate": "70% of slowest capacity"}, repeats=3)

    found = {capacity.target: capacity for capacity in finished.report.summary.capacities}
    slowest = found["slow"].low_rps
    assert slowest is not None
    (rate,) = {cell.load.rate for cell in finished.report.summary.cells}
    assert rate == pytest.approx(0.7 * slowest, rel=0.01)
    assert [trial.outcome for trial in finished.report.trials] == ["ok"] * 6
    planned, made = finished.report.plan.trials, [trial.planned for trial in finished.report.trials]
    assert [(trial.cell, trial.block) for trial in planned] == [(trial.cell, trial.block) for trial in made]
    assert {cell.target: cell.verdict for cell in finished.report.summary.cells} == {"quick": None, "slow": None}


def test_each_target_of_a_round_is_probed_once_in_an_order_of_its_own(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour(rate_rps=1000), b=Behaviour(rate_rps=1000), c=Behaviour(rate_rps=1000))
    game.run(load=LOAD)
    names = [row["planned"]["cell"]["target"] for row in rows(game)]
    rounds = [names[at : at + 3] for at in range(0, 30, 3)]
    assert all(sorted(found) == ["a", "b", "c"] for found in rounds)
    assert len({tuple(found) for found in rounds}) > 2


def test_a_closed_sweep_says_where_it_breaks_the_objective_and_fits_the_law(play: Callable[..., "Play"]) -> None:
    load = {"connections": [1, 10, 20, 40, 80], "duration": "20s", "slo": {"p99": "250ms"}}
    finished = play(only=Behaviour(rate_rps=100)).run(load=load)

    # A connection's time is 1 s for each 100 of them.
    (point,) = finished.report.summary.breaking_points
    assert (point.target, point.level, point.last_held) == ("only", 40, 20)
    (fit,) = finished.report.summary.scalability
    assert fit.sigma == pytest.approx(1, abs=1e-3)
    assert fit.peak_connections is None
    assert finished.report.summary.capacities == []


def test_the_order_of_the_rows_does_not_matter(play: Callable[..., "Play"]) -> None:
    game = play(quick=Behaviour(rate_rps=1000), slow=Behaviour(rate_rps=500))
    finished = game.run(load={**LOAD, "rate": "70% of slowest capacity"}, repeats=3)
    file = finished.report.folder / "trials.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    seeded = random.Random(8)  # noqa: S311 - a shuffle that is to be had again
    file.write_text("".join(seeded.sample(lines, len(lines))))

    shuffled = make_report(RunDirectory(finished.report.folder), print)
    assert shuffled.summary == finished.report.summary
    assert render(shuffled) == render(finished.report)


def found_by(capacity: Capacity) -> object:
    # Windows differ in the last digit, the fakes' clock being at another second.
    return capacity.low_rps, capacity.high_rps, [(probe.rate_rps, probe.verdict) for probe in capacity.probes]


@pytest.mark.parametrize("after", [1, 20, 40, 60, 61, 64])
def test_an_interrupted_run_goes_on_as_if_it_had_not_been(
    after: int, play: Callable[..., "Play"], tmp_path: Path
) -> None:
    targets = {"quick": Behaviour(rate_rps=1000), "slow": Behaviour(rate_rps=500)}
    load = {**LOAD, "rate": "70% of slowest capacity"}
    undisturbed = play(**targets)
    undisturbed.results = tmp_path / "undisturbed"
    whole = undisturbed.run(load=load, repeats=3).report

    game = play(**targets)
    loads = 0

    def interrupt() -> None:
        nonlocal loads
        loads += 1
        if loads == after:
            game.world.stop.request()

    game.change(load=FakeLoadGenerator(game.machine, interrupt))
    assert game.run(load=load, repeats=3).exit_code == InterruptedRunError.exit_code
    again = play(**targets)
    finished = again.resume()

    assert finished.exit_code == 0
    resumed = finished.report
    assert list(map(found_by, resumed.summary.capacities)) == list(map(found_by, whole.summary.capacities))
    assert [cell.key for cell in resumed.plan.cells] == [cell.key for cell in whole.plan.cells]
    assert [(cell.key, cell.trials) for cell in resumed.summary.cells] == [
        (cell.key, cell.trials) for cell in whole.summary.cells
    ]
