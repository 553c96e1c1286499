"""What happens while a run goes on, as it is told to whoever watches: a terminal, a log, a browser.

One line of JSON an event, in ``events.jsonl`` of the run directory and on standard error with ``--log-format json``;
``kind`` tells them apart. They are for watching: no figure of a report comes from here.

Of a session, in order: :class:`RunBegan`; a :class:`StepBegan` for every build, service and audit; of every trial
:class:`TrialBegan` (unless it is not tried at all), its phases with :class:`Live` in between, and :class:`TrialEnded`
(unless the session is interrupted in it); :class:`RunEnded`. Lines that are said or warned come anywhere. A session
that is killed tells no end, and the next one goes on in the same file with a :class:`RunBegan` of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from fwcompare.model.plan import Outcome

Step = Literal["build", "service", "audit"]
"""What a run is busy with that is no trial, in the order in which it comes."""

TrialPhase = Literal["reset", "start", "check", "warm-up", "measure", "profile", "stop"]
"""What a trial is busy with, in the order in which it comes."""


@dataclass(frozen=True)
class RunBegan:
    """A session works at a run from now on. ``trials`` are those still to be run, at most; None of a search."""

    run: str
    scenario: str
    cells: int
    trials: int | None
    text: str
    kind: Literal["run began"] = "run began"


@dataclass(frozen=True)
class StepBegan:
    """A step that is no trial: the ``number``-th of ``of``, about ``about`` (a target, a service)."""

    step: Step
    about: str
    number: int
    of: int
    text: str
    kind: Literal["step began"] = "step began"


@dataclass(frozen=True)
class TimeLeft:
    """An estimate of the seconds until the last trial ends: of the fewest trials that may follow, and of the most.

    They differ where blocks are repeated until the intervals are narrow.
    """

    least_s: float
    most_s: float


@dataclass(frozen=True)
class TrialBegan:
    """A trial: the ``number``-th of the ``of`` that this session will run, at most; None in a search for a capacity.

    ``cell_number`` of ``cells`` is its place in its block, or in the round of the search; ``blocks`` is the most that
    there will be, None in a search, where ``block`` counts the probes. ``place`` says all this in words. ``left`` is
    None before a trial has ended, and in a search.
    """

    cell: str
    target: str
    block: int
    attempt: int
    number: int
    of: int | None
    cell_number: int
    cells: int
    blocks: int | None
    left: TimeLeft | None
    place: str
    text: str
    kind: Literal["trial began"] = "trial began"


@dataclass(frozen=True)
class PhaseBegan:
    """The trial under way goes on to its next phase; ``length_s`` is how long it takes at most, where that is known."""

    cell: str
    phase: TrialPhase
    length_s: float | None = None
    kind: Literal["phase began"] = "phase began"


@dataclass(frozen=True)
class Live:
    """How the load under way goes, about twice a second.

    ``throughput_rps`` are 2xx answers per second over the last second, and ``p99_ms`` is of the times of these answers
    (response times in the open model, service times in the closed one), to some per cent: of the last second where
    that had 100 of them, else of up to the last five, and None where these had not. ``errors`` and ``sent`` count from
    the beginning of the load, its fixed warm-up included; ``elapsed_s`` as well.
    """

    cell: str
    phase: TrialPhase
    elapsed_s: float
    throughput_rps: float
    p99_ms: float | None
    errors: int
    sent: int
    kind: Literal["live"] = "live"


@dataclass(frozen=True)
class TrialEnded:
    """A trial ended, or was not tried. ``disturbed`` says that the host spoilt its block.

    ``text`` is what became of it, in words, ``place`` as in :class:`TrialBegan`; the figures are None where nothing was
    measured.
    """

    cell: str
    target: str
    block: int
    attempt: int
    outcome: Outcome
    throughput_rps: float | None
    errors: int | None
    disturbed: bool
    left: TimeLeft | None
    place: str
    text: str
    kind: Literal["trial ended"] = "trial ended"


@dataclass(frozen=True)
class Said:
    """A line for the person who waits; ``detail`` marks one for the curious only (``-v``)."""

    text: str
    detail: bool = False
    kind: Literal["said"] = "said"


@dataclass(frozen=True)
class Warned:
    """A line that must not be missed."""

    text: str
    kind: Literal["warned"] = "warned"


@dataclass(frozen=True)
class RunEnded:
    """The session ended, its documents are written."""

    run: str
    status: Literal["complete", "interrupted", "failed"]
    kind: Literal["run ended"] = "run ended"


Event: TypeAlias = RunBegan | StepBegan | TrialBegan | PhaseBegan | Live | TrialEnded | Said | Warned | RunEnded


@dataclass(frozen=True)
class Stamped:
    """An event with the time at which it happened, ISO 8601 in UTC, to the second."""

    at: str
    event: Annotated[Event, Field(discriminator="kind")]


Listener = Callable[[Stamped], None]
"""Takes every event as it happens, in the thread of the session; must be quick."""

STAMPED: TypeAdapter[Stamped] = TypeAdapter(Stamped)
"""Reads and writes a line of ``events.jsonl``."""


def line_of(event: Event) -> str | None:
    """Give an event as one plain line for a log; None for what says nothing between two other lines."""
    match event:
        case RunBegan():
            return f"run {event.run}: {event.text}"
        case StepBegan(step="service"):
            return f"starting {event.about} {event.text}"
        case StepBegan():
            return f"[{event.step} {event.number}/{event.of}] {event.about}: {event.text}"
        case TrialBegan() | TrialEnded():
            return f"{event.place}: {event.text}"
        case Said() | Warned():
            return event.text
        case PhaseBegan() | Live() | RunEnded():
            return None
