"""Fakes of every port: a world in which a run takes no real time and touches nothing but its own directory.

A fake target answers what it is told to, and ends, hangs or goes wrong on request; the fake load generator
gives figures from the target's rate. What really happens on a machine is for tests marked ``real``. Long, and one
file all the same: the fakes share one machine, and a reader of a test wants to see all of it.
"""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fwcompare.errors import HostError, TargetError
from fwcompare.model.flows import Content, Step
from fwcompare.model.limits import Confinement, Held, LimitEvents, format_limits
from fwcompare.model.measurement import Counts, Noise, OpenLoad, Quantiles, StepFigures, Usage
from fwcompare.model.plan import Stage
from fwcompare.model.ports import (
    Environment,
    LoadOrder,
    LoadOutcome,
    LoadProgress,
    Process,
    Processes,
    Profile,
    Progress,
    Report,
    Sent,
    ServiceFacts,
)
from fwcompare.model.target import Build, Target
from fwcompare.model.workload import Answer, AuditSize, Dataset, JsonContract, Request, Work, Workload

HELLO: object = [{"hello": "world"}]

ECHO = Workload(
    name="echo",
    title="a fixed answer",
    request=Request(),
    contract=JsonContract(HELLO),
    dataset=Dataset("echo", "postgresql", ("CREATE TABLE t()",), "SELECT 'empty'"),
    work=lambda _: Work(statements={"SELECT": 1}),
    audit=AuditSize(alone=10, together=20, clients=5),
)


