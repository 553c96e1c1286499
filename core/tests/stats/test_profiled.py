"""Which trial stands for a target, of hand-made runs whose throughputs are known."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.measurement import Flamegraph, Gate, Trial
from fwcompare.model.plan import Cell, Plan
from fwcompare.model.ports import Report
from fwcompare.model.scenario import Scenario
from fwcompare.stats.profiled import choose, nearest_to_mean, profiled
from fwcompare.stats.summarise import summarise

MakeCell = Callable[..., Cell]
MakeTrial = Callable[..., Trial]

DRAWN = Flamegraph("flamegraph.svg", "profile.folded", "py-spy", samples=9, rate_hz=99, window_s=1.0)


def report(*trials: Trial, drawn: bool = True, reason: str = "ptrace_scope is 3") -> Report:
    """Make a report of trials, each with a flamegraph or with the reason why there is none."""
    graph = DRAWN if drawn else Flamegraph(None, None, "py-spy", reason=reason)
    made = [replace(trial, flamegraph=graph) for trial in trials]
    cells = tuple(dict.fromkeys(trial.planned.cell for trial in made))
    plan = Plan(cells, (), tuple(trial.planned for trial in made), 1, 3)
    return Report(
        run="2026-11-20-users-3f9c",
        folder=Path("results"),
        scenario=Scenario.model_validate({"name": "s", "workload": "users", "load": {"duration": "5s"}}),
        plan=plan,
        trials=tuple(made),
        summary=summarise("r", plan, made, scenario="s", confidence=0.95, margin=0.02, status="complete"),
        environment={},
    )


def test_the_trial_nearest_to_the_mean_throughput_is_chosen(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    cell = make_cell("a")
    made = report(*(make_trial(cell, block, rate) for block, rate in ((1, 60.0), (2, 105.0), (3, 160.0))))
    chosen = choose(made, "a")
    assert (chosen.trial.planned.block, chosen.why) == (
        2,
        "of 3 trials of a-c10 with a profile, the nearest to the mean throughput",
    )
    assert choose(made, "a", block=3).trial.planned.block == 3


def test_a_trial_that_does_not_count_stands_for_nobody_while_another_does(
    make_cell: MakeCell, make_trial: MakeTrial, foreign_cpu: Gate
) -> None:
    cell = make_cell("a")
    made = report(
        make_trial(cell, 1, 100.0, gates=(foreign_cpu,)),
        make_trial(cell, 2, 100.0, outcome="invalid"),
        make_trial(cell, 3, 300.0),
    )
    assert choose(made, "a").trial.planned.block == 3
    failed = report(make_trial(cell, 1, outcome="invalid"))
    assert "no trial of a-c10 with a profile counts" in choose(failed, "a").why


def test_where_every_block_was_disturbed_the_rule_is_the_same(
    make_cell: MakeCell, make_trial: MakeTrial, foreign_cpu: Gate
) -> None:
    cell = make_cell("a")
    trials = [
        make_trial(cell, block, rate, gates=(foreign_cpu,)) for block, rate in ((1, 50.0), (2, 100.0), (3, 200.0))
    ]
    made = report(*trials)
    chosen = nearest_to_mean(made, made.trials)
    assert chosen.trial.planned.block == 2
    assert chosen.why.endswith("the mean throughput, though no undisturbed block of it is left")


def test_the_other_side_is_taken_under_the_same_load(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    levels = [make_cell(target, connections=level) for target in ("a", "b") for level in (1, 10, 50)]
    made = report(*(make_trial(cell, 1) for cell in levels))
    assert choose(made, "a").trial.planned.cell.key == "a-c50"
    assert choose(made, "b", like=make_cell("a", connections=1)).trial.planned.cell.key == "b-c1"
    assert choose(made, "b", like=make_cell("a", connections=7)).trial.planned.cell.key == "b-c50"
    assert choose(made, "b-c10", like=make_cell("a", connections=1)).trial.planned.cell.key == "b-c10"
    assert choose(made, "b", cell="b-c1").trial.planned.cell.key == "b-c1"


def test_what_is_not_there_is_told_with_what_is(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    made = report(make_trial(make_cell("a"), 1), make_trial(make_cell("b"), 1))
    assert [trial.planned.cell.target for trial in profiled(made, "b")] == ["b"]
    with pytest.raises(ScenarioError, match=r"has no target 'c'\n  expected: a, b"):
        choose(made, "c")
    with pytest.raises(ScenarioError, match=r"has no profile of a cell 'b-c10' in run .*\n  expected: a-c10"):
        choose(made, "a", cell="b-c10")
    with pytest.raises(ScenarioError, match=r"no profile of block 2\n  expected: block 1"):
        choose(made, "a", block=2)


def test_a_profile_that_could_not_be_had_is_told_with_the_reason(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    with pytest.raises(HostError, match=r"target 'a' has no flamegraph in run .*\n  ptrace_scope is 3"):
        choose(report(make_trial(make_cell("a"), 1), drawn=False), "a")
    failed = replace(report(make_trial(make_cell("a"), 1)), trials=())
    with pytest.raises(ScenarioError, match="no trial has ended yet"):
        choose(failed, "a")
