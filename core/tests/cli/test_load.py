"""`fwcompare load` as a user runs it, against the stub server with known answers."""

import json
import signal
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from pydantic import ValidationError

import fwcompare_loadgen as loadgen
from fwcompare.cli.load_files import content_of
from fwcompare.model.load_report import LoadReport

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

_SLOW = "/?delay_ms=5"


@pytest.fixture
def server() -> Iterator[loadgen.StubServer]:
    with loadgen.StubServer() as running:
        yield running


def as_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_load_prints_steps_percentiles_counts_and_verdict(program: "Program", server: loadgen.StubServer) -> None:
    done = program("load", server.url(_SLOW), "-n", "50", "-c", "2")
    assert done.stderr == ""
    for said in ("50 requests over 2 connections", "sent -> complete", "25 beyond", "50 due = 50 ok; 50 were sent"):
        assert said in done.stdout
    # Where others have the CPU, the generator says so, and that is right.
    verdict = {0: "ok", 5: "generator-limited"}[done.returncode]
    assert f"verdict      {verdict}" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_json_holds_to_the_published_schema(program: "Program", server: loadgen.StubServer) -> None:
    done = program("load", server.url(_SLOW), "-n", "50", "--json")
    schema = as_json(program("schema", "load"))
    found = as_json(done)
    assert done.returncode in (0, 5)
    report = LoadReport.model_validate(found)
    assert json.loads(report.model_dump_json(by_alias=True)) == found
    assert schema == LoadReport.model_json_schema(by_alias=True)
    assert set(found) == set(schema["properties"])
    with pytest.raises(ValidationError, match="surprise"):
        LoadReport.model_validate({**found, "surprise": 1})
    assert found["schema"] == 1
    assert found["requests"] == {
        "due": 50,
        "sent": 50,
        "ok": 50,
        "http_errors": 0,
        "transport_errors": 0,
        "timeouts": 0,
        "shed": 0,
        "censored": 0,
        "unexpected": None,
    }
    assert [(one["name"], one["sent"]) for one in found["endpoints"]] == [("GET /?delay_ms=5", 50)]
    assert found["service_ms"]["p50"] >= 5
    assert found["response_ms"] is None
    assert "response_ms" in found["reasons"]


def test_the_duration_takes_a_unit_and_ends_the_load(program: "Program", server: loadgen.StubServer) -> None:
    found = as_json(program("load", server.url(_SLOW), "-z", "300ms", "--warmup", "100ms", "--json"))
    assert found["window_s"] == pytest.approx(0.3, rel=0.01)
    assert (found["asked"]["duration_s"], found["asked"]["warmup_s"]) == (0.3, 0.1)


def test_errors_of_the_target_are_figures_and_no_exit_code(program: "Program", server: loadgen.StubServer) -> None:
    done = program("load", server.url("/?fault=early-close&delay_ms=5"), "-n", "4", "-c", "1")
    assert done.returncode in (0, 5)
    assert "4 transport errors" in done.stdout
    assert "by error     early_close: 4" in done.stdout
    assert "no request got an answer of status 200 to 299" in done.stdout


def test_redirects_are_pointed_out(program: "Program", server: loadgen.StubServer) -> None:
    done = program("load", server.url("/?status=301&delay_ms=5"), "-n", "4", "-c", "1")
    assert "4 answers redirected; redirects are not followed" in done.stdout
    assert server.requests == 4


def test_keepalive_off_opens_a_connection_per_request(program: "Program", server: loadgen.StubServer) -> None:
    found = as_json(program("load", server.url(_SLOW), "-n", "6", "-c", "2", "--disable-keepalive", "--json"))
    assert found["connections"]["opened"] == server.connections == 6


def test_a_generator_that_was_the_limit_makes_the_result_invalid(
    program: "Program", server: loadgen.StubServer
) -> None:
    # More than one CPU's worth of requests from one thread: the null server answers at once.
    done = program("load", server.url("/"), "-z", "300ms", "-c", "64", "--json")
    found = as_json(done)
    if found["client"]["cpu_share"] > 0.7:
        assert (done.returncode, found["verdict"]) == (5, "generator-limited")


