"""How long the trials that are left will take, from those that have ended. Pure.

A trial takes as long as others of its workload and load took in the mean: targets differ in how long they take to
start, but every block holds all of them. Of a load that nothing is known of yet, it is the mean of all.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fwcompare.model.plan import Cell, LoadPoint


@dataclass(frozen=True)
class Took:
    """A trial of ``cell`` that was tried and ended, and after how many seconds."""

    cell: Cell
    elapsed_s: float


def time_left_s(ended: Sequence[Took], left: Iterable[Cell]) -> float | None:
    """Estimate the seconds that one trial of each cell of ``left`` will take in all; None before one has ended."""
    if not ended:
        return None
    known: dict[tuple[str, LoadPoint], list[float]] = defaultdict(list)
    for took in ended:
        known[_kind(took.cell)].append(took.elapsed_s)
    means = {kind: sum(times) / len(times) for kind, times in known.items()}
    usual_s = sum(took.elapsed_s for took in ended) / len(ended)
    return sum(means.get(_kind(cell), usual_s) for cell in left)


def _kind(cell: Cell) -> tuple[str, LoadPoint]:
    return cell.workload, cell.load
