"""Whether the intervals of a run are narrow enough to stop: of every pair's ratio, or of a cell that has no other."""

from collections.abc import Sequence
from itertools import combinations

from fwcompare.model.measurement import Trial
from fwcompare.session.blocks import NarrowEnough
from fwcompare.stats.cells import is_valid
from fwcompare.stats.intervals import LogEstimate, paired_estimate


def narrow_enough_at(confidence: float) -> NarrowEnough:
    """Give the rule: half of every interval over its ratio is at most the width, at ``confidence`` for each alone.

    Never asks whether a difference is significant (METHOD, "Repeats").
    """

    def narrow(trials: Sequence[Trial], width: float) -> bool:
        return all(_half_width(estimate, confidence) <= width for estimate in _estimates(trials))

    return narrow


def _half_width(estimate: LogEstimate | None, confidence: float) -> float:
    bounds = None if estimate is None else estimate.bounds(confidence)
    return float("inf") if estimate is None or bounds is None else (bounds[1] - bounds[0]) / 2 / estimate.ratio


def _estimates(trials: Sequence[Trial]) -> list[LogEstimate | None]:
    families: dict[object, dict[str, dict[int, float]]] = {}
    for trial in trials:
        cell, seen = trial.planned.cell, trial.measurement
        if is_valid(trial) and seen is not None and seen.throughput_rps > 0:
            family = families.setdefault((cell.workload, cell.load), {})
            family.setdefault(cell.key, {})[trial.planned.block] = seen.throughput_rps
    return [estimate for family in families.values() for estimate in _of_family(list(family.values()))]


def _of_family(cells: Sequence[dict[int, float]]) -> list[LogEstimate | None]:
    if len(cells) == 1:
        return [paired_estimate((figure, 1.0) for figure in cells[0].values())]
    return [paired_estimate((a[block], b[block]) for block in a.keys() & b.keys()) for a, b in combinations(cells, 2)]
