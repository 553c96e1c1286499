from collections.abc import Callable
from dataclasses import replace

import pytest

from fwcompare.cli.plan import print_plan
from fwcompare.model.load_settings import LoadSettings
from fwcompare.model.plan import Cell, LoadPoint, Plan, Stage
from fwcompare.model.ports import Report
from fwcompare.planning.matrix import load_points
from fwcompare.reporting.csv_table import trial_rows
from fwcompare.reporting.league import load_groups
from fwcompare.reporting.load_point import offered, settings
from fwcompare.reporting.markdown import render
from fwcompare.stats.summarise import summarise

CLOSED = LoadPoint(10, 5.0, None, 2.0, 30.0, 5.0, keepalive=True)
OPEN = replace(CLOSED, model="open", rate=200.0)
STAGES = (Stage(30.0, 2000.0), Stage(0.0, 500.0))


def staged(report: Report) -> Report:
    """Give a report of an open load the stages that its measurements do not know of."""
    load = report.scenario.load.model_dump() | {
        "duration": "60s",
        "stages": [{"duration": "30s", "rate": 2000}, {"rate": 500}],
    }
    point = load_points(LoadSettings.model_validate(load))[0]

    def moved(cell: Cell) -> Cell:
        return replace(cell, load=point)

    trials = tuple(
        replace(trial, planned=replace(trial.planned, cell=moved(trial.planned.cell))) for trial in report.trials
    )
    plan = replace(
        report.plan,
        cells=tuple(map(moved, report.plan.cells)),
        unsupported=tuple(replace(entry, cell=moved(entry.cell)) for entry in report.plan.unsupported),
    )
    summary = summarise(report.run, plan, trials, scenario="users", confidence=0.95, margin=0.02, status="complete")
    scenario = report.scenario.model_copy(update={"load": LoadSettings.model_validate(load)})
    return replace(report, scenario=scenario, plan=plan, trials=trials, summary=summary)


def test_a_plain_load_has_nothing_more_to_tell() -> None:
    assert settings(CLOSED) == settings(OPEN) == {}
    assert (offered(CLOSED), offered(OPEN)) == ("", "200 req/s")


def test_stages_are_named_by_their_rates_in_order() -> None:
    assert offered(replace(OPEN, stages=STAGES)) == "200 to 2,000 to 500 req/s"
    assert offered(replace(OPEN, stages=(Stage(5.0, 200.0), *STAGES))) == "200 to 2,000 to 500 req/s", "one holds"
    assert offered(replace(OPEN, stages=STAGES * 2)) == "200 to ... to 500 req/s"
    assert settings(replace(OPEN, stages=STAGES)) == {"stages": "from 200 req/s over 30s to 2,000, then at once to 500"}


def test_every_setting_is_told_in_words() -> None:
    assert "up to 50" in settings(replace(OPEN, backlog="grow", max_connections=50))["backlog"]
    assert "waited 250ms for a connection" in settings(replace(OPEN, backlog="shed", shed_after_s=0.25))["backlog"]
    closed = replace(CLOSED, spawn_rate=50.0, think_time_s=0.1, think_time="exponential")
    assert settings(closed) == {
        "spawn rate": "50.0 connections started per second",
        "think time": "100ms, exponential",
    }


def test_the_plan_shows_what_the_load_is(capsys: pytest.CaptureFixture[str]) -> None:
    cell = Cell("axum", "users", (), (), replace(OPEN, stages=STAGES, backlog="grow", max_connections=50))
    print_plan(Plan((cell,), (), (), seed=1, repeats=0), repeats=1)
    out = capsys.readouterr().out
    assert "axum-c10-r200-staged" in out
    assert "open, 200 to 2,000 to 500 req/s (constant), 10 connections" in out
    assert "backlog grow: a request that finds all connections busy opens one, up to 50" in out


def test_documents_name_a_staged_load_by_its_stages_and_show_the_measured_rate(
    make_report: Callable[..., Report],
) -> None:
    report = staged(make_report(rate=200))
    assert load_groups(report)[0].label == "200 to 2,000 to 500 req/s, 10 connections"
    text = render(report)
    assert "from 200 req/s over 30s to 2,000, then at once to 500" in text
    assert "constant, 200 req/s at the beginning" in text
    assert "after the measured one, at 500 req/s, where the stages end" in text
    row = trial_rows(report)[0]
    assert (row["stages"], row["backlog_policy"]) == ("30s:2000 0s:500", "queue")
