"""Workloads of several requests on fakes: the check before a load, the audit of the work, and what a trial keeps."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fwcompare.model.flows import Content, Expect
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import PlannedFlow
from fwcompare.model.ports import LoadOrder
from fwcompare.model.values import Uuid
from fwcompare.model.workload import (
    AuditSize,
    JsonContract,
    Request,
    Work,
    Workload,
    WorkloadFlow,
    WorkloadStep,
)
from fwcompare.reporting.markdown import render
from fwcompare.session.run import make_report
from fwcompare.store.run_directory import RunDirectory
from fwcompare.testing.fakes import ECHO, Behaviour, FakeLoad, FakeLoadGenerator, fake_target

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

WRITES = Work(statements={"INSERT": 1}, write_commits=1)
READS = Work(statements={"SELECT": 2})
WRITE = WorkloadStep(
    name="write",
    method="POST",
    json='{"id": "{id}"}',
    expect=Expect(json='{"id": "{id}"}', json_every=7),
    contract=lambda values: JsonContract({"id": values["id"]}),
    work=lambda _: WRITES,
)
READ = WorkloadStep(
    name="read", path="/{id}", contract=lambda values: JsonContract({"path": values["id"]}), work=lambda _: READS
)
IDLE = WorkloadStep(name="idle", path="/idle", contract=lambda _: JsonContract({"path": "idle"}))

NOTES = Workload(
    name="notes",
    title="several requests",
    dataset=ECHO.dataset,
    audit=AuditSize(alone=11, together=20, clients=5),
    flows=(WorkloadFlow(steps=(WRITE, READ)), WorkloadFlow(steps=(IDLE,), weight=3)),
    values={"id": Uuid()},
)


def echoes(request: Request, path: str) -> object:
    return json.loads(request.body) if request.body else {"path": path.rpartition("/")[2]}


def sql_of_step(method: str, path: str) -> tuple[str, ...]:
    if method == "POST":
        return ("INSERT INTO t VALUES (1)",)
    return () if path.endswith("/idle") else ("SELECT * FROM t",) * 2


SOUND = Behaviour(answers=echoes, sql=sql_of_step)


@pytest.fixture
def notes(play: Callable[..., "Play"]) -> Callable[..., "Play"]:
    """Make a game of the workload, or of another, with targets that serve it."""

    def make(workload: Workload = NOTES, **behaviours: Behaviour) -> "Play":
        game = play(**behaviours)
        served = {name: fake_target(name, workloads={workload.name: "/notes"}) for name in behaviours}
        game.change(workloads={workload.name: workload}, targets=served)
        return game

    return make


def trials(game: "Play", **changes: object) -> tuple[Trial, ...]:
    return game.run(workload="notes", **changes).report.trials


def test_a_run_of_flows_audits_measures_and_keeps_an_account_of_each_step(notes: Callable[..., "Play"]) -> None:
    finished = notes(a=SOUND).run(workload="notes", audit=True)

    assert finished.exit_code == 0
    for trial in finished.report.trials:
        assert trial.measurement is not None
        steps = {step.name: (step.sent, step.ok) for step in trial.measurement.steps}
        assert steps == {"write": (200, 200), "read": (200, 200), "idle": (600, 600)}
    row = json.loads((finished.report.folder / "trials.jsonl").read_text().splitlines()[0])
    assert [step["name"] for step in row["measurement"]["steps"]] == ["write", "read", "idle"]


def test_the_work_is_held_to_the_mean_of_the_steps_that_were_sent(notes: Callable[..., "Play"]) -> None:
    (audit,) = notes(a=SOUND).run(workload="notes", audit=True).report.audits

    assert (audit.state, audit.problems) == ("same work", ())
    # Of 11 requests alone and 20 together, in turns of write, read and three that need no database.
    assert audit.requests == 31
    assert audit.statements == {"INSERT": pytest.approx(7 / 31), "SELECT": pytest.approx(12 / 31)}
    findings = {finding.measure: finding.seen for finding in audit.findings}
    assert {name for name in findings if name.startswith("answer without")} == {
        "answer without its tables, write",
        "answer without its tables, read",
    }


def test_the_sql_of_each_step_stands_under_its_name(notes: Callable[..., "Play"]) -> None:
    report = notes(a=SOUND).run(workload="notes", audit=True).report

    text = (report.folder / str(report.audits[0].sql)).read_text()
    assert text == "-- write\nINSERT INTO t VALUES (?);\n-- read\n" + "SELECT * FROM t;\n" * 2 + "-- idle\n"


MISDEEDS: dict[str, tuple[dict[str, object], str]] = {
    "one SELECT less in one of the steps": (
        {"sql": lambda method, path: sql_of_step(method, path)[:1]},
        "SELECT statements",
    ),
    "work in a step that needs none": (
        {"sql": lambda method, path: (*sql_of_step(method, path), *(("SELECT 1 FROM t",) if "idle" in path else ()))},
        "SELECT statements",
    ),
    "a swallowed error": ({"swallows_errors": True}, "answer without its tables, write"),
    "a wrong answer under load": ({"wrong_steps": frozenset({"read"})}, "answers 2xx"),
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_step_that_does_other_work_is_caught(misdeed: str, notes: Callable[..., "Play"]) -> None:
    changes, measure = MISDEEDS[misdeed]
    (audit,) = notes(a=replace(SOUND, **changes)).run(workload="notes", audit=True).report.audits  # type: ignore[arg-type]

    assert audit.state == "non-comparable"
    assert measure in {problem.measure for problem in audit.problems}


def test_answers_that_fail_under_load_are_told_with_the_last_words_of_the_target(notes: Callable[..., "Play"]) -> None:
    (audit,) = notes(a=replace(SOUND, wrong_steps=frozenset({"read"}))).run(workload="notes", audit=True).report.audits

    (found,) = [problem for problem in audit.problems if problem.measure == "answers 2xx"]
    assert found.reason.endswith("; its log ends with: a with 1 workers")


def test_a_step_that_answers_wrongly_takes_no_load_and_is_shown_with_what_was_asked(
    notes: Callable[..., "Play"],
) -> None:
    game = notes(
        a=replace(SOUND, answers=lambda request, path: {"id": "always"} if request.body else echoes(request, path))
    )

    trial = trials(game)[0]
    assert trial.outcome == "failed"
    assert "body.id: 'always', expected '" in trial.reason
    assert "request: POST http://a.test/notes" in trial.reason
    assert 'body: b\'{"id": "' in trial.reason
    assert not any(event.startswith("load") for event in game.machine.events)


def test_a_remembered_answer_is_caught_where_answers_must_differ(notes: Callable[..., "Play"]) -> None:
    step = WorkloadStep(name="draw", distinct=True)
    workload = Workload(name="notes", title="drawn", flows=(WorkloadFlow(steps=(step,)),))
    fresh = iter(range(1000))

    assert trials(notes(workload, a=replace(SOUND, answers=lambda *_: next(fresh))))[0].outcome == "ok"
    again = trials(notes(workload, a=replace(SOUND, answers=lambda *_: {"always": 1})))[0]
    assert "b'{\"always\": 1}' again, expected another answer in each flow" in again.reason
    assert trials(notes(replace_distinct(workload), a=replace(SOUND, answers=lambda *_: 1)))[0].outcome == "ok"


def replace_distinct(workload: Workload) -> Workload:
    return replace(workload, flows=(WorkloadFlow(steps=(WorkloadStep(name="draw"),)),))


def test_wrong_answers_under_load_are_errors_by_class(notes: Callable[..., "Play"]) -> None:
    trial = trials(notes(a=replace(SOUND, wrong_steps=frozenset({"read"}))))[0]

    assert (trial.outcome, trial.measurement is not None) == ("ok", True)
    assert trial.measurement is not None
    assert trial.measurement.counts.by_error == {"unexpected_json": 200}
    assert {step.name: step.unexpected for step in trial.measurement.steps} == {"write": 0, "read": 200, "idle": 0}


def test_a_target_of_which_every_answer_is_wrong_served_nothing_and_the_first_is_told(
    notes: Callable[..., "Play"],
) -> None:
    trial = trials(notes(a=replace(SOUND, wrong_steps=frozenset({"write", "idle"}))))[0]

    assert trial.outcome == "failed"
    assert "none answered as its step expects" in trial.reason
    assert "a wrong answer" in trial.reason


def test_no_value_that_is_unique_comes_in_two_loads_of_one_life(notes: Callable[..., "Play"]) -> None:
    game, orders = notes(a=SOUND), list[LoadOrder]()

    class Noting(FakeLoadGenerator):
        def start(self, order: LoadOrder) -> FakeLoad:
            orders.append(order)
            return super().start(order)

    game.change(load=Noting(game.machine))
    trials(game, repeats=1, load={"connections": 2, "duration": "10s", "warmup": "auto"}, profile={"duration": "1s"})

    warm_up, measured, profiled = orders
    assert len({order.turn for order in orders}) == 3
    assert min(order.turn for order in orders) == 1, "the single requests are turn 0"
    assert all(isinstance(order.request, Content) for order in orders)
    assert (warm_up.url, measured.request, profiled.request) == ("http://a.test/", warm_up.request, warm_up.request)


OPEN = {"rate": 50, "connections": 10, "duration": "40s"}


@pytest.mark.parametrize("load", [{"connections": 10, "duration": "40s"}, OPEN])
def test_the_summary_tells_the_steps_of_each_cell_and_of_a_failed_one_why_not(
    notes: Callable[..., "Play"], load: dict[str, object]
) -> None:
    report = notes(a=SOUND, broken=replace(SOUND, exits_at_start=True)).run(workload="notes", load=load).report
    cells = {cell.target: cell for cell in report.summary.cells}

    assert {step.name: step.share for step in cells["a"].steps} == pytest.approx(
        {"write": 0.2, "read": 0.2, "idle": 0.6}
    )
    assert {step.name: step.weighted_share for step in cells["a"].steps} == {"write": 0.2, "read": 0.2, "idle": 0.6}
    for step in cells["a"].steps:
        assert (step.response_ms is not None) is (load is OPEN)
        assert step.requests == sum(
            figures.sent
            for trial in report.trials
            if trial.measurement is not None
            for figures in trial.measurement.steps
            if figures.name == step.name
        )
    assert (cells["broken"].steps, cells["broken"].reasons["steps"]) == ([], "no valid trial")
    assert report.plan.flows == {"notes": (PlannedFlow(("write", "read"), 1), PlannedFlow(("idle",), 3))}
    assert "flows/s" in render(report) if load is OPEN else "flows/s" not in render(report)


def test_a_run_from_before_steps_were_told_is_still_read(notes: Callable[..., "Play"]) -> None:
    folder = notes(a=SOUND).run(workload="notes", load=OPEN).report.folder
    store, warned = RunDirectory(folder), list[str]()
    assert make_report(store, warned.append).summary.cells[0].steps[0].weighted_share == pytest.approx(0.2)

    run = json.loads((folder / "run.json").read_text())
    del run["plan"]["flows"]
    (folder / "run.json").write_text(json.dumps(run))
    rows = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    for row in rows:
        for step in row["measurement"]["steps"]:
            del step["response_ms"]
    (folder / "trials.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    report = make_report(store, warned.append)
    (cell,) = report.summary.cells
    assert [(step.name, step.weighted_share, step.response_ms) for step in cell.steps] == [
        (name, None, None) for name in ("write", "read", "idle")
    ]
    assert "the run did not time steps from when they were due" in render(report)
    assert "the run did not record the flows of its workload" in render(report)

    for row in rows:
        del row["measurement"]["steps"]
    (folder / "trials.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    report = make_report(store, warned.append)
    assert (report.summary.cells[0].steps, warned) == ([], [])
    assert "Steps" not in render(report)


STEPS = st.lists(st.integers(1, 3), min_size=1, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(lengths=STEPS, weights=st.lists(st.integers(1, 5), min_size=4, max_size=4), wrong=st.sets(st.integers(0, 11)))
def test_every_request_is_in_the_account_of_one_step(
    notes: Callable[..., "Play"], lengths: list[int], weights: list[int], wrong: set[int]
) -> None:
    names = iter(range(100))
    flows = tuple(
        WorkloadFlow(steps=tuple(WorkloadStep(name=f"s{next(names)}") for _ in range(length)), weight=weight)
        for length, weight in zip(lengths, weights, strict=False)
    )
    workload = Workload(name="notes", title="any", flows=flows)
    behaviour = replace(SOUND, answers=lambda *_: {}, wrong_steps=frozenset(f"s{number}" for number in wrong))

    trial = trials(notes(workload, a=behaviour), repeats=1)[0]
    assert trial.measurement is not None
    counts, steps = trial.measurement.counts, trial.measurement.steps
    assert counts.conserved
    assert all(step.conserved for step in steps)
    for name in ("sent", "ok", "http_errors", "transport_errors", "timeouts"):
        assert sum(getattr(step, name) for step in steps) == getattr(counts, name), name
