"""The steps of a workload's flows, cell by cell: which is slow, and which fails.

One way to make the rows for Markdown, for the page and for the terminal. A workload of a single step has none: its
figures are the cell's. A cell without a valid trial has one row, with what became of it. Trial by trial they are in
``steps.csv``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, QuantileSummary, StepSummary
from fwcompare.reporting import figures
from fwcompare.reporting.document import Content, Grid, Kind, Words, judged, worst
from fwcompare.reporting.league import Notes, Quantile, labels, load_groups
from fwcompare.reporting.load_point import offered
from fwcompare.reporting.work import WorkTable

_SHOWN: Final[tuple[Quantile, ...]] = ("p50", "p99")
_NO_STEP: Final = "-"
_NO_REASON: Final = "no reason was recorded"
_MOST_LINES: Final = 40
"""So many steps are read at the end of a run; the documents have all."""

_COUNTED = (
    "Requests and errors are sums over the valid trials of a cell. By weight: the share of the requests that the "
    "weights of the flows give a step as long as every answer is right; a wrong one ends its flow."
)
_SENT = "Service time runs from the send to the last byte."
_DUE = (
    "Response time runs from when a step was due to its last byte: the first of a flow is due when the flow is, each "
    "other one when the answer before it is complete. A flow that never began counts as no request; if it was given up "
    "or unfinished, and not shed, its wait is among the response times of its first step."
)


@dataclass(frozen=True)
class StepRow:
    """A step of a cell, or, where it has no valid trial, the cell: ``step`` is None then."""

    cell: CellSummary
    name: str
    load: str
    step: StepSummary | None

    @property
    def troubled(self) -> bool:
        """Whether it tells of something that went wrong."""
        return self.step is None or self.step.errors > 0


def step_workloads(report: Report) -> list[str]:
    """Name the workloads that have several steps, in the order of the plan."""
    named = dict.fromkeys(cell.workload for cell in report.summary.cells)
    measured = {cell.workload for cell in report.summary.cells if cell.steps}
    planned = {name for name, flows in report.plan.flows.items() if sum(len(flow.steps) for flow in flows) > 1}
    return [name for name in named if name in measured | planned]


def step_rows(report: Report, workload: str) -> list[StepRow]:
    """Give the steps of every cell of a workload, cells in the order of the league table."""
    names = labels(report.plan)
    return [
        StepRow(cell, names[cell.key], group.label, step)
        for group in load_groups(report)
        if group.workload == workload
        for cell in group.cells
        for step in (*cell.steps, *([] if cell.steps else [None]))
    ]


@dataclass(frozen=True)
class StepTables:
    """A table for each workload that has steps, and the reasons behind those of their marks that are new."""

    grids: tuple[Grid, ...]
    notes: tuple[tuple[str, str], ...]


def step_tables(report: Report, notes: Notes, *, most_rows: int | None = None) -> StepTables:
    """Give the tables of steps.

    :param notes: those of the league table above them, so that a reason that stands there is not told again.
    :param most_rows: of each table, beside those that tell of something that went wrong; None for all.
    """
    before = len(notes.lines())
    grids = [_grid(report, name, notes, most_rows) for name in step_workloads(report)]
    if grids:
        grids[-1] = replace(grids[-1], explained=" ".join(filter(None, (grids[-1].explained, *_explained(report)))))
    return StepTables(tuple(grids), tuple(notes.lines()[before:]))


def _grid(report: Report, workload: str, notes: Notes, most_rows: int | None) -> Grid:
    rows = step_rows(report, workload)
    shown = list(_kept(rows, len(rows) if most_rows is None else most_rows))
    left_out = len(rows) - len(shown)
    field = _times_field(report)
    loads = list(dict.fromkeys(row.load for row in rows))
    # A load that is the same for all would take the place of the figures.
    load = ["load"] if len(loads) > 1 else []
    which = ["which"] if any(row.step and _which(row.step) for row in shown) else []
    kind = field.removesuffix("_ms")
    times = [f"{kind} {quantile} ms" for quantile in _SHOWN]
    begun = 3 + len(load)
    return Grid(
        caption=f"Steps of {workload}{f' at {loads[0]}' if not load else ''}",
        header=("target", *load, "outcome", "step", "requests", "share", "by weight", "errors", *times, *which),
        rows=[_cells(row, field, notes, load=bool(load), which=bool(which)) for row in shown],
        right=tuple(range(begun, begun + 4 + len(times))),
        group=0,
        explained=f"{left_out:,} of {len(rows):,} steps are left out here; summary.json has all." if left_out else "",
        empty="No cell was planned.",
    )


def _kept(rows: Iterable[StepRow], most: int) -> Iterator[StepRow]:
    for row in rows:
        if row.troubled:
            yield row
        elif most > 0:
            most -= 1
            yield row


def _explained(report: Report) -> list[str]:
    confidence = figures.setting_percent(report.summary.confidence)
    return [
        _COUNTED,
        f"Times are geometric means over trials; brackets hold {confidence} intervals.",
        _SENT if _times_field(report) == "service_ms" else _DUE,
    ]


def _cells(row: StepRow, field: str, notes: Notes, *, load: bool, which: bool) -> list[Content]:
    outcome = _outcome(row.cell)
    named: list[Content] = [row.name, *([row.load] if load else [])]
    step = row.step
    if step is None:
        marked = Words(f"{outcome.text} {notes.mark(row.cell.reasons.get('outcome', _NO_REASON))}", outcome.kind)
        return [*named, marked, *[_NO_STEP] * (5 + len(_SHOWN)), *([""] if which else [])]
    times = [Words(_time(step, field, quantile, notes, full=True)) for quantile in _SHOWN]
    *counts, errors = _counts(step)
    failing = Words(errors, "doubt") if step.errors else errors
    return [*named, outcome, step.name, *counts, failing, *times, *([_which(step)] if which else [])]


def _counts(step: StepSummary) -> list[str]:
    return [f"{step.requests:,}", *(_share(share) for share in (step.share, step.weighted_share, step.error_rate))]


def _share(share: float | None) -> str:
    return figures.MISSING if share is None else figures.percent(share)


def _time(step: StepSummary, field: str, quantile: Quantile, notes: Notes, *, full: bool) -> str:
    """Write a quantile, or that it is not known with the mark of the reason."""
    times: QuantileSummary | None = getattr(step, field)
    value: float | None = None if times is None else getattr(times, quantile)
    if times is None or value is None:
        reason = step.reasons.get(f"{field}.{quantile}") or step.reasons.get(field) or _NO_REASON
        return f"{figures.MISSING} {notes.mark(reason)}"
    interval = times.intervals.get(quantile)
    return figures.number(value) + (figures.bounds(interval.low, interval.high) if full and interval else "")


def _which(step: StepSummary) -> str:
    unexpected = step.unexpected or 0
    told = (
        (unexpected, "unexpected answer"),
        (step.http_errors - unexpected, "HTTP error"),
        (step.transport_errors, "transport error"),
        (step.timeouts, "timeout"),
    )
    named = [figures.count(amount, noun) for amount, noun in told if amount]
    return ", ".join([*named, *([f"{step.censored:,} unfinished"] if step.censored else [])])


def _outcome(cell: CellSummary) -> Words:
    if cell.outcome != "ok":
        return judged(cell.outcome)
    # That the work is the same is no news.
    said = [word for word in (cell.parity, cell.verdict) if word and word != "same work"]
    kinds: list[Kind] = [judged(word).kind for word in said]
    return Words(", ".join(said) or "ok", worst(kinds) if said else "good")


def _times_field(report: Report) -> str:
    return "service_ms" if report.scenario.load.model == "closed" else "response_ms"


@dataclass(frozen=True)
class StepLines:
    """The steps as a terminal shows them; ``more`` says where the others are, empty where there are none."""

    table: WorkTable
    more: str


def step_lines(report: Report, notes: Notes) -> StepLines | None:
    """Give the steps of all workloads in one table, its ``n/a`` marked; None where no workload has steps."""
    rows = [row for workload in step_workloads(report) for row in step_rows(report, workload)]
    if not rows:
        return None
    field = _times_field(report)
    kind = field.removesuffix("_ms")
    # Of a load, what tells it from the others.
    varying = [told for told in _LOADS if len({told.of(row.cell) for row in rows}) > 1]
    headings = (
        f"step ({kind} ms)",
        *(told.title for told in varying),
        "requests",
        "share",
        "weight",
        *_SHOWN,
        "errors",
    )
    shown = rows[:_MOST_LINES]
    more = len(rows) - len(shown)
    return StepLines(
        WorkTable(headings, tuple(_line(row, field, notes, [told.of(row.cell) for told in varying]) for row in shown)),
        f"{figures.count(more, 'more step')} in report.md" if more else "",
    )


@dataclass(frozen=True)
class _Load:
    title: str
    of: Callable[[CellSummary], str]


_LOADS: Final = (
    _Load("conn.", lambda cell: str(cell.load.connections)),
    # Requests or flows, as the league table says above.
    _Load("rate", lambda cell: offered(cell.load, unit="").rstrip() or _NO_STEP),
)


def _line(row: StepRow, field: str, notes: Notes, load: Sequence[str]) -> tuple[str, ...]:
    step = row.step
    if step is None:
        reason = row.cell.reasons.get("outcome", _NO_REASON)
        blank = [_NO_STEP] * (3 + len(_SHOWN))
        return (figures.one_line(row.name), *load, *blank, f"{row.cell.outcome} {notes.mark(reason)}")
    times = [_time(step, field, quantile, notes, full=False) for quantile in _SHOWN]
    *counts, errors = _counts(step)
    outcome = _outcome(row.cell)
    doubted = f", {outcome.text}" if outcome.kind in ("bad", "doubt") else ""
    return (figures.one_line(f"{row.name}: {step.name}"), *load, *counts, *times, errors + doubted)
