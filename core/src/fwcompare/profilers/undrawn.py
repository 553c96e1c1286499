"""What a differential flamegraph cannot show: CPU time of ``a`` in calls that ``b`` was never seen to make.

Frames are as wide as ``b`` makes them, so that these have no width at all. Pure.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fwcompare.model.functions import ProfiledTrial
from fwcompare.profilers.folded import Stack

_NAMED: Final = 3
_LONGEST: Final = 160
"""So many letters stand in a line of the picture."""


@dataclass(frozen=True)
class Undrawn:
    """``ms`` of CPU per request of ``a``, and of it what lies below each frame where ``a`` leaves what ``b`` does."""

    ms: float
    below: tuple[tuple[str, float], ...]
    """Frames and their ms per request, the greatest first; they add up to ``ms``."""


def undrawn(a: ProfiledTrial, stacks_a: Mapping[Stack, int], stacks_b: Mapping[Stack, int]) -> Undrawn | None:
    """Sum up the samples of ``a`` whose stack is not the beginning of one of ``b``.

    :return: None where the CPU time per request of ``a`` is not known.
    """
    samples = sum(stacks_a.values())
    if a.cpu_ms_per_request is None or not samples:
        return None
    drawn = {stack[:depth] for stack in stacks_b for depth in range(1, len(stack) + 1)}
    below: Counter[str] = Counter()
    for stack, count in stacks_a.items():
        leaving = next((depth for depth in range(len(stack)) if stack[: depth + 1] not in drawn), None)
        if leaving is not None:
            below[stack[leaving]] += count
    worth_ms = a.cpu_ms_per_request / samples
    ordered = sorted(below.items(), key=lambda one: (-one[1], one[0]))
    return Undrawn(below.total() * worth_ms, tuple((name, count * worth_ms) for name, count in ordered))


def undrawn_line(a: ProfiledTrial, b: ProfiledTrial, found: Undrawn | None) -> str:
    """Say in one line what the picture leaves out, with the dearest frames as far as there is room; "" if nothing."""
    if found is None or not found.ms:
        return ""
    one, other = _names(a, b)
    line = f"not drawn: {found.ms:.3g} ms per request that {one} spends in calls never seen in {other}"
    for place, (name, ms) in enumerate(found.below[:_NAMED]):
        longer = f"{line}{', ' if place else ': '}{ms:.3g} from {name} on"
        if len(longer) > _LONGEST:
            break
        line = longer
    return line


def _names(a: ProfiledTrial, b: ProfiledTrial) -> tuple[str, str]:
    if a.target != b.target:
        return a.target, b.target
    if a.cell != b.cell:
        return a.cell, b.cell
    return (f"run {a.run}", f"run {b.run}") if a.run != b.run else (f"block {a.block}", f"block {b.block}")
