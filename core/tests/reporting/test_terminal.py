"""The terminal summary, as it is printed: wide and narrow, in a terminal and into a file."""

import io
from collections.abc import Callable
from typing import Any, Literal

import pytest
from rich.console import Console

from fwcompare.model.ports import Report
from fwcompare.model.workload import Bound
from fwcompare.reporting.terminal import print_summary

Make = Callable[..., Report]


Colours = Literal["standard"] | None


def printed(report: Report, *, width: int, terminal: bool = False, colours: Colours = None) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, color_system=colours, legacy_windows=False)
    print_summary(report, console)
    return file.getvalue()


@pytest.fixture(autouse=True)
def _able_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dumb terminal is taken to have 80 columns, whatever it is told."""
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def runs(make_report: Make, make_audited: Make, make_target: Callable[..., Any]) -> dict[str, Report]:
    sweep = (
        make_target("fastapi", 305, 30.0, 3.17, 83.4, parameters=(("WORKERS", 1),), requests=500),
        make_target("fastapi", 590, 15.0, 3.30, 160, parameters=(("WORKERS", 2),)),
        make_target("a-framework-with-a-long-name", 9740, parameters=(("WORKERS", 1),), failed_blocks={1: "cut"}),
    )
    return {
        "five": make_report(),
        "one-block": make_report(blocks=1),
        "sweep": make_report(sweep, blocks=4, connections=(10, 50)),
        "audited": make_audited(bounds={"axum-c10": Bound(10_000.0, "10 connections / 1 ms")}),
        "workloads": make_report(blocks=1, workloads=("users", "io-intensive-postgres")),
    }


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("run", ["five", "one-block", "sweep", "audited", "workloads"])
@pytest.mark.parametrize("terminal", [True, False])
def test_the_summary_reads_as_blessed(
    runs: dict[str, Report], check_snapshot: Callable[[str, str], None], run: str, width: int, *, terminal: bool
) -> None:
    kind = "terminal" if terminal else "plain"
    check_snapshot(f"{kind}-{run}-{width}.txt", printed(runs[run], width=width, terminal=terminal))


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("run", ["five", "one-block", "sweep", "workloads"])
def test_no_line_but_a_path_is_wider_than_the_console(runs: dict[str, Report], run: str, width: int) -> None:
    lines = printed(runs[run], width=width).splitlines()

    assert [line for line in lines if len(line) > width and not line.startswith(("report", "flamegraph"))] == []


def test_every_figure_is_there_in_full_at_80_columns(runs: dict[str, Report]) -> None:
    narrow, wide = printed(runs["five"], width=80), printed(runs["five"], width=160)

    for word in wide.split():
        assert word in narrow


def test_a_file_gets_neither_colours_nor_boxes_nor_trailing_blanks(runs: dict[str, Report]) -> None:
    text = printed(runs["five"], width=80)

    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_no_color_leaves_out_the_colours_of_a_terminal(
    runs: dict[str, Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    coloured = printed(runs["five"], width=100, terminal=True, colours="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = printed(runs["five"], width=100, terminal=True, colours="standard")

    assert "\x1b[31m" in coloured
    assert "\x1b[31m" not in plain


def test_what_a_target_wrote_cannot_steer_the_terminal(make_report: Make, make_target: Callable[..., Any]) -> None:
    made = (make_target("evil", 1, failed_blocks={1: "\x1b[2J[bold red]gone[/]\x07"}),)

    text = printed(make_report(made, blocks=1), width=80)

    assert "\x1b" not in text
    assert "[bold red]gone[/]" in text


def test_a_run_without_cells_is_no_crash(make_report: Make) -> None:
    assert printed(make_report(()), width=80).startswith("No target gave a valid result.")
