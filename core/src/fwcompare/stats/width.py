"""Whether a run's intervals are narrow enough to end it: METHOD, "Repeats", stopping on width.

Never on significance, and the caller never asks before the tenth block: looking again and again until a difference is
significant names false winners. The intervals are not adjusted for the number of pairs, so that how long a run takes
does not hang on how many targets it has. Only blocks that the host left undisturbed are looked at. Pure.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell
from fwcompare.stats.blocks import sort_out
from fwcompare.stats.families import families, figures_by_block
from fwcompare.stats.intervals import LogEstimate
from fwcompare.stats.wording import percent


@dataclass(frozen=True)
class Narrowness:
    """The answer, with the widest interval and whose it is in words."""

    enough: bool
    reason: str


def narrow_enough(cells: Iterable[Cell], trials: Iterable[Trial], *, width: float, confidence: float) -> Narrowness:
    """Tell whether half of each interval is at most ``width`` of its ratio.

    The ratios are of throughput, of every pair of a load point; where only one cell of a load point gave any figure,
    its mean throughput stands for them. A cell that never gave one is not waited for.

    :param cells: the cells of the plan.
    :param width: such as 0.02.
    :param confidence: of each interval by itself, such as 0.95.
    """
    by_cell: dict[str, list[Trial]] = {}
    planned = {cell.key: cell for cell in cells}
    blocks = sort_out(trial for trial in trials if trial.planned.cell.key in planned)
    for trial in () if blocks.all_disturbed else blocks.counted:
        by_cell.setdefault(trial.planned.cell.key, []).append(trial)
    widths = [
        found
        for family in families(planned.values())
        for found in _family({cell.key: _logarithms(by_cell.get(cell.key, ())) for cell in family}, confidence)
    ]
    if not widths:
        return Narrowness(enough=False, reason="there is no figure yet")
    widest, name = max(widths)
    if math.isinf(widest):
        return Narrowness(enough=False, reason=f"{name} has no interval yet")
    enough = widest <= width
    return Narrowness(
        enough, f"half the widest interval, of {name}, is {percent(widest)} of its ratio; {percent(width)} is asked for"
    )


def _logarithms(trials: Sequence[Trial]) -> Mapping[int, float]:
    figures = figures_by_block(trials, "throughput_rps")
    return {block: math.log(figure) for block, figure in figures.items() if figure > 0}


def _family(cells: Mapping[str, Mapping[int, float]], confidence: float) -> Iterable[tuple[float, str]]:
    known = {key: logarithms for key, logarithms in cells.items() if logarithms}
    if len(known) == 1:
        ((key, logarithms),) = known.items()
        yield half_width(list(logarithms.values()), confidence), key
    for a, b in combinations(known, 2):
        both = [block for block in known[a] if block in known[b]]
        yield half_width([known[a][block] - known[b][block] for block in both], confidence), f"{a} against {b}"


def half_width(logarithms: Sequence[float], confidence: float) -> float:
    """Give half an interval of the mean of logarithms, as factors, over its middle; infinite where there is none."""
    bounds = LogEstimate.of(logarithms).bounds(confidence) if logarithms else None
    if bounds is None:
        return math.inf
    return (bounds[1] - bounds[0]) / 2 / LogEstimate.of(logarithms).ratio
