"""Looks at a load under way, and tells what it does: its phases as they come, and figures about twice a second."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fwcompare.model.events import Event, Live, PhaseBegan, TrialPhase
from fwcompare.model.ports import LoadProgress
from fwcompare.stats.recent import recent_p99_ms

_TELL_S: Final = 0.5
_LATELY_S: Final = 1.0
_KEPT_S: Final = 5.0
_NEARLY: Final = 1e-6


@dataclass
class Look:
    """Looks at the load of one trial of ``cell``, and tells ``happened``.

    :param phase: what the load is for, to begin with.
    :param window: what to tell when its measured window begins; None of a load that has none.
    """

    cell: str
    happened: Callable[[Event], None]
    phase: TrialPhase = "warm-up"
    window: PhaseBegan | None = None
    _seen: deque[LoadProgress] = field(default_factory=deque)
    _told_s: float = 0.0

    def at(self, seen: LoadProgress) -> None:
        """Take in how far the load is now."""
        if seen.phase != "warm-up":
            self.measuring()
        if not self._seen:
            self._seen.append(LoadProgress("warm-up", 0.0, 0, 0))
        if seen.elapsed_s < self._told_s + _TELL_S - _NEARLY:
            return
        self._told_s = seen.elapsed_s
        self._seen.append(seen)
        while self._seen[1].elapsed_s <= seen.elapsed_s - _KEPT_S:
            self._seen.popleft()
        self.happened(self._live(seen))

    def measuring(self) -> None:
        """Tell that the measured window has begun, unless that is told; for the end of a load too short to be seen."""
        if self.window is not None:
            self.phase = self.window.phase
            self.happened(self.window)
            self.window = None

    def _live(self, now: LoadProgress) -> Live:
        # The youngest that is a second old; the oldest there is while the load is younger than that.
        lately = next(
            (one for one in reversed(self._seen) if one.elapsed_s <= now.elapsed_s - _LATELY_S), self._seen[0]
        )
        older = [one for one in reversed(self._seen) if one.elapsed_s <= lately.elapsed_s]
        p99s = (recent_p99_ms(before.times_ms, now.times_ms) for before in older)
        return Live(
            cell=self.cell,
            phase=self.phase,
            elapsed_s=now.elapsed_s,
            throughput_rps=max((now.ok - lately.ok) / (now.elapsed_s - lately.elapsed_s), 0.0),
            p99_ms=next((p99_ms for p99_ms in p99s if p99_ms is not None), None),
            errors=now.errors,
            sent=now.sent,
        )
