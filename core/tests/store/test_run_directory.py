from pathlib import Path

import pytest

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial
from fwcompare.model.scenario import Scenario
from fwcompare.store.run_directory import RunDirectory, find_run

POINT = LoadPoint(
    connections=10, duration_s=1.0, requests=None, warmup_s=0.0, timeout_s=1.0, drain_s=1.0, keepalive=True
)
CELL = Cell("a", "echo", (("WORKERS", 1),), (), POINT)
PLANNED = PlannedTrial(CELL, 1, 0)
SCENARIO = Scenario.model_validate({"name": "s", "workload": "echo", "load": {"requests": 5}})
PLAN = Plan((CELL,), (), (PLANNED,), 1, 1)


def trial(outcome: str = "ok") -> Trial:
    return Trial(planned=PLANNED, outcome=outcome, started_at="2026-11-20T10:00:00+00:00", elapsed_s=1.0)  # type: ignore[arg-type]


def test_what_was_written_is_read_back_equal(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    store.write_run(SCENARIO, PLAN, "complete", {"seed": 1})
    store.append(trial())
    store.append(trial("failed"))
    recorded = store.read_run()
    trials, torn = store.read_trials()
    assert (recorded.scenario, recorded.plan, recorded.status) == (SCENARIO, PLAN, "complete")
    assert trials == (trial(), trial("failed"))
    assert torn == []


def test_a_run_directory_holds_no_password_of_a_service(tmp_path: Path) -> None:
    services = {"postgresql": "postgresql://admin:secret@127.0.0.1:5432/postgres"}
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    store.write_run(SCENARIO.model_copy(update={"services": services}), PLAN, "complete", {})
    assert "secret" not in (store.folder / "run.json").read_text(encoding="utf-8")
    assert store.read_run().scenario.services == {"postgresql": "postgresql://admin:***@127.0.0.1:5432/postgres"}


def test_a_torn_last_line_loses_only_itself_and_is_named(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    store.append(trial())
    with (store.folder / "trials.jsonl").open("ab") as file:
        file.write(b'{"planned": {"cell')
    trials, torn = store.read_trials()
    assert trials == (trial(),)
    assert torn == ["trials.jsonl line 2 of 2 is torn and was left out"]


def test_latest_follows_the_newest_run(tmp_path: Path) -> None:
    RunDirectory.create(tmp_path, "s", "2026-11-20")
    second = RunDirectory.create(tmp_path, "s", "2026-11-20")
    second.write_run(SCENARIO, PLAN, "complete", {})
    assert find_run(tmp_path, "latest").folder == second.folder


def test_a_run_is_found_by_name_by_a_unique_beginning_and_by_its_id(tmp_path: Path) -> None:
    runs = [RunDirectory.create(tmp_path, name, "2026-11-20") for name in ("one", "two")]
    for run in runs:
        run.write_run(SCENARIO, PLAN, "complete", {})
    for name in (runs[0].name, "2026-11-20-o", str(runs[0].folder)):
        assert find_run(tmp_path, name).name == runs[0].name
    with pytest.raises(ScenarioError, match="is not unique"):
        find_run(tmp_path, "2026-11-20")
    with pytest.raises(ScenarioError, match="does not exist"):
        find_run(tmp_path, "2025")


def test_without_any_run_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there are none"):
        find_run(tmp_path / "nothing", "latest")


def test_a_results_folder_that_is_a_file_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HostError, match="--results DIR"):
        RunDirectory.create(tmp_path / "file", "s", "2026-11-20")


def test_a_run_of_another_version_is_refused(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    (store.folder / "run.json").write_text('{"schema": 99}', encoding="utf-8")
    with pytest.raises(ScenarioError, match="schema 99"):
        store.read_run()