class FakeClock:
    """Time that passes only when someone sleeps."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        """Give the present."""
        return self.seconds

    def now(self) -> str:
        """Give one fixed day."""
        return "2026-11-20T10:00:00+00:00"

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.seconds += seconds


@dataclass
class Behaviour:
    """How a fake target behaves.

    ``rate_rps`` is what it serves, and in a search for its capacity it responds as one queue would; ``builds`` false
    makes its build fail; ``ready`` false never answers ``/health``; ``exits_at_start`` ends it with code 1; ``answer``
    is its body, unless ``answers`` gives one for a request to a path; ``serves_load`` false lets every request under
    load time out, and the steps named in ``wrong_steps`` are answered wrongly there; ``leaves_rows`` changes the
    database; ``held_by`` is a stranger on its port; ``sql`` is what it sends for each request, or a function of method
    and path gives it, ``connects`` what it sends once before, on its first one, and ``swallows_errors`` lets it answer
    as ever without its tables; ``oom`` has the kernel end a worker of it under load; ``generator_reason`` is why its
    load generator was the limit. In the first ``cold_s`` seconds of a watched load it serves half of its rate.
    ``facts`` are what it says of itself beside its name.
    """

    rate_rps: float = 100.0
    builds: bool = True
    ready: bool = True
    exits_at_start: bool = False
    answer: object = field(default_factory=lambda: HELLO)
    serves_load: bool = True
    leaves_rows: bool = False
    held_by: str | None = None
    client_share: float = 0.1
    sql: tuple[str, ...] | Callable[[str, str], tuple[str, ...]] = ("SELECT * FROM t",)
    connects: tuple[str, ...] = ()
    swallows_errors: bool = False
    oom: bool = False
    generator_reason: str = ""
    cold_s: float = 0.0
    answers: Callable[[Request, str], object] | None = None
    wrong_steps: frozenset[str] = frozenset()
    facts: Mapping[str, object] = field(default_factory=dict)


def fake_target(name: str, **changes: object) -> Target:
    """Make a target that offers :data:`ECHO` and has a parameter WORKERS."""
    fields: dict[str, object] = {
        "name": name,
        "title": name.title(),
        "framework": name.title(),
        "language": "python",
        "file": Path("/nowhere/target.toml"),
        "app": Path("/nowhere/app"),
        "build": Build(inputs=("x",), commands=(("true",),)),
        "start": ("run",),
        "env": {},
        "parameters": {"WORKERS": 1},
        "workloads": {ECHO.name: "/echo"},
        "profiler": "fake-profiler",
        "ready_timeout": "30s",
    }
    return Target.model_validate({**fields, **changes})


class FakeMachine:
    """The state that all fakes share: behaviours by target, what was started and stopped, which target is up."""

    def __init__(self, behaviours: Mapping[str, Behaviour]) -> None:
        self.behaviours = dict(behaviours)
        self.clock = FakeClock()
        self.events: list[str] = []
        self.running: dict[str, str] = {}
        self.fingerprints: dict[str, str] = {}
        self.sent: list[Sent] = []
        self.spoilt = False
        self.connected = False
        self.starved: set[str] = set()

    def serve(self, behaviour: Behaviour, requests: int, method: str = "GET", path: str = "") -> None:
        """Note what a target sends to its database for some requests, over one connection."""
        sql = behaviour.sql(method, path) if callable(behaviour.sql) else behaviour.sql
        if not self.connected:
            self.sent += [Sent("1", text) for text in behaviour.connects]
        self.connected = True
        self.sent += [Sent("1", text) for text in sql] * requests

    def behaviour_at(self, url: str) -> Behaviour:
        """Give the behaviour of the target whose URL this is.

        :raises ConnectionRefusedError: when none runs there.
        """
        host = url.split("/")[2]
        if host not in self.running:
            raise ConnectionRefusedError("connection refused")
        return self.behaviours[self.running[host]]


class FakeProcesses:
    """Refuses to start anything: no fake needs a process."""

    session = "fake"
    run = ""
    cpus = ()

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
        """Refuse."""
        raise HostError("a fake world starts no process", seen=" ".join(argv))


@dataclass
class FakeRunning:
    """A fake target that was started, and holds to all that it was confined to."""

    machine: FakeMachine
    name: str
    host: str
    confinement: Confinement = field(default_factory=Confinement)

    @property
    def url(self) -> str:
        """Give an address that only :class:`FakeHttp` answers."""
        return f"http://{self.host}"

    @property
    def unseen(self) -> str:
        """Say nothing: made-up processes are seen."""
        return ""

    def pids(self) -> Sequence[int]:
        """Give one made-up process id."""
        return (4711,)

    def exit_code(self) -> int | None:
        """Give 1 when it was told to end at its start."""
        return 1 if self.machine.behaviours[self.name].exits_at_start else None

    def stranger(self) -> str | None:
        """Give who holds the port instead."""
        return self.machine.behaviours[self.name].held_by

    def held(self) -> Held:
        """Give all that was asked for."""
        asked = self.confinement
        words = format_limits(asked.quota_cpus, asked.cpus, asked.memory_bytes)
        by: Literal["cgroup v2", "affinity", "none"] = "affinity" if asked.cpus else "none"
        if asked.quota_cpus is not None or asked.memory_bytes is not None:
            by = "cgroup v2"
        return Held(words, asked.cpus, asked.quota_cpus, asked.memory_bytes, by)

    def events(self) -> LimitEvents:
        """Say that no quota held it back, and whether the kernel ended a worker."""
        asked = self.confinement
        return LimitEvents(
            throttled_s=None if asked.quota_cpus is None else 0.0,
            oom_kills=None if asked.memory_bytes is None else int(self.name in self.machine.starved),
        )

    def stop(self) -> None:
        """Stop answering."""
        self.machine.running.pop(self.host, None)
        self.machine.events.append(f"stop {self.name}")


@dataclass
class FakeRuntime:
    """Builds and starts nothing, but says it did."""

    machine: FakeMachine
    name: str = "process"

    def build(self, target: Target, processes: Processes, progress: Progress) -> Environment:
        """Succeed, unless the target was told not to build."""
        progress(f"building {target.name}")
        if not self.machine.behaviours[target.name].builds:
            raise TargetError(f"target {target.name!r} could not be built", seen="exit code 1")
        self.machine.events.append(f"build {target.name}")
        return Environment(Path("/nowhere/env"), "digest")

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
    ) -> FakeRunning:
        """Note the start, with a log of one line."""
        log.write_text(f"{target.name} with {variables.get('WORKERS')} workers\n", encoding="utf-8")
        host = f"{target.name}.test"
        self.machine.running[host] = target.name
        self.machine.connected = False
        self.machine.events.append(f"start {target.name}")
        self.machine.starved.discard(target.name)
        return FakeRunning(self.machine, target.name, host, confinement)


@dataclass
class FakeHttp:
    """Answers as the target at the address was told to."""

    machine: FakeMachine

    def ask(self, url: str, request: Request, timeout_s: float) -> Answer:
        """Answer ``/health``, ``/facts`` and everything else."""
        behaviour = self.machine.behaviour_at(url)
        if not behaviour.ready:
            self.machine.clock.sleep(timeout_s)
            raise TimeoutError("timed out")
        body: object = behaviour.answer
        if url.endswith("/health"):
            body = "up"
        elif url.endswith("/facts"):
            body = {"framework": {"name": "Fake", "version": "1"}, "debug": False, "workers": 1, **behaviour.facts}
        else:
            path = "/" + url.split("/", 3)[3]
            body = behaviour.answer if behaviour.answers is None else behaviour.answers(request, path)
            self.machine.serve(behaviour, 1, request.method, path)
            if self.machine.spoilt and not behaviour.swallows_errors:
                return Answer(500, {"content-type": "application/json"}, b"{}")
        return Answer(200, {"content-type": "application/json"}, json.dumps(body).encode())


@dataclass
class FakeService:
    """A database without rows."""

    machine: FakeMachine
    restored: int = 0

    @property
    def facts(self) -> ServiceFacts:
        """Give made-up facts."""
        return ServiceFacts("PostgreSQL", "0", "fake", {})

    def restore(self, dataset: Dataset, database: str) -> str:
        """Note the restore."""
        self.machine.fingerprints[database] = "seed"
        self.machine.spoilt = False
        self.machine.events.append(f"restore {database}")
        return f"postgresql://nowhere/{database}"

    def fingerprint(self, dataset: Dataset, database: str) -> str:
        """Give ``seed`` until a target leaves rows behind."""
        return self.machine.fingerprints[database]

    def record(self, database: str) -> "FakeRecording":
        """Begin to record."""
        self.machine.sent = []
        return FakeRecording(self.machine)

    def connections(self, database: str) -> int:
        """Give one."""
        return 1

    def counting(self, database: str) -> "FakeConnectionCount":
        """Begin to count."""
        return FakeConnectionCount()

    def spoil(self, database: str) -> None:
        """Let every target fail from now on."""
        self.machine.spoilt = True

    def pids(self) -> Sequence[int]:
        """Give one made-up process id."""
        return (815,)

    def stop(self) -> None:
        """Note the stop."""
        self.machine.events.append("stop service")


class FakeConnectionCount:
    """Counts one connection."""

    def take(self) -> int | None:
        """Give one."""
        return 1

    def stop(self) -> None:
        """Do nothing."""


@dataclass
class FakeRecording:
    """What fake targets say they sent."""

    machine: FakeMachine

    def take(self) -> Sequence[Sent]:
        """Give what was sent since the last call."""
        sent, self.machine.sent = self.machine.sent, []
        return sent

    def rows(self) -> Mapping[str, int] | None:
        """Give no row."""
        return {"inserted": 0, "updated": 0, "deleted": 0}

    def stop(self) -> None:
        """Do nothing."""


@dataclass
class FakeProvider:
    """Gives a :class:`FakeService`, or refuses."""

    machine: FakeMachine
    refuses: bool = False
    service: str = "postgresql"
    name: str = "fake"

    def start(self, processes: Processes, folder: Path) -> FakeService:
        """Give the service."""
        if self.refuses:
            raise HostError("service 'postgresql' cannot be started", seen="no binaries")
        self.machine.events.append("start service")
        return FakeService(self.machine)


@dataclass
class FakeLoad:
    """A load whose figures follow from the target's rate."""

    machine: FakeMachine
    order: LoadOrder
    on_wait: Callable[[], None]
    stopped: bool = False
    watched: bool = False
    waited: bool = False
    started_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the present."""
        self.started_s = self.machine.clock.monotonic()

    def progress(self) -> LoadProgress:
        """Say how far a watched load is: it goes on for as long as nobody waits for its end."""
        self.watched = True
        behaviour = self.machine.behaviour_at(self.order.url)
        elapsed_s = self.machine.clock.monotonic() - self.started_s
        cold_s = min(elapsed_s, behaviour.cold_s)
        sent = round(behaviour.rate_rps * (elapsed_s - cold_s / 2))
        ok = sent if behaviour.serves_load else 0
        point = self.order.point
        each_ms = 1000 * point.connections / behaviour.rate_rps
        if elapsed_s < point.warmup_s:
            phase: Literal["warm-up", "measuring", "done"] = "warm-up"
        else:
            phase = "done" if elapsed_s >= self._length_s else "measuring"
        return LoadProgress(phase, elapsed_s, sent, sent - ok, ok, ((each_ms, ok),) if ok else ())

    @property
    def _length_s(self) -> float:
        point = self.order.point
        rate_rps = self.machine.behaviour_at(self.order.url).rate_rps
        return point.warmup_s + (point.duration_s if point.duration_s is not None else (point.requests or 0) / rate_rps)

    def stop(self) -> None:
        """Stop."""
        self.stopped = True

    def wait(self, timeout_s: float | None = None) -> LoadOutcome | None:
        """Let the time or what is left of the load pass; one that was watched until it was stopped is over."""
        if not self.waited:
            self.waited = True
            self.on_wait()
        left_s = self.started_s + self._length_s - self.machine.clock.monotonic()
        if timeout_s is not None and timeout_s < left_s and not self.stopped:
            self.machine.clock.sleep(timeout_s)
            return None
        behaviour = self.machine.behaviour_at(self.order.url)
        clock, point = self.machine.clock, self.order.point
        cut_short = self.stopped and self.watched
        if cut_short:
            start, window_s = self.started_s, max(clock.monotonic() - self.started_s, 1e-9)
        else:
            start, window_s = self.started_s + point.warmup_s, self._length_s - point.warmup_s
            clock.seconds = max(clock.seconds, start + window_s)
        offered_rps = behaviour.rate_rps if point.rate is None else _mean_rate(point.rate, point.stages, window_s)
        due = round(offered_rps * window_s)
        sent = min(due, round(behaviour.rate_rps * window_s))
        self.machine.events.append(f"{'warm up' if cut_short else 'load'} {self.order.url}")
        asked, rated = self.order.request, point.rate is not None
        steps = () if isinstance(asked, Request) else _steps_of(asked, behaviour, sent, open_model=rated)
        for step, figures in steps:
            self.machine.serve(behaviour, figures.sent, step.method, step.path)
        if not steps:
            self.machine.serve(behaviour, sent)
        if behaviour.oom:
            self.machine.starved.add(self.machine.running[self.order.url.split("/")[2]])
        if behaviour.leaves_rows:
            self.machine.fingerprints = dict.fromkeys(self.machine.fingerprints, "changed")
        wrong = sum(figures.http_errors for _, figures in steps)
        served = sent - wrong if behaviour.serves_load else 0
        each_ms = 1000 * point.connections / behaviour.rate_rps
        times = Quantiles(served, each_ms, each_ms, each_ms, each_ms, each_ms)
        responses = _queue(served, offered_rps, behaviour.rate_rps) if point.probe else times
        return LoadOutcome(
            window_start_s=start,
            window_end_s=start + window_s,
            interrupted=self.stopped,
            counts=Counts(
                sent=sent,
                ok=served,
                http_errors=wrong,
                transport_errors=0,
                timeouts=sent - served - wrong,
                censored=due - sent,
                due=due,
                by_status={"200": served + wrong} if served else {},
                by_error={} if served == sent else {"unexpected_json": wrong} if wrong else {"timeout": sent},
            ),
            throughput_rps=served / window_s,
            service_ms=times,
            ttfb_ms=times,
            connect_ms=times,
            bytes_received=served * 100,
            connections_established=point.connections,
            connections_opened=point.connections,
            client_cpu_s=behaviour.client_share * window_s,
            client_threads=1,
            client_peak_rss_mib=120.0,
            service_hdr=b"hdr",
            timeline=[{"start_s": 0.0, "width_s": window_s, "ok": served}],
            open_load=None if point.rate is None else _open_load(offered_rps, responses, waiting=due - sent),
            response_hdr=None if point.rate is None else b"hdr",
            buckets=() if point.stages else (served / window_s,) * int(window_s / _BUCKET_S),
            generator_reason=behaviour.generator_reason,
            steps=tuple(figures for _, figures in steps),
            first_unexpected="a wrong answer" if wrong else "",
        )


def _steps_of(
    asked: Content, behaviour: Behaviour, sent: int, *, open_model: bool
) -> tuple[tuple[Step, StepFigures], ...]:
    """Give each step with its account, when flows are taken in turn, each as often as it weighs."""
    counts: Counter[str] = Counter()
    rounds = itertools.cycle([flow for flow in asked.flows for _ in range(flow.weight)])
    while counts.total() < sent:
        for step in itertools.islice(next(rounds).steps, sent - counts.total()):
            counts[step.name] += 1
            if step.name in behaviour.wrong_steps:
                break
    accounts = []
    for step in (step for flow in asked.flows for step in flow.steps):
        of_step = counts[step.name]
        wrong = of_step if behaviour.serves_load and step.name in behaviour.wrong_steps else 0
        ok = of_step - wrong if behaviour.serves_load else 0
        each_ms = 1000 / behaviour.rate_rps
        times = Quantiles(ok, each_ms, each_ms, each_ms, each_ms, each_ms)
        account = (of_step, ok, wrong, wrong, 0, of_step - ok - wrong, 0, times)
        accounts.append((step, StepFigures(step.name, *account, response_ms=times if open_model else None)))
    return tuple(accounts)


_BUCKET_S = 0.25


def _mean_rate(rate: float, stages: Sequence[Stage], window_s: float) -> float:
    """Give the mean over a window in which all stages fit."""
    due, left_s = 0.0, window_s
    for stage in stages:
        due += stage.duration_s * (rate + stage.rate) / 2
        rate, left_s = stage.rate, left_s - stage.duration_s
    return (due + rate * left_s) / window_s


def _queue(served: int, offered_rps: float, rate_rps: float) -> Quantiles:
    """Give times that grow as those of a queue do: service over what is left of the server."""
    left = max(1 - offered_rps / rate_rps, 0.001)
    each_ms = 1000 / rate_rps / left
    return Quantiles(served, each_ms, each_ms, each_ms, each_ms, each_ms)


def _open_load(rate: float, times: Quantiles, *, waiting: int) -> OpenLoad:
    saturated = waiting > 0
    none = Quantiles(times.count, 0.0, 0.0, 0.0, 0.0, 0.0)
    return OpenLoad(rate, times, none, none, waiting, not saturated, "saturated" if saturated else "ok", "")


@dataclass
class FakeLoadGenerator:
    """Starts fake loads; ``on_wait`` runs whenever one is waited for, to interrupt a run from a test."""

    machine: FakeMachine
    on_wait: Callable[[], None] = lambda: None

    def start(self, order: LoadOrder) -> FakeLoad:
        """Begin."""
        return FakeLoad(self.machine, order, self.on_wait)


@dataclass
class FakeWatch:
    """Says that every group used half a core and 50 MiB."""

    seen: Noise
    recycled: tuple[str, ...]

    def stop(self) -> None:
        """Do nothing."""

    def usage(self, group: str, start_s: float, end_s: float) -> Usage:
        """Give the made-up usage."""
        cpu_s = (end_s - start_s) / 2
        return Usage(cpu_s=cpu_s, user_s=cpu_s, system_s=0.0, peak_rss_mib=50.0, processes=1)

    def changes(self, group: str, start_s: float, end_s: float) -> tuple[str, ...]:
        """Give the made-up changes."""
        return self.recycled

    def noise(self, start_s: float, end_s: float) -> Noise:
        """Give the made-up noise."""
        return self.seen

    def strangers(self, start_s: float, end_s: float) -> tuple[str, ...]:
        """Name one, if there is noise."""
        return ("somebody",) if self.seen.foreign_share else ()

    def own_share(self, start_s: float, end_s: float) -> float | None:
        """Give half a per cent."""
        return 0.005

    def series(self, start_s: float, end_s: float) -> Mapping[str, object]:
        """Give nothing but the window's length."""
        return {"version": 1, "window_s": end_s - start_s}


