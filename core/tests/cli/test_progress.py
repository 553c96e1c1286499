"""What a run shows: the lines of a log, the bottom of a terminal, JSON; and what goes into which."""

import io
import os
import pty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.console import Console

from fwcompare.cli.app import cli
from fwcompare.cli.progress import Bottom, LogFormat, Watching, listening
from fwcompare.cli.progress_lines import Lines, Loudness
from fwcompare.cli.progress_scene import Scene, after, draw, left_in_words
from fwcompare.cli.voice import say, warn
from fwcompare.model.events import (
    STAMPED,
    Event,
    Live,
    PhaseBegan,
    RunBegan,
    RunEnded,
    Said,
    Stamped,
    StepBegan,
    TimeLeft,
    TrialBegan,
    TrialEnded,
    Warned,
)

AT = "2026-11-20T10:00:00+00:00"
_END = "<end>"
CELL, TARGET = "axum-c10", "axum"
PLACE = "[block 2 of 3, 1/2] axum-c10"


def trial_began(**changes: object) -> TrialBegan:
    fields: dict[str, object] = {
        "cell": CELL,
        "target": TARGET,
        "block": 2,
        "attempt": 1,
        "number": 3,
        "of": 6,
        "cell_number": 1,
        "cells": 2,
        "blocks": 3,
        "left": TimeLeft(90.0, 90.0),
        "place": PLACE,
        "text": "measuring",
    }
    return TrialBegan(**{**fields, **changes})  # type: ignore[arg-type]


def trial_ended(**changes: object) -> TrialEnded:
    fields: dict[str, object] = {
        "cell": CELL,
        "target": TARGET,
        "block": 2,
        "attempt": 1,
        "outcome": "ok",
        "throughput_rps": 4943.2,
        "errors": 0,
        "disturbed": False,
        "left": TimeLeft(60.0, 60.0),
        "place": PLACE,
        "text": "4,943 req/s, 0 errors",
    }
    return TrialEnded(**{**fields, **changes})  # type: ignore[arg-type]


def live(elapsed_s: float, phase: str = "measure", **changes: object) -> Live:
    fields: dict[str, object] = {"throughput_rps": 4943.2, "p99_ms": 3.4567, "errors": 0, "sent": 9, **changes}
    return Live(CELL, phase, elapsed_s, **fields)  # type: ignore[arg-type]


COURSE: list[Event] = [
    Said("measuring what the load generator reaches on this host, about 3 s"),
    RunBegan("r1", "users", 2, 6, "2 cells in 3 blocks, seed 5"),
    StepBegan("build", TARGET, 1, 2, "making its environment, or finding it made"),
    StepBegan("service", "postgresql", 1, 1, "(embedded)"),
    trial_began(),
    PhaseBegan(CELL, "reset"),
    PhaseBegan(CELL, "warm-up", 2.0),
    live(0.5, "warm-up"),
    PhaseBegan(CELL, "measure", 30.0),
    *(live(2 + turn / 2) for turn in range(60)),
    PhaseBegan(CELL, "stop"),
    Said("axum-c10: canary: as ever", detail=True),
    trial_ended(),
    trial_ended(outcome="failed", throughput_rps=None, errors=None, text="failed: [bold]it[/] exited"),
    Warned("every block was disturbed"),
    RunEnded("r1", "complete"),
]
USUAL = """\
measuring what the load generator reaches on this host, about 3 s
run r1: 2 cells in 3 blocks, seed 5
[build 1/2] axum: making its environment, or finding it made
starting postgresql (embedded)
[block 2 of 3, 1/2] axum-c10: measuring
[block 2 of 3, 1/2] axum-c10: 4,943 req/s, 0 errors
[block 2 of 3, 1/2] axum-c10: failed: [bold]it[/] exited
warning: every block was disturbed
"""
VERBOSE = """\
measuring what the load generator reaches on this host, about 3 s
run r1: 2 cells in 3 blocks, seed 5
[build 1/2] axum: making its environment, or finding it made
starting postgresql (embedded)
[block 2 of 3, 1/2] axum-c10: measuring
  axum-c10: reset
  axum-c10: warm-up, 2 s
  axum-c10: measure, 30 s
  axum-c10: measure, 10 s: 4,943 req/s, p99 3.46 ms, 0 errors
  axum-c10: measure, 20 s: 4,943 req/s, p99 3.46 ms, 0 errors
  axum-c10: measure, 30 s: 4,943 req/s, p99 3.46 ms, 0 errors
  axum-c10: stop
  axum-c10: canary: as ever
[block 2 of 3, 1/2] axum-c10: 4,943 req/s, 0 errors
[block 2 of 3, 1/2] axum-c10: failed: [bold]it[/] exited
warning: every block was disturbed
"""
QUIET = """\
[block 2 of 3, 1/2] axum-c10: failed: [bold]it[/] exited
warning: every block was disturbed
"""


