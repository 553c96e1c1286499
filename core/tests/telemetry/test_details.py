"""Details of processes: from made-up files, added up over those that come and go, and once from a real process."""

from pathlib import Path

import pytest

from fwcompare.telemetry.details import DetailAccount, Details, Disk, Growth, Switches, read_details

STATUS = "Name:\tx\nThreads:\t2\nvoluntary_ctxt_switches:\t{}\nnonvoluntary_ctxt_switches:\t{}\n"
IO = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    place = tmp_path / "7"
    for thread, counts in ((7, (5, 6)), (8, (10, 20))):
        (place / "task" / str(thread)).mkdir(parents=True)
        (place / "task" / str(thread) / "status").write_text(STATUS.format(*counts))
    (place / "io").write_text(IO)
    (place / "fd").mkdir()
    return tmp_path


def test_every_thread_of_a_process_is_read(proc: Path) -> None:
    seen = read_details(7, str(proc))
    assert seen is not None
    assert seen.switches == {7: Switches(5, 6), 8: Switches(10, 20)}
    assert seen.disk == Disk(read=4096, written=8192)


def test_a_thread_that_ends_meanwhile_is_left_out_and_a_process_that_does_is_none(proc: Path) -> None:
    (proc / "7/task/8/status").unlink()
    seen = read_details(7, str(proc))
    assert seen is not None
    assert seen.switches == {7: Switches(5, 6)}
    assert read_details(9, str(proc)) is None


def test_totals_begin_at_the_first_reading_and_never_fall() -> None:
    growth = Growth()
    assert growth.advance({(1,): (100, 5)}, 2) == (0, 0)
    assert growth.advance({(1,): (110, 5), (2,): (7, 1)}, 2) == (17, 1)
    assert growth.advance({(2,): (8, 1)}, 2) == (18, 1), "what an owner counted stays after its end"


def details(files: int | None, disk: Disk | None) -> Details:
    return Details(files, disk, {1: Switches(3, 4)})


def test_a_figure_that_one_process_hides_is_unknown_for_the_group() -> None:
    seen = DetailAccount().advance(1.0, [((1, 0), details(3, Disk(0, 0))), ((2, 0), details(None, None))])
    assert (seen.files, seen.read_bytes, seen.written_bytes) == (None, None, None)
    assert seen.voluntary_switches == 0
    known = DetailAccount().advance(1.0, [((1, 0), details(3, Disk(0, 0))), ((2, 0), details(4, Disk(0, 0)))])
    assert (known.files, known.read_bytes) == (7, 0)
