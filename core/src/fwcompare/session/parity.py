"""The parity audit: one target under a counted load that nobody measures, with its database and files watched.

Decides what is sent and what is watched; ``parity/`` counts and judges. A first life of the target serves the
contract's request once, then many one after the other, then many at a time. In a second life its tables and its
temporary folder are taken away, and a request must fail: a target that answers all the same swallows errors.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from fwcompare.errors import HostError
from fwcompare.model.asks import Ask, asks
from fwcompare.model.measurement import Usage
from fwcompare.model.parity import Audit
from fwcompare.model.plan import Cell, LoadPoint
from fwcompare.model.ports import Environment, LoadOrder, LoadOutcome, Recording, RunningTarget, Service
from fwcompare.model.workload import Work
from fwcompare.parity.judge import BuiltWith, Figures, judge
from fwcompare.parity.mix import mean_work
from fwcompare.parity.sql import Dialect
from fwcompare.parity.tally import Counting, Tally, sql_of_request
from fwcompare.session.asking import order_for
from fwcompare.session.conformance import ANSWER_TIMEOUT_S, check_answer, last_line, read_facts, requests_of_check
from fwcompare.session.measure import TARGET
from fwcompare.session.serving import Database, database_for, serve
from fwcompare.session.world import World

LOG = "audit.log"
"""What the target wrote in the life that was audited; of its failing on purpose there is another log."""

_LOOK_S = 0.05
_TIMEOUT_S = 60.0
_TURNS = 10
_DIALECTS: Mapping[str, Dialect] = {"postgresql": "postgres", "mysql": "mysql"}
_TABLES, _FOLDER = "its tables", "its temporary folder"


@dataclass
class _Seen:
    """What the audited life of a target showed, as far as it was watched."""

    alone: LoadOutcome
    together: LoadOutcome
    usage: Usage
    each_in_checks: int
    facts: Mapping[str, object] | None = None
    first: str = ""
    tallies: list[Tally] = field(default_factory=list)
    rows: Mapping[str, int] | None = None
    peak: int | None = None
    files: Mapping[str, int] | None = None
    unchanged: bool | None = None
    last_words: str = ""

    @property
    def requests(self) -> int:
        """Give how many requests the tallies are of."""
        return self.alone.counts.due + self.together.counts.due

    @property
    def by_step(self) -> Mapping[str, int]:
        """Give how many they are of each step, by its label; all are of none where the workload is one request."""
        steps = Counter({step.name: 0 for step in self.alone.steps})
        for outcome in (self.alone, self.together):
            steps.update({step.name: step.sent for step in outcome.steps})
        return steps or {"": self.requests}

    @property
    def by_step_in_life(self) -> Mapping[str, int]:
        """Give the same with the requests of both checks."""
        return {name: count + self.each_in_checks for name, count in self.by_step.items()}

    @property
    def answered(self) -> int:
        return self.alone.counts.ok + self.together.counts.ok

    @property
    def errors(self) -> Mapping[str, int]:
        """Give what became of requests that were not answered with 2xx, by status or class."""
        if self.answered == self.requests:
            return {}  # a step may expect another status than 2xx
        errors: Counter[str] = Counter()
        for counts in (self.alone.counts, self.together.counts):
            errors.update({f"status {status}": count for status, count in counts.by_status.items() if status[0] != "2"})
            errors.update(counts.by_error)
        return errors


@dataclass(frozen=True)
class Audited:
    """An audit, and the SQL of one request: each statement on a line, without values; empty without a database."""

    audit: Audit
    sql: str


def audit(world: World, cell: Cell, environment: Environment, services: Mapping[str, Service], folder: Path) -> Audited:
    """Audit one target with the parameters of ``cell``; its load is of no account.

    :param folder: for the logs.
    :raises TargetError: when the target does not start, or answers wrongly.
    :raises MeasurementError: when its data cannot be read as the data set's any more.
    :raises InterruptedRunError: when the user stops the run meanwhile.
    """
    workload, target = world.workloads[cell.workload], world.targets[cell.target]
    database = database_for(world, cell, services)
    works = workload.works(dict(cell.parameters))
    watches_files = any(work.files for work in works.values())
    with TemporaryDirectory(prefix="fwcompare-files-") as private:
        # A container's user is another one, and comes here by a mount of the folder around.
        Path(private).chmod(0o755)
        place = Path(private) / "files"
        _make(place)
        try:
            seen = _first_life(world, cell, environment, database, place, folder)
            without = _second_life(world, cell, environment, database, place, folder, watches_files=watches_files)
        except HostError as error:
            return not_audited(cell, str(error))
    figures = Figures(
        requests=seen.requests,
        touched=sum(seen.by_step_in_life.values()),
        answered=seen.answered,
        errors=seen.errors,
        last_words=seen.last_words,
        statements=None if database is None else sum((tally.statements for tally in seen.tallies), Counter()),
        write_commits=None if database is None else sum(tally.write_commits for tally in seen.tallies),
        sent_together=None if database is None else sum(tally.together for tally in seen.tallies),
        rows=seen.rows,
        connections_opened=None if database is None else sum(tally.opened for tally in seen.tallies),
        connections_peak=seen.peak,
        files=seen.files if watches_files else None,
        data_unchanged=seen.unchanged,
        facts=seen.facts,
        answered_without=without,
    )
    declared = target.build.arguments
    deviations = [deviation for deviation in target.deviations if deviation.workload == workload.name]
    state, findings = judge(
        mean_work(works, seen.by_step),
        figures,
        dict(cell.parameters),
        deviations,
        work_in_life=mean_work(works, seen.by_step_in_life),
        built_with=[BuiltWith(name, value, declared[name].fact) for name, value in cell.arguments if name in declared],
    )
    control: Counter[str] = sum((tally.control for tally in seen.tallies), Counter())
    each = 1 / seen.requests if seen.requests else 0.0
    found = Audit(
        target=cell.target,
        workload=cell.workload,
        parameters=cell.parameters,
        runtime=cell.runtime,
        arguments=cell.arguments,
        state=state,
        name=cell.name,
        requests=seen.requests,
        findings=findings,
        statements={kind: count * each for kind, count in (figures.statements or {}).items()},
        control={text: count * each for text, count in control.most_common()},
        write_commits=None if figures.write_commits is None else figures.write_commits * each,
        rows=None if seen.rows is None else {name: count / figures.touched for name, count in seen.rows.items()},
        connections_opened=figures.connections_opened,
        connections_peak=seen.peak,
        answer_bytes=(seen.alone.bytes_received + seen.together.bytes_received) * each,
        file_events=None if seen.files is None else {name: count * each for name, count in seen.files.items()},
        processes=seen.usage.processes,
        threads=seen.usage.threads,
    )
    return Audited(found, seen.first)


def _make(place: Path) -> None:
    """Make a folder for everybody's files, as a temporary folder is."""
    place.mkdir()
    place.chmod(0o1777)


