"""The steps of a workload's flows, cell by cell: which is slow, and which fails.

One way to make rows and texts for Markdown and the page (``steps_tables.py``) and for the terminal
(``steps_terminal.py``). A workload of a single step has none: its figures are the cell's. A cell without a valid trial
has one row, with what became of it. Trial by trial they are in ``steps.csv``.
"""

from dataclasses import dataclass
from typing import Final, Literal

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, QuantileSummary, StepSummary
from fwcompare.reporting import figures
from fwcompare.reporting.document import Kind, Words, judged, worst
from fwcompare.reporting.league import Notes, Quantile, labels, load_groups

SHOWN: Final[tuple[Quantile, ...]] = ("p50", "p99")
"""The quantiles that documents show of each step."""

NO_STEP: Final = "-"
_NO_REASON: Final = "no reason was recorded"


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


def times_kind(report: Report) -> Literal["service", "response"]:
    """Say which times of the steps are shown: response times where they exist."""
    return "service" if report.scenario.load.model == "closed" else "response"


def count_texts(step: StepSummary, notes: Notes) -> list[str]:
    """Write requests, share, share by weight and error rate."""
    shares = {"share": step.share, "weighted_share": step.weighted_share, "error_rate": step.error_rate}
    return [
        f"{step.requests:,}",
        *(
            _unknown(notes, step.reasons.get(field, _NO_REASON)) if share is None else figures.percent(share)
            for field, share in shares.items()
        ),
    ]


def time_text(step: StepSummary, kind: str, quantile: Quantile, notes: Notes, *, full: bool) -> str:
    """Write a quantile, with its interval where there is room for ``full`` figures."""
    field = f"{kind}_ms"
    times: QuantileSummary | None = getattr(step, field)
    value: float | None = None if times is None else getattr(times, quantile)
    if times is None or value is None:
        return _unknown(notes, step.reasons.get(f"{field}.{quantile}") or step.reasons.get(field) or _NO_REASON)
    interval = times.intervals.get(quantile)
    return figures.number(value) + (figures.bounds(interval.low, interval.high) if full and interval else "")


def _unknown(notes: Notes, reason: str) -> str:
    return f"{figures.MISSING} {notes.mark(reason)}"


def error_words(step: StepSummary) -> str:
    """Say which errors there were, and what was left unfinished; nothing where all ended well."""
    unexpected = step.unexpected or 0
    told = (
        (unexpected, "unexpected answer"),
        (step.http_errors - unexpected, "HTTP error"),
        (step.transport_errors, "transport error"),
        (step.timeouts, "timeout"),
    )
    named = [figures.count(amount, noun) for amount, noun in told if amount]
    return ", ".join([*named, *([f"{step.censored:,} unfinished"] if step.censored else [])])


def outcome_words(cell: CellSummary, notes: Notes) -> Words:
    """Say what became of a cell; why it has no figures is marked, the league table marks the rest."""
    if cell.outcome != "ok":
        return Words(f"{cell.outcome} {notes.mark(cell.reasons.get('outcome', _NO_REASON))}", judged(cell.outcome).kind)
    # That the work is the same is no news.
    said = [word for word in (cell.parity, cell.verdict) if word and word != "same work"]
    kinds: list[Kind] = [judged(word).kind for word in said]
    return Words(", ".join(said) or "ok", worst(kinds) if said else "good")
