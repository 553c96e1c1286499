"""Which cells and trials are shown in detail, where not all can be: those of one load, and of each the typical trial.

Judges nothing: which trials count was decided by the summary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fwcompare.model.measurement import Measurement, Trial
from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary
from fwcompare.reporting import figures
from fwcompare.reporting.chart_notes import named
from fwcompare.reporting.chart_series import Series, Sweep

MOST_CELLS = 12
"""So many curves can still be told apart."""


@dataclass(frozen=True)
class Detail:
    """A cell that is shown in detail, under the series it belongs to; ``trials`` are those behind its figures."""

    series: Series
    cell: CellSummary
    trials: tuple[Trial, ...]

    @property
    def typical(self) -> Trial:
        """The trial nearest the cell's mean throughput, the earliest of equals."""
        mean = self.cell.throughput_rps.mean if self.cell.throughput_rps else 0.0
        return min(self.trials, key=lambda trial: (abs(measured(trial).throughput_rps - mean), _place(trial)))


@dataclass(frozen=True)
class Details:
    """The cells of one load that are shown in detail, in the order of the plan.

    ``note`` says which load it is, and names what is not shown.
    """

    details: tuple[Detail, ...]
    load: str
    note: str


def details(report: Report, sweep: Sweep) -> Details:
    """Choose the load at which most cells have figures, the highest of equals, and its fastest cells."""
    trials = counted_trials(report)
    at: dict[float, list[tuple[Series, CellSummary]]] = {level: [] for level in sweep.levels}
    for line in sweep.every_series:
        for level, cell in line.cells:
            at[level].append((line, cell))
    if not at:
        return Details((), "", "")
    chosen = max(at, key=lambda level: (sum(bool(trials.get(cell.key)) for _, cell in at[level]), level))
    able = [(line, cell) for line, cell in at[chosen] if trials.get(cell.key)]
    fastest = sorted(able, key=lambda one: -(one[1].throughput_rps.mean if one[1].throughput_rps else 0.0))
    shown = {cell.key for _, cell in fastest[:MOST_CELLS]}
    absent = [f"{line.label} ({cell.outcome})" for line, cell in at[chosen] if not trials.get(cell.key)]
    sentences = [
        f"{sweep.at(chosen)}.",
        "" if len(able) <= MOST_CELLS else f"The {MOST_CELLS} fastest of {len(able)} are shown.",
        f"Not shown: {named(absent)}." if absent else "",
    ]
    return Details(
        tuple(Detail(line, cell, trials[cell.key]) for line, cell in able if cell.key in shown),
        sweep.at(chosen),
        told(sentences),
    )


def counted_trials(report: Report) -> dict[str, tuple[Trial, ...]]:
    """Give the trials behind the figures of each cell, by its key; cells without a valid trial are absent.

    Where the host disturbed every block, the last attempts count after all, as in the summary.
    """
    discarded = {(each.block, each.attempt) for each in report.summary.discarded}
    valid: dict[str, list[Trial]] = {}
    for trial in sorted(report.trials, key=_place):
        if trial.outcome == "ok" and trial.measurement is not None:
            valid.setdefault(trial.planned.cell.key, []).append(trial)
    counted = {
        key: [trial for trial in trials if (trial.planned.block, trial.planned.attempt) not in discarded]
        for key, trials in valid.items()
    }
    return {
        key: tuple(counted[key] or {trial.planned.block: trial for trial in trials}.values())
        for key, trials in valid.items()
    }


def measured(trial: Trial) -> Measurement:
    """Give the measurement of a valid trial."""
    if trial.measurement is None:
        raise ValueError(f"{trial.planned.cell.key}, {trial.planned.block_name}: a counted trial has a measurement")
    return trial.measurement


def told(sentences: Sequence[str]) -> str:
    """Join the sentences that there are."""
    return " ".join(sentence for sentence in sentences if sentence)


def name_of(detail: Detail) -> str:
    """Name the typical trial of a cell: ``axum, block 2``."""
    return figures.one_line(f"{detail.series.label}, {detail.typical.planned.block_name}")


def _place(trial: Trial) -> tuple[int, int, int]:
    return trial.planned.block, trial.planned.attempt, trial.planned.position
