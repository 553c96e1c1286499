"""Which processes of a group ended or began within a window. Pure.

A process is one of an id and a start time: an id that comes back is another process. The beginning is told by the
kernel, to its clock tick, whenever the process is found; the end lies between two samples, and one that may have been
within the window counts as within. What stays unseen is a process that began and ended between two looks at the tree.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_GRAIN_S = 0.01
"""Start times are told in clock ticks, rounded down."""


@dataclass(slots=True)
class Life:
    """One process of a group: when it began; and if it is gone, when it was last seen, and first seen to be gone."""

    pid: int
    began_s: float
    seen_s: float = 0.0
    gone_s: float | None = None


def changes_between(lives: Iterable[Life], start_s: float, end_s: float) -> tuple[str, ...]:
    """Say in words who ended or began between two times, in the order of time."""
    events: list[tuple[float, int, str]] = []
    for life in lives:
        if start_s - _GRAIN_S <= life.began_s <= end_s:
            events.append((max(life.began_s, start_s), life.pid, "began"))
        if life.gone_s is not None and life.gone_s >= start_s and life.seen_s < end_s:
            events.append((min(max(life.gone_s, start_s), end_s), life.pid, "ended"))
    return tuple(f"process {pid} {what} {at_s - start_s:.1f} s into the window" for at_s, pid, what in sorted(events))
