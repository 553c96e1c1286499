"""The steps of flows as tables of a document: one for each workload that has several."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from fwcompare.model.ports import Report
from fwcompare.reporting import figures
from fwcompare.reporting.document import Content, Grid, Words
from fwcompare.reporting.league import Notes
from fwcompare.reporting.steps import (
    NO_STEP,
    SHOWN,
    StepRow,
    count_texts,
    error_words,
    outcome_words,
    step_rows,
    step_workloads,
    time_text,
    times_kind,
)

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
    kind = times_kind(report)
    loads = list(dict.fromkeys(row.load for row in rows))
    # A load that is the same for all would take the place of the figures.
    load = ["load"] if len(loads) > 1 else []
    which = ["which"] if any(row.step and error_words(row.step) for row in shown) else []
    times = [f"{kind} {quantile} ms" for quantile in SHOWN]
    begun = 3 + len(load)
    return Grid(
        caption=f"Steps of {workload}{f' at {loads[0]}' if not load else ''}",
        header=("target", *load, "outcome", "step", "requests", "share", "by weight", "errors", *times, *which),
        rows=[_cells(row, kind, notes, load=bool(load), which=bool(which)) for row in shown],
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
        _SENT if times_kind(report) == "service" else _DUE,
    ]


def _cells(row: StepRow, kind: str, notes: Notes, *, load: bool, which: bool) -> list[Content]:
    named: list[Content] = [row.name, *([row.load] if load else []), outcome_words(row.cell, notes)]
    step = row.step
    if step is None:
        return [*named, *[NO_STEP] * (5 + len(SHOWN)), *([""] if which else [])]
    *counts, errors = count_texts(step, notes)
    return [
        *named,
        step.name,
        *map(Words, counts),
        Words(errors, "doubt" if step.errors else "none"),
        *(Words(time_text(step, kind, quantile, notes, full=True)) for quantile in SHOWN),
        *([error_words(step)] if which else []),
    ]
