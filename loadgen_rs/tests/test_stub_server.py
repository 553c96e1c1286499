"""The stub server as Python tests use it."""

from http.client import HTTPConnection

import pytest

from fwcompare_loadgen import StubServer


def get(server: StubServer, target: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", target)
    answer = connection.getresponse()
    content = (answer.status, answer.read())
    connection.close()
    return content


def test_it_answers_as_the_query_says() -> None:
    with StubServer() as server:
        assert server.url("/x") == f"http://127.0.0.1:{server.port}/x"
        assert get(server, "/?size=10&framing=chunked") == (200, b"x" * 10)
        assert get(server, "/?status=503") == (503, b"xx")
        assert (server.requests, server.connections) == (2, 2)


def test_a_misspelt_script_is_answered_in_words() -> None:
    with StubServer() as server:
        status, body = get(server, "/?stauts=200")

    assert status == 400
    assert b"unknown key" in body


def test_it_is_gone_once_stopped() -> None:
    server = StubServer()
    server.stop()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        get(server, "/")


def test_a_port_in_use_is_an_os_error() -> None:
    with StubServer() as server, pytest.raises(OSError, match="in use"):
        StubServer(server.port)
