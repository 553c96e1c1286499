from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fwcompare.errors import HostError, MeasurementError
from fwcompare.model.target import Deviation, Target
from fwcompare.testing.fakes import Behaviour, FakeLoadGenerator, FakeRunning, FakeRuntime, fake_target

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


def test_every_target_is_audited_once_before_anything_is_measured(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour(), b=Behaviour())
    finished = game.run(audit=True, repeats=2)

    assert [(audit.name, audit.state) for audit in finished.report.audits] == [("a", "same work"), ("b", "same work")]
    first_life = ["restore target_a", "start a", "load http://a.test/echo", "load http://a.test/echo", "stop a"]
    second_life = ["restore target_a", "start a", "stop a"]
    assert game.machine.events[3:11] == [*first_life, *second_life]
    assert [cell.parity for cell in finished.report.summary.cells] == ["same work"] * 2
    pairs = [pair for pair in finished.report.summary.pairs if pair.metric == "throughput_rps"]
    assert [pair.verdict for pair in pairs] != ["refused"]


def test_the_sql_of_one_request_is_kept_for_everybody_to_read(play: Callable[..., "Play"]) -> None:
    finished = play(a=Behaviour(sql=("BEGIN", "SELECT * FROM t WHERE id = 7", "COMMIT"))).run(audit=True)

    (audit,) = finished.report.audits
    assert audit.sql == "parity/a/request.sql"
    assert (finished.report.folder / audit.sql).read_text() == "BEGIN;\nSELECT * FROM t WHERE id = ?;\nCOMMIT;\n"
    assert audit.statements == {"SELECT": 1.0}
    assert audit.control == {"BEGIN": 1.0, "COMMIT": 1.0}


def test_what_a_connection_says_on_its_first_request_holds_for_the_counted_ones(play: Callable[..., "Play"]) -> None:
    unit = ("DELETE FROM t WHERE id = 1", "DELETE FROM t WHERE id = 2", "COMMIT")
    finished = play(lazy=Behaviour(connects=("SET autocommit=0",), sql=unit)).run(audit=True)

    (audit,) = finished.report.audits
    assert (audit.write_commits, audit.connections_opened) == (1.0, 0)


MISDEEDS = {
    "one statement more": (Behaviour(sql=("SELECT * FROM t", "SELECT * FROM t")), "SELECT statements", "2", "1"),
    "a cached answer": (Behaviour(sql=()), "SELECT statements", "0", "1"),
    "a write nobody asked for": (
        Behaviour(sql=("SELECT * FROM t", "INSERT INTO t VALUES (1)")),
        "INSERT statements",
        "1",
        "0",
    ),
    "rows left behind": (Behaviour(leaves_rows=True), "rows at the end", "changed", "as before"),
    "a swallowed error": (
        Behaviour(swallows_errors=True),
        "answer without its tables",
        "status 200",
        "an error of status 5xx",
    ),
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_other_work_is_named_and_no_winner_is_made_of_it(misdeed: str, play: Callable[..., "Play"]) -> None:
    behaviour, measure, seen, expected = MISDEEDS[misdeed]
    finished = play(other=behaviour, sound=Behaviour(rate_rps=200)).run(audit=True)

    audits = {audit.target: audit for audit in finished.report.audits}
    assert audits["sound"].state == "same work"
    assert audits["other"].state == "non-comparable"
    problem = next(problem for problem in audits["other"].problems if problem.measure == measure)
    assert (problem.seen, problem.expected, problem.state) == (seen, expected, "undeclared")
    for pair in finished.report.summary.pairs:
        assert pair.verdict == "refused"
        assert pair.reason.startswith("other-c10 did other work than the contract says")
    assert "non-comparable" in "".join(finished.report.summary.model_dump_json())


def test_a_declared_deviation_stays_out_of_the_ranking_and_is_told_with_its_reason(play: Callable[..., "Play"]) -> None:
    game = play(more=Behaviour(sql=("SELECT * FROM t",) * 2), sound=Behaviour())
    deviation = Deviation(workload="echo", measure="SELECT statements", more={"request": 1}, reason="asks twice")
    game.change(targets={**game.world.targets, "more": fake_target("more", deviations=(deviation,))})
    finished = game.run(audit=True)

    audit = next(audit for audit in finished.report.audits if audit.target == "more")
    assert audit.state == "declared deviation"
    assert [(problem.seen, problem.expected, problem.reason) for problem in audit.problems] == [
        ("2", "1", "asks twice")
    ]
    assert {pair.verdict for pair in finished.report.summary.pairs} == {"refused"}


def test_a_server_that_cannot_record_leaves_the_work_unknown_and_the_run_goes_on(play: Callable[..., "Play"]) -> None:
    def refuse(_service: object, _database: str) -> None:
        raise HostError("PostgreSQL cannot record statements", seen="logging_collector off")

    game = play(a=Behaviour())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fwcompare.testing.fakes.FakeService.record", refuse)
        finished = game.run(audit=True)

    (audit,) = finished.report.audits
    assert (audit.state, finished.exit_code) == ("not audited", 0)
    assert "PostgreSQL cannot record statements" in audit.reason
    assert [cell.parity for cell in finished.report.summary.cells] == ["not audited"]


def test_a_port_that_is_taken_in_the_second_life_leaves_the_work_unknown(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour())
    start, started = FakeRuntime.start, []

    def start_once(self: FakeRuntime, target: Target, *rest: object, **more: object) -> FakeRunning:
        started.append(target.name)
        if len(started) == 2:
            raise HostError("port 8000 is taken")
        return start(self, target, *rest, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeRuntime, "start", start_once)
        finished = game.run(audit=True)

    (audit,) = finished.report.audits
    assert (audit.state, audit.reason, finished.exit_code) == ("not audited", "port 8000 is taken", 0)


def test_a_target_that_ruins_its_table_in_the_audit_is_not_measured(play: Callable[..., "Play"]) -> None:
    def ruined(_service: object, _dataset: object, _database: str) -> str:
        raise MeasurementError("database 'target_a' has no fingerprint", seen="no table")

    game = play(a=Behaviour())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fwcompare.testing.fakes.FakeService.fingerprint", ruined)
        finished = game.run(audit=True)

    assert finished.exit_code == 3
    assert {trial.outcome for trial in finished.report.trials} == {"failed"}
    assert "has no fingerprint" in finished.report.audits[0].reason


def test_a_target_that_fails_its_audit_is_not_measured_and_says_why_in_every_row(play: Callable[..., "Play"]) -> None:
    game = play(bad=Behaviour(answer=[]), good=Behaviour())
    finished = game.run(audit=True)

    assert finished.exit_code == 3
    reasons = {trial.reason for trial in finished.report.trials if trial.planned.cell.target == "bad"}
    assert len(reasons) == 1
    assert "answers workload 'echo' wrongly" in reasons.pop()
    assert game.machine.events.count("start bad") == 1


def test_ctrl_c_in_an_audit_ends_the_run_and_keeps_what_was_audited(play: Callable[..., "Play"]) -> None:
    game = play(a=Behaviour(), b=Behaviour())

    def stop_at_b() -> None:
        if "b.test" in game.machine.running:
            game.world.stop.request()

    game.change(load=FakeLoadGenerator(game.machine, stop_at_b))
    finished = game.run(audit=True)

    assert finished.report.summary.status == "interrupted"
    assert [audit.name for audit in finished.report.audits] == ["a"]
    assert game.machine.running == {}
