"""What a run tells without a terminal: a plain line an event, or with ``--log-format json`` a line of JSON."""

import sys
from dataclasses import dataclass
from typing import Final, Literal

from rich.console import Console

from fwcompare.cli.voice import show_line
from fwcompare.model.events import STAMPED, Event, Live, PhaseBegan, Said, Stamped, TrialEnded, Warned, line_of
from fwcompare.reporting.figures import count, number

Loudness = Literal["quiet", "usual", "verbose"]
"""quiet: warnings and trials that failed, and no more; verbose: also the phases of a trial and how its load goes."""

_LIVE_S: Final = 10.0


@dataclass
class Lines:
    """Prints a plain line of every event that is loud enough."""

    loudness: Loudness
    console: Console
    _live_from_s: float = _LIVE_S

    def __call__(self, stamped: Stamped) -> None:
        """Take an event."""
        line = self._line(stamped.event)
        if line is not None:
            show_line(line, stamped.event, self.console)

    def _line(self, event: Event) -> str | None:
        if not is_loud_enough(event, self.loudness):
            return None
        if isinstance(event, PhaseBegan):
            self._live_from_s = _LIVE_S
            return detail_of(event) if self.loudness == "verbose" else None
        if isinstance(event, Live):
            if self.loudness != "verbose" or event.elapsed_s < self._live_from_s:
                return None
            self._live_from_s = event.elapsed_s + _LIVE_S
            return detail_of(event)
        line = line_of(event)
        return f"  {line}" if isinstance(event, Said) and event.detail else line


def is_loud_enough(event: Event, loudness: Loudness) -> bool:
    """Tell whether an event is to be heard at all."""
    if loudness == "quiet":
        return isinstance(event, Warned) or (isinstance(event, TrialEnded) and event.outcome in ("failed", "invalid"))
    return loudness == "verbose" or not (isinstance(event, Said) and event.detail)


def detail_of(event: PhaseBegan | Live) -> str:
    """Give in a line what only the curious are told."""
    if isinstance(event, PhaseBegan):
        return f"  {event.cell}: {event.phase}" + ("" if event.length_s is None else f", {event.length_s:g} s")
    return f"  {event.cell}: {event.phase}, {event.elapsed_s:.0f} s: {figures_of(event)}"


def figures_of(live: Live) -> str:
    """Give how a load goes: ``1,234 req/s, p99 2.31 ms, 0 errors``."""
    p99 = "n/a" if live.p99_ms is None else f"{number(live.p99_ms)} ms"
    return f"{live.throughput_rps:,.0f} req/s, p99 {p99}, {count(live.errors, 'error')}"


def print_json(stamped: Stamped) -> None:
    """Print an event as one line of JSON."""
    sys.stderr.write(STAMPED.dump_json(stamped).decode() + "\n")
    sys.stderr.flush()
