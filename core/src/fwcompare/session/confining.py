"""Under which limits a session's processes run, and what to say when one does not hold or ends a target."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from fwcompare.errors import TargetError
from fwcompare.model.limits import Confinement, Held, LimitSettings, Placement, format_limits
from fwcompare.model.ports import Processes, Progress, RunningTarget
from fwcompare.model.target import Target
from fwcompare.planning.placement import NOT_PINNED, placement_in_words
from fwcompare.runtimes.pinned import PinnedProcesses

ClientPlace = Callable[[tuple[int, ...]], AbstractContextManager[str]]
"""Keeps this thread, and those it starts meanwhile, to some CPUs; says in words what was done."""


@contextmanager
def client_anywhere(_cpus: tuple[int, ...]) -> Iterator[str]:
    """Leave the load generator where it is, as a world of fakes does."""
    yield ""


@dataclass
class Limits:
    """What the scenario asks for, who gets which CPUs, and how the load generator is kept to its own."""

    settings: LimitSettings = field(default_factory=lambda: LimitSettings(pin=False))
    placement: Placement = field(default_factory=lambda: Placement(shared=NOT_PINNED))
    place_client: ClientPlace = client_anywhere
    _warned: bool = False

    @property
    def words(self) -> str:
        """Say where each side runs and what is asked for."""
        return placement_in_words(self.placement, self.settings)

    def of_target(self) -> Confinement:
        """Give what a target is held to."""
        return Confinement(self.placement.target, self.settings.cpus, self.settings.memory)

    def beside_target(self, processes: Processes) -> Processes:
        """Give what services and profilers are started with, so that they stay off the target's CPUs unknowingly."""
        return PinnedProcesses(processes, self.placement.service) if self.placement.service else processes

    def of_client(self) -> AbstractContextManager[str]:
        """Keep the load generator and the telemetry to their CPUs while this is entered; says what was done."""
        return self.place_client(self.placement.client)

    def noted(self, held: Held, warn: Progress) -> Held:
        """Warn, once in a session, when a limit that the scenario asks for does not hold; give ``held`` back."""
        lacks_quota = self.settings.cpus is not None and held.quota_cpus is None
        lacks_memory = self.settings.memory is not None and held.memory_bytes is None
        if (lacks_quota or lacks_memory) and not self._warned:
            self._warned = True
            asked = format_limits(self.settings.cpus, (), self.settings.memory)
            warn(f"limits asked for: {asked}; held: {held.words}. {held.missing}")
        return held


def out_of_memory(target: Target, running: RunningTarget, limits: Limits) -> TargetError | None:
    """Give the error that names want of memory, when the kernel has ended a process of the target for it."""
    kills = running.events().oom_kills
    if not kills:
        return None
    limit = format_limits(None, (), limits.settings.memory)
    return TargetError(
        f"target {target.name!r} ran out of memory",
        seen=f"its limit of {limit}; {kills} of its processes {'was' if kills == 1 else 'were'} ended by the kernel",
        expected="a target that does its work within the limit",
        hint="raise `limits: {memory: ...}` in the scenario, or give the target fewer workers",
    )