def test_ctrl_c_prints_what_was_recorded_and_exits_130(program: "Program", server: loadgen.StubServer) -> None:
    running = program.start("load", server.url(_SLOW), "-z", "600s", "-c", "1", "--json")
    assert program.wait_until(lambda: server.requests > 5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert "Traceback" not in err
    found = json.loads(out)
    assert found["interrupted"] is True
    assert found["requests"]["ok"] >= 5
    assert not psutil.pid_exists(running.pid)


def test_a_rate_makes_an_open_model_with_response_times(program: "Program", server: loadgen.StubServer) -> None:
    arguments = ("--rate", "200", "-n", "60", "-c", "4", "--arrivals", "poisson", "--seed", "3")
    found = as_json(program("load", server.url(_SLOW), *arguments, "--latency-correction", "--json"))
    assert (found["model"], found["requests"]["due"]) == ("open", 60)
    assert found["response_ms"]["count"] == 60
    assert found["response_ms"]["p50"] >= 5
    assert (found["asked"]["arrivals"], found["asked"]["seed"], found["asked"]["backlog"]) == ("poisson", 3, "queue")
    LoadReport.model_validate(found)


def test_a_backlog_that_grows_opens_connections(program: "Program", server: loadgen.StubServer) -> None:
    flags = ("-q", "500", "-n", "50", "-c", "1", "--backlog", "grow", "--max-connections", "8")
    found = as_json(program("load", server.url("/?delay_ms=20"), *flags, "--json"))
    assert 1 < found["connections"]["opened"] <= 8


def test_more_than_the_target_can_serve_is_explained(program: "Program", server: loadgen.StubServer) -> None:
    done = program("load", server.url("/?delay_ms=50"), "-q", "200", "-z", "800ms", "-c", "1")
    assert "waited at the end" in done.stdout
    assert "response" in done.stdout
    assert done.returncode in (0, 5), done.stderr
    if done.returncode == 0:
        assert "verdict      saturated" in done.stdout
        assert "The arithmetic" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--latency-correction",), "--latency-correction needs --rate"),
        (("--arrivals", "poisson"), "--arrivals needs --rate"),
        (("--backlog", "queue"), "--backlog needs --rate"),
        (("-q", "10", "--seed", "1"), "--seed needs something that is drawn: --arrivals poisson"),
        (("-q", "10", "--max-connections", "20"), "--max-connections needs --backlog grow"),
        (("-q", "10", "--backlog", "grow"), "--backlog grow needs --max-connections"),
        (("-q", "10", "--backlog", "grow", "--max-connections", "5"), "max_connections: is 5"),
        (("-q", "10", "--backlog", "shed"), "--backlog shed needs --shed-after"),
        (("-q", "0"), "0.0 is not in the range"),
        (("--threads", "9999", "-c", "9999"), "more than the CPUs"),
    ],
)
def test_a_flag_that_would_do_nothing_is_refused_with_what_it_needs(
    arguments: tuple[str, ...], expected: str, program: "Program"
) -> None:
    done = program("load", "http://127.0.0.1/", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("http://192.0.2.1/",), "--allow-host"),
        (("ftp://127.0.0.1/",), "does not begin with http://"),
        (("http://127.0.0.1/", "-n", "1", "-z", "1s"), "-n and -z exclude each other"),
        (("http://127.0.0.1/", "-n", "0"), "0 is not in the range"),
        (("http://127.0.0.1/", "-z", "5"), "expected a number with a unit"),
        (("http://127.0.0.1/", "-z", "0s"), "duration: is 0 s"),
        (("http://127.0.0.1/", "-c", "2", "--threads", "3"), "more than --connections 2"),
        (("http://127.0.0.1/", "-H", "nonsense"), "expected 'Name: value'"),
        (("http://127.0.0.1/", "-H", "content-length: 3"), "set by the generator"),
        (("http://127.0.0.1/", "-d", "@nowhere"), "'nowhere' cannot be read"),
        (("http://127.0.0.1/", "-m", "CONNECT"), "an HTTP method other than CONNECT"),
        ((), "Missing argument 'URL'"),
    ],
)
def test_bad_input_exits_2_with_what_was_expected(
    arguments: tuple[str, ...], expected: str, program: "Program"
) -> None:
    done = program("load", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_help_says_what_familiar_flags_mean(program: "Program") -> None:
    done = program("load", "--help")
    assert done.returncode in (0, 5)
    for tool in ("wrk", "wrk2", "hey", "oha", "ab"):
        assert tool in done.stdout.partition("Familiar flags")[2]


def test_the_body_is_the_text_or_the_bytes_of_a_file(program: "Program") -> None:
    file = program.folder / "body.bin"
    file.write_bytes(b"\x00\xff")
    assert content_of(None, "-d") is None
    assert content_of('{"a": 1}', "-d") == b'{"a": 1}'
    assert content_of(f"@{file}", "-d") == b"\x00\xff"