@dataclass
class FakeTelemetry:
    """Watches nothing; ``noise`` and ``recycled`` may be changed in the middle of a run."""

    noise: Noise = field(default_factory=lambda: Noise(0.0, 0.0, 0.0))
    recycled: tuple[str, ...] = ()

    def watch(
        self,
        groups: Mapping[str, Callable[[], Sequence[int]]],
        *,
        throttled: Mapping[str, Callable[[], float | None]] | None = None,
        connections: Mapping[str, Callable[[], int | None]] | None = None,
    ) -> FakeWatch:
        """Begin."""
        return FakeWatch(self.noise, self.recycled)


class FakeFileWatch:
    """Sees no file."""

    def take(self) -> Mapping[str, int] | None:
        """Give nothing."""
        return {}

    def stop(self) -> None:
        """Do nothing."""


class FakeFiles:
    """Watches nothing."""

    def watch(self, folder: Path) -> FakeFileWatch:
        """Begin."""
        return FakeFileWatch()


@dataclass
class FakeProfiler:
    """Sees one stack, or cannot be used for the reason it is given."""

    reason: str | None = None
    name: str = "fake-profiler"

    def unavailable(self) -> str | None:
        """Give the reason."""
        return self.reason

    def attach(
        self, pids: Sequence[int], processes: Processes, *, duration_s: float, rate_hz: int, folder: Path
    ) -> "FakeProfiling":
        """Begin."""
        return FakeProfiling(duration_s, rate_hz)


@dataclass
class FakeProfiling:
    """A profile of one stack."""

    duration_s: float
    rate_hz: int

    def finish(self) -> Profile:
        """Give the stack."""
        return Profile("main;handler 10\n", 10, self.rate_hz, self.duration_s, 0.01)

    def abort(self) -> None:
        """Do nothing."""


@dataclass
class NoteReporter:
    """Writes the name of the run into ``note.txt``."""

    name: str = "note"

    def write(self, report: Report) -> Iterable[Path]:
        """Write."""
        path = report.folder / "note.txt"
        path.write_text(report.run, encoding="utf-8")
        return [path]
