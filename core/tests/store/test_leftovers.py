"""What a run that died left half done is cleared away, and nothing else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fwcompare.errors import HostError
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell, LoadPoint, PlannedTrial
from fwcompare.store.leftovers import cut_torn_lines, remove_services, remove_unfinished
from fwcompare.store.run_directory import RunDirectory

POINT = LoadPoint(10, 1.0, None, 0.0, 1.0, 1.0, keepalive=True)
CELL = Cell("a", "echo", (), (), POINT)


def trial(block: int, attempt: int = 1, reason: str = "") -> Trial:
    return Trial(PlannedTrial(CELL, block, block, attempt), "ok", "2026-11-20T10:00:00+00:00", 1.0, reason=reason)


ROWS = (trial(1), trial(2, reason="line\none, \u201eelsewhere\u201c \u2028 and \x85"), trial(2, 2), trial(3))


def written(results: Path) -> RunDirectory:
    store = RunDirectory.create(results, "s", "2026-11-20")
    for row in ROWS:
        store.append(row)
    return store


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_lines_cut_at_any_byte_lose_the_torn_one_alone_and_take_further_ones(
    data: st.DataObject, tmp_path: Path
) -> None:
    store = written(tmp_path)
    path = store.folder / "trials.jsonl"
    text = path.read_bytes()
    cut = data.draw(st.integers(0, len(text)))
    path.write_bytes(text[:cut])

    said = cut_torn_lines(store)

    whole = text[:cut].count(b"\n")
    torn = cut - (text[:cut].rfind(b"\n") + 1)
    assert said == ([f"trials.jsonl: a torn last line of {torn} bytes was cut off"] if torn else [])
    assert store.read_trials() == (ROWS[:whole], [])
    store.append(trial(9))
    assert store.read_trials() == ((*ROWS[:whole], trial(9)), [])
    assert cut_torn_lines(store) == []


def test_bytes_that_a_power_cut_left_unwritten_are_cut_off_too(tmp_path: Path) -> None:
    store = written(tmp_path)
    with (store.folder / "trials.jsonl").open("ab") as file:
        file.write(b"\0" * 4096)
    assert cut_torn_lines(store) == ["trials.jsonl: a torn last line of 4096 bytes was cut off"]
    assert store.read_trials() == (ROWS, [])


def test_every_file_of_lines_is_mended(tmp_path: Path) -> None:
    store = written(tmp_path)
    (store.folder / "audits.jsonl").write_bytes(b'{"target": "a"')
    assert cut_torn_lines(store) == ["audits.jsonl: a torn last line of 14 bytes was cut off"]
    assert (store.folder / "audits.jsonl").read_bytes() == b""


def test_the_folder_of_a_trial_without_a_line_is_removed_and_no_other(tmp_path: Path) -> None:
    store = written(tmp_path)
    kept = [store.trial_folder(CELL, 1), store.trial_folder(CELL, 2), store.trial_folder(CELL, 2, 2)]
    unfinished = store.trial_folder(CELL, 4)
    for folder in (*kept, unfinished):
        (folder / "target.log").write_text("x")
    assert remove_unfinished(store, ROWS) == ["trials/a-c10/4: what an unfinished trial left was removed"]
    assert [folder.exists() for folder in (*kept, unfinished)] == [True, True, True, False]


def no_pause(_seconds: float) -> None:
    pytest.fail("there was nothing to wait for")


def test_the_files_of_services_are_removed_where_there_are_any(tmp_path: Path) -> None:
    store = written(tmp_path)
    remove_services(store, no_pause)
    (store.folder / "services" / "postgresql" / "data").mkdir(parents=True)
    (store.folder / "services" / "postgresql" / "data" / "base").write_text("x")
    remove_services(store, no_pause)
    assert not (store.folder / "services").exists()


def test_a_service_that_still_writes_is_waited_for_and_told_when_it_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = written(tmp_path)
    folder = store.folder / "services"
    folder.mkdir()
    refused = 3

    def busy(path: Path) -> None:
        nonlocal refused
        refused -= 1
        if refused >= 0:
            raise OSError(39, "Directory not empty")
        path.rmdir()

    monkeypatch.setattr("fwcompare.store.leftovers.shutil.rmtree", busy)
    waited: list[float] = []
    remove_services(store, waited.append)
    assert (waited, folder.exists()) == ([0.5] * 3, False)

    folder.mkdir()
    refused = 1000
    with pytest.raises(HostError, match="cannot be removed") as caught:
        remove_services(store, waited.append)
    assert store.how_to_resume in caught.value.hint
