"""When the intervals are narrow enough to end a run, by the pairs of a load point or by the one cell of it."""

import math
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest

from fwcompare.model.measurement import Gate, Trial
from fwcompare.model.plan import Cell
from fwcompare.stats.intervals import geometric_interval
from fwcompare.stats.width import Narrowness, narrow_enough

MakeCell = Callable[..., Cell]
MakeTrial = Callable[..., Trial]

SCATTER = (0.01, -0.01, 0.012, -0.008, 0.0, 0.004, -0.006, 0.002, 0.009, -0.011)


def ask(cells: Sequence[Cell], trials: Sequence[Trial], width: float) -> Narrowness:
    return narrow_enough(cells, trials, width=width, confidence=0.95)


@pytest.fixture
def alone(make_cell: MakeCell) -> Cell:
    return make_cell("a")


def test_one_cell_alone_is_asked_for_its_own_interval(alone: Cell, make_trial: MakeTrial) -> None:
    figures = [100 * math.exp(scatter) for scatter in SCATTER]
    interval = geometric_interval(figures, 0.95)
    assert interval is not None
    assert interval.low is not None
    assert interval.high is not None
    half = (interval.high - interval.low) / 2 / interval.mean
    trials = [make_trial(alone, block, figure) for block, figure in enumerate(figures, 1)]

    assert ask([alone], trials, half * 1.001).enough
    assert not ask([alone], trials, half * 0.999).enough


def test_pairs_are_asked_block_by_block_so_that_a_shared_drift_does_not_count(
    make_cell: MakeCell, make_trial: MakeTrial
) -> None:
    a, b = make_cell("a"), make_cell("b")
    trials = [
        make_trial(cell, block, 100 * block * times * math.exp(SCATTER[block - 1] * (times - 1)))
        for block in range(1, 11)
        for cell, times in ((a, 1), (b, 2))
    ]

    found = ask([a, b], trials, 0.02)

    assert found.enough
    assert found.reason == "half the widest interval, of a-c10 against b-c10, is 0.615 % of its ratio; 2 % is asked for"


def test_the_widest_of_all_pairs_decides(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    cells = [make_cell(name) for name in "abc"]
    trials = [
        make_trial(cell, block, 100 * math.exp(SCATTER[block - 1] * factor))
        for block in range(1, 11)
        for cell, factor in zip(cells, (0, 0, 10), strict=True)
    ]

    found = ask(cells, trials, 0.02)

    assert not found.enough
    assert "c-c10" in found.reason


def test_one_block_has_no_interval_and_no_block_no_figure(alone: Cell, make_trial: MakeTrial) -> None:
    assert ask([alone], [], 0.02) == Narrowness(enough=False, reason="there is no figure yet")
    assert ask([alone], [make_trial(alone, 1)], 0.02) == Narrowness(enough=False, reason="a-c10 has no interval yet")


def test_a_cell_that_never_gave_a_figure_is_not_waited_for(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    a, b, failed = (make_cell(name) for name in "abc")
    trials = [
        make_trial(cell, block, outcome="failed" if cell is failed else "ok")
        for block in range(1, 11)
        for cell in (a, b, failed)
    ]

    assert ask([a, b, failed], trials, 0.02).enough


def test_cells_that_met_in_no_block_are_waited_for(make_cell: MakeCell, make_trial: MakeTrial) -> None:
    a, b = make_cell("a"), make_cell("b")

    found = ask([a, b], [make_trial(a, 1), make_trial(a, 2), make_trial(b, 3), make_trial(b, 4)], 0.02)

    assert found == Narrowness(enough=False, reason="a-c10 against b-c10 has no interval yet")


def test_disturbed_blocks_are_not_looked_at(alone: Cell, make_trial: MakeTrial, foreign_cpu: Gate) -> None:
    quiet = [make_trial(alone, block, 100 + 0.1 * block) for block in range(1, 11)]
    disturbed = make_trial(alone, 11, 20, gates=(foreign_cpu,))

    assert ask([alone], [*quiet, disturbed], 0.02).enough
    assert not ask([alone], [*quiet, make_trial(alone, 11, 20)], 0.02).enough
    assert not ask([alone], [disturbed, make_trial(alone, 12, 20, gates=(foreign_cpu,))], 0.02).enough


def test_how_many_targets_there_are_does_not_change_how_long_a_run_takes(
    make_cell: MakeCell, make_trial: MakeTrial
) -> None:
    rng = np.random.default_rng(1)
    cells = [make_cell(f"t{number}") for number in range(6)]
    trials = [make_trial(cell, block, 100 * math.exp(rng.normal(0, 0.02))) for block in range(1, 11) for cell in cells]

    def widest(some: Sequence[Cell]) -> float:
        chosen = [trial for trial in trials if trial.planned.cell in some]
        return float(ask(some, chosen, 0.02).reason.partition(" is ")[2].partition(" %")[0])

    assert widest(cells) == max(widest(pair) for pair in combinations(cells, 2))
