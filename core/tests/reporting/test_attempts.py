"""A block that was run again is told by its attempt, wherever a trial is shown."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fwcompare.model.attempts import Ending
from fwcompare.model.measurement import Flamegraph
from fwcompare.model.plan import name_of_block
from fwcompare.model.ports import Report
from fwcompare.model.scenario import WidthRepeats
from fwcompare.reporting.csv_table import trial_rows
from fwcompare.reporting.markdown import render
from fwcompare.reporting.trials import TRIAL_HEADER, flamegraph_rows, trial_row

Make = Callable[..., Report]


@pytest.mark.parametrize(
    ("attempt", "name"),
    [
        (1, "block 3"),
        (2, "block 3, second attempt"),
        (3, "block 3, third attempt"),
        (4, "block 3, 4th attempt"),
    ],
)
def test_a_block_is_named_with_its_attempt_from_the_second_on(attempt: int, name: str) -> None:
    assert name_of_block(3, attempt) == name


def test_rows_of_trials_and_flamegraphs_name_block_and_attempt(make_report: Make) -> None:
    trial = make_report().trials[0]
    again = replace(trial, planned=replace(trial.planned, block=2, attempt=2), flamegraph=Flamegraph("x", None, "perf"))
    column = TRIAL_HEADER.index("block")
    assert [trial_row(each, "label")[column] for each in (trial, again)] == ["1", "2, second attempt"]
    ((title, *_),) = flamegraph_rows([again])
    assert title == f"{trial.planned.cell.key} / 2, second attempt"


def test_the_table_of_trials_has_a_column_of_attempts(make_report: Make) -> None:
    report = make_report()
    first, *others = report.trials
    again = replace(first, planned=replace(first.planned, attempt=2))
    attempts = [row["attempt"] for row in trial_rows(replace(report, trials=(again, *others)))]
    assert attempts == [2, *[1] * len(others), None], "an unsupported cell has none"


@pytest.mark.parametrize(
    ("repeats", "ending", "said"),
    [
        (5, None, "randomised complete blocks, 5 blocks, seed 42"),
        (5, Ending(5, 0, "5 blocks, as the scenario says"), "randomised complete blocks, 5 blocks, seed 42"),
        (5, Ending(5, 2, "."), "randomised complete blocks, 5 blocks, 2 further attempts at them, seed 42"),
        (WidthRepeats(width=0.02), None, "randomised complete blocks, at most 5 blocks, seed 42"),
        (
            WidthRepeats(width=0.02),
            Ending(4, 0, "narrow enough after 4 blocks"),
            "randomised complete blocks, 4 blocks, seed 42; narrow enough after 4 blocks",
        ),
    ],
)
def test_the_conditions_say_how_many_blocks_there_were_and_why_no_more(
    repeats: int | WidthRepeats, ending: Ending | None, said: str, make_report: Make
) -> None:
    report = make_report()
    scenario = report.scenario.model_copy(update={"repeats": repeats})
    assert f"- order: {said}\n" in render(replace(report, scenario=scenario, ending=ending))
