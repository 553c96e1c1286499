"""One load by hand, against the stub server with known answers."""

import socketserver
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

import pytest

import fwcompare_loadgen as loadgen
from fwcompare.errors import ScenarioError
from fwcompare.load.command import load_report, start
from fwcompare.model.flows import Content, Expect, Flow
from fwcompare.model.load_report import Asked, LoadReport
from fwcompare.model.values import RowTexts

_ALWAYS = ("url", "method", "connections", "requests", "warmup_s", "timeout_s", "keepalive", "threads")


def asked(url: str, **changes: object) -> Asked:
    fields: dict[str, object] = {
        "url": url,
        "method": "GET",
        "connections": 2,
        "requests": 200,
        "warmup_s": 0.0,
        "timeout_s": 5.0,
        "keepalive": True,
        "threads": 1,
        **{name: None for name in Asked.model_fields if name not in _ALWAYS},
        **dict.fromkeys(("flows", "stages", "source_addresses"), ()),
        **dict.fromkeys(("tls_insecure", "http2"), False),
        "values": {},
        **changes,
    }
    return Asked.model_validate(fields)


def load(script: str, content: Content | None = None, **changes: object) -> LoadReport:
    with loadgen.StubServer() as server:
        order = asked(server.url(f"/?{script}"), **changes)
        report = start(order, content or Content()).wait(60)
    assert report is not None
    requests = report.requests
    assert requests.due == (
        requests.ok
        + requests.http_errors
        + requests.transport_errors
        + requests.timeouts
        + requests.shed
        + requests.censored
    )
    return report


def test_each_request_is_counted_once_and_in_one_bar() -> None:
    report = load("size=100")
    assert (report.requests.sent, report.requests.ok, report.by_status) == (200, 200, {"200": 200})
    assert sum(bar.count for bar in report.histogram) == report.service_ms.count == 200
    assert report.service_ms.at_least == ()


def test_each_null_has_its_reason() -> None:
    report = load("size=1", requests=99)
    assert "no due time" in report.reasons["response_ms"]
    assert report.service_ms.p90 is None
    assert report.reasons["service_ms.p90"] == "99 samples; needs 100, so that 10 lie beyond it"
    assert report.http_error_service_ms.p50 is None
    assert "no samples" in report.reasons["http_error_service_ms"]
    assert report.requests.unexpected is None
    assert "no expectation" in report.reasons["requests.unexpected"]


def test_a_hundred_samples_are_enough_for_p90() -> None:
    report = load("size=1", requests=100)
    assert report.service_ms.p90 is not None
    assert "service_ms.p90" not in report.reasons


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("fault=reset", "reset"),
        ("fault=early-close", "early_close"),
        ("fault=short-body", "body_too_short"),
        ("fault=garbage", "bad_response"),
    ],
)
def test_an_error_is_counted_under_its_class(script: str, error: str) -> None:
    report = load(script, requests=5)
    assert (report.requests.transport_errors, report.by_error) == (5, {error: 5})


def test_a_target_that_is_not_there_gives_refused_connections_and_no_failure_of_ours() -> None:
    with loadgen.StubServer() as server:
        url = server.url("/")
    report = start(asked(url, requests=3), Content()).wait(60)
    assert report is not None
    assert report.by_error == {"connect_refused": 3}
    assert report.verdict != "saturated"


def test_timeouts_make_the_tail_a_lower_bound_and_leave_the_median_alone() -> None:
    report = load("fault=hang&every=5", requests=100, timeout_s=0.3)
    assert report.requests.timeouts == 20
    assert report.service_ms.at_least == ("mean", "p90", "max")
    assert report.service_ms.max is not None
    assert report.service_ms.max >= 300


def test_redirects_are_counted_and_not_followed() -> None:
    report = load("status=302", requests=30)
    assert (report.requests.http_errors, report.by_status) == (30, {"302": 30})
    assert report.service_ms.count == 0
    assert report.http_error_service_ms.count == 30
    assert report.histogram == ()


def test_a_stopped_load_gives_what_was_recorded() -> None:
    with loadgen.StubServer() as server:
        under_way = start(asked(server.url("/?delay_ms=1"), requests=None, duration_s=600.0), Content())
        assert under_way.wait(0.05) is None
        under_way.stop()
        report = under_way.wait(60)
    assert report is not None
    assert report.interrupted