@pytest.mark.parametrize(("loudness", "lines"), [("quiet", QUIET), ("usual", USUAL), ("verbose", VERBOSE)])
def test_a_log_has_a_line_for_every_event_that_is_loud_enough(loudness: Loudness, lines: str) -> None:
    text = io.StringIO()
    take = Lines(loudness, Console(file=text, soft_wrap=True))
    for event in COURSE:
        take(Stamped(AT, event))
    assert text.getvalue() == lines


def drawn(scene: Scene, now_s: float, width: int = 80) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True, color_system=None)
    console.print(draw(scene, now_s))
    return [line.rstrip() for line in console.export_text().splitlines()]


def scene_of(*events: Event, at_s: float = 0.0) -> Scene:
    scene = Scene()
    for event in events:
        scene = after(scene, event, at_s)
    return scene


BEGAN = RunBegan("r1", "users", 2, 6, "")


def test_the_scene_tells_cell_phase_load_and_the_time_left() -> None:
    scene = scene_of(BEGAN, trial_began(), PhaseBegan(CELL, "measure", 6.0), live(5.0, errors=1))
    assert drawn(scene, 3.0) == [
        "users · block 2 of 3 · cell 1 of 2 · trial 3 of 6 · about 1 min left",
        f"axum-c10 {'━' * 12}{' ' * 12} measure, 3 of 6 s",
        "4,943 req/s, p99 3.46 ms, 1 error",
    ]


def test_a_bar_is_as_long_as_its_phase_has_lasted() -> None:
    def filled(now_s: float) -> int:
        # Without colours, the rest of a bar is blank.
        return drawn(scene_of(BEGAN, trial_began(), PhaseBegan(CELL, "measure", 6.0)), now_s)[1].count("━")

    assert (filled(1.5), filled(3.0), filled(6.0), filled(60.0)) == (6, 12, 24, 24)


@pytest.mark.parametrize("width", [20, 40, 200])
def test_the_scene_is_cut_where_the_terminal_ends(width: int) -> None:
    cell = "a-target-of-a-very-long-name-" * 4
    scene = scene_of(BEGAN, trial_began(cell=cell), PhaseBegan(cell, "measure", 6.0), live(5.0))
    lines = drawn(scene, 3.0, width)
    assert len(lines) == 3
    assert all(len(line) <= width for line in lines)


def test_what_has_no_known_length_has_its_seconds_and_no_bar() -> None:
    assert drawn(scene_of(BEGAN, trial_began(left=None), PhaseBegan(CELL, "start")), 4.2)[1] == "axum-c10  start, 4 s"
    assert drawn(scene_of(BEGAN, StepBegan("audit", TARGET, 1, 2, "")), 7.0) == ["users", "audit 1 of 2: axum, 7 s"]


def test_a_probe_and_a_second_attempt_are_named() -> None:
    probe = trial_began(block=4, blocks=None, of=None, left=None)
    assert drawn(scene_of(BEGAN, probe), 0.0)[0] == "users · probe 4 · cell 1 of 2 · trial 3"
    again = trial_began(attempt=2, left=None)
    assert drawn(scene_of(BEGAN, again), 0.0)[0].startswith("users · block 2 of 3, attempt 2 · cell 1 of 2")


def test_figures_of_a_load_are_not_shown_for_what_follows_it() -> None:
    begun = (BEGAN, trial_began(), PhaseBegan(CELL, "warm-up", 2.0), live(1.5, "warm-up"))
    assert drawn(scene_of(*begun, PhaseBegan(CELL, "measure", 6.0)), 0.0)[-1].startswith("4,943 req/s")
    for event in (PhaseBegan(CELL, "stop"), trial_ended(), trial_began()):
        assert "req/s" not in "".join(drawn(scene_of(*begun, event), 0.0))


def test_a_name_that_looks_like_markup_is_shown_as_it_is() -> None:
    cell = "[red]evil[/red]"
    scene = scene_of(RunBegan("r", "[b]s", 1, 1, ""), trial_began(cell=cell), PhaseBegan(cell, "measure", 6.0))
    lines = drawn(scene, 0.0)
    assert lines[0].startswith("[b]s · ")
    assert lines[1].startswith(cell)


