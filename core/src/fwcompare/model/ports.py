"""What touches the world, as protocols: processes, services, runtimes, load, telemetry, profilers, reporters.

The session is written against these alone, so that a whole run can be played with fakes and without real
time. Plugins give further implementations through hooks. Long, and one file all the same: it is the list of what a
session may touch, and an author looks here for the one protocol to fill in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from fwcompare.model.attempts import Ending
from fwcompare.model.flows import Content
from fwcompare.model.limits import Confinement, Held, LimitEvents
from fwcompare.model.measurement import Counts, Noise, OpenLoad, Quantiles, StepFigures, Trial, Usage
from fwcompare.model.parity import Audit
from fwcompare.model.plan import LoadPoint, Plan
from fwcompare.model.recordings import Recordings
from fwcompare.model.scenario import Scenario
from fwcompare.model.summary import Summary
from fwcompare.model.target import Target
from fwcompare.model.workload import Answer, Dataset, Request

Progress = Callable[[str], None]
"""Takes one line about what is being done, for whoever watches."""


class Clock(Protocol):
    """Time, so that tests need none."""

    def monotonic(self) -> float:
        """Give seconds that never go back; equal to the clock of the load generator and the telemetry."""
        ...

    def now(self) -> str:
        """Give the present as ISO 8601 in UTC, to the second."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Process(Protocol):
    """A process that ends with the run, whatever happens to the runner."""

    @property
    def pid(self) -> int:
        """The process id."""
        ...

    def poll(self) -> int | None:
        """Give the exit code, negative for a signal; None while it runs."""
        ...

    def wait(self, timeout_s: float) -> int | None:
        """Wait for the exit code; None when it still runs after ``timeout_s`` seconds."""
        ...

    def signal(self, number: int) -> None:
        """Send a signal; one that has ended already is left alone."""
        ...

    def stop(self, timeout_s: float = 5.0) -> None:
        """End it and everything it started: SIGTERM, then SIGKILL after ``timeout_s`` seconds."""
        ...

    @property
    def cpu_s(self) -> float | None:
        """CPU seconds of the process and its waited-for children; None while it runs."""
        ...

    def held(self) -> Held:
        """Read back from the kernel which limits hold for it and all that it started."""
        ...

    def events(self) -> LimitEvents:
        """Give what its limits did to it since its start; still known after its end."""
        ...

    def afterwards(self, timeout_s: float) -> Sequence[str]:
        """Wait until nothing is left; give what each of the commands afterwards printed, none while it still runs."""
        ...


class Processes(Protocol):
    """Starts processes that cannot outlive the run."""

    @property
    def session(self) -> str:
        """Names whoever starts them among all on this machine, for labels of what they have others start."""
        ...

    @property
    def run(self) -> str:
        """Names the run that they are started for, for the same labels; empty where there is none, as in ``verify``."""
        ...

    @property
    def cpus(self) -> tuple[int, ...]:
        """The CPUs that everything is started on, for what others are asked to start; empty for any."""
        ...

    def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        confinement: Confinement | None = None,
        afterwards: Sequence[Sequence[str]] = (),
    ) -> Process:
        """Start ``argv`` with exactly ``env``, both outputs appended to ``log``.

        What of ``confinement`` cannot be had on this host is no error: :meth:`Process.held` tells. The commands
        ``afterwards`` are run when it and all that it started have ended, also when this process is killed: they end
        what a daemon started for it, such as a container.

        :raises HostError: when the program is not there or cannot be started.
        """
        ...


@dataclass(frozen=True)
class ServiceFacts:
    """What a service really is: product, version as the product says it, and the settings that matter."""

    product: str
    version: str
    provider: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Sent:
    """A statement as a server logged it: the connection it came on (opaque), and its text."""

    session: str
    text: str


class Recording(Protocol):
    """Everything that targets send to one database, while it is being recorded."""

    def take(self) -> Sequence[Sent]:
        """Give what was sent since the last call, in order, up to now and nothing less.

        :raises HostError: when the server's record cannot be read any more.
        """
        ...

    def rows(self) -> Mapping[str, int] | None:
        """Give how many rows were ``inserted``, ``updated`` and ``deleted`` since the recording began.

        Exact once the target has ended; None where the server does not tell.
        """
        ...

    def stop(self) -> None:
        """End the recording, so that it costs no measured trial anything. May be called twice."""
        ...


