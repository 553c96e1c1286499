from dataclasses import replace
from typing import Any

import pytest

from fwcompare.model.parity import Finding
from fwcompare.model.target import Deviation
from fwcompare.model.workload import Work
from fwcompare.parity.judge import BuiltWith, Figures, judge

WORK = Work(
    statements={"INSERT": 10, "SELECT": 2}, write_commits=1, rows_inserted=10, rows_updated=0, rows_deleted=10, files=5
)
PARAMETERS = {"WORKERS": 2, "POOL_SIZE": 5, "DB_UNITS": 1}
SOUND = Figures(
    requests=500,
    touched=502,
    answered=500,
    statements={"INSERT": 5000, "SELECT": 1000},
    write_commits=500,
    sent_together=0,
    rows={"inserted": 5020, "updated": 0, "deleted": 5020},
    connections_opened=10,
    connections_peak=10,
    files={"create": 2500, "close written": 2500, "close read": 2500, "delete": 2500},
    data_unchanged=True,
    facts={"debug": False, "workers": 2, "pool_size": 5},
    answered_without={"its tables": 500},
)


def problems(figures: Figures, *deviations: Deviation) -> list[Finding]:
    _, findings = judge(WORK, figures, PARAMETERS, deviations)
    return [finding for finding in findings if finding.state != "as agreed"]


def test_the_work_of_the_contract_is_the_same_work() -> None:
    state, findings = judge(WORK, SOUND, PARAMETERS, ())
    assert state == "same work"
    assert {finding.state for finding in findings} == {"as agreed"}
    assert len(findings) == 19


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "one statement more": ({"statements": {"INSERT": 5000, "SELECT": 1500}}, "SELECT statements", "3"),
    "one in a hundred more": ({"statements": {"INSERT": 5000, "SELECT": 1005}}, "SELECT statements", "2.01"),
    "a kind that nobody asked for": (
        {"statements": {"INSERT": 5000, "SELECT": 1000, "CALL": 500}},
        "CALL statements",
        "1",
    ),
    "less": ({"statements": {"INSERT": 500, "SELECT": 1000}}, "INSERT statements", "1"),
    "one transaction more": ({"write_commits": 1000}, "write commits", "2"),
    "statements sent together": ({"sent_together": 500}, "messages of several statements", "1"),
    "more rows than statements say": (
        {"rows": {"inserted": 5020, "updated": 502, "deleted": 5020}},
        "rows updated",
        "1",
    ),
    "a connection per request": ({"connections_opened": 500}, "connections opened", "500"),
    "a larger pool": ({"connections_peak": 11}, "connections at once", "11"),
    "a file not removed": (
        {"files": {"create": 2500, "close written": 2500, "close read": 2500, "delete": 2000}},
        "files removed",
        "4",
    ),
    "errors": ({"answered": 499}, "answers 2xx", "499"),
    "rows left behind": ({"data_unchanged": False}, "rows at the end", "changed"),
    "debug on": ({"facts": {"debug": True}}, "debug", "True"),
    "another pool than asked for": ({"facts": {"debug": False, "pool_size": 15}}, "POOL_SIZE", "15"),
    "no facts": ({"facts": None}, "GET /facts", "none"),
    "a swallowed error": ({"answered_without": {"its tables": 200}}, "answer without its tables", "status 200"),
}


@pytest.mark.parametrize("name", WRONG)
def test_whatever_differs_is_named(name: str) -> None:
    changes, measure, seen = WRONG[name]
    assert [(problem.measure, problem.seen, problem.state) for problem in problems(replace(SOUND, **changes))] == [
        (measure, seen, "undeclared")
    ]
    assert judge(WORK, replace(SOUND, **changes), PARAMETERS, ())[0] == "non-comparable"


def test_two_in_a_thousand_are_let_pass() -> None:
    nearly = replace(SOUND, statements={"INSERT": 5009, "SELECT": 1001})
    assert problems(nearly) == []


def test_what_is_not_known_is_no_finding() -> None:
    nothing = Figures(requests=42, touched=44, answered=42, facts={"debug": False})
    state, findings = judge(Work(), nothing, {"SLEEP_SECONDS": 0.5}, ())
    assert (state, [finding.measure for finding in findings]) == ("same work", ["answers 2xx", "debug"])


