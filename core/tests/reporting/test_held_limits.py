"""What a report says of the limits that held."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fwcompare.model.limits import Held
from fwcompare.model.ports import Report
from fwcompare.reporting.held_limits import held_limits
from fwcompare.reporting.markdown import render

HELD = Held("1 CPU by quota, on CPU 1", (1,), 1.0, None, "cgroup v1")
LOST = Held("affinity only: on CPU 1", (1,), by="affinity", missing="no CPU quota: no right; run as root")


@pytest.fixture
def report(make_report: Callable[..., Report]) -> Report:
    return make_report(blocks=2)


def test_limits_that_are_the_same_for_all_are_one_line(report: Report) -> None:
    trials = [replace(trial, limits=HELD) for trial in report.trials]
    assert held_limits(trials) == {"limits held": "1 CPU by quota, on CPU 1"}


def test_limits_that_differ_are_told_by_target_with_what_is_missing(report: Report) -> None:
    first, *others = sorted(report.trials, key=lambda trial: trial.planned.cell.target)
    trials = [replace(first, limits=LOST), *(replace(trial, limits=HELD) for trial in others)]
    told = held_limits(trials)["limits held"]
    assert isinstance(told, dict)
    assert told[first.planned.cell.target] == (
        "1 CPU by quota, on CPU 1; or: affinity only: on CPU 1 (missing: no CPU quota: no right; run as root)"
    )
    assert set(told.values()) == {told[first.planned.cell.target], "1 CPU by quota, on CPU 1"}


def test_the_report_says_what_held_and_an_old_run_says_nothing(report: Report) -> None:
    assert "limits held" not in render(report)
    known = replace(report, trials=tuple(replace(trial, limits=LOST) for trial in report.trials))
    assert "- limits held: affinity only: on CPU 1 (missing: no CPU quota: no right; run as root)" in render(known)