class ConnectionCount(Protocol):
    """Counts the connections that targets hold to one database, again and again and cheaply."""

    def take(self) -> int | None:
        """Give how many there are now; None when the server does not answer in time."""
        ...

    def stop(self) -> None:
        """Give up what it held open to ask with. May be called twice."""
        ...


class Service(Protocol):
    """A running dependency of a workload."""

    @property
    def facts(self) -> ServiceFacts:
        """What it is."""
        ...

    def restore(self, dataset: Dataset, database: str) -> str:
        """Make ``database`` anew with exactly the rows of ``dataset``; give its URL for a target."""
        ...

    def fingerprint(self, dataset: Dataset, database: str) -> str:
        """Give a text that is equal if and only if the content of ``database`` is."""
        ...

    def record(self, database: str) -> Recording:
        """Begin to record what is sent to ``database`` over connections that are opened from now on.

        :raises HostError: when this server cannot tell, with the reason and what to do.
        """
        ...

    def connections(self, database: str) -> int:
        """Count the connections that targets hold to ``database``."""
        ...

    def counting(self, database: str) -> ConnectionCount:
        """Begin to count the same many times over, on one connection of its own, which is not counted.

        :raises HostError: when the server does not let the administrator in.
        """
        ...

    def spoil(self, database: str) -> None:
        """Remove every table, so that a target's next statement must fail; :meth:`restore` makes all good again."""
        ...

    def pids(self) -> Sequence[int]:
        """Give its root processes; empty when they are not ours to see."""
        ...

    def stop(self) -> None:
        """End it; its folder may be removed afterwards."""
        ...


class ServiceProvider(Protocol):
    """A way to have a service, such as an embedded PostgreSQL."""

    @property
    def service(self) -> str:
        """The service it gives: ``postgresql``."""
        ...

    @property
    def name(self) -> str:
        """The way it is given: ``embedded``."""
        ...

    def start(self, processes: Processes, folder: Path) -> Service:
        """Start it with its files in ``folder`` (empty, ours alone).

        :raises HostError: when it cannot be had here, with what to do.
        """
        ...


@runtime_checkable
class OfTheHost(Protocol):
    """A runtime or a provider that can tell at once whether this machine has what it needs, such as an engine.

    It is asked before a run makes its folder and builds anything. Whoever cannot tell leaves the method out.
    """

    def must_be_had(self) -> None:
        """Look, within a second or so, and start nothing.

        :raises HostError: when it cannot be had here, with what to do.
        """
        ...


@runtime_checkable
class AddressedProvider(ServiceProvider, Protocol):
    """A provider named ``url``, for a service that runs already wherever a scenario says."""

    def at(self, url: str) -> ServiceProvider:
        """Give the provider of the service at ``url``, which may hold a password.

        :raises ScenarioError: when it is no URL of such a service.
        """
        ...


@dataclass(frozen=True)
class Environment:
    """A built environment of a target: its folder, where the target sees it, and the digest of what it was made from.

    ``facts`` are what else is known of it, for the record: of an image its name and id.
    """

    folder: Path
    digest: str
    facts: Mapping[str, str] = field(default_factory=dict)


class RunningTarget(Protocol):
    """A started target."""

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        ...

    @property
    def unseen(self) -> str:
        """Say why its processes are not ours to see; empty when they are."""
        ...

    def pids(self) -> Sequence[int]:
        """Give its root processes; empty when they are not ours to see."""
        ...

    def exit_code(self) -> int | None:
        """Give the exit code; None while it runs."""
        ...

    def stranger(self) -> str | None:
        """Name the process that holds the port when it is not the target's; None when all is well."""
        ...

    def held(self) -> Held:
        """Read back from the kernel which limits hold now, for every process of it."""
        ...

    def events(self) -> LimitEvents:
        """Give what its limits did to it since its start; cheap, and still known after its end."""
        ...

    def stop(self) -> None:
        """End it and everything it started."""
        ...


class Runtime(Protocol):
    """A way to build and start targets."""

    @property
    def name(self) -> str:
        """The name a scenario gives: ``process``."""
        ...

    def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
        """Make the environment of a target, or find it made.

        :raises TargetError: when a build command fails, with its last lines.
        """
        ...

    def start(
        self,
        target: Target,
        environment: Environment,
        processes: Processes,
        *,
        variables: Mapping[str, str],
        port: int | None,
        log: Path,
        confinement: Confinement,
    ) -> RunningTarget:
        """Start a target with ``variables`` on ``port``, or on a free one, inside ``confinement`` as far as can be.

        :raises HostError: when the given port is in use, naming who holds it.
        """
        ...


