"""Blocks of loads: every tool once a block, in random order; a disturbed load is repeated, up to a limit.

Decides what is kept. Leaves out what makes a load disturbed (``host.py``), and what the kept figures come to
(``ratios.py``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from loadgen_bench.host import Signs, calmest, disturbance
from loadgen_bench.measuring import Measured

CALIBRATIONS: Final = 3
"""Short loads of each tool before the first block: the calmest says which signs such a load makes by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """One load of a block. ``reason`` says why it was discarded; None when it was kept."""

    block: int
    tool: str
    measured: Measured
    reason: str | None


@dataclass(frozen=True, slots=True)
class Rounds:
    """All loads of a case in the order in which they were made, discarded ones among them."""

    repetitions: tuple[Repetition, ...]

    def kept(self, tool: str) -> dict[int, Measured]:
        """Give the undisturbed loads of a tool by block; a block in which none succeeded is missing."""
        return {one.block: one.measured for one in self.repetitions if one.tool == tool and one.reason is None}

    @property
    def discarded(self) -> list[Repetition]:
        """Give the disturbed ones."""
        return [one for one in self.repetitions if one.reason is not None]


def play(
    tools: Sequence[str],
    load: Callable[[str], Measured],
    short_load: Callable[[str], Measured],
    *,
    blocks: int,
    attempts: int,
    order: Random,
) -> Rounds:
    """Make the loads of all blocks.

    :param attempts: most loads of one tool in one block.
    """
    calm = {tool: calmest(short_load(tool).signs for _ in range(CALIBRATIONS)) for tool in tools}
    repetitions: list[Repetition] = []
    for block in range(blocks):
        for tool in order.sample(list(tools), len(tools)):
            for _ in range(attempts):
                measured = load(tool)
                calm[tool] = calmest((calm[tool], measured.signs))
                reason = disturbance(measured.signs, calm[tool])
                repetitions.append(Repetition(block=block, tool=tool, measured=measured, reason=reason))
                if reason is None:
                    break
    return Rounds(tuple(_judged_by_the_calmest(one, calm[one.tool]) for one in repetitions))


def _judged_by_the_calmest(repetition: Repetition, calm: Signs) -> Repetition:
    """Judge once more, now that the calmest load is known: the first ones had less to be compared with."""
    reason = disturbance(repetition.measured.signs, calm)
    return Repetition(block=repetition.block, tool=repetition.tool, measured=repetition.measured, reason=reason)
