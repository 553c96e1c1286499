"""How long the trials that are left will take, from those that have ended."""

import pytest

from fwcompare.model.plan import Cell, LoadPoint
from fwcompare.stats.time_left import Took, time_left_s


def cell(target: str, connections: int = 10, workload: str = "users") -> Cell:
    load = LoadPoint(
        connections=connections,
        duration_s=6.0,
        requests=None,
        warmup_s=2.0,
        timeout_s=5.0,
        drain_s=5.0,
        keepalive=True,
    )
    return Cell(target, workload, (), (), load)


def test_nothing_is_known_before_a_trial_has_ended() -> None:
    assert time_left_s([], [cell("a")]) is None


def test_a_trial_takes_as_long_as_others_of_its_workload_and_load_did_in_the_mean() -> None:
    ended = [
        Took(cell("a"), 10.0),
        Took(cell("b"), 14.0),
        Took(cell("a", 50), 30.0),
        Took(cell("a", 10, "sleep"), 99.0),
    ]
    assert time_left_s(ended, [cell("c"), cell("c"), cell("b", 50)]) == pytest.approx(12 + 12 + 30)


def test_a_load_of_which_nothing_is_known_yet_takes_the_mean_of_all() -> None:
    assert time_left_s([Took(cell("a"), 10.0), Took(cell("b"), 20.0)], [cell("a", 99)]) == pytest.approx(15)


def test_no_trial_left_takes_no_time() -> None:
    assert time_left_s([Took(cell("a"), 10.0)], []) == 0