@runtime_checkable
class BuildsWithArguments(Runtime, Protocol):
    """A runtime whose :meth:`build` obeys ``target.arguments``: each choice of them is an environment of its own."""

    @property
    def builds_with_arguments(self) -> Literal[True]:
        """Say that it does."""
        ...


class Http(Protocol):
    """Single requests for readiness, facts and conformance; never for load."""

    def ask(self, url: str, request: Request, timeout_s: float) -> Answer:
        """Send one request on a fresh connection.

        :raises OSError: when there is no answer: refused, reset, timed out, or not HTTP.
        """
        ...


@dataclass(frozen=True)
class LoadOrder:
    """What the load generator is asked to do. ``seed`` is of all that is drawn at random, Poisson arrivals too.

    ``request`` is one request to ``url``, or flows whose steps have paths of their own: then ``url`` ends with its
    host and a slash. ``turn`` tells the loads of one life of a target apart, from 1 on: no value that is unique within
    a load comes again in the next, nor in the single requests before them, which are turn 0.
    """

    url: str
    request: Request | Content
    point: LoadPoint
    seed: int = 0
    turn: int = 1


@dataclass(frozen=True)
class LoadProgress:
    """How far a load is. ``sent``, ``errors`` and ``ok``, the 2xx answers, include the warm-up.

    ``times_ms`` counts these answers by how long they took, in the open model from when they were due: the upper edge
    of a bucket, some per cent wide, and how many are in it; edges ascend, and empty buckets are left out.
    """

    phase: Literal["warm-up", "measuring", "draining", "done"]
    elapsed_s: float
    sent: int
    errors: int
    ok: int = 0
    times_ms: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class LoadOutcome:
    """What a load recorded. Window times are of :meth:`Clock.monotonic`.

    ``client_peak_rss_mib`` is of the whole process that holds the load generator, since its start. The ``*_hdr``
    are HdrHistogram V2 encodings; ``timeline`` is rows ready for JSON, of which each says when it begins and how long
    it lasts. ``open_load`` and ``response_hdr`` are None in the closed model.

    ``buckets`` are 2xx answers per second in equal slices of the window, in order; none where the load changes by
    design. ``generator_reason`` says why the load generator itself was the limit, and is empty when it was not.

    ``steps`` are the accounts of the steps of flows, none for one request; ``first_unexpected`` tells the first answer
    that a step did not expect, in words.
    """

    window_start_s: float
    window_end_s: float
    interrupted: bool
    counts: Counts
    throughput_rps: float
    service_ms: Quantiles
    ttfb_ms: Quantiles
    connect_ms: Quantiles
    bytes_received: int
    connections_established: int
    connections_opened: int
    client_cpu_s: float
    client_threads: int
    client_peak_rss_mib: float
    service_hdr: bytes
    timeline: Sequence[Mapping[str, object]]
    open_load: OpenLoad | None = None
    response_hdr: bytes | None = None
    buckets: Sequence[float] = ()
    generator_reason: str = ""
    steps: tuple[StepFigures, ...] = ()
    first_unexpected: str = ""


class Load(Protocol):
    """A load under way."""

    def progress(self) -> LoadProgress:
        """Say how far it is; cheap."""
        ...

    def stop(self) -> None:
        """End it early; :meth:`wait` then gives what was recorded. May be called twice."""
        ...

    def wait(self, timeout_s: float | None = None) -> LoadOutcome | None:
        """Wait for the end; None when it still goes on after ``timeout_s`` seconds."""
        ...


class LoadGenerator(Protocol):
    """Puts load on a target."""

    def start(self, order: LoadOrder) -> Load:
        """Begin at once.

        :raises HostError: when the generator is not fit for measuring (a debug build).
        """
        ...


