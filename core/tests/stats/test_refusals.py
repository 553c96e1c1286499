"""When no winner is named whatever the figures say, and what a run with disturbed blocks comes to."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from fwcompare.model.limits import Held
from fwcompare.model.measurement import Gate, Steadiness, Trial
from fwcompare.model.plan import Cell, Plan
from fwcompare.model.summary import CellSummary, Metric, PairSummary, Summary
from fwcompare.stats.summarise import summarise

MakeCell = Callable[..., Cell]
MakeTrial = Callable[..., Trial]

Changes = Mapping[str, object] | None

SCATTER = (0.0, 0.4, -0.4, 0.2, -0.2)
"""Figures of blocks 1 to 5 beside a mean of 100 or 500."""


def summary_of(cells: Sequence[Cell], trials: Sequence[Trial]) -> Summary:
    plan = Plan(cells=tuple(cells), unsupported=(), trials=(), seed=1, repeats=5)
    return summarise("run", plan, trials, scenario="users", confidence=0.95, margin=0.02, status="complete")


class Match:
    """A fast and a slow target over five blocks; what is given for a target changes its trials of block 2."""

    def __init__(self, make_cell: MakeCell, make_trial: MakeTrial, *, rate: float | None = None) -> None:
        self.fast, self.slow = make_cell("fast", rate=rate), make_cell("slow", rate=rate)
        self.make_trial = make_trial

    def trials(self, *, fast: Changes = None, slow: Changes = None) -> list[Trial]:
        return [
            self.make_trial(
                cell,
                block,
                mean + SCATTER[block - 1],
                response_p99_ms=1000 / mean + SCATTER[block - 1] / 100,
                **(changes or {} if block == 2 else {}),
            )
            for block in range(1, 6)
            for cell, mean, changes in ((self.fast, 500, fast), (self.slow, 100, slow))
        ]

    def pair(self, trials: Sequence[Trial], metric: Metric = "throughput_rps") -> PairSummary:
        pairs = summary_of([self.fast, self.slow], trials).pairs
        (found,) = [pair for pair in pairs if pair.metric == metric]
        return found

    def cell(self, trials: Sequence[Trial]) -> CellSummary:
        return summary_of([self.fast, self.slow], trials).cells[0]


@pytest.fixture
def closed(make_cell: MakeCell, make_trial: MakeTrial) -> Match:
    return Match(make_cell, make_trial)


@pytest.fixture
def opened(make_cell: MakeCell, make_trial: MakeTrial) -> Match:
    return Match(make_cell, make_trial, rate=1000)


def test_without_a_doubt_the_fast_one_wins(closed: Match) -> None:
    assert closed.pair(closed.trials()).verdict == "faster"


def unsteady(change: float) -> dict[str, object]:
    return {"steadiness": Steadiness(steady=False, reason="its thirds differ", change=change)}


@pytest.mark.parametrize("side", ["fast", "slow"])
def test_no_winner_where_a_target_changed_by_as_much_as_the_difference(closed: Match, side: str) -> None:
    pair = closed.pair(closed.trials(**{side: unsteady(4.0)}))

    assert pair.verdict == "refused"
    assert pair.reason == f"{side}-c10 is not steady (by 400 % in block 2)"


def test_a_difference_larger_than_all_that_was_not_steady_has_a_winner_that_says_so(closed: Match) -> None:
    pair = closed.pair(closed.trials(fast=unsteady(0.25), slow=unsteady(0.08)))

    assert pair.verdict == "faster"
    assert pair.reason == (
        "fast-c10 is not steady (by 25 % in block 2); slow-c10 is not steady (by 8 % in block 2), and the difference "
        "is larger than that"
    )


def test_two_that_are_not_steady_are_never_equivalent(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    cells = [make_cell("one"), make_cell("two")]
    changed = Steadiness(steady=False, reason="its thirds differ", change=0.08)
    trials = [make_trial(cell, block, 100.0, steadiness=changed) for cell in cells for block in range(1, 6)]

    assert {pair.verdict for pair in summary_of(cells, trials).pairs if pair.metric == "throughput_rps"} == {"refused"}


def test_no_winner_beside_a_target_whose_processes_changed(closed: Match) -> None:
    recycled = Gate("processes kept", passed=False, seen="process 1 ended", limit="none", about="target")
    pair = closed.pair(closed.trials(slow={"gates": (recycled,)}))

    assert (pair.verdict, pair.reason) == ("refused", "slow-c10: processes kept: not passed in block 2")


@pytest.mark.parametrize("metric", ["throughput_rps", "cpu_ms_per_request"])
def test_no_winner_when_the_facts_of_a_target_were_not_the_same_in_every_block(closed: Match, metric: Metric) -> None:
    later = closed.trials(fast={"facts": {"workers": 2, "driver": "a"}})
    later[4] = closed.make_trial(closed.fast, 3, 500, facts={"workers": 4, "driver": "a"})
    pair = closed.pair(later, metric)

    assert pair.verdict == "refused"
    assert pair.reason == "fast-c10: not the same in every block: workers (2, then 4)"


def test_no_winner_when_other_limits_held(closed: Match) -> None:
    trials = closed.trials(slow={"limits": Held("none")})
    trials[5] = closed.make_trial(closed.slow, 3, 100, limits=Held("1 CPU by quota", quota_cpus=1, by="cgroup v2"))

    pair = closed.pair(trials)

    assert pair.verdict == "refused"
    assert pair.reason == "slow-c10: not the same in every block: limits that held (none, then 1 CPU by quota)"


def test_response_times_are_compared_in_an_open_model_and_less_is_better(opened: Match, closed: Match) -> None:
    assert opened.pair(opened.trials(), "response_p99_ms").verdict == "faster"
    metrics = {pair.metric for pair in summary_of([closed.fast, closed.slow], closed.trials()).pairs}
    assert metrics == {"throughput_rps", "cpu_ms_per_request"}


def test_a_saturated_target_is_not_compared_by_its_response_time_but_by_its_throughput(opened: Match) -> None:
    trials = opened.trials(slow={"saturated": True})

    pair = opened.pair(trials, "response_p99_ms")

    assert (pair.verdict, pair.ratio) == ("refused", None)
    assert pair.reason.startswith("slow-c10-r1000: saturated: ")
    assert opened.pair(trials).verdict == "faster"


def test_a_late_client_forbids_to_compare_response_times(opened: Match) -> None:
    late = Gate("generator", passed=False, seen="late by 3 ms", limit="in time", about="client")

    pair = opened.pair(opened.trials(fast={"gates": (late,)}), "response_p99_ms")

    assert (pair.verdict, pair.ratio) == ("refused", None)
    assert pair.reason.startswith("fast-c10-r1000: the load generator was late")


def test_too_few_requests_to_rank_by_p99_are_told_with_the_number_that_is_missing(opened: Match) -> None:
    pair = opened.pair(opened.trials(fast={"requests": 9_999}), "response_p99_ms")

    assert pair.verdict == "refused"
    assert pair.reason == ("fast-c10-r1000: too few requests to rank by p99: 9,999 in block 2, 10,000 are needed")
    assert pair.ratio is not None
    assert opened.pair(opened.trials(fast={"requests": 10_000}), "response_p99_ms").verdict == "faster"


def test_a_disturbed_block_is_left_out_for_every_target_and_the_rest_is_judged(
    closed: Match, foreign_cpu: Gate
) -> None:
    trials = closed.trials(fast={"gates": (foreign_cpu,)})

    found = summary_of([closed.fast, closed.slow], trials)

    assert [(cell.trials, cell.disturbed_blocks) for cell in found.cells] == [(4, 1), (4, 1)]
    assert found.cells[1].reasons["disturbed"] == (
        "block 2: foreign CPU in fast-c10: 12 % of the CPUs, expected at most 2 %"
    )
    assert (found.pairs[0].verdict, found.pairs[0].blocks) == ("faster", 4)
    assert found.pairs[0].reason == "block 2 left out"
    assert [(each.block, each.attempt) for each in found.discarded] == [(2, 1)]


def test_more_than_a_fifth_of_the_blocks_disturbed_names_no_winner(closed: Match, foreign_cpu: Gate) -> None:
    trials = closed.trials(fast={"gates": (foreign_cpu,)})
    trials[0] = closed.make_trial(closed.fast, 1, 500, gates=(foreign_cpu,))

    pair = closed.pair(trials)

    assert pair.verdict == "refused"
    assert pair.reason.startswith("2 of 5 blocks left out: disturbed, or without valid trials of both")


def test_with_every_block_disturbed_the_cell_is_noisy_its_figures_stay_and_no_winner_is_named(
    closed: Match, foreign_cpu: Gate
) -> None:
    trials = [
        closed.make_trial(cell, block, mean, gates=(foreign_cpu,))
        for block in range(1, 6)
        for cell, mean in ((closed.fast, 500), (closed.slow, 100))
    ]

    found = summary_of([closed.fast, closed.slow], trials)

    assert [(cell.verdict, cell.trials, cell.disturbed_blocks) for cell in found.cells] == [("noisy", 5, 5)] * 2
    assert found.cells[0].throughput_rps is not None
    assert found.cells[0].reasons["verdict"].startswith("the host disturbed every block: foreign CPU in fast-c10")
    # Told once for all cells: it says nothing that is a single cell's own.
    assert len({cell.reasons["verdict"] for cell in found.cells}) == 1
    assert {pair.verdict for pair in found.pairs} == {"refused"}
    assert len(found.discarded) == 5


def test_a_block_run_again_counts_and_is_not_counted_as_lost(closed: Match, foreign_cpu: Gate) -> None:
    trials = closed.trials(fast={"gates": (foreign_cpu,)})
    again = [
        closed.make_trial(cell, 2, mean, attempt=2, position=90)
        for cell, mean in ((closed.fast, 500), (closed.slow, 100))
    ]

    found = summary_of([closed.fast, closed.slow], [*trials, *again])

    assert [(cell.trials, cell.disturbed_blocks) for cell in found.cells] == [(5, 0), (5, 0)]
    assert (found.pairs[0].verdict, found.pairs[0].reason) == ("faster", "")
    assert [(each.block, each.attempt) for each in found.discarded] == [(2, 1)]


def test_three_ranked_cells_get_letters_and_two_none(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    cells = [make_cell(name) for name in ("one", "two", "far")]
    trials = [
        make_trial(cell, block, mean + SCATTER[(block + shift) % 5])
        for block in range(1, 6)
        for cell, mean, shift in zip(cells, (100, 100, 500), (0, 1, 2), strict=True)
    ]

    assert [cell.group for cell in summary_of(cells, trials).cells] == ["b", "b", "a"]
    two = summary_of(cells[:2], [trial for trial in trials if trial.planned.cell != cells[2]])
    assert [cell.group for cell in two.cells] == [None, None]
    assert two.cells[0].reasons["group"].startswith("ties are told where at least three cells")


def test_a_cell_that_may_not_be_judged_is_no_tie_of_all_the_others(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    cells = [make_cell(name) for name in ("one", "two", "three", "unsteady")]
    dropped = Steadiness(steady=False, reason="its thirds differ", change=5.0)
    trials = [
        make_trial(cell, block, mean + SCATTER[block - 1], steadiness=dropped if cell.target == "unsteady" else None)
        for block in range(1, 6)
        for cell, mean in zip(cells, (100, 200, 300, 400), strict=True)
    ]

    assert [cell.group for cell in summary_of(cells, trials).cells] == ["c", "b", "a", None]


def test_where_no_pair_can_be_judged_there_are_no_letters(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    cells = [make_cell(name) for name in "abc"]

    assert [cell.group for cell in summary_of(cells, [make_trial(cell, 1) for cell in cells]).cells] == [None] * 3


def test_trials_of_cells_outside_the_plan_neither_count_nor_disturb(
    closed: Match, make_cell: MakeCell, make_trial: MakeTrial, foreign_cpu: Gate
) -> None:
    probe = make_cell("fast", connections=77)
    probes = [make_trial(probe, block, gates=(foreign_cpu,)) for block in range(1, 9)]

    found = summary_of([closed.fast, closed.slow], [*probes, *closed.trials()])

    assert [(cell.trials, cell.disturbed_blocks) for cell in found.cells] == [(5, 0), (5, 0)]
    assert found.discarded == []
    assert found.pairs[0].verdict == "faster"
