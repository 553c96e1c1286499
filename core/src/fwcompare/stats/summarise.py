"""From the trials of a run to its summary: every planned cell, whatever became of it, and every pair.

The order of the trials given does not matter: they are joined with the plan by the cell's key and the block's
number. Cells stand in the order of the plan, the unsupported ones last. Pairs are made of the cells with at
least one valid trial; the others have nothing to compare and stay visible as cells.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from fwcompare.model.measurement import Trial
from fwcompare.model.parity import Audit
from fwcompare.model.plan import Cell, LoadPoint, Plan
from fwcompare.model.summary import CellSummary, Metric, PairSummary, Summary
from fwcompare.model.workload import Bound
from fwcompare.stats.cells import is_valid, summarise_cell
from fwcompare.stats.pairs import HIGHER_IS_BETTER, Contender, compare


def summarise(
    run: str,
    plan: Plan,
    trials: Iterable[Trial],
    *,
    audits: Iterable[Audit] = (),
    scenario: str,
    confidence: float,
    margin: float,
    status: Literal["complete", "interrupted"],
) -> Summary:
    """Summarise a run.

    :param audits: what each target did for a request, by target, workload and parameters.
    :param scenario: the scenario's name.
    :param confidence: of every interval, and of every family of pairs, such as 0.95.
    :param margin: differences below this share are of no interest, such as 0.02.
    """
    by_cell: dict[str, list[Trial]] = {}
    for trial in sorted(trials, key=lambda trial: (trial.planned.block, trial.planned.position, trial.started_at)):
        by_cell.setdefault(trial.planned.cell.key, []).append(trial)
    unsupported = {entry.cell.key: entry.reason for entry in plan.unsupported}
    planned = {cell.key: cell for cell in (*plan.cells, *(entry.cell for entry in plan.unsupported))}
    found = tuple(audits)
    by_work = {(audit.target, audit.workload, audit.parameters): audit for audit in found}
    cells: dict[str, CellSummary] = {}
    for key, cell in planned.items():
        measured = summarise_cell(cell, by_cell.get(key, []), confidence=confidence, unsupported=unsupported.get(key))
        audit = by_work.get((cell.target, cell.workload, cell.parameters))
        cells[key] = _with_work(measured, audit, plan.bounds.get(key))
    pairs: list[PairSummary] = []
    for family in _families(planned.values()):
        keys = [cell.key for cell in family if cells[cell.key].outcome == "ok"]
        for metric in HIGHER_IS_BETTER:
            contenders = [_contender(cells[key], by_cell[key], metric) for key in keys]
            pairs += compare(contenders, metric, confidence=confidence, margin=margin)
    return Summary(
        run=run,
        scenario=scenario,
        status=status,
        confidence=confidence,
        margin=margin,
        cells=list(cells.values()),
        pairs=pairs,
        audits=list(found),
    )


def _with_work(cell: CellSummary, audit: Audit | None, bound: Bound | None) -> CellSummary:
    reasons = dict(cell.reasons)
    if audit is None:
        reasons["parity"] = "its work was not held to the contract"
    elif audit.reason:
        reasons["parity"] = audit.reason
    if bound is None:
        reasons["bound"] = "no arithmetic gives a limit of this workload under this load"
    state = None if audit is None else audit.state
    return cell.model_copy(update={"parity": state, "bound": bound, "reasons": reasons})


def _families(cells: Iterable[Cell]) -> Iterable[Sequence[Cell]]:
    families: dict[tuple[str, LoadPoint], list[Cell]] = {}
    for cell in cells:
        families.setdefault((cell.workload, cell.load), []).append(cell)
    return families.values()


def _contender(cell: CellSummary, trials: Sequence[Trial], metric: Metric) -> Contender:
    return Contender(
        key=cell.key,
        figures=_figures(trials, metric),
        blocks=frozenset(trial.planned.block for trial in trials),
        error_rate=cell.error_rate,
        same_work=cell.parity in (None, "same work", "not audited"),
        # A busy client holds back the target's throughput, not its CPU time per request.
        lower_bound=metric == "throughput_rps" and cell.throughput_is_lower_bound,
    )


def _figures(trials: Sequence[Trial], metric: Metric) -> Mapping[int, float]:
    figures: dict[int, float] = {}
    for trial in trials:
        figure = None if trial.measurement is None else getattr(trial.measurement, metric)
        if is_valid(trial) and figure is not None:
            figures[trial.planned.block] = figure
    return figures