def test_a_host_that_is_not_loopback_is_refused_with_the_flag_that_allows_it() -> None:
    with pytest.raises(ScenarioError) as refused:
        start(asked("http://192.0.2.1/"), Content())
    assert 'host "192.0.2.1" is not loopback' in refused.value.who
    assert "--allow-host" in refused.value.hint


def test_a_setting_is_refused_under_the_name_of_its_flag() -> None:
    with pytest.raises(ScenarioError) as refused:
        start(asked("https://127.0.0.1/", tls_ca_file="nowhere.pem"), Content())
    assert "--cacert nowhere.pem: cannot be read" in refused.value.who


def test_time_spent_awake_for_the_next_due_time_is_no_work_of_the_generator() -> None:
    with loadgen.StubServer() as server:
        result = loadgen.start(loadgen.LoadSpec(url=server.url("/"), requests=1, warmup_s=0.0)).wait(60)
    client = loadgen.ClientCpu(cpu_s=1.5, total_cpu_s=2.0, spin_s=1.0, waited_s=0.0, threads=2)
    report = load_report(asked("http://127.0.0.1/"), replace(result, window_s=1.0, client=client))
    assert (report.client.cpu_s, report.client.cpu_share) == (1.5, 0.25)


def test_the_verdict_and_its_reason_are_those_of_the_generator() -> None:
    with loadgen.StubServer() as server:
        result = loadgen.start(loadgen.LoadSpec(url=server.url("/"), requests=1, warmup_s=0.0)).wait(60)
    late = replace(result, verdict="generator-limited", verdict_reason="late by 3 ms")
    fine = replace(result, verdict="ok", verdict_reason="")
    assert load_report(asked("http://127.0.0.1/"), late).verdict_reason == "late by 3 ms"
    assert load_report(asked("http://127.0.0.1/"), fine).verdict_reason == "the generator was not the limit"


def test_the_open_model_times_from_the_due_time() -> None:
    report = load("delay_ms=1", requests=200, rate=400.0, arrivals="poisson", seed=7, backlog="queue")
    assert (report.model, report.requests.due, report.requests.ok) == ("open", 200, 200)
    assert report.response_ms is not None
    assert report.response_ms.count == report.service_ms.count == 200
    assert report.response_ms.mean is not None
    assert report.service_ms.mean is not None
    assert report.response_ms.mean >= report.service_ms.mean
    assert report.wait_ms is not None
    assert report.lag_ms is not None
    assert sum(bar.count for bar in report.histogram) == 200
    assert report.offered_rps is not None
    assert not {"response_ms", "wait_ms", "lag_ms", "offered_rps", "steady", "backlog_end"} & set(report.reasons)


def test_more_than_the_target_can_serve_is_told_from_a_slow_target() -> None:
    # One connection and 20 ms an answer: 50 a second at most.
    report = load(
        "delay_ms=20", requests=None, duration_s=0.6, rate=500.0, arrivals="constant", backlog="queue", connections=1
    )
    assert report.steady is False
    assert report.verdict != "ok"
    assert report.backlog_end is not None
    assert report.backlog_end > 100


def test_requests_that_wait_too_long_are_shed_and_counted() -> None:
    report = load(
        "delay_ms=20", requests=60, rate=500.0, arrivals="constant", backlog="shed", shed_after_s=0.03, connections=1
    )
    assert report.requests.shed > 0
    assert report.requests.due == 60
    assert report.requests.sent < 60


