"""The conformance suite for a plugin's targets; an author's test file needs one line.

Contract, parity, readiness, shutdown, bad requests and many clients.

::

    from fwcompare.testing.conformance import *  # noqa: F403

Every test runs for each target of the plugin, against a fresh real database, with no load generator.
"""

import http.client
import json
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import psutil
import pytest

from fwcompare.errors import HostError
from fwcompare.model.asks import asks
from fwcompare.model.workload import Answer, Request
from fwcompare.testing.lives import Gate, Life, environment_of, living
from fwcompare.testing.pytest_plugin import Built, Served, skip_outside_ci

__all__ = [
    "pytestmark",
    "test_a_database_that_is_not_there_ends_it_without_giving_the_password_away",
    "test_a_malformed_request_is_refused_and_the_next_one_served",
    "test_a_wrong_environment_ends_it_with_one_line_that_names_the_variable",
    "test_an_unknown_path_is_404",
    "test_every_workload_is_answered_as_its_contract_says",
    "test_facts_have_the_agreed_form",
    "test_health_is_200",
    "test_health_is_not_200_before_the_database_can_be_used",
    "test_more_requests_than_threads_and_connections_are_all_answered",
    "test_one_connection_serves_many_requests",
    "test_sigterm_ends_it_and_all_that_it_started_though_a_connection_is_open",
    "test_the_work_for_a_request_is_what_the_contract_asks_for",
]

pytestmark = pytest.mark.real

_TIMEOUT_S = 20
_CLIENTS = 60
_EACH = 3
_MANY_FLOWS = 1000
_OK = 200
_NOT_FOUND = 404
_HELD_S = 0.3
_END_S = 10.0
_GONE_S = 2.0
# Of itself, or by the signal; a shell and a virtual machine say the latter as 128 and its number.
_ENDED_WELL = (0, -signal.SIGTERM, 128 + signal.SIGTERM)
_SECRET = "hunter2"  # noqa: S105 - what must not be seen in a log
_COMPONENTS = ("framework", "server", "driver", "language")
_SETTINGS = ("workers", "threads", "pool_size", "event_loop", "debug", "log_level", "middlewares")


def test_every_workload_is_answered_as_its_contract_says(offering: Served) -> None:
    """The body is compared in canonical form, status and content type exactly."""
    with _connected(offering) as connection:
        for workload in offering.workloads:
            for ask in asks(workload, offering.target.workloads[workload.name]):
                answer = _ask(connection, ask.path, ask.request)
                assert ask.differences(answer, offering.parameters) == [], f"{workload.name} {ask.label}".rstrip()


def test_the_work_for_a_request_is_what_the_contract_asks_for(offering: Served) -> None:
    """Statements by kind, rows, transactions, connections and files, as ``verify`` counts them."""
    for verified in offering.verified:
        if verified.state in ("unavailable", "not audited"):
            skip_outside_ci(HostError(f"{verified.workload} cannot be audited", seen=verified.reason))
        wrong = [] if verified.audit is None else [f for f in verified.audit.findings if f.state == "undeclared"]
        assert verified.state in ("same work", "declared deviation"), (verified.workload, verified.reason, wrong)


def test_one_connection_serves_many_requests(served: Served) -> None:
    """HTTP/1.1 keeps a connection open."""
    with _connected(served) as connection:
        _ask(connection, "/health")
        kept = connection.sock
        _ask(connection, "/health")
        assert kept is not None
        assert connection.sock is kept, "the target closed the connection after one answer"


def test_more_requests_than_threads_and_connections_are_all_answered(offering: Served) -> None:
    """A target that holds a pooled connection while it waits for a thread locks up here."""
    workload = offering.workloads[0]
    path = offering.target.workloads[workload.name]

    def ask(client: int) -> list[str]:
        with _connected(offering) as connection:
            return [
                difference
                for turn in range(_EACH)
                # Values that no other client has, nor the test before.
                for one in asks(workload, path, (1 + client * _EACH + turn) * _MANY_FLOWS)
                for difference in one.differences(_ask(connection, one.path, one.request), offering.parameters)
            ]

    with ThreadPoolExecutor(_CLIENTS) as clients:
        assert [difference for found in clients.map(ask, range(_CLIENTS)) for difference in found] == []


def test_health_is_200(served: Served) -> None:
    """Once it is ready it stays so."""
    with _connected(served) as connection:
        assert _ask(connection, "/health").status == _OK


