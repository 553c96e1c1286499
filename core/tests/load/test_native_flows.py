"""Flows of a workload through our load generator: who was asked for what, and an account of each step."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fwcompare_loadgen as loadgen
from fwcompare.load.native import NativeLoadGenerator
from fwcompare.model.asks import asks, content
from fwcompare.model.flows import Expect
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import LoadOrder, LoadOutcome
from fwcompare.model.values import Counter, Uuid
from fwcompare.model.workload import Request, Workload, WorkloadFlow, WorkloadStep


def of_flows(*flows: WorkloadFlow, **values: Counter | Uuid) -> Workload:
    return Workload(name="w", title="w", flows=flows, values=values)


def load(order: LoadOrder) -> LoadOutcome:
    outcome = NativeLoadGenerator().start(order).wait()
    assert outcome is not None
    assert outcome.counts.conserved
    assert all(step.conserved for step in outcome.steps)
    return outcome


def point(**changes: object) -> LoadPoint:
    fields: dict[str, object] = {
        "connections": 2,
        "duration_s": None,
        "requests": 400,
        "warmup_s": 0.0,
        "timeout_s": 5.0,
        "drain_s": 5.0,
        "keepalive": True,
        **changes,
    }
    return LoadPoint(**fields)  # type: ignore[arg-type]


def at_stub(workload: Workload, **changes: object) -> LoadOutcome:
    with loadgen.StubServer() as server:
        return load(LoadOrder(server.url("/"), content(workload, "/"), point(**changes)))


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(body.decode())
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        pass


@contextmanager
def echoing() -> Iterator[tuple[str, list[str]]]:
    """Run a server that sends bodies back; give its URL and the bodies that came."""
    seen: list[str] = []
    handler = type("Handler", (_Echo,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", seen
        finally:
            server.shutdown()
            serving.join()


def test_each_step_has_an_account_and_times_of_its_own() -> None:
    first, gone = WorkloadStep(name="first", path="?size=1"), WorkloadStep(name="gone", path="?status=404")
    other = WorkloadStep(name="other", path="?size=3")
    outcome = at_stub(of_flows(WorkloadFlow(steps=(first, gone)), WorkloadFlow(steps=(other,), weight=3)))

    assert [step.name for step in outcome.steps] == ["first", "gone", "other"]
    sent = {step.name: step.sent for step in outcome.steps}
    assert sum(sent.values()) == outcome.counts.sent == 400
    assert 0 <= sent["first"] - sent["gone"] <= 2, "a load of so many requests may end in the middle of a flow"
    assert [(step.ok, step.http_errors, step.unexpected) for step in outcome.steps] == [
        (sent["first"], 0, None),
        (0, sent["gone"], None),
        (sent["other"], 0, None),
    ]
    assert outcome.steps[0].service_ms.count == sent["first"]


def test_a_workload_of_one_request_has_no_steps() -> None:
    with loadgen.StubServer() as server:
        assert load(LoadOrder(server.url("/?size=1"), Request(), point())).steps == ()


def test_a_wrong_answer_is_an_error_by_class_and_the_first_is_told() -> None:
    step = WorkloadStep(path="?size=5", expect=Expect(body=b"xxxxxx"))
    outcome = at_stub(of_flows(WorkloadFlow(steps=(step,))), requests=50)

    assert (outcome.counts.ok, outcome.counts.http_errors, outcome.steps[0].unexpected) == (0, 50, 50)
    assert outcome.counts.by_error == {"unexpected_body": 50}
    assert '"xxxxx"' in outcome.first_unexpected


def test_unique_values_come_once_in_all_the_loads_and_checks_of_a_life() -> None:
    step = WorkloadStep(method="POST", json='{"n": {n}, "id": "{id}"}', expect=Expect(json='{"n": {n}, "id": "{id}"}'))
    workload = of_flows(WorkloadFlow(steps=(step,)), n=Counter(), id=Uuid())
    with echoing() as (url, seen):
        for turn in (1, 2, 3):
            order = LoadOrder(url, content(workload, "/"), point(requests=50), seed=4, turn=turn)
            assert load(order).counts.ok == 50
        again = LoadOrder(url, content(workload, "/"), point(requests=50), seed=4, turn=1)
        before = list(seen)
        load(again)
    checked = [ask.request.body.decode() for number in range(4) for ask in asks(workload, "/", number)]

    for name in ("n", "id"):
        assert len({json.loads(body)[name] for body in (*before, *checked)}) == 154
    assert sorted(seen[150:]) == sorted(before[:50]), "the same seed and turn draw the same again"


def test_in_the_open_model_the_offered_rate_is_of_requests_and_not_of_flows() -> None:
    flow = WorkloadFlow(steps=tuple(WorkloadStep(name=name, path="?size=1") for name in "abc"))
    outcome = at_stub(of_flows(flow), requests=None, duration_s=1.0, model="open", rate=200.0)

    assert outcome.open_load is not None
    assert outcome.counts.due == 600
    assert outcome.open_load.offered_rps == pytest.approx(600)
    # What probes for a capacity hold the throughput against.
    assert outcome.throughput_rps >= 0.97 * outcome.open_load.offered_rps


def test_under_an_open_load_flows_come_by_their_weights_and_each_has_values_of_its_own() -> None:
    def step(name: str) -> WorkloadStep:
        return WorkloadStep(name=name, method="POST", json=f'{{"n": {{n}}, "step": "{name}"}}')

    workload = of_flows(
        WorkloadFlow(steps=(step("read"),), weight=3), WorkloadFlow(steps=(step("write"), step("remove"))), n=Counter()
    )
    with echoing() as (url, seen):
        open_load = point(requests=None, duration_s=1.5, connections=8, model="open", rate=200.0)
        outcome = load(LoadOrder(url, content(workload, "/"), open_load, seed=3))

    sent = {step.name: step.sent for step in outcome.steps}
    # 300 arrivals of which each is drawn: a fourth, give or take five standard deviations of 7.5.
    assert sent["read"] + sent["write"] == outcome.counts.due - sent["remove"] == 300
    assert abs(sent["write"] - 75) < 38
    assert sent["remove"] == sent["write"]
    numbers: dict[int, list[str]] = {}
    for body in map(json.loads, seen):
        numbers.setdefault(body["n"], []).append(body["step"])
    assert len(numbers) == 300
    assert sorted(numbers.values()) == [["read"]] * sent["read"] + [["write", "remove"]] * sent["write"]


def test_under_an_open_load_each_step_is_timed_from_when_it_was_due() -> None:
    # A flow takes 20 ms on the only connection, and one is due every 10 ms: number n waits n times 10 ms.
    flow = WorkloadFlow(steps=(WorkloadStep(name="first"), WorkloadStep(name="second", path="?delay_ms=20")))
    outcome = at_stub(of_flows(flow), connections=1, requests=None, duration_s=1.0, model="open", rate=100.0)
    first, second = outcome.steps

    assert first.response_ms is not None
    assert second.response_ms is not None
    assert (first.response_ms.count, second.response_ms.count) == (100, 100)
    assert first.response_ms.p50 is not None
    assert first.response_ms.p50 >= 480
    # By its service time it is fast, which is what nobody who waits for it sees; a busy host is slower, not so much.
    assert first.service_ms.p50 is not None
    assert first.service_ms.p50 < 240
    # The second is due when the first is answered, and not when its flow was.
    assert second.response_ms.p50 is not None
    assert 20 <= second.response_ms.p50 < 240


def test_the_closed_model_has_no_response_times_of_steps() -> None:
    outcome = at_stub(of_flows(WorkloadFlow(steps=(WorkloadStep(name="a"), WorkloadStep(name="b", path="?size=3")))))

    assert [step.response_ms for step in outcome.steps] == [None, None]


def test_a_quantile_that_what_was_never_sent_could_change_is_not_known() -> None:
    # Every other flow is given up: of the longer half of the times no more is known than that they are long.
    step, other = WorkloadStep(name="first", path="?delay_ms=40"), WorkloadStep(name="second")
    outcome = at_stub(
        of_flows(WorkloadFlow(steps=(step, other))),
        connections=1,
        requests=None,
        duration_s=2.0,
        model="open",
        rate=100.0,
        timeout_s=0.2,
    )
    first = outcome.steps[0]

    assert first.sent < outcome.counts.due
    assert first.response_ms is not None
    assert first.response_ms.count == outcome.counts.due - outcome.steps[1].sent == 200
    assert (first.response_ms.p50, first.response_ms.p90, first.response_ms.p99) == (None, None, None)


STATUSES = st.sampled_from([200, 201, 404, 500])
FLOWS = st.lists(st.tuples(st.lists(STATUSES, min_size=1, max_size=3), st.integers(1, 4)), min_size=1, max_size=3)


@settings(max_examples=20, deadline=None)
@given(flows=FLOWS, requests=st.integers(1, 60), expected=st.sampled_from([(), (404,), (200, 201)]))
def test_every_request_is_in_the_account_of_one_step(
    flows: list[tuple[list[int], int]], requests: int, expected: tuple[int, ...]
) -> None:
    names = iter(range(100))
    steps_of = [
        WorkloadFlow(
            weight=weight,
            steps=tuple(
                WorkloadStep(name=str(next(names)), path=f"?status={status}", expect=Expect(status=expected))
                for status in statuses
            ),
        )
        for statuses, weight in flows
    ]
    outcome = at_stub(of_flows(*steps_of), requests=requests)

    counts = outcome.counts
    assert counts.due == counts.sent == requests
    for name in ("sent", "ok", "http_errors", "transport_errors", "timeouts", "censored"):
        assert sum(getattr(step, name) for step in outcome.steps) == getattr(counts, name), name
    right = expected or range(200, 300)
    statuses = [status for each, _ in flows for status in each]
    for status, step in zip(statuses, outcome.steps, strict=True):
        assert step.ok == (step.sent if status in right else 0)
    assert replace(outcome.steps[0], sent=outcome.steps[0].sent + 1).conserved is False
