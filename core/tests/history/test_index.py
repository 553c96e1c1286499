"""The index is a cache: whatever happened to the runs or to it, it tells what the directories hold."""

import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fwcompare.errors import ScenarioError
from fwcompare.store.index import INDEX_FILE, Index
from fwcompare.store.index_rows import Rows, read_rows
from fwcompare.store.run_directory import RunDirectory, find_run
from fwcompare.store.tags import write_tags

if TYPE_CHECKING:
    from core.tests.history.conftest import MadeRun

RunOf = Callable[..., "MadeRun"]


def all_of(index: Index) -> tuple[object, ...]:
    runs = index.runs()
    return runs, index.cells(), index.conditions(run.name for run in runs)


def rebuilt(results: Path) -> tuple[object, ...]:
    """Give what an index tells that is made from the directories alone."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "results"
        # The same files, with their stamps, and no index.
        shutil.copytree(results, copy, symlinks=True, ignore=shutil.ignore_patterns(f"{INDEX_FILE}*"))
        return all_of(Index.open(copy))


def test_a_run_is_told_with_all_that_is_known_of_it(results: Path, run_of: RunOf) -> None:
    run_of(3, targets={"axum": 900.0, "fastapi": 300.0, "django": None, "wsgi": ""}).write(results)
    write_tags(results / "2026-11-03-users-0003", ["before", "v1"])
    (run,) = Index.open(results).runs()
    assert (run.name, run.scenario, run.state, run.problem) == ("2026-11-03-users-0003", "users", "complete", "")
    assert (run.started, run.finished) == ("2026-11-03T10:00:00+00:00",) * 2
    assert run.targets == ("axum", "fastapi", "django", "wsgi")
    assert (run.workloads, run.tags) == (("users",), ("before", "v1"))
    assert run.outcomes == {"ok": 2, "failed": 1, "unsupported": 1}
    assert run.winner == "axum"
    assert run.host_name == "Imaginary 9000"


def test_cells_are_told_oldest_run_first_as_the_summary_has_them(results: Path, run_of: RunOf) -> None:
    for number in (2, 1):
        run_of(number, targets={"axum": 900.0 + number, "fastapi": None}).write(results)
    index = Index.open(results)
    cells = index.cells(target="axum")
    assert [cell.run for cell in cells] == ["2026-11-01-users-0001", "2026-11-02-users-0002"]
    assert [round(cell.summary.throughput_rps.mean) for cell in cells if cell.summary.throughput_rps] == [901, 902]
    assert [cell.summary.outcome for cell in index.cells(target="fastapi")] == ["failed", "failed"]
    assert {cell.summary.target for cell in index.cells(run="2026-11-01-users-0001")} == {"axum", "fastapi"}
    assert index.cells(target="nobody") == ()


def test_equal_cells_of_runs_with_other_targets_are_of_one_line_and_those_of_another_load_are_not(
    results: Path, run_of: RunOf
) -> None:
    usual = run_of(1)
    usual.write(results)
    run_of(2, targets={"axum": 900.0, "fastapi": 300.0}).write(results)
    longer = {**usual.point.__dict__, "duration_s": 60.0}
    run_of(3, point=type(usual.point)(**longer)).write(results)
    lines = [cell.line for cell in Index.open(results).cells(target="axum")]
    assert lines[0] == lines[1] != lines[2]


def test_the_newest_run_is_first_and_one_without_a_time_stands_by_its_name(results: Path, run_of: RunOf) -> None:
    for number in (2, 1, 4):
        run_of(number).write(results)
    torn = run_of(3).write(results)
    (torn / "run.json").write_text("{", encoding="utf-8")
    assert [run.name[8:10] for run in Index.open(results).runs()] == ["04", "03", "02", "01"]


def test_a_run_that_is_held_is_running_and_one_that_nobody_holds_has_died(results: Path, run_of: RunOf) -> None:
    folder = run_of(1, status="running").write(results)
    index = Index.open(results)
    with RunDirectory(folder).held():
        assert [run.state for run in index.runs()] == ["running"]
    (run,) = index.runs()
    assert (run.state, run.summarised, run.outcomes) == ("died", False, {"ok": 3})


def test_a_run_that_has_only_begun_is_running(results: Path) -> None:
    store = RunDirectory.create(results, "users", "2026-11-01")
    with store.held():
        assert [run.state for run in Index.open(results).runs()] == ["running"]


def test_asking_who_runs_does_not_keep_a_run_from_going_on(results: Path, run_of: RunOf) -> None:
    folder = run_of(1, status="running").write(results)
    with (folder / "trials.jsonl").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        threading.Timer(0.01, lambda: fcntl.flock(file, fcntl.LOCK_UN)).start()
        with RunDirectory(folder).held():
            assert [run.state for run in Index.open(results).runs()] == ["running"]


UNREADABLE = {
    "schema": ('{"schema": 99}', "schema 99"),
    "torn": ('{"schema": 1, "scen', "cannot be read"),
    "no mapping": ("[]", "cannot be read"),
    "nested": ("[" * 100_000, "cannot be read"),
    "half a pair": ('{"schema": 1, "scenario": {"name": "\\ud800"}}', "cannot be read"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_run_that_cannot_be_read_is_listed_with_the_reason_beside_the_others(
    results: Path, run_of: RunOf, kind: str
) -> None:
    text, reason = UNREADABLE[kind]
    run_of(1).write(results)
    (run_of(2).write(results) / "run.json").write_text(text, encoding="utf-8")
    unreadable, sound = Index.open(results).runs()
    assert (unreadable.name, unreadable.state, sound.state) == ("2026-11-02-users-0002", "unreadable", "complete")
    assert reason in unreadable.problem


def test_a_summary_or_tags_that_cannot_be_read_leave_the_rest_of_the_run(results: Path, run_of: RunOf) -> None:
    folder = run_of(1).write(results)
    (folder / "summary.json").write_text('{"schema": 2}', encoding="utf-8")
    (folder / "tags.json").write_text('{"schema": 1, "tags": ["../x"]}', encoding="utf-8")
    (run,) = Index.open(results).runs()
    assert (run.state, run.scenario, run.summarised, run.outcomes, run.tags) == (
        "complete",
        "users",
        False,
        {"ok": 3},
        (),
    )
    assert "summary.json cannot be read" in run.problem
    assert "tags of run" in run.problem


def test_names_that_are_no_text_and_times_and_hosts_that_are_none_break_nothing(results: Path, run_of: RunOf) -> None:
    hostile = os.fsdecode(b"2026-11-09-\xff'; DROP TABLE runs; --\n<script>")
    folder = run_of(1, started="yesterday", host={"cpu_model": ["no", "text"]}).write(results)
    record = json.loads((folder / "run.json").read_text())
    record["environment"]["fwcompare"] = "\ud800"
    record["environment"]["host"] = "localhost"
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    shutil.copytree(folder, results / hostile)
    named, run = Index.open(results).runs()
    assert named.name == "2026-11-09-\\xff'; DROP TABLE runs; --\n<script>"
    assert (run.started, run.host, run.fwcompare) == (None, None, "\\ud800")
    assert len(Index.open(results).cells()) == 2


def test_an_index_tells_the_same_when_the_folder_was_moved(results: Path, run_of: RunOf) -> None:
    (run_of(1).write(results) / "run.json").unlink()
    (run_of(2).write(results) / "tags.json").write_text("{", encoding="utf-8")
    before = Index.open(results).runs()
    moved = results.rename(results.with_name("moved"))
    assert Index.open(moved).runs() == before == rebuilt(moved)[0]


def test_what_is_no_run_is_left_out(results: Path, run_of: RunOf) -> None:
    folder = run_of(1).write(results)
    (results / "latest").symlink_to(folder.name)
    (results / "notes").mkdir()
    (results / "notes.txt").touch()
    shutil.copytree(folder, results / ".removed-1")
    assert [run.name for run in Index.open(results).runs()] == [folder.name]


def test_a_results_folder_that_is_not_there_has_no_runs_and_is_not_made(tmp_path: Path) -> None:
    assert Index.open(tmp_path / "none").runs() == ()
    assert not (tmp_path / "none").exists()


def test_a_run_is_read_once_and_again_only_when_it_changed(
    results: Path, run_of: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(folder: Path) -> Rows:
        read.append(folder.name)
        return read_rows(folder)

    monkeypatch.setattr("fwcompare.store.index.read_rows", noted)
    first, second = run_of(1).write(results), run_of(2).write(results)
    Index.open(results).runs()
    assert sorted(read) == [first.name, second.name]
    Index.open(results).cells()
    write_tags(first, ["new"])
    Index.open(results).runs()
    assert read[2:] == [first.name]


def damaged(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"garbage" * 1000)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def other_version(path: Path) -> None:
    with sqlite3.connect(path) as index:
        index.execute("PRAGMA user_version = 7")
    index.close()


def other_rows(path: Path) -> None:
    with sqlite3.connect(path) as index:
        index.execute("UPDATE runs SET row = '{\"colour\": 1}'")
    index.close()


def no_tables(path: Path) -> None:
    with sqlite3.connect(path) as index:
        index.execute("DROP TABLE cells")
    index.close()


@pytest.mark.parametrize("spoil", [damaged, cut, other_version, other_rows, no_tables])
def test_an_index_that_is_of_no_use_is_made_anew_and_one_line_says_so(
    results: Path, run_of: RunOf, spoil: Callable[[Path], None]
) -> None:
    for number in (1, 2, 3):
        run_of(number, targets={"axum": 900.0, "fastapi": 300.0}).write(results)
    before = all_of(Index.open(results))
    spoil(results / INDEX_FILE)
    said: list[str] = []
    run_of(4).write(results)
    (results / "2026-11-04-users-0004").rename(results / "elsewhere")
    shutil.rmtree(results / "elsewhere")
    assert all_of(Index.open(results, said.append)) == before
    assert len(said) == 1
    assert "is made anew" in said[0]
    assert all_of(Index.open(results, said.append)) == before
    assert len(said) == 1


def test_an_index_that_another_program_has_locked_is_held_in_memory(results: Path, run_of: RunOf) -> None:
    run_of(1).write(results)
    before = all_of(Index.open(results))
    run_of(2).write(results)
    said: list[str] = []
    other = sqlite3.connect(results / INDEX_FILE)
    other.execute("BEGIN EXCLUSIVE")
    index = Index(results, said.append, patience_s=0.05)
    assert [run.name for run in index.runs()] == ["2026-11-02-users-0002", "2026-11-01-users-0001"]
    assert len(index.cells()) == 2
    other.close()
    assert len(said) == 1
    assert "locked" in said[0]
    assert len(Index.open(results).runs()) == len(before) - 1 == 2


def test_an_index_that_another_process_never_lets_go_of_is_held_in_memory(results: Path, run_of: RunOf) -> None:
    run_of(1).write(results)
    said: list[str] = []
    index = Index(results, said.append, patience_s=0.05)
    with (results / ".index.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert len(index.runs()) == 1
    assert len(said) == 1
    assert "another process has held it" in said[0]


@pytest.fixture
def readable_only(run_of: RunOf) -> Iterator[Path]:
    """Give a results folder that may be read and not written, also where the tests are root's."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        results.mkdir()
        run_of(1).write(results)
        root = os.geteuid() == 0
        for place in (Path(folder), results):
            place.chmod(0o555)
        if root:
            os.seteuid(65534)
        try:
            yield results
        finally:
            if root:
                os.seteuid(0)
            for place in (Path(folder), results):
                place.chmod(0o755)


