"""What a search for capacities reads like: made once by the fakes' figures, written by every document."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fwcompare.cli.plan import print_plan
from fwcompare.model.capacity import BreakingPoint, Capacity, Probe, Scalability
from fwcompare.model.plan import Cell, LoadPoint, Plan, UnsupportedCell
from fwcompare.model.ports import Report
from fwcompare.model.scenario import Scenario
from fwcompare.model.summary import Summary
from fwcompare.reporting.capacity import capacity_answer, search_sentences
from fwcompare.reporting.csv_table import trial_rows
from fwcompare.reporting.html_page import render_page
from fwcompare.reporting.markdown import render
from fwcompare.reporting.plots import plots
from fwcompare.reporting.terminal import print_summary

LOAD = {"capacity": {"slo": {"p99": "250ms"}}, "duration": "5s", "rate": "70% of slowest capacity"}
POINT = LoadPoint(10, 5.0, None, 1, 30, 5, keepalive=True, model="open", rate=100, probe=True)


def capacity(target: str, low: float | None, high: float | None, **changes: object) -> Capacity:
    probe = Probe(
        number=1,
        key=f"{target}-c10-r100-probe",
        rate_rps=100,
        verdict="pass",
        reason="p99 12 ms",
        quantile_ms=12,
        achieved_rps=99.9,
        unanswered=0,
        window_s=10.2,
        flamegraph=f"trials/{target}-c10-r100-probe/1/flamegraph.svg",
    )
    fields: dict[str, object] = {
        "key": f"{target}-c10",
        "target": target,
        "workload": "users",
        "params": {},
        "connections": 10,
        "objective": "p99 <= 250 ms, errors <= 0.1 %",
        "state": "bracket",
        "low_rps": low,
        "high_rps": high,
        "estimate_rps": None,
        "rank": 1,
        "reason": "",
        "probes": [probe],
    }
    return Capacity.model_validate(fields | changes)


def report(*capacities: Capacity, **levels: object) -> Report:
    cells = tuple(Cell(one.target, "users", (), (), POINT) for one in capacities)
    idle = Cell("idle", "users", (), (), POINT)
    plan = Plan((), (UnsupportedCell(idle, "no such path"),), (), seed=42, repeats=3, searches=cells)
    summary = Summary(
        run="r",
        scenario="users",
        status="complete",
        confidence=0.95,
        margin=0.02,
        cells=[],
        pairs=[],
        capacities=[*capacities, capacity("idle", None, None, state="failed", rank=None, reason="no such path")],
        **levels,
    )
    scenario = Scenario.model_validate({"name": "users", "workload": "users", "load": LOAD})
    return Report("r", Path("results/r"), scenario, plan, (), summary, {})


def test_the_answer_names_the_target_whose_bracket_lies_above() -> None:
    assert capacity_answer(report(capacity("slow", 240, 257, rank=2), capacity("quick", 900, 990))) == (
        "quick holds p99 <= 250 ms, errors <= 0.1 % up to 900 to 990 req/s; its bracket lies above that of slow; "
        "no order is known between it and idle."
    )


def test_brackets_that_overlap_name_no_winner() -> None:
    told = capacity_answer(report(capacity("a", 240, 257), capacity("b", 250, 270)))
    assert "lies above" not in told
    assert "no order is known between it and a and idle" in told


def test_without_a_bracket_the_answer_says_why() -> None:
    made = report(capacity("a", None, None, state="unresolved", reason="even 1 req/s failed"))
    assert capacity_answer(made) == "No capacity was found: a is unresolved (even 1 req/s failed)."


def test_the_page_holds_every_probe_and_no_empty_table() -> None:
    made = report(capacity("a", 240, 257), capacity("b", 8000, None, state="client-bound", reason="lag", rank=None))
    page = render(made)
    assert "| a | 10 | p99 &lt;= 250 ms, errors &lt;= 0.1 % | 240 to 257 | 1 | 1 | bracket |" in page
    assert "| b | 10 | p99 &lt;= 250 ms, errors &lt;= 0.1 % | &gt;= 8,000 | n/a | 1 |" in page
    assert "the load generator was the limit: lag |" in page
    assert "| a | 1 | 100 | pass | p99 12 ms | 99.9 | 10.2 | a-c10-r100-probe / 1 | [flamegraph](trials/a-c10-" in page
    assert "- order: searches in turn, in an order of their own each round, seed 42" in page
    for empty in ("## League table", "## Pairs", "## Plots", "## Trials"):
        assert empty not in page
    assert "<table " in render_page(made)
    assert (plots(made), trial_rows(made)) == ((), [])


def test_the_terminal_says_it_in_lines() -> None:
    console = Console(file=io.StringIO(), width=200)
    print_summary(report(capacity("a", 240, 257)), console)
    file = console.file
    assert isinstance(file, io.StringIO)
    text = file.getvalue()
    assert "a: 240 to 257 req/s with p99 <= 250 ms, errors <= 0.1 %, 1 probe, rank 1" in text
    assert "idle: n/a req/s with p99 <= 250 ms, errors <= 0.1 %, 1 probe; failed: no such path" in text


def test_breaking_points_and_fits_stand_in_the_page() -> None:
    broken = BreakingPoint(target="a", objective="p99 <= 9 ms", level=64, last_held=16, reason="service p99 9.2 ms")
    whole = BreakingPoint(target="b", objective="p99 <= 9 ms", level=None, last_held=64, reason="it held")
    fit = Scalability(
        target="a",
        gamma=100,
        sigma=0.05,
        kappa=0.002,
        kappa_interval=(0.0015, 0.0025),
        worst_residual=0.01,
        peak_connections=21.8,
        peak_rps=900,
        reason="",
    )
    flat = fit.model_copy(update={"peak_connections": None, "reason": "the interval of kappa holds 0"})
    page = render(report(breaking_points=[broken, whole], scalability=[fit, flat]))
    for line in (
        "- a breaks p99 &lt;= 9 ms from level 64 on (service p99 9.2 ms); last held at 16",
        "- b does not break p99 &lt;= 9 ms: it held",
        "gamma 100, sigma 0.05, kappa 0.002 (0.0015 to 0.0025); highest at 21.8 connections, 900 req/s",
        "no peak is told: the interval of kappa holds 0",
    ):
        assert line in page


@pytest.mark.parametrize("share", [True, False])
def test_a_plan_says_what_is_found_first(*, share: bool) -> None:
    load = report().scenario.load
    told = search_sentences(load if share else load.model_copy(update={"rate_of_capacity": None}))
    assert told[0] == (
        "capacity: the highest rate with p99 <= 250 ms, errors <= 0.1 %; at most 35 probes a target, from 100 req/s, "
        "each of 5s, or longer where p99 needs more requests"
    )
    assert told[1:] == (["rate: 70 % of the slowest capacity, found first"] if share else [])


def test_a_probe_is_told_from_a_cell_of_the_same_rate() -> None:
    assert replace(POINT, probe=False).label != POINT.label


def test_the_plan_lists_what_is_searched_and_no_order_of_trials(capsys: pytest.CaptureFixture[str]) -> None:
    made = report(capacity("a", 240, 257))
    print_plan(made.plan, 3, search_sentences(made.scenario.load))
    told = capsys.readouterr().out
    assert "a-c10-r100-probe" in told
    assert "unsupported: no such path" in told
    assert told.endswith("\nrate: 70 % of the slowest capacity, found first\n")
