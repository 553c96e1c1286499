"""The steps of a workload's flows, cell by cell: which is slow, and which fails.

One way to make the rows for Markdown, for the page and for the terminal. A workload of a single step has none: its
figures are the cell's. A cell without a valid trial has one row, with what became of it. Trial by trial they are in
``steps.csv``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, QuantileSummary, StepSummary
from fwcompare.reporting import figures
from fwcompare.reporting.document import Content, Grid, Kind, Words, judged, worst
from fwcompare.reporting.league import Notes, Quantile, labels, load_groups
from fwcompare.reporting.load_point import offered
from fwcompare.reporting.work import WorkTable

_SHOWN: Final[tuple[Quantile, ...]] = ("p50", "p99")
_HEADER: Final = ("target", "load", "outcome", "step", "requests", "share", "by weight", "errors")
_NO_STEP: Final = "-"
_MOST_LINES: Final = 40
"""So many steps are read at the end of a run; the documents have all."""

_DUE = (
    "Response time runs from when a step was due to its last byte: the first step of a flow is due when the flow is, "
    "each other one when the answer before it is complete. Requests that were never sent are in no step's count, and "
    "in the response times of the step that their flow would have begun with."
)
_COUNTED = (
    "Requests and errors are summed over the valid trials of a cell; share is of the requests of all its steps, by "
    "weight what the weights of the flows make of it where every answer is right: a wrong one ends its flow."
)
_SENT = "Service time runs from the send to the last byte."


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


def step_grids(report: Report, *, most_rows: int | None = None) -> list[Grid]:
    """Give a table for each workload that has steps.

    :param most_rows: of each table, beside those that tell of something that went wrong; None for all.
    """
    return [_grid(report, workload, most_rows) for workload in step_workloads(report)]


def _grid(report: Report, workload: str, most_rows: int | None) -> Grid:
    rows = step_rows(report, workload)
    sound = [row for row in rows if not row.troubled]
    left_out = frozenset(map(id, sound[most_rows:])) if most_rows is not None else frozenset()
    field = _times_field(report)
    cut = f"{len(left_out):,} of {len(rows):,} steps are left out here; summary.json has all." if left_out else ""
    confidence = figures.setting_percent(report.summary.confidence)
    explained = [
        cut,
        _COUNTED,
        f"Times are geometric means over trials; brackets hold {confidence} intervals.",
        _DUE if field == "response_ms" else _SENT,
    ]
    kind = field.removesuffix("_ms")
    return Grid(
        caption=f"Steps of {workload}",
        header=(*_HEADER, *(f"{kind} {which} ms" for which in _SHOWN), "remarks"),
        rows=[_cells(row, field) for row in rows if id(row) not in left_out],
        right=tuple(range(4, 8 + len(_SHOWN))),
        group=0,
        explained=" ".join(filter(None, explained)),
        empty="No cell was planned.",
    )


def _cells(row: StepRow, field: str) -> list[Content]:
    named: list[Content] = [row.name, row.load, _outcome(row.cell)]
    if row.step is None:
        return [*named, *[_NO_STEP] * (5 + len(_SHOWN)), row.cell.reasons.get("outcome", "")]
    step = row.step
    times: list[Content] = [Words(_time(step, field, which, full=True) or figures.MISSING) for which in _SHOWN]
    return [*named, step.name, *_counts(step), *times, "; ".join(_remarks(step, field))]


def _counts(step: StepSummary) -> list[str]:
    return [f"{step.requests:,}", *(_share(share) for share in (step.share, step.weighted_share, step.error_rate))]


def _share(share: float | None) -> str:
    return figures.MISSING if share is None else figures.percent(share)


def _time(step: StepSummary, field: str, which: Quantile, *, full: bool) -> str | None:
    times: QuantileSummary | None = getattr(step, field)
    value: float | None = None if times is None else getattr(times, which)
    if times is None or value is None:
        return None
    interval = times.intervals.get(which)
    return figures.number(value) + (figures.bounds(interval.low, interval.high) if full and interval else "")


def _remarks(step: StepSummary, field: str) -> Iterator[str]:
    """Say which errors there were, and why a figure is not known."""
    unexpected = f", {step.unexpected:,} of them not what the step expects" if step.unexpected else ""
    told = (
        (step.http_errors, "HTTP error", unexpected),
        (step.transport_errors, "transport error", ""),
        (step.timeouts, "timeout", ""),
    )
    for amount, noun, more in told:
        if amount:
            yield figures.count(amount, noun) + more
    if step.censored:
        yield f"{step.censored:,} unfinished when the load ended"
    yield from dict.fromkeys(
        _reason(step, field, which) for which in _SHOWN if not _time(step, field, which, full=False)
    )


def _reason(step: StepSummary, field: str, which: Quantile) -> str:
    return step.reasons.get(f"{field}.{which}") or step.reasons.get(field) or "no reason was recorded"


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
        reason = row.cell.reasons.get("outcome", "no reason was recorded")
        blank = [_NO_STEP] * (3 + len(_SHOWN))
        return (figures.one_line(row.name), *load, *blank, f"{row.cell.outcome} {notes.mark(reason)}")
    times: Sequence[str] = [
        _time(step, field, which, full=False) or f"{figures.MISSING} {notes.mark(_reason(step, field, which))}"
        for which in _SHOWN
    ]
    *counts, errors = _counts(step)
    outcome = _outcome(row.cell)
    doubted = f", {outcome.text}" if outcome.kind in ("bad", "doubt") else ""
    return (figures.one_line(f"{row.name}: {step.name}"), *load, *counts, *times, errors + doubted)