def test_health_is_not_200_before_the_database_can_be_used(served: Served) -> None:
    """Load is put on a target as soon as it says that it is ready."""
    if served.database_url is None:
        pytest.skip("its first workload needs no database")
    with Gate(served.database_url) as gate, living(served.built, gate.url) as life:
        life.wait_for("it asked for its database", lambda: _never_healthy(life) and gate.asked)
        life.see_for(_HELD_S, lambda: _never_healthy(life))
        gate.open()
        life.wait_for("it became ready", lambda: life.health() == _OK)


def _never_healthy(life: Life) -> bool:
    assert life.health() != _OK, "/health is 200 before a connection to the database is to be had"
    return True


def test_sigterm_ends_it_and_all_that_it_started_though_a_connection_is_open(served: Served) -> None:
    """A client that keeps its connection open must not keep the target."""
    with living(served.built, served.database_url) as life:
        life.wait_for("it became ready", lambda: life.health() == _OK)
        with closing(http.client.HTTPConnection("127.0.0.1", life.port, timeout=_TIMEOUT_S)) as connection:
            assert _ask(connection, "/health").status == _OK
            family = psutil.Process(life.process.pid).children(recursive=True)
            life.process.send_signal(signal.SIGTERM)
            code = life.process.wait(_END_S)
        assert code in _ENDED_WELL
        _, alive = psutil.wait_procs(family, timeout=_GONE_S)
        assert alive == []


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n", id="no HTTP"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: here\r\nno colon\r\n\r\n", id="a header without a colon"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: here\r\nContent-Length: x\r\n\r\n", id="a length that is none"),
    ],
)
def test_a_malformed_request_is_refused_and_the_next_one_served(served: Served, sent: bytes) -> None:
    """With 400 or a closed connection; the server lives on."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=_TIMEOUT_S) as client:
        client.sendall(sent)
        try:
            line, _, _ = client.recv(1024).partition(b"\r\n")
        except ConnectionResetError:
            line = b""
    # Of what version a request is that cannot be read, nobody knows.
    assert line == b"" or line.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")), line
    with _connected(served) as connection:
        assert _ask(connection, "/health").status == _OK


def test_an_unknown_path_is_404(served: Served) -> None:
    """A router that answers everything would hide a wrong path in a ``target.toml``."""
    with _connected(served) as connection:
        assert _ask(connection, "/no-such-path").status == _NOT_FOUND


def test_facts_have_the_agreed_form(served: Served) -> None:
    """Names and versions, the settings that were asked for, and nothing that a production server has off."""
    with _connected(served) as connection:
        facts = json.loads(_ask(connection, "/facts").body)
    for role in _COMPONENTS:
        assert facts[role]["name"], role
        assert facts[role]["version"], role
    assert set(facts) >= {*_COMPONENTS, *_SETTINGS}
    for name, value in served.parameters.items():
        # What it does not use here it may leave out: a pool without a database.
        assert facts.get(name.lower()) in (None, value), name
    assert facts["debug"] is False


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HOST", ""),
        ("PORT", "abc"),
        ("PORT", "65536"),
        ("POOL_SIZE", "0"),
        ("WORKERS", "+1"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", f"oracle://nobody:{_SECRET}@127.0.0.1/x"),
        ("DATABASE_URL", f"postgresql://nobody:{_SECRET}@127.0.0.1:x/x"),
    ],
)
def test_a_wrong_environment_ends_it_with_one_line_that_names_the_variable(
    built: Built, variable: str, value: str
) -> None:
    """A target that starts on a wrong setting would measure something else than what was asked for."""
    ended = _start(built, {variable: value})
    assert ended.returncode not in (0, None)
    (line,) = ended.stderr.splitlines()
    assert variable in line
    assert "expected" in line
    assert _SECRET not in line


def test_a_database_that_is_not_there_ends_it_without_giving_the_password_away(built: Built) -> None:
    """Rather an exit code and a line than a server that answers 500."""
    ended = _start(built, {})
    assert ended.returncode not in (0, None)
    assert "DATABASE_URL" in ended.stderr
    assert _SECRET not in ended.stderr + ended.stdout


def _connected(served: Served) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=_TIMEOUT_S))


def _ask(
    connection: http.client.HTTPConnection,
    path: str,
    request: Request = Request(headers=()),  # noqa: B008 - frozen
) -> Answer:
    connection.request(request.method, path, request.body or None, dict(request.headers))
    answer = connection.getresponse()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def _start(built: Built, changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the target's own start command in an environment that should end it at once."""
    return subprocess.run(
        list(built.argv),
        cwd=built.cwd,
        # Complete and well-formed; nothing listens there.
        env=environment_of(
            built, {"PORT": "9", "DATABASE_URL": f"postgresql://nobody:{_SECRET}@127.0.0.1:9/nothing", **changes}
        ),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