@pytest.mark.parametrize(
    ("least_s", "most_s", "passed_s", "words"),
    [
        (42.0, 42.0, 0.0, "about 42 s left"),
        (42.0, 42.0, 20.0, "about 22 s left"),
        (42.0, 42.0, 60.0, "almost done"),
        (0.0, 0.0, 0.0, "almost done"),
        (600.0, 600.0, 0.0, "about 10 min left"),
        (7300.0, 7300.0, 0.0, "about 2 h 2 min left"),
        (600.0, 1800.0, 0.0, "about 10 min to 30 min left"),
    ],
)
def test_the_time_left_is_told_in_words(least_s: float, most_s: float, passed_s: float, words: str) -> None:
    assert left_in_words(TimeLeft(least_s, most_s), passed_s) == words


def test_above_the_scene_scrolls_what_is_over() -> None:
    text = io.StringIO()
    bottom = Bottom(Console(file=text, soft_wrap=True), "usual", lambda: 0.0)
    for event in COURSE:
        bottom(Stamped(AT, event))
    begins = ("[build", "starting", f"{PLACE}: measuring")
    assert text.getvalue().splitlines() == [line for line in USUAL.splitlines() if not line.startswith(begins)]


@click.command()
@click.option("--loudness", default="usual")
@click.option("--log-format", default="text")
def watched(loudness: Loudness, log_format: LogFormat) -> None:
    say("before")
    with listening(Watching(loudness, log_format)) as listener:
        for event in COURSE:
            listener(Stamped(AT, event))
        say("meanwhile")
        warn("meanwhile")
    say("afterwards")


def test_json_has_one_event_a_line_and_takes_all_else_that_is_said_meanwhile() -> None:
    done = CliRunner().invoke(watched, ["--log-format", "json"])
    before, *lines, afterwards = done.stderr.splitlines()
    told = [STAMPED.validate_json(line).event for line in lines]
    assert told == [*COURSE, Said("meanwhile"), Warned("meanwhile")]
    assert (before, afterwards, done.stdout) == ("before", "afterwards", "")


def test_without_a_terminal_lines_are_printed() -> None:
    done = CliRunner().invoke(watched, [], env={"FORCE_COLOR": "1"})
    assert done.exit_code == 0
    assert [click.unstyle(line) for line in done.stderr.splitlines()] == [
        "before",
        *USUAL.splitlines(),
        "meanwhile",
        "warning: meanwhile",
        "afterwards",
    ]


def test_quiet_takes_also_what_the_command_says_beside_the_run() -> None:
    done = CliRunner().invoke(watched, ["--loudness", "quiet"])
    assert done.stderr.splitlines() == ["before", *QUIET.splitlines(), "warning: meanwhile", "afterwards"]


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Put a terminal in the place of standard error; give what reads what was written to it."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stderr", stream)

        def written() -> str:
            # A terminal gives what it has, not all that was written.
            stream.write(_END)
            stream.flush()
            seen = ""
            while not seen.endswith(_END):
                seen += os.read(ours, 65_536).decode()
            return seen

        yield written
    os.close(ours)


@pytest.mark.parametrize(("term", "drawn_over"), [("xterm-256color", True), ("dumb", False)])
def test_a_terminal_is_drawn_over_unless_it_is_dumb(
    monkeypatch: pytest.MonkeyPatch, term: str, *, drawn_over: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    with terminal(monkeypatch) as written, click.Context(watched):
        with listening(Watching()) as listener:
            for event in (BEGAN, trial_began(), PhaseBegan(CELL, "measure", 6.0), live(3.0), trial_ended()):
                listener(Stamped(AT, event))
            say("meanwhile")
        seen = written()
    erase, show_cursor = "\x1b[2K", "\x1b[?25h"
    assert (erase in seen, show_cursor in seen) == (drawn_over, drawn_over)
    assert ("measuring" in seen) is not drawn_over
    assert "4,943 req/s, 0 errors" in seen
    assert "meanwhile" in seen


@pytest.mark.parametrize("flags", [["-q", "-v"], ["-q", "--log-format", "json"], ["-v", "--log-format", "json"]])
def test_ways_of_watching_that_exclude_each_other_are_refused(flags: list[str]) -> None:
    done = CliRunner().invoke(cli, ["run", "users", *flags])
    assert done.exit_code == 2
    assert "exclude each other; json tells every event" in done.stderr


def test_an_error_is_told_as_json_too(tmp_path: Path) -> None:
    flags = ["--results", str(tmp_path), "--log-format", "json"]
    done = CliRunner().invoke(cli, ["run", "no-such-scenario", *flags], standalone_mode=False)
    assert done.return_value == 2
    *_, last = (STAMPED.validate_json(line).event for line in done.stderr.splitlines())
    assert isinstance(last, Warned)
    assert last.text.startswith("error: scenario 'no-such-scenario' does not exist")
