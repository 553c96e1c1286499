"""The steps of flows as a terminal shows them at the end of a run: all workloads in one table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary
from fwcompare.reporting import figures
from fwcompare.reporting.league import Notes
from fwcompare.reporting.load_point import offered
from fwcompare.reporting.steps import (
    NO_STEP,
    SHOWN,
    StepRow,
    count_texts,
    outcome_words,
    step_rows,
    step_workloads,
    time_text,
    times_kind,
)
from fwcompare.reporting.work import WorkTable

_MOST_LINES: Final = 40
"""So many steps are read at the end of a run; the documents have all."""


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
    kind = times_kind(report)
    # Of a load, what tells it from the others.
    varying = [told for told in _LOADS if len({told.of(row.cell) for row in rows}) > 1]
    headings = (
        f"step ({kind} ms)",
        *(told.title for told in varying),
        "requests",
        "share",
        "weight",
        *SHOWN,
        "errors",
    )
    shown = rows[:_MOST_LINES]
    more = len(rows) - len(shown)
    return StepLines(
        WorkTable(headings, tuple(_line(row, kind, notes, [told.of(row.cell) for told in varying]) for row in shown)),
        f"{figures.count(more, 'more step')} in report.md" if more else "",
    )


@dataclass(frozen=True)
class _Load:
    title: str
    of: Callable[[CellSummary], str]


_LOADS: Final = (
    _Load("conn.", lambda cell: str(cell.load.connections)),
    # Requests or flows, as the league table says above.
    _Load("rate", lambda cell: offered(cell.load, unit="").rstrip() or NO_STEP),
)


def _line(row: StepRow, kind: str, notes: Notes, load: Sequence[str]) -> tuple[str, ...]:
    step, outcome = row.step, outcome_words(row.cell, notes)
    if step is None:
        return (figures.one_line(row.name), *load, *[NO_STEP] * (3 + len(SHOWN)), outcome.text)
    times = [time_text(step, kind, quantile, notes, full=False) for quantile in SHOWN]
    *counts, errors = count_texts(step, notes)
    doubted = f", {outcome.text}" if outcome.kind in ("bad", "doubt") else ""
    return (figures.one_line(f"{row.name}: {step.name}"), *load, *counts, *times, errors + doubted)