def test_in_a_folder_that_cannot_be_written_the_index_is_held_in_memory(readable_only: Path) -> None:
    said: list[str] = []
    index = Index.open(readable_only, said.append)
    assert [run.name for run in index.runs()] == ["2026-11-01-users-0001"]
    assert len(index.cells()) == 1
    assert not (readable_only / INDEX_FILE).exists()
    assert len(said) == 1
    assert "every run is read instead" in said[0]


READ = """
import sys
from pathlib import Path
from fwcompare.store.index import Index
said = []
for _ in range(15):
    index = Index.open(Path(sys.argv[1]), said.append)
    assert len(index.runs()) >= 20, index.runs()
    assert len(index.cells()) >= 20
print(said)
"""


def test_two_processes_may_read_it_at_once_while_it_is_damaged_and_runs_change(results: Path, run_of: RunOf) -> None:
    for number in range(1, 21):
        run_of(number).write(results)
    (results / INDEX_FILE).write_bytes(b"no index" * 1000)
    readers = [
        subprocess.Popen([sys.executable, "-c", READ, str(results)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for number in range(1, 20):
        write_tags(results / f"2026-11-{number:02}-users-{number:04}", [f"t{number}"])
    said = [reader.communicate(timeout=120)[0] for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0]
    assert sum("made anew" in line for line in said) == 1
    assert all_of(Index.open(results)) == rebuilt(results)


def test_threads_may_share_it(results: Path, run_of: RunOf) -> None:
    for number in range(1, 6):
        run_of(number).write(results)
    index = Index.open(results)
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(len(index.runs()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [5] * 8


class Changing(RuleBasedStateMachine):
    """Runs come, go, change, are tagged and spoiled, in any order."""

    make: RunOf
    numbers = st.integers(1, 4)

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.results = Path(self.place.name)

    def teardown(self) -> None:
        self.place.cleanup()

    @rule(
        number=numbers, rps=st.sampled_from([100.0, 200.0, None, ""]), status=st.sampled_from(["complete", "running"])
    )
    def write(self, number: int, rps: float | str | None, status: str) -> None:
        shutil.rmtree(self.results / self.name(number), ignore_errors=True)
        type(self).make(number, targets={"axum": rps, "other": 50.0}, status=status).write(self.results)

    @rule(number=numbers, tags=st.sets(st.sampled_from(["a", "b", "c"])))
    def tag(self, number: int, tags: set[str]) -> None:
        if (self.results / self.name(number)).is_dir():
            write_tags(self.results / self.name(number), tags)

    @rule(number=numbers)
    def remove(self, number: int) -> None:
        shutil.rmtree(self.results / self.name(number), ignore_errors=True)

    @rule(number=numbers, name=st.sampled_from(["run.json", "summary.json", "tags.json", "trials.jsonl"]))
    def spoil(self, number: int, name: str) -> None:
        path = self.results / self.name(number) / name
        if path.exists():
            path.write_bytes(path.read_bytes()[:-7])

    @rule(number=numbers, name=st.sampled_from(["run.json", "summary.json", "trials.jsonl"]))
    def lose(self, number: int, name: str) -> None:
        (self.results / self.name(number) / name).unlink(missing_ok=True)

    @rule(number=numbers)
    def rename(self, number: int) -> None:
        folder = self.results / self.name(number)
        if folder.is_dir() and not (self.results / "renamed").exists():
            folder.rename(self.results / "renamed")

    @rule(content=st.sampled_from([None, b"", b"no database"]))
    def lose_the_index(self, content: bytes | None) -> None:
        path = self.results / INDEX_FILE
        path.unlink(missing_ok=True) if content is None else path.write_bytes(content)

    @invariant()
    def tells_what_the_directories_hold(self) -> None:
        assert all_of(Index.open(self.results)) == rebuilt(self.results)

    @staticmethod
    def name(number: int) -> str:
        return f"2026-11-{number:02}-users-{number:04}"


def test_after_any_sequence_of_changes_it_equals_one_made_anew(run_of: RunOf) -> None:
    Changing.make = staticmethod(run_of)
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Changing,
        settings=settings(
            max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_tag_names_its_run_wherever_one_is_asked_for(results: Path, run_of: RunOf) -> None:
    first, second = run_of(1).write(results), run_of(2).write(results)
    write_tags(first, ["before"])
    assert find_run(results, "before").folder == first
    write_tags(second, ["before", "0001"])
    with pytest.raises(ScenarioError, match="is not unique") as caught:
        find_run(results, "before")
    assert caught.value.seen == f"{first.name} (tagged before), {second.name} (tagged before)"
    # A whole id goes before a tag; a beginning that is a tag too is not unique.
    assert find_run(results, "0001").folder == first
    write_tags(second, ["2026-11-01"])
    with pytest.raises(ScenarioError, match="is not unique"):
        find_run(results, "2026-11-01")


def test_a_file_of_tags_that_cannot_be_read_names_nothing_and_is_not_written_over(results: Path, run_of: RunOf) -> None:
    from fwcompare.store.tags import read_tags

    folder = run_of(1).write(results)
    (folder / "tags.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ScenarioError, match="does not exist"):
        find_run(results, "before")
    with pytest.raises(ScenarioError, match="mend or remove"):
        read_tags(folder)


@pytest.mark.parametrize("tag", ["", "-n", "a b", "a/b", "..", "latest", "x" * 65, "a\n", "\ud800"])
def test_what_cannot_be_a_tag_is_refused(results: Path, run_of: RunOf, tag: str) -> None:
    folder = run_of(1).write(results)
    with pytest.raises(ScenarioError, match="cannot be a tag"):
        write_tags(folder, ["fine", tag])
    assert not (folder / "tags.json").exists()


def test_tags_are_kept_sorted_once_each_and_the_file_goes_with_the_last(results: Path, run_of: RunOf) -> None:
    from fwcompare.store.tags import read_tags

    folder = run_of(1).write(results)
    assert write_tags(folder, ["b", "ä", "a", "b"]) == ("a", "b", "ä")
    assert read_tags(folder) == ("a", "b", "ä")
    assert write_tags(folder, []) == ()
    assert not (folder / "tags.json").exists()
