"""Loads through the binding: values in, frozen results out, errors in words."""

import dataclasses
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare_loadgen import (
    Histogram,
    LoadgenError,
    LoadResult,
    LoadSpec,
    Snapshot,
    StubServer,
    TimelineBucket,
    build_profile,
    start,
)

Run = Callable[..., LoadResult]


def test_the_installed_module_is_a_release_build() -> None:
    assert build_profile() == "release"


def test_a_counted_load_sends_exactly_its_count(run: Run, server: StubServer) -> None:
    result = run("/?size=100", requests=57, connections=5, threads=2)

    assert (result.sent, result.ok, result.ok_in_window, server.requests) == (57, 57, 57, 57)
    assert result.status_counts == {200: 57}
    assert result.error_counts == {}
    assert not result.interrupted
    assert (result.service.count, result.ttfb.count) == (57, 57)


def test_every_part_of_the_request_reaches_the_target(run: Run) -> None:
    # The stub answers 400 to a script it does not know, and to nothing else: the method must not turn it into one.
    result = run("/?size=5", method="POST", body=b"{}", headers=(("content-type", "application/json"),))

    assert result.ok == 20


def test_http2_is_spoken_and_a_peer_of_http_1_1_has_no_answer_to_it(run: Run) -> None:
    result = run("/", http2=True, streams=4)

    # The stub speaks HTTP/1.1 only, and takes the first bytes of HTTP/2 for a bad request.
    assert (result.ok, result.transport_errors) == (0, 20)
    assert set(result.error_counts) <= {"bad_response", "reset", "early_close"}


def test_the_window_is_on_the_clock_of_time_monotonic(run: Run) -> None:
    before = time.monotonic()
    result = run(duration_s=0.3, warmup_s=0.1)
    after = time.monotonic()

    assert before + 0.1 <= result.window_start_monotonic_s < result.window_end_monotonic_s <= after
    assert result.window_s == pytest.approx(0.3)
    assert result.throughput_rps == pytest.approx(result.ok_in_window / 0.3)


def test_errors_are_counted_by_class_and_statuses_by_number(run: Run) -> None:
    refused = run("/?status=503")
    assert (refused.http_errors, refused.status_counts) == (20, {503: 20})
    assert (refused.service.count, refused.http_error_service.count) == (0, 20)

    cut = run("/?size=100&fault=short-body")
    assert (cut.transport_errors, cut.error_counts) == (20, {"body_too_short": 20})

    late = run("/?fault=hang", requests=4, timeout_s=0.05)
    assert (late.timeouts, late.error_counts) == (4, {"timeout": 4})
    assert late.service.min_ms is not None
    assert late.service.min_ms >= 49.9


def test_a_failure_of_tls_is_counted_and_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=_answer_plainly, args=(listener,))
        answering.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        result = start(LoadSpec(url=url, tls_insecure=True, requests=1, connections=1, warmup_s=0)).wait(60)
        answering.join()

    assert result.error_counts == {"tls": 1}
    assert result.first_tls_error is not None


def test_a_load_over_a_unix_socket_needs_no_host(tmp_path: Path) -> None:
    path = tmp_path / "target.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        answering = threading.Thread(target=_answer_plainly, args=(listener,))
        answering.start()
        spec = LoadSpec(url="http://nowhere.test/", unix_socket=str(path), requests=1, connections=1, warmup_s=0)
        result = start(spec).wait(60)
        answering.join()

    assert (result.ok, result.first_tls_error) == (1, None)


def test_connections_come_from_the_source_addresses(run: Run) -> None:
    assert run(source_addresses=("127.0.0.2", "127.0.0.3"), keepalive=False).ok == 20


def _answer_plainly(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(100_000)
        connection.sendall(b"HTTP/1.1 200 Fine\r\ncontent-length: 0\r\n\r\n")


def test_client_cpu_and_connections_are_reported(run: Run) -> None:
    result = run(duration_s=0.5, connections=3, threads=2)

    assert result.client.threads == 2
    assert 0 < result.client.cpu_s <= result.client.total_cpu_s
    assert (result.connections_requested, result.connections_established, result.connections_opened) == (3, 3, 3)


def test_the_timeline_has_buckets_of_the_width_asked_for(run: Run) -> None:
    result = run(duration_s=0.5, timeline_interval_s=0.2)

    assert [round(bucket.width_s, 6) for bucket in result.timeline] == [0.2, 0.2, 0.1]
    assert sum(bucket.sent for bucket in result.timeline) == result.sent
    assert all(isinstance(bucket, TimelineBucket) for bucket in result.timeline)


def test_results_are_frozen(run: Run) -> None:
    result = run()

    with pytest.raises(dataclasses.FrozenInstanceError):
        result.sent = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.client.cpu_s = 1.0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        result.service.count = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        LoadSpec(url="http://127.0.0.1/").url = "x"  # type: ignore[misc]


def test_the_json_holds_every_field_and_null_for_what_is_not_known(run: Run) -> None:
    result = run("/?status=404")
    document = json.loads(result.to_json())

    assert list(document) == ["schema", *(field.name for field in dataclasses.fields(LoadResult))]
    assert document["schema"] == 2
    assert document["http_errors"] == 20
    assert document["status_counts"] == {"404": 20}
    assert document["service"]["count"] == 0
    assert document["service"]["p99_ms"] is None
    assert document["http_error_service"]["p50_ms"] > 0
    assert document["timeline"][0]["errors"] <= 20


def test_a_snapshot_follows_the_load(server: StubServer) -> None:
    load = start(LoadSpec(url=server.url(), duration_s=600, warmup_s=0))
    while load.snapshot().completed < 10:
        time.sleep(0.005)
    snapshot = load.snapshot()
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.phase, snapshot.errors) == ("measuring", 0)
    assert snapshot.sent >= snapshot.completed >= 10
    assert sum(count for _, count in load.snapshot().times_ms) >= 10
    edges_ms = [edge_ms for edge_ms, _ in snapshot.times_ms]
    assert edges_ms == sorted(set(edges_ms))

    load.stop()
    load.stop()
    result = load.wait()
    assert result.interrupted
    assert load.snapshot().phase == "done"
    assert load.wait() == result