def test_a_deviation_is_declared_with_its_amount_and_held_to_it() -> None:
    twice = replace(SOUND, statements={"INSERT": 5000, "SELECT": 2000})
    fits = Deviation(workload="w", measure="SELECT statements", more={"request": 1, "DB_UNITS": 1}, reason="probes")
    too_little = fits.model_copy(update={"more": {"request": 1}})

    assert judge(WORK, twice, PARAMETERS, [fits])[0] == "declared deviation"
    (told,) = problems(twice, fits)
    assert (told.expected, told.seen, told.state, told.reason) == ("2", "4", "declared", "probes")
    (wrong,) = problems(twice, too_little)
    assert (wrong.state, wrong.reason) == ("undeclared", "declared as 3 instead of 2, which is not what was seen")
    (vain,) = problems(SOUND, fits)
    assert vain.state == "undeclared"


def test_a_deviation_in_a_measure_that_does_not_exist_is_a_problem() -> None:
    typo = Deviation(workload="w", measure="SELECTS", more={"request": 1}, reason="x")
    assert [problem.measure for problem in problems(SOUND, typo)] == ["SELECTS"]


def test_rows_are_held_to_the_work_of_the_whole_life_and_all_else_to_that_of_the_load() -> None:
    # Of 500 requests under load every tenth writes; the checks before and behind it add two of each kind.
    reads, writes = 452, 52
    load = Work(statements={"SELECT": 0.9, "INSERT": 0.1}, write_commits=0.1, rows_inserted=0.1)
    life = replace(load, rows_inserted=writes / (reads + writes))
    seen = Figures(
        requests=500,
        touched=reads + writes,
        answered=500,
        statements={"SELECT": 450, "INSERT": 50},
        write_commits=50,
        rows={"inserted": writes, "updated": 0, "deleted": 0},
        facts={"debug": False},
    )
    assert judge(load, seen, {}, (), work_in_life=life)[0] == "same work"
    assert judge(load, seen, {}, ())[0] == "non-comparable"
    one_more = replace(seen, rows={**(seen.rows or {}), "inserted": writes + 2})
    assert judge(load, one_more, {}, (), work_in_life=life)[0] == "non-comparable"


@pytest.mark.parametrize(("value", "told"), [("3.12", "3.12.4"), ("3.12", "3.12"), ("1", "1.83.0"), ("rich", "rich")])
def test_an_image_that_is_what_it_was_built_as_is_as_agreed(value: str, told: str) -> None:
    facts = {"debug": False, "language": {"name": "CPython", "version": told}}
    given = [BuiltWith("PYTHON_VERSION", value, "language.version")]
    state, findings = judge(WORK, replace(SOUND, facts=facts), PARAMETERS, (), built_with=given)
    assert state == "same work"
    assert Finding("PYTHON_VERSION", value, told, "language.version in facts", "as agreed") in findings


@pytest.mark.parametrize(
    ("language", "seen"),
    [({"version": "3.11.2"}, "3.11.2"), ({"version": "3.120"}, "3.120"), ({}, "none"), ("CPython 3.12", "none")],
)
def test_an_image_that_did_not_obey_its_build_argument_is_non_comparable(language: object, seen: str) -> None:
    given = [BuiltWith("PYTHON_VERSION", "3.12", "language.version")]
    figures = replace(SOUND, facts={"debug": False, "language": language})
    state, findings = judge(WORK, figures, PARAMETERS, (), built_with=given)
    assert state == "non-comparable"
    (problem,) = (finding for finding in findings if finding.state != "as agreed")
    assert (problem.measure, problem.expected, problem.seen) == ("PYTHON_VERSION", "3.12", seen)


def test_a_build_argument_that_no_fact_tells_is_not_asked_for() -> None:
    state, findings = judge(WORK, SOUND, PARAMETERS, (), built_with=[BuiltWith("FLAVOUR", "rich", None)])
    assert (state, len(findings)) == ("same work", 19)
