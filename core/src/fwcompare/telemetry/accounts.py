"""Adds up the CPU time of a changing tree of processes, so that it never falls and counts nothing twice. Pure.

The kernel adds a process's CPU time to its parent's *waited* time once the parent has waited for it. So

    total = sum over live processes of (own + waited) + what ended without reaching a live ancestor.

The last term is what this module works out: of the processes that vanished since the last reading, their last
known times, less what the waited time of their nearest live ancestor grew by.

What stays unseen: a process that begins and ends between two looks at the tree, unless its parent waits for it;
and what a process used between its last reading and an end that no parent in the tree waited for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fwcompare.telemetry.procfs import Reading

_Key = tuple[int, int]
"""Process id and start time: an id alone may come back as another process."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """User and system CPU time in clock ticks."""

    user: int = 0
    system: int = 0


@dataclass
class CpuAccount:
    """The CPU time of one group of processes since its first reading, and before it."""

    _last: dict[_Key, Reading] = field(default_factory=dict)
    _lost_user: int = 0
    _lost_system: int = 0

    def advance(self, readings: Sequence[Reading]) -> Ticks:
        """Take a reading of every live process; give the total.

        Each reading must be taken after every process that is missing from ``readings`` was known to be gone,
        and a parent before its children. Otherwise an end between two reads is counted twice, or lost.
        """
        now = {(reading.pid, reading.started): reading for reading in readings}
        gone = {key: reading for key, reading in self._last.items() if key not in now}
        for heir, dead in _by_heir(gone, now).items():
            before, after = self._last.get(heir), now.get(heir)
            grown_user = after.waited_user - before.waited_user if before and after else 0
            grown_system = after.waited_system - before.waited_system if before and after else 0
            self._lost_user += max(0, sum(one.user + one.waited_user for one in dead) - grown_user)
            self._lost_system += max(0, sum(one.system + one.waited_system for one in dead) - grown_system)
        self._last = now
        return Ticks(
            self._lost_user + sum(one.user + one.waited_user for one in readings),
            self._lost_system + sum(one.system + one.waited_system for one in readings),
        )


_NOBODY: _Key = (0, 0)


def _by_heir(gone: Mapping[_Key, Reading], now: Mapping[_Key, Reading]) -> dict[_Key, list[Reading]]:
    """Sort vanished processes by the nearest ancestor that lives: who waited for them, if anybody did."""
    live = {pid: (pid, started) for pid, started in now}
    parents = {reading.pid: reading.parent for reading in gone.values()}
    heirs: dict[_Key, list[Reading]] = {}
    for reading in gone.values():
        ancestor = reading.parent
        # An id that came back as a new process could make a ring: no chain is longer than the vanished.
        for _ in range(len(gone)):
            if ancestor in live or ancestor not in parents:
                break
            ancestor = parents[ancestor]
        heirs.setdefault(live.get(ancestor, _NOBODY), []).append(reading)
    return heirs