def test_a_load_stopped_in_its_warm_up_has_no_throughput(server: StubServer) -> None:
    load = start(LoadSpec(url=server.url(), duration_s=1, warmup_s=600))
    assert load.snapshot().phase == "warm-up"
    load.stop()
    result = load.wait()

    assert (result.sent, result.window_s, result.throughput_rps) == (0, 0, None)
    assert json.loads(result.to_json())["throughput_rps"] is None


def test_waiting_has_a_limit_and_the_load_goes_on(server: StubServer) -> None:
    load = start(LoadSpec(url=server.url("/?fault=hang"), duration_s=600, warmup_s=0))
    with pytest.raises(TimeoutError, match="the load goes on"):
        load.wait(0.15)
    assert load.snapshot().phase == "measuring"
    load.stop()
    assert load.wait().interrupted


def test_a_load_that_nobody_holds_any_more_ends(server: StubServer) -> None:
    load = start(LoadSpec(url=server.url(), duration_s=600, warmup_s=0))
    while server.requests == 0:
        time.sleep(0.005)
    del load
    before = -1
    while before != server.requests:
        before = server.requests
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"connections": 0}, "connections: is 0"),
        ({"connections": -1}, "connections: is -1"),
        ({"threads": 11}, "threads: is 11"),
        ({"streams": 2}, "streams: is set without http2"),
        ({"http2": True, "streams": 0}, "streams: is 0"),
        ({"http2": True, "streams": 2, "keepalive": False}, "streams: is 2"),
        ({"http2": True, "headers": (("upgrade", "h2c"),)}, "upgrade: h2c"),
        ({"requests": 0, "duration_s": None}, "requests: is 0"),
        ({"requests": 5}, "exactly one of the two"),
        ({"duration_s": None}, "exactly one of the two"),
        ({"duration_s": float("nan")}, "duration_s: is NaN"),
        ({"duration_s": -1.0}, "duration_s: is -1"),
        ({"warmup_s": float("inf")}, "warmup_s: is inf"),
        ({"timeout_s": 0.0}, "timeout: is 0 s"),
        ({"timeline_interval_s": 0.0}, "timeline_interval: is 0 s"),
        ({"method": "GE T"}, "method: is"),
        ({"headers": (("connection", "close"),)}, "connection is set by the generator"),
        ({"headers": (("x", "a\nb"),)}, "of one line"),
        ({"url": "ftp://127.0.0.1/"}, "does not begin with http:// or https://"),
        ({"tls_insecure": True}, "tls_insecure: is set"),
        ({"url": "https://127.0.0.1/", "tls_ca_file": "/nowhere.pem"}, "/nowhere.pem: cannot be read"),
        ({"source_addresses": ("here",)}, 'source_addresses: hold "here"'),
        ({"source_addresses": ("::1",)}, "addresses of the target's family"),
        ({"unix_socket": ""}, "unix_socket"),
        ({"url": "http://example.org/"}, "allow_hosts"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(values: dict[str, object], named: str) -> None:
    spec = LoadSpec(**{"url": "http://127.0.0.1:9/", "duration_s": 1.0, **values})  # type: ignore[arg-type]
    with pytest.raises(LoadgenError) as caught:
        start(spec)
    message = str(caught.value)
    assert named in message
    assert "\n  expected: " in message
    assert "\n  next: " in message


def test_a_value_of_another_type_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="connections"):
        start(LoadSpec(url="http://127.0.0.1:9/", requests=1, connections="ten"))  # type: ignore[arg-type]


def test_a_result_can_be_made_by_hand_for_a_fake(run: Run) -> None:
    result = run()
    fake = dataclasses.replace(result, service=Histogram.from_samples_ms([1.0, 2.0]), throughput_rps=100.0)

    assert (fake.throughput_rps, fake.service.count) == (100.0, 2)
