"""The attempts at the blocks of a run.

A block is run again when the host disturbed it, or when the run was interrupted in its middle. An attempt is *whole*
when it holds a trial of every cell. Which attempt counts is said in ``stats/blocks.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from fwcompare.model.measurement import Gate, Trial
from fwcompare.model.plan import Cell, name_of_block


@dataclass(frozen=True)
class BlockAttempt:
    """The trials of one attempt at a block, in the order they were run; ``whole`` when no cell is missing."""

    block: int
    attempt: int
    trials: tuple[Trial, ...]
    whole: bool

    @property
    def name(self) -> str:
        """Name it: ``block 2, second attempt``."""
        return name_of_block(self.block, self.attempt)

    @property
    def disturbances(self) -> tuple[tuple[Trial, Gate], ...]:
        """Give every gate about the host that a trial of it did not pass."""
        return tuple((trial, gate) for trial in self.trials for gate in trial.disturbed)

    @property
    def why_disturbed(self) -> str:
        """Say what disturbed it, each cause once: ``foreign CPU 12 %, at most 2 %``; empty when nothing did."""
        seen: dict[str, str] = {}
        for _, gate in self.disturbances:
            seen.setdefault(gate.name, f"{gate.name} {gate.seen}, {gate.limit}")
        return "; ".join(seen.values())


@dataclass(frozen=True)
class Ending:
    """How the blocks of a run ended: how many there were, how many more attempts at them, and why no more."""

    blocks: int
    repeated: int
    why: str


def attempts(trials: Iterable[Trial], cells: Iterable[Cell]) -> tuple[BlockAttempt, ...]:
    """Sort trials into attempts, by block and attempt; the order of ``trials`` does not matter.

    :param cells: those of the plan, of which a whole attempt holds each.
    """
    wanted = {cell.key for cell in cells}
    ours = sorted((trial for trial in trials if trial.planned.cell.key in wanted), key=_place)
    found = []
    for (block, attempt), group in groupby(ours, key=lambda trial: (trial.planned.block, trial.planned.attempt)):
        of_it = tuple(group)
        whole = {trial.planned.cell.key for trial in of_it} == wanted
        found.append(BlockAttempt(block, attempt, of_it, whole))
    return tuple(found)


def _place(trial: Trial) -> tuple[int, int, int, str]:
    planned = trial.planned
    return planned.block, planned.attempt, planned.position, trial.started_at