def not_audited(cell: Cell, reason: str) -> Audited:
    """Give the audit of a target that could not be audited."""
    found = Audit(
        cell.target,
        cell.workload,
        cell.parameters,
        "not audited",
        cell.name,
        reason=reason,
        runtime=cell.runtime,
        arguments=cell.arguments,
    )
    return Audited(found, "")


def _first_life(
    world: World, cell: Cell, environment: Environment, database: Database | None, place: Path, folder: Path
) -> _Seen:
    workload, target = world.workloads[cell.workload], world.targets[cell.target]
    parameters, log = dict(cell.parameters), folder / LOG
    variables = {"TMPDIR": str(place), **({} if database is None else database.reset())}
    before = "" if database is None else database.fingerprint()
    files = world.files.watch(place)
    try:
        with _recording(database) as recording:
            counting = None if recording is None or database is None else Counting(_dialect(database))
            with serve(world, cell, environment, variables, log) as running:
                _take(counting, recording)  # what a start sends is no request's
                first = _First(counting, recording, database)
                check_answer(target, workload, parameters, running, world.http, log, answered=first.note)
                facts = read_facts(running, world.http)
                _take(counting, recording)
                files.take()
                seen = _under_load(world, cell, running, database, counting, recording)
                seen.first, seen.facts, seen.files = first.sql, facts, files.take()
                # Read while it lives: as it ends, it says goodbye.
                seen.last_words = last_line(log) if seen.errors else ""
                # Once more: an answer may go stale.
                check_answer(target, workload, parameters, running, world.http, log, turn=1)
            if recording is not None:
                seen.rows = recording.rows()
        if database is not None:
            seen.unchanged = database.fingerprint() == before
        return seen
    finally:
        files.stop()


@contextmanager
def _recording(database: Database | None) -> Iterator[Recording | None]:
    if database is None:
        yield None
        return
    recording = database.service.record(database.name)
    try:
        yield recording
    finally:
        recording.stop()


def _dialect(database: Database) -> Dialect:
    return _DIALECTS[database.dataset.service]


def _take(counting: Counting | None, recording: Recording | None) -> Tally | None:
    return None if counting is None or recording is None else counting.count(recording.take())


