"""The index beside runs that are played: what it tells while one goes on, and of what it left."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fwcompare.errors import ScenarioError
from fwcompare.model.history import IndexedRun
from fwcompare.reporting.summary_json import SummaryJsonReporter
from fwcompare.session.provenance import Provenance
from fwcompare.stats.history import make_history
from fwcompare.store.index import Index
from fwcompare.store.removal import removable, remove_runs
from fwcompare.store.run_directory import find_run
from fwcompare.store.tags import write_tags
from fwcompare.testing.fakes import Behaviour

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


def test_a_run_is_running_while_it_goes_on_and_complete_afterwards(play: Callable[..., "Play"]) -> None:
    game = play(one=Behaviour(rate_rps=200), two=Behaviour(rate_rps=100))
    seen: list[IndexedRun] = []

    def look(hook: str, **_arguments: object) -> None:
        if hook == "fwcompare_trial_finished":
            seen.extend(Index.open(game.results).runs())
            latest = find_run(game.results, "latest")
            with pytest.raises(ScenarioError, match="is under way"):
                remove_runs(game.results, [removable(game.results, latest.folder)], print)

    game.change(tell=look, reporters=(SummaryJsonReporter(),))
    run = game.run().report.run
    assert [(one.name, one.state, one.outcomes) for one in seen] == [
        (run, "running", {"ok": number}) for number in range(1, 7)
    ]
    (ended,) = Index.open(game.results).runs()
    assert (ended.state, ended.outcomes, ended.winner) == ("complete", {"ok": 2}, "one")


def test_tags_outlive_a_run_that_is_interrupted_and_resumed(play: Callable[..., "Play"]) -> None:
    game = play(one=Behaviour(rate_rps=200))
    game.change(reporters=(SummaryJsonReporter(),))
    game.change(tell=lambda hook, **_: game.world.stop.request() if hook == "fwcompare_trial_finished" else None)
    game.run()
    folder = find_run(game.results, "latest").folder
    write_tags(folder, ["before"])
    (run,) = Index.open(game.results).runs()
    assert (run.state, run.tags, run.outcomes) == ("interrupted", ("before",), {"ok": 1})
    game.change(stop=type(game.world.stop)(), tell=lambda hook, **_: None)
    game.resume()
    (run,) = Index.open(game.results).runs()
    assert (run.state, run.tags) == ("complete", ("before",))
    assert find_run(game.results, "before").folder == folder


def test_a_target_that_got_faster_is_better_in_its_history(
    play: Callable[..., "Play"], monkeypatch: pytest.MonkeyPatch
) -> None:
    game = play(only=Behaviour(rate_rps=200))
    game.change(reporters=(SummaryJsonReporter(),))
    usual = game.provenance
    monkeypatch.setattr(game, "provenance", lambda: replace(usual(), host={"id": "one"}))
    game.run()
    game.machine.behaviours["only"].rate_rps = 400

    def later() -> Provenance:
        return replace(usual(), host={"id": "one"}, digests={"only": "new"}, started="2026-11-20T12:00:00Z")

    monkeypatch.setattr(game, "provenance", later)
    game.run()
    index = Index.open(game.results)
    cells = index.cells(target="only")
    (trend,) = make_history("only", "throughput", cells, index.conditions(cell.run for cell in cells)).trends
    (step,) = trend.steps
    assert (step.verdict, step.things) == ("better", ["only: source"])
    assert step.ratio == pytest.approx(2.0)
