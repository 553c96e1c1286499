"""The summary at the end of a run, on whatever the console is: a table in a terminal, aligned lines elsewhere.

Order: the answer in one sentence, the league table, the steps of flows, the notes to both, a line for each pair of
neighbours, the work of a request, where the report and the flamegraphs are, what became of the thresholds. Where a
table is too wide for the console it becomes several, so that no figure is cut or folded; only names and outcomes may
take several lines. Colours are rich's to leave out (no terminal, NO_COLOR).
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
from fwcompare.reporting.aligned import aligned_lines, aligned_width
from fwcompare.reporting.answer import answer_parts, pair_sentences
from fwcompare.reporting.capacity import capacity_answer, level_sentences
from fwcompare.reporting.league import (
    Column,
    Notes,
    by_workload,
    columns,
    group_words,
    has_intervals,
    labels,
    limit_words,
    row_texts,
)
from fwcompare.reporting.steps_terminal import StepLines, step_lines
from fwcompare.reporting.threshold_lines import threshold_headline, threshold_sentences
from fwcompare.reporting.work import WorkTable, control_sentences, problem_sentences, work_table

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
_BESIDE_OUTCOME = {"group", "throughput_rps", "bound", "error_rate"}
"""Fields that stay with the outcome where the table becomes two."""

_STYLES = {"failed": "red", "invalid": "yellow", "unsupported": "dim", "ok": ""}


def print_summary(report: Report, console: Console) -> None:
    """Print the summary of a finished or interrupted run."""
    notes = Notes()
    names = labels(report.plan, workload=False)
    shown = columns(report)
    workloads = {
        workload: [
            (cell, names[cell.key], row_texts(report, cell, notes, full=False, shown=shown))
            for group in groups
            for cell in group.cells
        ]
        for workload, groups in by_workload(report).items()
    }
    for said in (capacity_answer(report), *answer_parts(report)):
        if said:
            _say(console, said, style="bold")
    console.print()
    for workload, rows in workloads.items():
        if len(workloads) > 1:
            _say(console, f"{figures.one_line(workload)}:", style="bold")
        for table in _tables(console, rows, shown):
            _print_table(console, table)
            console.print()
    if workloads:
        _print_steps(console, step_lines(report, notes))
        _say(console, _legend(report), style="dim")
    for mark, reason in notes.lines():
        _say(console, f"{mark} {reason}", hang=len(mark) + 1)
    _print_pairs(report, console)
    for sentence in level_sentences(report):
        _say(console, sentence, hang=2)
    console.print()
    print_work(report.audits, console)
    for name, place in _places(report):
        console.print(Text(f"{name:<12}{place}"), soft_wrap=True)
    _print_thresholds(report, console)


def _print_steps(console: Console, steps: StepLines | None) -> None:
    if steps is None:
        return
    for table in _work_tables(console, steps.table):
        _print_table(console, table, width=None if console.is_terminal else _UNBOUNDED)
        console.print()
    if steps.more:
        _say(console, steps.more)
        console.print()


def print_work(audits: Sequence[Audit], console: Console) -> None:
    """Print what each target did for a request, and what of it was not as agreed."""
    if not audits:
        return
    for table in _work_tables(console, work_table(audits)):
        _print_table(console, table, width=None if console.is_terminal else _UNBOUNDED)
        console.print()
    told = problem_sentences(audits)
    for sentence in told:
        _say(console, sentence, hang=2)
    if told:
        console.print()


def print_control(audits: Sequence[Audit], console: Console) -> None:
    """Print what each driver adds around the data statements."""
    told = control_sentences(audits)
    for sentence in told:
        _say(console, f"added by the driver: {sentence}", hang=2)
    if told:
        console.print()


def _work_tables(console: Console, work: WorkTable) -> list[Table]:
    """Lay out the work in as many tables as the console needs; a file takes lines as long as they are."""
    first, *middle, last = range(len(work.headings))
    every = _work_table(console, work, [first, *middle, last])
    if not console.is_terminal or _room(console, every) + _GAP >= 0:
        return [every]
    # Names fold between words, before a figure goes elsewhere.
    longest_word = max(len(word) for row in work.rows for word in row[first].split())
    name_width = max(longest_word, len(work.headings[first]))
    tables, places, end = [], [first], [last]
    for place in middle:
        wider = _work_table(console, work, [*places, place, *end], name_width=name_width)
        if len(places) > 1 and _room(console, wider) + _GAP < 0:
            tables.append(_work_table(console, work, [*places, *end], name_width=name_width))
            places, end = [first], []
        places.append(place)
    return [*tables, _work_table(console, work, [*places, *end], name_width=name_width)]


def _work_table(console: Console, work: WorkTable, places: Sequence[int], *, name_width: int | None = None) -> Table:
    ends = (0, len(work.headings) - 1)
    table = _bare_table(console)
    for place in places:
        if place in ends:
            table.add_column(work.headings[place], overflow="fold", max_width=name_width if place == 0 else None)
        else:
            table.add_column(work.headings[place], justify="right", no_wrap=True)
    for row in work.rows:
        table.add_row(*(Text(row[place]) for place in places))
    return table


def _bare_table(console: Console) -> Table:
    return Table(
        box=box.SIMPLE_HEAD if console.is_terminal else None,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1 if console.is_terminal else _GAP, 0, 0),
        header_style="bold",
    )


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
    table = _bare_table(console)
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
    # Nor with steps: a rate is of flows then.
    rate = cell.offered_rps if cell.load.stages or cell.steps else cell.load.rate
    return "-" if rate is None else figures.number(rate)


def _room(console: Console, table: Table) -> int:
    if (width := aligned_width(console, table)) is not None:
        return console.width - width - _GAP
    unbounded = console.options.update(width=_UNBOUNDED, max_width=_UNBOUNDED)
    return console.width - Measurement.get(console, unbounded, table).maximum - _GAP


def _print_table(console: Console, table: Table, *, width: int | None = None) -> None:
    if console.is_terminal:
        console.print(table)
        return
    # Aligned lines that end with their last character: rich pads them, which a log or a diff would keep.
    options = console.options if width is None else console.options.update(width=width, max_width=width)
    if (lines := aligned_lines(console, table, options.max_width)) is not None:
        console.file.write("".join(f"{line}\n" for line in lines))
        return
    for line in console.render_lines(table, options, pad=False):
        console.print(Text("".join(segment.text for segment in line).rstrip()), soft_wrap=True)


def _legend(report: Report) -> str:
    cells = report.summary.cells
    times = " ".join(filter(None, (TIMES[report.scenario.load.model], limit_words(cells), group_words(cells))))
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


def _print_thresholds(report: Report, console: Console) -> None:
    """Print them last: where one does not hold, they are why the run exits with 1."""
    results = report.summary.thresholds
    if not results:
        return
    console.print()
    _say(console, threshold_headline(results), style="bold")
    for sentence in threshold_sentences(results):
        _say(console, sentence, hang=2)


def _places(report: Report) -> list[tuple[str, str]]:
    names = labels(report.plan)
    drawn: dict[str, list[str]] = {}
    missing: dict[str, str] = {}
    for cell in report.summary.cells:
        if cell.flamegraphs:
            drawn.setdefault(names[cell.key], []).extend(cell.flamegraphs)
        elif cell.outcome == "ok":
            missing.setdefault(names[cell.key], figures.one_line(cell.reasons.get("flamegraphs", "")))
    for probe in report.probes:
        if probe.flamegraph is not None and probe.flamegraph.svg:
            drawn.setdefault(probe.planned.cell.search_key, []).append(probe.flamegraph.svg)
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
