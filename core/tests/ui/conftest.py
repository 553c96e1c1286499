"""Runs made by hand in a results folder, and a real server for them on loopback."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from fwcompare.model.events import STAMPED, Event, Stamped
from fwcompare.model.measurement import Counts, Flamegraph, Measurement, Quantiles, Trial, Usage
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial
from fwcompare.model.ports import Profile
from fwcompare.model.scenario import Scenario
from fwcompare.profilers.flamegraph import render
from fwcompare.reporting.summary_json import SummaryJsonReporter
from fwcompare.session.run import make_report
from fwcompare.store.events import EVENTS
from fwcompare.store.run_directory import RunDirectory
from fwcompare.ui.server import Place, Service

POINT = LoadPoint(
    connections=10, duration_s=5, requests=None, warmup_s=0, timeout_s=30, drain_s=5, keepalive=True, model="closed"
)
FOLDED = "main (app.py);work (app.py) 30\nmain (app.py);wait (lib/db.py) 10\n"


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Site:
    """A server for ``results``; ``get`` asks as an admitted browser does, unless headers are given."""

    results: Path
    service: Service

    @property
    def own(self) -> dict[str, str]:
        """The headers of an admitted browser."""
        access = self.service.access
        return {"Host": f"127.0.0.1:{access.port}", "Cookie": f"{access.cookie_name}={access.cookie}"}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.service.port}"

    def connect(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> HTTPConnection:
        """Send a request, its path as it is."""
        connection = HTTPConnection("127.0.0.1", self.service.port, timeout=20)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in (self.own if headers is None else headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection

    def get(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
        connection = self.connect(path, method=method, headers=headers)
        try:
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    @contextmanager
    def stream(self, path: str, **headers: str) -> Iterator[Iterator[Mapping[str, str]]]:
        """Give the events of a stream as they come, each by its fields."""
        connection = self.connect(path, headers={**self.own, **{k.replace("_", "-"): v for k, v in headers.items()}})
        try:
            response = connection.getresponse()
            assert response.status == 200
            assert (response.getheader("content-type") or "").startswith("text/event-stream")
            yield _events(iter(response.readline, b""))
        finally:
            connection.close()


def _events(lines: Iterator[bytes]) -> Iterator[Mapping[str, str]]:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif fields:
            yield fields
            fields = {}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


@pytest.fixture
def site(results: Path) -> Iterator[Site]:
    said: list[str] = []
    service = Service(results, Place(), say=said.append)
    thread = threading.Thread(target=service.run)
    thread.start()
    yield Site(results, service)
    service.end()
    thread.join(20)
    assert not thread.is_alive()


@dataclass
class Made:
    """A run made by hand; ``tell`` appends to its events."""

    store: RunDirectory

    @property
    def name(self) -> str:
        return self.store.name

    @property
    def folder(self) -> Path:
        return self.store.folder

    def tell(self, *events: Event) -> int:
        """Append events; give how long the file is then, in bytes."""
        with (self.folder / EVENTS).open("ab") as file:
            for event in events:
                file.write(STAMPED.dump_json(Stamped("2026-11-20T10:00:00Z", event)) + b"\n")
            return file.tell()


Make = Callable[..., Made]


@pytest.fixture
def make_run(results: Path) -> Make:
    def make(
        name: str = "2026-11-20-users-3f9c",
        *,
        targets: Mapping[str, float] | None = None,
        scenario: str = "users",
        title: str = "100 users",
        status: str = "complete",
        started: str = "2026-11-20T10:00:00Z",
    ) -> Made:
        torn: list[str] = []
        rates = {"axum": 9000.0, "fastapi": 400.0} if targets is None else targets
        cells = tuple(Cell(target, "users", (), (), POINT) for target in rates)
        planned = [PlannedTrial(cell, block, block) for block in (1, 2, 3) for cell in cells]
        store = RunDirectory(results / name)
        (store.folder / "trials").mkdir(parents=True)
        (store.folder / "trials.jsonl").touch()
        load = {"connections": 10, "duration": "5s"}
        settings = Scenario.model_validate(
            {"name": scenario, "title": title, "workload": "users", "load": load, "repeats": 3}
        )
        environment = {
            "started": started,
            "fwcompare": "0.1.0",
            "host": {"id": "a", "cpu_model": "EPYC", "cores": 2, "machine": "x86_64"},
            "targets": {target: {"title": target, "framework": "f", "language": "python"} for target in rates},
            "command": "fwcompare run",
        }
        store.write_run(settings, Plan(cells, (), tuple(planned), seed=1, repeats=3), status, environment)
        for one in planned:
            store.append(_trial(store, one, rates[one.cell.target]))
        if status == "complete":
            list(SummaryJsonReporter().write(make_report(store, torn.append)))
        assert torn == []
        return Made(store)

    return make


def _trial(store: RunDirectory, planned: PlannedTrial, rps: float) -> Trial:
    folder = store.trial_folder(planned.cell, planned.block)
    (folder / "target.log").write_text("it is up <b>now</b>\n", encoding="utf-8")
    svg = render(Profile(FOLDED, 40, 99, 1.0, None), title=planned.cell.target, subtitle="fake")
    (folder / "flamegraph.svg").write_text(svg, encoding="utf-8")
    (folder / "profile.folded").write_text(FOLDED, encoding="utf-8")
    place = store.relative(folder)
    sent = int(rps * 5)
    times = Quantiles(sent, 1.1, 1.0, 1.5, 2.0, 9.0)
    measured = Measurement(
        window_s=5.0,
        counts=Counts(sent=sent, ok=sent, http_errors=0, transport_errors=0, timeouts=0, censored=0, due=sent),
        throughput_rps=rps * (1 + 0.002 * planned.block),
        service_ms=times,
        ttfb_ms=times,
        connect_ms=Quantiles(0, None, None, None, None, None),
        bytes_received=1000,
        connections_established=10,
        connections_opened=10,
        client_cpu_s=0.5,
        client_share=0.2,
        client_peak_rss_mib=100.0,
        target=Usage(cpu_s=4.0, user_s=3.0, system_s=1.0, peak_rss_mib=50.0, processes=1),
        services={},
        cpu_ms_per_request=4000 / sent,
    )
    graph = Flamegraph(
        svg=f"{place}/flamegraph.svg",
        folded=f"{place}/profile.folded",
        profiler="py-spy",
        samples=40,
        busy_threads=0.4,
        rate_hz=99,
        window_s=1.0,
    )
    return Trial(planned, "ok", "2026-11-20T10:00:00Z", 9.0, measured, graph, log=f"{place}/target.log")


@pytest.fixture
def message_of() -> Callable[[Mapping[str, str]], dict[str, object]]:
    def message(event: Mapping[str, str]) -> dict[str, object]:
        read: dict[str, object] = json.loads(event["data"])
        return read

    return message
