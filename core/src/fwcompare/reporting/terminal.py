"""The summary at the end of a run, on whatever the console is: a table in a terminal, aligned lines elsewhere.

Order: the answer in one sentence, the league table, the notes to it, a line for each pair of neighbours, the work of a
request, where
the report and the flamegraphs are. Where the table is too wide for the console it becomes two, so that no
figure is cut or folded; only names and outcomes may take several lines. Colours are rich's to leave out (no
terminal, NO_COLOR).
"""

import textwrap
from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from fwcompare.model.parity import Audit
from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary
from fwcompare.reporting import figures
from fwcompare.reporting.answer import answer, pair_sentences
from fwcompare.reporting.league import Column, Notes, columns, has_intervals, labels, load_groups, row_texts
from fwcompare.reporting.work import HEADER, problem_sentences, work_rows

Rows = Sequence[tuple[CellSummary, str, Sequence[str]]]
"""Cells with their names and their texts: one for each of the columns, then the outcome."""

TIMES = {
    "closed": "service: from the send to the last byte; a closed model has no response time.",
    "open": "response: from when a request was due to the last byte, waiting included.",
}
"""What the times of a table are, by load model."""

_UNBOUNDED = 10_000
_GAP = 2
_OUTCOME = "outcome"
_BESIDE_OUTCOME = {"throughput_rps", "error_rate"}
"""Fields that stay with the outcome where the table becomes two."""

_STYLES = {"failed": "red", "invalid": "yellow", "unsupported": "dim", "ok": ""}


def print_summary(report: Report, console: Console) -> None:
    """Print the summary of a finished or interrupted run."""
    notes = Notes()
    names = labels(report.plan)
    rows = [
        (cell, names[cell.key], row_texts(report, cell, notes, full=False))
        for group in load_groups(report)
        for cell in group.cells
    ]
    _say(console, answer(report), style="bold")
    console.print()
    for table in _tables(console, rows, columns(report)):
        _print_table(console, table)
        console.print()
    _say(console, _legend(report), style="dim")
    for mark, reason in notes.lines():
        _say(console, f"{mark} {reason}", hang=len(mark) + 1)
    _print_pairs(report, console)
    console.print()
    print_work(report.audits, console)
    for name, place in _places(report):
        console.print(Text(f"{name:<12}{place}"), soft_wrap=True)


def print_work(audits: Sequence[Audit], console: Console) -> None:
    """Print what each target did for a request, and what of it was not as agreed."""
    if not audits:
        return
    table = Table(
        box=box.SIMPLE_HEAD if console.is_terminal else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1 if console.is_terminal else _GAP, 0, 0),
        header_style="bold",
    )
    first, *middle, last = HEADER
    table.add_column(first, overflow="fold")
    for heading in middle:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column(last, overflow="fold")
    for row in work_rows(audits):
        table.add_row(*map(Text, row))
    _print_table(console, table)
    for sentence in problem_sentences(audits):
        _say(console, sentence, hang=2)
    console.print()


def _tables(console: Console, rows: Rows, shown: Sequence[Column]) -> list[Table]:
    if not rows:
        return []
    longest_word = max(len(word) for _, _, texts in rows for word in [_OUTCOME, *texts[-1].split()])
    every = dict(enumerate(shown))
    room = _room(console, _table(console, rows, every))
    if room >= longest_word:
        return [_table(console, rows, every, outcome_width=room)]
    beside = {place: column for place, column in every.items() if column.field in _BESIDE_OUTCOME}
    room = _room(console, _table(console, rows, beside))
    return [
        _table(console, rows, beside, outcome_width=max(room, longest_word)),
        _table(console, rows, {place: column for place, column in every.items() if place not in beside}),
    ]


def _table(console: Console, rows: Rows, shown: Mapping[int, Column], *, outcome_width: int | None = None) -> Table:
    """Lay out some of the columns, each under its place among the texts of a row."""
    rated = any(cell.load.rate is not None for cell, _, _ in rows)
    table = Table(
        box=box.SIMPLE_HEAD if console.is_terminal else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1 if console.is_terminal else _GAP, 0, 0),
        header_style="bold",
    )
    table.add_column("\ntarget", overflow="fold")
    table.add_column("\nconn.", justify="right", no_wrap=True)
    if rated:
        table.add_column("offered\nreq/s", justify="right", no_wrap=True)
    for column in shown.values():
        table.add_column(f"{column.title}\n{column.subtitle}", justify="right", no_wrap=True)
    if outcome_width is not None:
        table.add_column(f"\n{_OUTCOME}", max_width=outcome_width, overflow="fold")
    for (cell, name, texts), (following, _, _) in zip(rows, [*rows[1:], rows[-1]], strict=True):
        load = [str(cell.load.connections), *([_offered(cell)] if rated else [])]
        told = [name, *load, *(texts[place] for place in shown)]
        table.add_row(
            *map(Text, told if outcome_width is None else [*told, texts[-1]]),
            style=_STYLES[cell.outcome],
            end_section=cell.load != following.load,
        )
    return table


def _offered(cell: CellSummary) -> str:
    # With stages no single rate was asked for, and the mean is known only from what was due.
    rate = cell.offered_rps if cell.load.stages else cell.load.rate
    return "-" if rate is None else figures.number(rate)


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
    times = TIMES[report.scenario.load.model]
    if not has_intervals(report.summary.cells):
        return times
    return f"throughput: mean over trials ({figures.setting_percent(report.summary.confidence)} interval). {times}"


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
