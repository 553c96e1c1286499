import errno
import json
from dataclasses import replace
from io import RawIOBase
from pathlib import Path

import pytest

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.attempts import Ending
from fwcompare.model.measurement import Trial
from fwcompare.model.parity import Audit, Finding
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial
from fwcompare.model.resume_keys import Keys
from fwcompare.model.scenario import Scenario
from fwcompare.model.workload import Bound
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
    assert torn == ["trials.jsonl line 2 of 2 is torn, or of another format, and was left out"]


AUDIT = Audit(
    target="a",
    workload="echo",
    parameters=(("WORKERS", 1), ("SLEEP_SECONDS", 0.5), ("DEBUG", False), ("TRANSACTION", "per-unit")),
    state="declared deviation",
    name="a",
    requests=500,
    findings=(Finding("SELECT statements", "1", "2", "per request", "declared", "asks \u201etwice\u201c\nalways"),),
    statements={"SELECT": 2.0},
    control={"BEGIN": 1.0, "COMMIT": 0.998},
    write_commits=0.0,
    rows={"inserted": 0.0, "updated": 0.0, "deleted": 0.0},
    connections_opened=5,
    connections_peak=5,
    answer_bytes=10_240.5,
    file_events={"create": 2.0},
    processes=3,
    threads=41,
    sql="parity/a/request.sql",
)


def test_audits_are_read_back_equal_whatever_is_known_of_them(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    assert store.read_audits() == ((), [])
    unknown = Audit("b", "echo", (), "not audited", name="b", reason="no log")
    for audit in (AUDIT, unknown):
        store.append_audit(audit)
    audits, torn = store.read_audits()
    assert (audits, torn) == ((AUDIT, unknown), [])
    assert [type(value) for _, value in audits[0].parameters] == [int, float, bool, str]
    assert (audits[1].write_commits, audits[1].rows, audits[1].file_events) == (None, None, None)


def test_a_torn_audit_loses_only_itself_and_is_named(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    store.append_audit(AUDIT)
    with (store.folder / "audits.jsonl").open("ab") as file:
        file.write(b'{"target": "a", "workload"')
    left_out = ["audits.jsonl line 2 of 2 is torn, or of another format, and was left out"]
    assert store.read_audits() == ((AUDIT,), left_out)


def test_a_run_that_was_written_before_there_were_several_workloads_limits_and_audits_reads_as_ever(
    tmp_path: Path,
) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    store.write_run(SCENARIO, PLAN, "complete", {})
    path = store.folder / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["scenario"]["workload"] = "echo"
    record["scenario"]["runtime"] = "process"
    del record["scenario"]["audit"]
    del record["plan"]["bounds"]
    for cell in (record["plan"]["cells"][0], record["plan"]["trials"][0]["cell"]):
        del cell["workload_varies"], cell["runtime"], cell["runtime_varies"]
    path.write_text(json.dumps(record), encoding="utf-8")
    recorded = store.read_run()
    assert (recorded.scenario, recorded.plan) == (SCENARIO, PLAN)
    assert store.read_audits() == ((), [])


def test_limits_are_read_back_with_their_arithmetic(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    plan = replace(PLAN, bounds={CELL.key: Bound(100.0, "500 connections / 5 s")})
    store.write_run(SCENARIO, plan, "complete", {})
    assert store.read_run().plan.bounds == {"a-c10": Bound(100.0, "500 connections / 5 s")}


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


def test_a_second_attempt_at_a_block_has_a_folder_of_its_own(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    folders = [store.trial_folder(CELL, 3), store.trial_folder(CELL, 3, 2)]
    assert [store.relative(folder) for folder in folders] == ["trials/a-c10/3", "trials/a-c10/3.2"]


def test_keys_and_the_end_of_the_blocks_are_read_back_equal(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    keys, ending = Keys("host", {"a": "source"}, {"a": "environment"}), Ending(3, 1, "3 blocks, as the scenario says")
    store.write_run(SCENARIO, PLAN, "complete", {}, keys=keys, ending=ending)
    assert (store.read_run().keys, store.read_run().ending) == (keys, ending)


def test_a_run_that_was_written_before_runs_could_be_resumed_reads_as_ever(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    store.write_run(SCENARIO, PLAN, "complete", {})
    path = store.folder / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["keys"], record["blocks"], record["scenario"]["disturbed"], record["plan"]["trials"][0]["attempt"]
    path.write_text(json.dumps(record), encoding="utf-8")
    recorded = store.read_run()
    assert (recorded.scenario, recorded.plan) == (SCENARIO, PLAN)
    assert (recorded.keys, recorded.ending) == (None, None)


def test_a_line_that_the_disk_refuses_leaves_nothing_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    store.append(trial())

    def half(file: RawIOBase, text: bytes) -> None:
        file.write(text[: len(text) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("fwcompare.store.run_directory._write_all", half)
        with pytest.raises(OSError, match="No space left"):
            store.append(trial("failed"))
    store.append(trial("invalid"))
    assert store.read_trials() == ((trial(), trial("invalid")), [])


def test_the_command_that_goes_on_names_a_run_in_the_usual_place_and_gives_the_path_of_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    usual = RunDirectory.create(Path("results"), "s", "2026-11-20")
    other = RunDirectory.create(Path("elsewhere"), "s", "2026-11-20")
    assert usual.how_to_resume == f"fwcompare run --resume {usual.name}"
    assert other.how_to_resume == f"fwcompare run --resume {other.folder}"


def test_a_held_run_is_held_by_one_and_free_again_afterwards(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    with store.held(), pytest.raises(ScenarioError, match="is under way"), store.held():
        pass
    with store.held():
        store.append(trial())


def test_a_run_that_cannot_be_added_to_is_an_error(tmp_path: Path) -> None:
    store = RunDirectory.create(tmp_path, "s", "2026-11-20")
    (store.folder / "trials.jsonl").unlink()
    (store.folder / "trials.jsonl").mkdir()
    with pytest.raises(HostError, match="cannot be changed"), store.held():
        pass
