"""What is appended while a run goes on, and what a reader beside it makes of it."""

from pathlib import Path

import pytest

from fwcompare.model.events import STAMPED, Event, Live, PhaseBegan, Said, Stamped
from fwcompare.store.events import EVENTS, EventFile, read_events

AT = "2026-11-20T10:00:00+00:00"


def stamped(event: Event) -> Stamped:
    return Stamped(AT, event)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / EVENTS


def write(path: Path, *texts: str) -> None:
    file = EventFile(path)
    for text in texts:
        assert file.add(stamped(Said(text))) is None
    file.close()


def texts(events: tuple[Stamped, ...]) -> list[str]:
    return [one.event.text for one in events if isinstance(one.event, Said)]


def test_an_event_can_be_read_as_soon_as_it_is_added(path: Path) -> None:
    file = EventFile(path)
    for event in (PhaseBegan("a-c1", "measure", 6.0), Live("a-c1", "measure", 1.0, 412.5, None, 0, 413)):
        file.add(stamped(event))
        assert read_events(path)[0][-1] == stamped(event)
    file.close()


def test_a_reader_goes_on_where_it_stopped_and_a_second_session_adds_to_the_same_file(path: Path) -> None:
    write(path, "one", "two")
    first, offset = read_events(path)
    assert texts(first) == ["one", "two"]
    assert read_events(path, offset) == ((), offset)
    write(path, "three")
    again, end = read_events(path, offset)
    assert (texts(again), end) == (["three"], path.stat().st_size)


@pytest.mark.parametrize("cut", [1, 20, -1])
def test_a_line_that_is_not_whole_yet_is_left_for_the_next_time(path: Path, cut: int) -> None:
    write(path, "one")
    line = STAMPED.dump_json(stamped(Said("two\u2028 and a half"))) + b"\n"
    with path.open("ab") as file:
        file.write(line[:cut])
    events, offset = read_events(path)
    assert texts(events) == ["one"]
    with path.open("ab") as file:
        file.write(line[cut:])
    assert texts(read_events(path, offset)[0]) == ["two\u2028 and a half"]


def test_a_line_of_another_format_is_left_out_and_those_behind_it_are_read(path: Path) -> None:
    write(path, "one")
    with path.open("ab") as file:
        file.write(b'{"at": "2031-01-01", "event": {"kind": "of the future"}}\n\xff\xfe\n')
    write(path, "two")
    assert texts(read_events(path)[0]) == ["one", "two"]


def test_a_file_that_is_not_there_yet_has_no_event(path: Path) -> None:
    assert read_events(path, 0) == ((), 0)


def test_a_file_that_was_cut_is_taken_up_at_its_end(path: Path) -> None:
    write(path, "one")
    whole = path.stat().st_size
    write(path, "a torn one")
    _, offset = read_events(path)
    with path.open("r+b") as file:
        file.truncate(whole)
    events, offset = read_events(path, offset)
    assert (events, offset) == ((), whole)
    write(path, "two")
    assert texts(read_events(path, offset)[0]) == ["two"]


def test_a_disk_that_takes_no_more_is_told_once_and_not_tried_again() -> None:
    file = EventFile(Path("/dev/full"))
    assert file.add(stamped(Said("one"))) == "full cannot be written: [Errno 28] No space left on device"
    assert file.add(stamped(Said("two"))) is None
    file.close()


def test_what_cannot_be_opened_is_told_once(tmp_path: Path) -> None:
    file = EventFile(tmp_path / "gone" / EVENTS)
    told = file.add(stamped(Said("one")))
    assert told is not None
    assert told.startswith("events.jsonl cannot be written: [Errno 2] No such file or directory")
    assert file.add(stamped(Said("two"))) is None
