"""Work in a process of its own: begun at once, waited for when its paths are asked for, and its failure told."""

import os
import time
from pathlib import Path

import pytest

from fwcompare.reporting.beside import BesideError, beside


def test_the_work_is_begun_before_its_paths_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "written"

    def work() -> list[Path]:
        file.write_text(str(os.getpid()), encoding="utf-8")
        return [file]

    paths = beside(work)
    deadline_s = time.monotonic() + 30
    while not (file.exists() and file.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline_s, "nothing was begun"
        time.sleep(0.01)

    assert list(paths) == [file]
    assert file.read_text(encoding="utf-8") != str(os.getpid())


def test_more_is_handed_back_than_a_pipe_holds() -> None:
    assert len(list(beside(lambda: [Path("x" * 100)] * 10_000))) == 10_000


def test_what_was_raised_there_is_told_here() -> None:
    def work() -> list[Path]:
        raise OSError(28, "No space left on device")

    with pytest.raises(BesideError, match=r"OSError: \[Errno 28\] No space left on device"):
        list(beside(work))


def test_a_process_that_ends_without_a_word_is_told() -> None:
    with pytest.raises(BesideError, match="its process ended with code 7"):
        list(beside(lambda: os._exit(7)))


def test_elsewhere_the_work_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    done: list[int] = []

    def work() -> list[Path]:
        done.append(os.getpid())
        return []

    beside(work)

    assert done == [os.getpid()]
