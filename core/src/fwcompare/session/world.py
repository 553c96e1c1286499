"""Everything a session touches outside itself, handed in once: real things in a run, fakes in a test."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fwcompare.errors import InterruptedRunError
from fwcompare.model.events import Event, Listener, Said, Stamped, Warned, line_of
from fwcompare.model.ports import (
    Clock,
    Files,
    Http,
    LoadGenerator,
    Processes,
    Profiler,
    Progress,
    Reporter,
    Runtime,
    ServiceProvider,
    Telemetry,
)
from fwcompare.model.target import Target
from fwcompare.model.workload import Workload
from fwcompare.session.canary import Canary
from fwcompare.session.confining import Limits


@dataclass
class StopSignal:
    """Set once when the user wants the run to end; every wait of the session looks at it."""

    _event: threading.Event = field(default_factory=threading.Event)

    def request(self) -> None:
        """Ask for the end."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether the end was asked for."""
        return self._event.is_set()

    def check(self) -> None:
        """Leave the present step when the end was asked for.

        :raises InterruptedRunError: then.
        """
        if self.requested:
            raise InterruptedRunError("run interrupted")


@dataclass(frozen=True)
class World:
    """The ports of a session, and what the registry gave for this scenario.

    ``providers`` are by the service that they give; ``tell`` calls an observing hook of every plugin; ``listener``
    takes all that happens, for whoever watches. ``limits`` hold for what is started. Without a ``canary`` no trial is
    held to the speed of the host, and without a ``ceiling_rps``, the client's, none to that.
    """

    processes: Processes
    clock: Clock
    http: Http
    load: LoadGenerator
    telemetry: Telemetry
    files: Files
    runtimes: Mapping[str, Runtime]
    workloads: Mapping[str, Workload]
    targets: Mapping[str, Target]
    providers: Mapping[str, ServiceProvider]
    profilers: Mapping[str, Profiler]
    reporters: tuple[Reporter, ...]
    tell: Callable[..., None]
    listener: Listener
    stop: StopSignal
    limits: Limits = field(default_factory=Limits)
    canary: Canary | None = None
    ceiling_rps: float | None = None

    def happened(self, event: Event) -> None:
        """Tell what happened, with the time."""
        self.listener(Stamped(self.clock.now(), event))

    def say(self, text: str) -> None:
        """Tell a line for the person who waits."""
        self.happened(Said(text))

    def detail(self, text: str) -> None:
        """Tell a line for the curious only."""
        self.happened(Said(text, detail=True))

    def warn(self, text: str) -> None:
        """Tell a line that must not be missed."""
        self.happened(Warned(text))


def in_lines(say: Progress) -> Listener:
    """Give a listener that takes of every event its plain line, for a session of which no more is wanted."""

    def listen(stamped: Stamped) -> None:
        line = line_of(stamped.event)
        if line is not None:
            say(line)

    return listen
