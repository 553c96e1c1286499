"""What happens while a run goes on, as it is told to whoever watches: a terminal, a log, a browser.

One line of JSON an event, in ``events.jsonl`` of the run directory and on standard error with ``--log-format json``;
``kind`` tells them apart. They are for watching: no figure of a report comes from here.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from fwcompare.model.plan import Outcome

Step = Literal["build", "service", "audit", "search", "measure"]
"""What a run is busy with, in the order in which it comes."""

TrialPhase = Literal["reset", "start", "check", "warm-up", "measure", "profile", "stop"]
"""What a trial is busy with, in the order in which it comes."""


@dataclass(frozen=True)
class RunBegan:
    """A session works at a run from now on. ``trials`` are those still to be run, at most; None of a search."""

    run: str
    scenario: str
    cells: int
    trials: int | None
    kind: Literal["run began"] = "run began"


@dataclass(frozen=True)
class StepBegan:
    """A step that is no trial: the ``number``-th of ``of``, about ``about`` (a target, a service)."""

    step: Step
    about: str
    number: int
    of: int
    kind: Literal["step began"] = "step began"


@dataclass(frozen=True)
class TrialBegan:
    """A trial: the ``number``-th of the ``of`` that this session will run, as far as is known.

    ``left_s`` is an estimate of the time until the last of them ends; None before one has ended.
    """

    cell: str
    target: str
    block: int
    attempt: int
    number: int
    of: int | None
    left_s: float | None
    kind: Literal["trial began"] = "trial began"


@dataclass(frozen=True)
class PhaseBegan:
    """The trial under way goes on to its next phase; ``length_s`` is how long it will take, where that is known."""

    cell: str
    phase: TrialPhase
    length_s: float | None = None
    kind: Literal["phase began"] = "phase began"


@dataclass(frozen=True)
class Live:
    """How the load under way goes, over the last second or so: 2xx answers per second and their p99.

    ``errors`` and ``sent`` count from the beginning of the load, its warm-up included; ``elapsed_s`` as well.
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
    """A trial ended. ``disturbed`` says that the host spoilt its block; ``text`` is what became of it, in words."""

    cell: str
    target: str
    block: int
    attempt: int
    outcome: Outcome
    throughput_rps: float | None
    errors: int | None
    disturbed: bool
    left_s: float | None
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
    """The session ended."""

    run: str
    status: Literal["complete", "interrupted", "failed"]
    kind: Literal["run ended"] = "run ended"


Event = Annotated[
    RunBegan | StepBegan | TrialBegan | PhaseBegan | Live | TrialEnded | Said | Warned | RunEnded,
    Field(discriminator="kind"),
]


@dataclass(frozen=True)
class Stamped:
    """An event with the time at which it happened, ``2026-11-20T10:00:00Z``."""

    at: str
    event: Event


STAMPED: TypeAdapter[Stamped] = TypeAdapter(Stamped)
"""Reads and writes a line of ``events.jsonl``."""
