"""What the kernel tells of files in a folder, counted exactly, by a real watch."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from fwcompare.model.ports import FileWatch
from fwcompare.telemetry.files import FileEvents, _Inotify

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux"),
]

Q_OVERFLOW = 0x4000


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[FileWatch]:
    watching = FileEvents().watch(tmp_path)
    yield watching
    watching.stop()


def unit(folder: Path, name: str) -> None:
    """Do a file unit of the workload contract."""
    path = folder / f"{name}.json"
    path.write_text("{}", encoding="utf-8")
    path.read_text(encoding="utf-8")
    path.unlink()


def test_a_file_unit_is_one_of_each_kind(tmp_path: Path, watch: FileWatch) -> None:
    unit(tmp_path, "one")
    assert watch.take() == {"create": 1, "open": 2, "close written": 1, "close read": 1, "delete": 1}


def test_a_hundred_units_are_a_hundred_and_a_call_counts_since_the_last(tmp_path: Path, watch: FileWatch) -> None:
    for number in range(100):
        unit(tmp_path, str(number))
    assert watch.take() == {"create": 100, "open": 200, "close written": 100, "close read": 100, "delete": 100}
    assert watch.take() == {}
    unit(tmp_path, "again")
    assert (watch.take() or {})["create"] == 1


@pytest.mark.parametrize(
    ("does", "expected"),
    [
        (lambda file: file.read_text(), {"open": 1, "close read": 1}),
        (lambda file: [file.read_text() for _ in range(5)], {"open": 5, "close read": 5}),
        (lambda file: [file.write_text("x") for _ in range(5)], {"open": 5, "close written": 5}),
        (lambda file: file.unlink(), {"delete": 1}),
        (lambda file: file.stat(), {}),
    ],
)
def test_each_thing_that_is_done_to_a_file_counts_each_time(
    does: Callable[[Path], object], expected: Mapping[str, int], tmp_path: Path
) -> None:
    file = tmp_path / "old"
    file.write_text("old", encoding="utf-8")
    watching = FileEvents().watch(tmp_path)
    does(file)
    assert watching.take() == expected
    watching.stop()


def test_folders_and_what_is_in_them_do_not_count(tmp_path: Path, watch: FileWatch) -> None:
    (tmp_path / "sub").mkdir()
    unit(tmp_path / "sub", "one")
    assert [*(tmp_path / "sub").iterdir()] == []
    assert [*tmp_path.iterdir()] == [tmp_path / "sub"]
    (tmp_path / "sub").rmdir()
    assert watch.take() == {}


def test_what_the_kernel_dropped_makes_the_count_unknown_for_good(tmp_path: Path, watch: FileWatch) -> None:
    unit(tmp_path, "one")
    assert isinstance(watch, _Inotify)
    events = [SimpleNamespace(mask=Q_OVERFLOW, wd=-1, cookie=0, name="")]
    real = watch._events
    with watch._reading:
        watch._events = SimpleNamespace(read=lambda timeout: events)
        watch._read()
        watch._events = real
    unit(tmp_path, "two")
    assert watch.take() is None
    assert watch.take() is None


def test_a_watch_may_be_stopped_twice_and_after_its_folder_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    watching = FileEvents().watch(folder)
    folder.rmdir()
    assert watching.take() == {}
    watching.stop()
    watching.stop()


def test_elsewhere_than_on_linux_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fwcompare.telemetry.files.sys", SimpleNamespace(platform="darwin"))
    watching = FileEvents().watch(tmp_path)
    unit(tmp_path, "one")
    assert watching.take() is None
    watching.stop()
