"""Which cells are compared with each other, and what each of their trials gives to compare. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from fwcompare.model.measurement import Measurement, Trial
from fwcompare.model.plan import Cell, LoadPoint
from fwcompare.model.summary import Metric
from fwcompare.stats.blocks import is_valid


def families(cells: Iterable[Cell]) -> Collection[Sequence[Cell]]:
    """Give the cells by workload and load point: a pair is made within one of these only."""
    found: dict[tuple[str, LoadPoint], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.workload, cell.load), []).append(cell)
    return found.values()


def figures_by_block(trials: Iterable[Trial], metric: Metric) -> Mapping[int, float]:
    """Give the figure of each valid trial of a cell, by its block; those that are not known are left out."""
    seen = ((trial.planned.block, _figure(trial.measurement, metric)) for trial in trials if is_valid(trial))
    return {block: figure for block, figure in seen if figure is not None}


def _figure(seen: Measurement | None, metric: Metric) -> float | None:
    if seen is None:
        return None
    if metric == "response_p99_ms":
        return None if seen.open_load is None else seen.open_load.response_ms.p99
    return seen.throughput_rps if metric == "throughput_rps" else seen.cpu_ms_per_request
