"""From the trials of a run to its summary: every planned cell, whatever became of it, and every pair.

The order of the trials given does not matter: they are joined with the plan by the cell's key and the block's
number. Cells stand in the order of the plan, the unsupported ones last. Pairs are made of the cells with at
least one valid trial; the others have nothing to compare and stay visible as cells.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from fwcompare.model.limits import ServiceRoom
from fwcompare.model.measurement import Trial
from fwcompare.model.parity import Audit
from fwcompare.model.plan import LoadPoint, Plan
from fwcompare.model.summary import CellSummary, Metric, PairSummary, Summary
from fwcompare.model.workload import Bound
from fwcompare.stats.blocks import sort_out
from fwcompare.stats.cells import summarise_cell
from fwcompare.stats.contenders import contender
from fwcompare.stats.families import families
from fwcompare.stats.letters import letters
from fwcompare.stats.pairs import HIGHER_IS_BETTER, compare


def summarise(
    run: str,
    plan: Plan,
    trials: Iterable[Trial],
    *,
    audits: Iterable[Audit] = (),
    scenario: str,
    confidence: float,
    margin: float,
    service_room: ServiceRoom | None = None,
    status: Literal["complete", "interrupted"],
) -> Summary:
    """Summarise a run. Trials of cells that are not in the plan do not count.

    :param audits: what each target did for a request.
    :param scenario: the scenario's name.
    :param confidence: of every interval, and of every family of pairs, such as 0.95.
    :param service_room: the CPUs that services had; None when that is not known.
    :param margin: differences below this share are of no interest, such as 0.02.
    """
    unsupported = {entry.cell.key: entry.reason for entry in plan.unsupported}
    planned = {cell.key: cell for cell in (*plan.cells, *(entry.cell for entry in plan.unsupported))}
    # Other trials, such as those of a search before the blocks, have block numbers of their own.
    blocks = sort_out(trial for trial in trials if trial.planned.cell.key in planned)
    found = tuple(audits)
    by_work = {audit.served: audit for audit in found}
    cells: dict[str, CellSummary] = {}
    for key, cell in planned.items():
        measured = summarise_cell(
            cell,
            blocks,
            confidence=confidence,
            unsupported=unsupported.get(key),
            service_room=service_room,
            flows=plan.flows.get(cell.workload, ()),
        )
        cells[key] = _with_work(measured, by_work.get(cell.served), plan.bounds.get(key))
    pairs: list[PairSummary] = []
    for family in families(planned.values()):
        ranked = [cells[cell.key] for cell in family if cells[cell.key].outcome == "ok"]
        by_metric = {
            metric: compare(
                [contender(cell, blocks, metric) for cell in ranked], metric, confidence=confidence, margin=margin
            )
            for metric in _metrics(family[0].load)
        }
        cells |= {cell.key: cell for cell in grouped(ranked, by_metric["throughput_rps"])}
        pairs += [pair for judged in by_metric.values() for pair in judged]
    return Summary(
        run=run,
        scenario=scenario,
        status=status,
        confidence=confidence,
        margin=margin,
        cells=list(cells.values()),
        pairs=pairs,
        audits=list(found),
        discarded=list(blocks.discarded),
    )


def grouped(ranked: Sequence[CellSummary], pairs: Sequence[PairSummary]) -> list[CellSummary]:
    """Give the cells of a load point the letters of their groups, where there are enough to group.

    Only *faster* and *slower* tell two cells apart. A cell of which no pair may be judged has no letter: it is no tie.
    """
    judged = [pair for pair in pairs if pair.verdict not in ("too few repeats", "refused")]
    compared = {key for pair in judged for key in (pair.a, pair.b)}
    if len(compared) < _LEAST_TO_GROUP:
        return list(ranked)
    best_first = sorted(
        (cell for cell in ranked if cell.key in compared),
        key=lambda cell: -(cell.throughput_rps.mean if cell.throughput_rps else 0.0),
    )
    told_apart = [frozenset((pair.a, pair.b)) for pair in judged if pair.verdict in ("faster", "slower")]
    groups = letters([cell.key for cell in best_first], told_apart)
    return [_with_group(cell, groups[cell.key]) if cell.key in groups else cell for cell in ranked]


def _with_group(cell: CellSummary, group: str) -> CellSummary:
    reasons = {name: reason for name, reason in cell.reasons.items() if name != "group"}
    return cell.model_copy(update={"group": group, "reasons": reasons})


_LEAST_TO_GROUP = 3


def _metrics(load: LoadPoint) -> Sequence[Metric]:
    """Give what is compared: response times only where requests were due, that is at one offered rate for all."""
    return [metric for metric in HIGHER_IS_BETTER if metric != "response_p99_ms" or load.model == "open"]


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
