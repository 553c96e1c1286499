"""``steps.csv``: one row for each step of each trial; units stand in the column names.

A file of its own, because a row of ``results.csv`` is a trial: with rows of steps among them, every sum over its rows
would count a trial several times. Trials without figures and cells that a target cannot serve are rows too, with an
empty step. An empty field is a figure that is not known, never 0.
"""

import csv
import io
from collections.abc import Iterator, Sequence

from fwcompare.model.measurement import Quantiles, StepFigures, Trial
from fwcompare.model.plan import PlannedTrial
from fwcompare.model.ports import Report
from fwcompare.model.quantities import as_variable
from fwcompare.reporting.figures import one_line
from fwcompare.reporting.steps import step_workloads

_COUNTS = ("sent", "ok", "http_errors", "unexpected", "transport_errors", "timeouts", "censored")
_TIMES = ("response", "service")
_QUANTILES = ("mean", "p50", "p90", "p99", "max")

Row = dict[str, object]


def steps_csv_text(report: Report) -> str | None:
    """Give the whole table, headed by the names of its columns; None where no workload has several steps."""
    workloads = step_workloads(report)
    if not workloads:
        return None
    unsupported = [entry for entry in report.plan.unsupported if not entry.cell.load.probe]
    cells = (*report.plan.cells, *(entry.cell for entry in unsupported))
    axes = sorted({name for cell in cells for name in cell.axes})
    ordered = sorted(report.trials, key=lambda trial: (trial.planned.position, trial.started_at))
    rows = [row for trial in ordered if trial.planned.cell.workload in workloads for row in _rows(report, trial, axes)]
    for entry in unsupported:
        if entry.cell.workload in workloads:
            never_run = PlannedTrial(entry.cell, block=0, position=0)
            trial = Trial(never_run, "unsupported", started_at="", elapsed_s=0, reason=entry.reason)
            rows += [row | {"block": None, "attempt": None} for row in _rows(report, trial, axes)]
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*_identity_header(axes), "step", *_figures_of(None)))
    writer.writerows(row.values() for row in rows)
    return file.getvalue()


def _identity_header(axes: Sequence[str]) -> tuple[str, ...]:
    params = [f"param_{name}" for name in axes]
    return ("run", "workload", "target", "runtime", "cell", *params, "block", "attempt", "outcome", "reason")


def _rows(report: Report, trial: Trial, axes: Sequence[str]) -> Iterator[Row]:
    cell = trial.planned.cell
    values = dict(cell.parameters)
    told = (
        report.run,
        cell.workload,
        cell.target,
        cell.runtime,
        cell.key,
        *(as_variable(values[name]) if name in values else "" for name in axes),
        trial.planned.block,
        trial.planned.attempt,
        trial.outcome,
        one_line(trial.reason),
    )
    identity: Row = dict(zip(_identity_header(axes), told, strict=True))
    steps = trial.measurement.steps if trial.measurement else ()
    for step in steps or (None,):
        yield {**identity, "step": one_line(step.name) if step else "", **_figures_of(step)}


def _figures_of(step: StepFigures | None) -> Row:
    """Give every figure by its column; all empty without a step."""
    return {
        **{name: getattr(step, name, None) for name in _COUNTS},
        **{name: value for kind in _TIMES for name, value in _times(kind, getattr(step, f"{kind}_ms", None)).items()},
    }


def _times(kind: str, seen: Quantiles | None) -> Row:
    return {
        f"{kind}_samples": seen.count if seen else None,
        **{f"{kind}_{name}_ms": getattr(seen, name, None) for name in _QUANTILES},
    }