@dataclass
class _First:
    """What the first request sent to its database, or the first one of each step."""

    counting: Counting | None
    recording: Recording | None
    database: Database | None
    texts: dict[str, str] = field(default_factory=dict)

    def note(self, ask: Ask) -> None:
        """Take what has been sent since the request before."""
        if self.counting is None or self.recording is None or self.database is None:
            return
        sent = self.recording.take()
        # Of no figure, but a connection that is opened here may say here how it commits.
        self.counting.count(sent)
        self.texts.setdefault(ask.label, sql_of_request(sent, _dialect(self.database)))

    @property
    def sql(self) -> str:
        """Give it as a text to read, each step under its name."""
        return "".join(f"-- {label}\n{text}" if label else text for label, text in self.texts.items())


def _under_load(
    world: World,
    cell: Cell,
    running: RunningTarget,
    database: Database | None,
    counting: Counting | None,
    recording: Recording | None,
) -> _Seen:
    workload, target = world.workloads[cell.workload], world.targets[cell.target]
    watch = world.telemetry.watch({TARGET: running.pids})
    tallies: list[Tally] = []
    outcomes: list[LoadOutcome] = []
    peak: int | None = None
    try:
        size = workload.audit
        for turn, (requests, clients) in enumerate(((size.alone, 1), (size.together, size.clients)), start=1):
            point = _point(requests, clients)
            outcome, most = _load(
                world, order_for(workload, target, running, point, turn=turn, every_answer=True), database
            )
            outcomes.append(outcome)
            peak = most if peak is None or most is None else max(peak, most)
            tally = _take(counting, recording)
            if tally is not None:
                tallies.append(tally)
        alone, together = outcomes
        usage = watch.usage(TARGET, alone.window_start_s, together.window_end_s)
    finally:
        watch.stop()
    return _Seen(alone, together, usage, 2 * requests_of_check(workload), tallies=tallies, peak=peak)


def _load(world: World, order: LoadOrder, database: Database | None) -> tuple[LoadOutcome, int | None]:
    """Put a counted load on the target; give its outcome, and the most connections that the database saw meanwhile."""
    load = world.load.start(order)
    peak: int | None = None
    try:
        while (outcome := load.wait(_LOOK_S)) is None:
            if world.stop.requested:
                load.stop()
            elif database is not None:
                peak = max(peak or 0, database.service.connections(database.name))
    except BaseException:
        load.stop()
        raise
    world.stop.check()
    return outcome, peak


def _point(requests: int, clients: int) -> LoadPoint:
    return LoadPoint(
        connections=clients,
        duration_s=None,
        requests=requests,
        warmup_s=0.0,
        timeout_s=_TIMEOUT_S,
        drain_s=_TIMEOUT_S,
        keepalive=True,
    )


def _second_life(
    world: World,
    cell: Cell,
    environment: Environment,
    database: Database | None,
    place: Path,
    folder: Path,
    *,
    watches_files: bool,
) -> Mapping[str, int]:
    """Give the status of an answer for each thing that was taken away; where there is none, nothing was swallowed."""
    if database is None and not watches_files:
        return {}
    variables = {"TMPDIR": str(place), **({} if database is None else database.reset())}
    statuses: dict[str, int] = {}
    with serve(world, cell, environment, variables, folder / "audit-errors.log") as running:
        if watches_files:
            _warm_up(world, cell, running)
            shutil.rmtree(place)
            statuses.update(_statuses(world, cell, running, _FOLDER, lambda work: bool(work.files)))
            _make(place)
        if database is not None:
            database.service.spoil(database.name)
            statuses.update(_statuses(world, cell, running, _TABLES, lambda work: bool(work.statements)))
    return statuses


def _warm_up(world: World, cell: Cell, running: RunningTarget) -> None:
    """Let every worker choose its temporary folder: one that is missing at the first use may rightly be passed over."""
    workers = int(dict(cell.parameters).get("WORKERS", 1))
    point = _point(_TURNS * workers, 2 * workers)
    _load(world, order_for(world.workloads[cell.workload], world.targets[cell.target], running, point), None)


def _statuses(
    world: World, cell: Cell, running: RunningTarget, missing: str, needs: Callable[[Work], bool]
) -> Mapping[str, int]:
    """Ask every step that needs what is missing, and a workload's only request whatever it says of its work."""
    workload, path = world.workloads[cell.workload], world.targets[cell.target].workloads[cell.workload]
    works = workload.works(dict(cell.parameters))
    statuses: dict[str, int] = {}
    for ask in asks(workload, path):
        if ask.label and not needs(works[ask.label]):
            continue
        with suppress(OSError):
            name = f"{missing}, {ask.label}" if ask.label else missing
            statuses[name] = world.http.ask(running.url + ask.path, ask.request, ANSWER_TIMEOUT_S).status
    return statuses
