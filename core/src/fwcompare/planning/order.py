"""The order of trials: randomised complete blocks from a seed.

Each block holds every cell once, in an order of its own, so that a drift of the host hits all cells alike and
trials can be compared block by block. A block that is run again has a new order, which the seed, the block and the
attempt fix: so a run that was interrupted goes on as it would have.
"""

import random
from collections.abc import Sequence

from fwcompare.model.plan import Cell, PlannedTrial


def randomised_blocks(cells: Sequence[Cell], repeats: int, seed: int) -> tuple[PlannedTrial, ...]:
    """Order ``repeats`` trials of every cell; the same seed gives the same order on every machine."""
    # Not for secrets: what matters is that a recorded seed replays.
    source = random.Random(seed)  # noqa: S311
    trials: list[PlannedTrial] = []
    for block in range(1, repeats + 1):
        order = list(cells)
        source.shuffle(order)
        trials += [PlannedTrial(cell, block, len(trials) + place) for place, cell in enumerate(order)]
    return tuple(trials)


def repeated_block(
    cells: Sequence[Cell], block: int, attempt: int, *, seed: int, position: int
) -> tuple[PlannedTrial, ...]:
    """Order a block anew for another attempt, of which the first trial has the place ``position`` in the run."""
    source = random.Random(f"{seed}, block {block}, attempt {attempt}")  # noqa: S311 - as above
    order = list(cells)
    source.shuffle(order)
    return tuple(PlannedTrial(cell, block, position + place, attempt) for place, cell in enumerate(order))