class Watch(Protocol):
    """Sampling under way."""

    def stop(self) -> None:
        """End the sampling; may be called twice."""
        ...

    def usage(self, group: str, start_s: float, end_s: float) -> Usage:
        """Give what ``group`` used between two times of :meth:`Clock.monotonic`."""
        ...

    def changes(self, group: str, start_s: float, end_s: float) -> tuple[str, ...]:
        """Say in words which processes of ``group`` ended or began between two times, in the order of time."""
        ...

    def noise(self, start_s: float, end_s: float) -> Noise:
        """Give what else went on on the host between two times."""
        ...

    def strangers(self, start_s: float, end_s: float) -> tuple[str, ...]:
        """Name the processes that were not the run's and used most CPU time between two times, most first."""
        ...

    def own_share(self, start_s: float, end_s: float) -> float | None:
        """Give the CPU time of the sampling itself between two times, over one core's time."""
        ...

    def series(self, start_s: float, end_s: float) -> Mapping[str, object]:
        """Give everything that was sampled, ready for JSON, for a window between two times."""
        ...


class Telemetry(Protocol):
    """Samples what groups of processes use, and what else goes on on the host."""

    def watch(
        self,
        groups: Mapping[str, Callable[[], Sequence[int]]],
        *,
        throttled: Mapping[str, Callable[[], float | None]] | None = None,
        connections: Mapping[str, Callable[[], int | None]] | None = None,
    ) -> Watch:
        """Begin to sample; each group is a function that gives its root process ids.

        :param throttled: for groups under a CPU quota: how long it has held them back since they began, in seconds.
        :param connections: how many connections targets hold now, by the name of a service.
        """
        ...


class FileWatch(Protocol):
    """Counts what is done to the files of a folder."""

    def take(self) -> Mapping[str, int] | None:
        """Give the counts since the last call; None when they cannot be known.

        Keys are ``create``, ``close written``, ``close read`` (opened for reading alone) and ``delete``.
        """
        ...

    def stop(self) -> None:
        """End it; may be called twice."""
        ...


class Files(Protocol):
    """Watches folders."""

    def watch(self, folder: Path) -> FileWatch:
        """Begin to count what is done to the files directly in ``folder``."""
        ...


@dataclass(frozen=True)
class Profile:
    """Folded stacks (``frame;frame;frame count`` lines, root first) and what they are worth.

    ``window_s`` is the length of the sampling; ``profiler_cpu_s`` the profiler's own CPU time.
    """

    folded: str
    samples: int
    rate_hz: int
    window_s: float
    profiler_cpu_s: float | None

    @property
    def busy_threads(self) -> float:
        """Give how many threads were not waiting, on average over the window."""
        return self.samples / (self.rate_hz * self.window_s)


class Profiling(Protocol):
    """A profiler at work."""

    def finish(self) -> Profile:
        """Wait for the end of the window and give the stacks.

        :raises HostError: when there are none to give, with the reason.
        """
        ...

    def abort(self) -> None:
        """End it without a result."""
        ...


class Profiler(Protocol):
    """Sees where a running target spends its time."""

    @property
    def name(self) -> str:
        """The name a ``target.toml`` gives: ``py-spy``."""
        ...

    def unavailable(self) -> str | None:
        """Say why this host cannot profile with it, with what to do; None when it can."""
        ...

    def attach(
        self, pids: Sequence[int], processes: Processes, *, duration_s: float, rate_hz: int, folder: Path
    ) -> Profiling:
        """Begin to sample the processes and their children for ``duration_s`` seconds.

        :raises HostError: when it cannot be started.
        """
        ...


@dataclass(frozen=True)
class Report:
    """Everything a reporter may show of a run. ``environment`` is the recorded provenance.

    ``trials`` are of the plan's cells; ``probes`` are those of searches, which the summary's capacities tell of.
    ``ending`` says how the blocks ended; None of a run that did not come to its end. ``recordings`` are the files of
    its trials; None where only the figures are at hand.
    """

    run: str
    folder: Path
    scenario: Scenario
    plan: Plan
    trials: tuple[Trial, ...]
    summary: Summary
    environment: Mapping[str, object]
    audits: tuple[Audit, ...] = ()
    probes: tuple[Trial, ...] = ()
    ending: Ending | None = None
    recordings: Recordings | None = None


class Reporter(Protocol):
    """Makes a document from a run."""

    @property
    def name(self) -> str:
        """The name of the format: ``markdown``."""
        ...

    def write(self, report: Report) -> Iterable[Path]:
        """Write below ``report.folder``; give the files written.

        The paths are asked for when every reporter was called: what is written as they are asked for comes last.
        """
        ...