def test_method_headers_and_body_reach_the_target() -> None:
    seen = []

    class Target(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append((self.path, self.headers["x-a"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Target) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        order = asked(f"http://127.0.0.1:{server.server_port}/things?a=1", method="PUT", requests=3, connections=1)
        report = start(order, Content(headers=(("x-a", "b"),), body=b"{}")).wait(60)
        server.shutdown()
    assert report is not None
    assert report.requests.ok == 3
    assert seen == [("/things?a=1", "b", b"{}")] * 3


def test_answers_that_were_not_expected_are_counted_and_the_first_is_told() -> None:
    report = load("size=5", Content(expect=Expect(body=b"xxxxx", json='"y"')), requests=20)
    assert (report.requests.ok, report.requests.http_errors, report.requests.unexpected) == (0, 20, 20)
    assert report.by_error == {"unexpected_json": 20}
    assert report.first_unexpected is not None
    assert "xxxxx" in report.first_unexpected
    assert not [name for name in report.reasons if name.endswith("unexpected")]


def test_every_request_has_an_account_of_its_own() -> None:
    texts = RowTexts(("201", "500"), "rows:codes.csv")
    flow = Flow.model_validate(
        {"steps": [{"path": "/?status={code}", "name": "first"}, {"path": "/?size=1", "expect": {"body": "x"}}]}
    )
    report = load("", Content(flows=(flow,), values=(("code", texts),)), method=None, connections=1, requests=30)
    # Every second flow ends with its first answer.
    seen = [(one.name, one.sent, one.ok, one.http_errors, one.unexpected) for one in report.endpoints]
    assert seen == [("first", 20, 10, 10, 0), ("GET /?size=1", 10, 10, 0, 0)]
    assert sum(one.service_ms.count for one in report.endpoints) == report.service_ms.count == 20
    assert report.endpoints[1].service_ms.p99 is None
    assert "10 samples" in report.reasons["endpoints.1.service_ms.p99"]


def test_a_load_of_one_request_has_one_endpoint() -> None:
    report = load("size=1", requests=3)
    (only,) = report.endpoints
    assert (only.name, only.sent, only.unexpected) == ("GET /?size=1", 3, None)
    assert "no expectation" in report.reasons["endpoints.0.unexpected"]
    assert (report.first_unexpected, report.first_tls_error) == (None, None)


def test_a_failure_of_tls_is_told_in_the_generators_words() -> None:
    with loadgen.StubServer() as server:
        result = loadgen.start(loadgen.LoadSpec(url=server.url("/"), requests=1, warmup_s=0.0)).wait(60)
    told = replace(result, first_tls_error="invalid peer certificate: UnknownIssuer")
    report = load_report(asked("https://127.0.0.1/"), told)
    assert report.first_tls_error == "invalid peer certificate: UnknownIssuer"


def test_stages_think_times_and_spawn_rates_reach_the_generator() -> None:
    staged = load(
        "size=1",
        requests=None,
        duration_s=0.5,
        rate=100.0,
        arrivals="constant",
        backlog="queue",
        stages=[{"duration_s": 0.0, "rate": 300.0}],
    )
    assert staged.offered_rps == pytest.approx(300, rel=0.05)
    # 4 connections, of which the last starts after 0.3 s; each rests for 50 ms.
    resting = load(
        "size=1",
        requests=None,
        duration_s=0.5,
        connections=4,
        spawn_rate=10.0,
        think_time_s=0.05,
        think_time="constant",
    )
    assert resting.requests.sent <= 10 + 8 + 6 + 4


def test_a_target_that_does_not_speak_tls_is_told_in_words() -> None:
    class Plain(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Plain) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://127.0.0.1:{server.server_address[1]}/"
        report = start(asked(url, requests=3, tls_insecure=True), Content()).wait(60)
        server.shutdown()
    assert report is not None
    assert (report.requests.transport_errors, report.by_error) == (3, {"tls": 3})
    assert report.first_tls_error


def test_certificates_that_are_not_there_are_refused_before_the_load() -> None:
    with pytest.raises(ScenarioError) as refused:
        start(asked("https://127.0.0.1:9/", tls_ca_file="/nowhere/ca.pem"), Content())
    assert "/nowhere/ca.pem" in str(refused.value)


def test_connections_come_from_the_source_addresses_in_turn() -> None:
    seen: list[str] = []

    class Target(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(self.client_address[0])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Target) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        order = asked(f"http://127.0.0.1:{server.server_port}/", source_addresses=("127.0.0.2", "127.0.0.3"))
        report = start(order, Content()).wait(60)
        server.shutdown()
    assert report is not None
    assert report.requests.ok == 200
    assert set(seen) == {"127.0.0.2", "127.0.0.3"}


def test_a_unix_socket_is_connected_to_instead_of_the_host(tmp_path: Path) -> None:
    class Target(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.headers["host"] == "app.test" else 400)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    path = str(tmp_path / "app.sock")
    with socketserver.UnixStreamServer(path, Target) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        report = start(asked("http://app.test/", unix_socket=path, requests=5, connections=1), Content()).wait(60)
        server.shutdown()
    assert report is not None
    assert report.requests.ok == 5
