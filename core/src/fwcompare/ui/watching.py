"""What is known of a run that goes on, from its events so far, and how that reads.

Pure: an event is folded into what was known before, and the time of day is handed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from fwcompare.model.events import (
    Event,
    Live,
    PhaseBegan,
    RunBegan,
    RunEnded,
    Said,
    Stamped,
    StepBegan,
    TimeLeft,
    TrialBegan,
    TrialEnded,
    TrialPhase,
    Warned,
    line_of,
)
from fwcompare.reporting import figures

_POINTS: Final = 240
_LINES: Final = 40
_RESULTS: Final = 500
_PHASES: Final[Mapping[TrialPhase, str]] = {
    "reset": "resetting the database",
    "start": "starting the target",
    "check": "checking its answers",
    "warm-up": "warming up",
    "measure": "measuring",
    "profile": "profiling",
    "stop": "stopping",
}


@dataclass(frozen=True)
class LivePoint:
    """How a load went at one moment; a line is drawn through the points of one ``trial`` only."""

    trial: str
    throughput_rps: float
    p99_ms: float | None


@dataclass(frozen=True)
class ResultLine:
    """A trial that ended, as the table of them shows it."""

    cell: str
    block: str
    outcome: str
    throughput: str
    errors: str
    text: str


@dataclass(frozen=True)
class Watched:
    """What is known of a run. Of lists, the last entries are kept; ``results_ended`` counts all of this session.

    ``busy`` says with what, ``since`` when that began (a time as in :class:`Stamped`), and ``length_s`` how long it
    takes, where that is known. ``left`` was estimated at ``left_at``. ``status`` is empty while a session goes on.
    """

    busy: str = "nothing has been told yet"
    since: str = ""
    length_s: float | None = None
    cell: str = ""
    block: str = ""
    number: int = 0
    of: int | None = None
    left: TimeLeft | None = None
    left_at: str = ""
    live: Live | None = None
    points: tuple[LivePoint, ...] = ()
    results_ended: int = 0
    results: tuple[ResultLine, ...] = ()
    lines: tuple[str, ...] = ()
    status: str = ""

    def after(self, stamped: Stamped) -> "Watched":
        """Fold one event."""
        event, at = stamped.event, stamped.at
        now = self._told(at, event)
        match event:
            case RunBegan():
                # A session anew: what an earlier one measured stays to be seen, its counts do not.
                now = Watched(busy="beginning", since=at, of=event.trials, results=now.results, lines=now.lines)
            case StepBegan():
                about = figures.one_line(f"{event.about}: {event.text}" if event.text else event.about)
                busy = f"{event.step} {event.number} of {event.of}, {about}"
                now = replace(now, busy=busy, since=at, length_s=None, cell="", block="", live=None)
            case TrialBegan():
                now = replace(now, busy="beginning a trial", since=at, length_s=None, live=None)
                now = replace(now, cell=event.cell, block=_block(event.block, event.attempt))
                now = _estimated(replace(now, number=event.number, of=event.of), event.left, at)
            case PhaseBegan():
                now = replace(now, busy=_PHASES[event.phase], since=at, length_s=event.length_s)
            case Live():
                point = LivePoint(f"{self.cell} {self.block}", event.throughput_rps, event.p99_ms)
                now = replace(now, live=event, points=(*self.points, point)[-_POINTS:])
            case TrialEnded():
                results = (*self.results, _result(event))[-_RESULTS:]
                now = replace(now, results_ended=self.results_ended + 1, results=results)
                now = replace(now, busy="between two trials", since=at, length_s=None, live=None)
                now = _estimated(now, event.left, at)
            case RunEnded():
                now = replace(now, busy="ended", length_s=None, left=None, live=None, status=event.status)
            case Said() | Warned():
                pass
        return now

    def after_all(self, events: Iterable[Stamped]) -> "Watched":
        """Fold events in their order."""
        watched = self
        for stamped in events:
            watched = watched.after(stamped)
        return watched

    def stopped(self) -> "Watched":
        """Give the same once nobody works at the run any more, whether an end was told or not."""
        return replace(self, busy="nothing", length_s=None, left=None, live=None, status=self.status or "died")

    def forgetting(self) -> "Watched":
        """Give the same without what was listed: for one who has the lists already."""
        return replace(self, points=(), results=(), lines=())

    def _told(self, at: str, event: Event) -> "Watched":
        line = None if isinstance(event, Said) and event.detail else line_of(event)
        if line is None:
            return self
        said = f"{at[11:19]} {'warning: ' if isinstance(event, Warned) else ''}{line}"
        return replace(self, lines=(*self.lines, said)[-_LINES:])


def live_texts(watched: Watched, now: datetime) -> dict[str, str]:
    """Give what stands in the fields of the page at a time: the same for its first drawing and for every change."""
    live = watched.live
    return {
        "busy": watched.busy + (f", {_progress(watched, now)}" if watched.length_s is not None else ""),
        "cell": f"{watched.cell}, block {watched.block}" if watched.cell else "-",
        "trial": "-" if not watched.number else f"{watched.number} of {watched.of or 'as many as it takes'}",
        "throughput": "-" if live is None else f"{figures.number(live.throughput_rps)} req/s",
        "p99": "-" if live is None else figures.MISSING if live.p99_ms is None else f"{figures.number(live.p99_ms)} ms",
        "errors": "-" if live is None else f"{live.errors:,} of {live.sent:,}",
        "left": time_left(watched, now),
    }


def time_left(watched: Watched, now: datetime) -> str:
    """Write how long the session will go on, by its last estimate: ``about 4 min``."""
    if watched.status:
        return "none"
    if watched.left is None:
        return "not known yet"
    gone_s = _seconds_since(watched.left_at, now)
    least, most = (_rough(left_s - gone_s) for left_s in (watched.left.least_s, watched.left.most_s))
    return f"about {most}" if least == most else f"about {least} to {most}"


def share_done(watched: Watched) -> float | None:
    """Give how much of the session's trials ended, from 0 to 1; None where their number is not known."""
    return None if not watched.of else min(1.0, watched.results_ended / watched.of)


def as_points(points: Iterable[LivePoint]) -> list[dict[str, object]]:
    """Give points ready for JSON."""
    return [asdict(point) for point in points]


def _progress(watched: Watched, now: datetime) -> str:
    length_s = watched.length_s or 0.0
    elapsed_s = min(length_s, max(0.0, _seconds_since(watched.since, now)))
    return f"{elapsed_s:.0f} of {length_s:.0f} s"


def _seconds_since(at: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(at)).total_seconds()


def _block(block: int, attempt: int) -> str:
    return str(block) if attempt == 1 else f"{block}.{attempt}"


def _result(event: TrialEnded) -> ResultLine:
    return ResultLine(
        cell=event.cell,
        block=_block(event.block, event.attempt),
        outcome=event.outcome + (", disturbed" if event.disturbed else ""),
        throughput=figures.MISSING if event.throughput_rps is None else figures.number(event.throughput_rps),
        errors=figures.MISSING if event.errors is None else f"{event.errors:,}",
        text=figures.one_line(event.text),
    )


def _rough(seconds: float) -> str:
    seconds = max(1.0, seconds)
    minutes = round(seconds / 60)
    if seconds < 90:  # noqa: PLR2004 - up to where people count in seconds
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004


def _estimated(watched: Watched, left: TimeLeft | None, at: str) -> Watched:
    return watched if left is None else replace(watched, left=left, left_at=at)
