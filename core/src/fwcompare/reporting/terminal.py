"""The summary at the end of a run, on whatever the console is: a table in a terminal, aligned lines elsewhere.

Order: the answer in one sentence, the league table, the notes to it, a line for each pair of neighbours, where
the report and the flamegraphs are. Where the table is too wide for the console it becomes two, so that no
figure is cut or folded; only names and outcomes may take several lines. Colours are rich's to leave out (no
terminal, NO_COLOR).
"""

import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary
from fwcompare.reporting import figures
from fwcompare.reporting.answer import answer, pair_sentences
from fwcompare.reporting.league import COLUMNS, Notes, has_intervals, labels, load_groups, row_texts

Rows = Sequence[tuple[CellSummary, str, Sequence[str]]]
"""Cells with their names and their texts: one a column of :data:`COLUMNS`, then the outcome."""

_UNBOUNDED = 10_000
_GAP = 2
_OUTCOME = "outcome"
_ALL = range(len(COLUMNS))
_BESIDE_OUTCOME = [place for place in _ALL if COLUMNS[place].field in {"throughput_rps", "error_rate"}]
_STYLES = {"failed": "red", "invalid": "yellow", "unsupported": "dim", "ok": ""}


def print_summary(report: Report, console: Console) -> None:
    """Print the summary of a finished or interrupted run."""
    notes = Notes()
    names = labels(report.plan)
    rows = [
        (cell, names[cell.key], row_texts(cell, notes, full=False))
        for group in load_groups(report)
        for cell in group.cells
    ]
    _say(console, answer(report), style="bold")
    console.print()
    for table in _tables(console, rows):
        _print_table(console, table)
        console.print()
    _say(console, _legend(report), style="dim")
    for mark, reason in notes.lines():
        _say(console, f"{mark} {reason}", hang=len(mark) + 1)
    _print_pairs(report, console)
    console.print()
    for name, place in _places(report):
        console.print(Text(f"{name:<12}{place}"), soft_wrap=True)


def _tables(console: Console, rows: Rows) -> list[Table]:
    if not rows:
        return []
    longest_word = max(len(word) for _, _, texts in rows for word in [_OUTCOME, *texts[-1].split()])
    room = _room(console, _table(console, rows, _ALL))
    if room >= longest_word:
        return [_table(console, rows, _ALL, outcome_width=room)]
    room = _room(console, _table(console, rows, _BESIDE_OUTCOME))
    return [
        _table(console, rows, _BESIDE_OUTCOME, outcome_width=max(room, longest_word)),
        _table(console, rows, [place for place in _ALL if place not in _BESIDE_OUTCOME]),
    ]


def _table(console: Console, rows: Rows, places: Sequence[int], *, outcome_width: int | None = None) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD if console.is_terminal else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1 if console.is_terminal else _GAP, 0, 0),
        header_style="bold",
    )
    table.add_column("\ntarget", overflow="fold")
    table.add_column("\nconn.", justify="right", no_wrap=True)
    for place in places:
        table.add_column(f"{COLUMNS[place].title}\n{COLUMNS[place].subtitle}", justify="right", no_wrap=True)
    if outcome_width is not None:
        table.add_column(f"\n{_OUTCOME}", max_width=outcome_width, overflow="fold")
    for (cell, name, texts), (following, _, _) in zip(rows, [*rows[1:], rows[-1]], strict=True):
        shown = [name, str(cell.load.connections), *(texts[place] for place in places)]
        table.add_row(
            *map(Text, shown if outcome_width is None else [*shown, texts[-1]]),
            style=_STYLES[cell.outcome],
            end_section=cell.load != following.load,
        )
    return table


def _room(console: Console, table: Table) -> int:
    unbounded = console.options.update(width=_UNBOUNDED, max_width=_UNBOUNDED)
    return console.width - Measurement.get(console, unbounded, table).maximum - _GAP


def _print_table(console: Console, table: Table) -> None:
    if console.is_terminal:
        console.print(table)
        return
    # Aligned lines that end with their last character: rich pads them, which a log or a diff would keep.
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        console.print(Text(line.rstrip()), soft_wrap=True)


def _legend(report: Report) -> str:
    service = "service: from the send to the last byte; a closed model has no response time."
    if not has_intervals(report.summary.cells):
        return service
    return f"throughput: mean over trials ({figures.setting_percent(report.summary.confidence)} interval). {service}"


def _print_pairs(report: Report, console: Console) -> None:
    told = pair_sentences(report)
    if told:
        console.print()
    for load, sentences in told:
        for sentence in sentences:
            _say(console, f"{load}: {sentence}" if len(told) > 1 else sentence, hang=2)


def _places(report: Report) -> list[tuple[str, str]]:
    names = labels(report.plan)
    drawn: dict[str, list[str]] = {}
    missing: dict[str, str] = {}
    for cell in report.summary.cells:
        if cell.flamegraphs:
            drawn.setdefault(names[cell.key], []).extend(cell.flamegraphs)
        elif cell.outcome == "ok":
            missing.setdefault(names[cell.key], figures.one_line(cell.reasons.get("flamegraphs", "")))
    return [
        ("report", str(report.folder / "report.md")),
        *(
            ("flamegraph", f"{name}: {report.folder / paths[0]}{f' and {len(paths) - 1} more' * (len(paths) > 1)}")
            for name, paths in drawn.items()
        ),
        *(("flamegraph", f"{name}: none, {why}") for name, why in missing.items() if name not in drawn),
    ]


def _say(console: Console, text: str, *, style: str = "", hang: int = 0) -> None:
    for line in textwrap.wrap(text, console.width, subsequent_indent=" " * hang, break_on_hyphens=False):
        console.print(Text(line, style=style), soft_wrap=True)
