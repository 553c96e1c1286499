"""The conformance suite, and what is this target's own."""

import http.client
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from fwcompare.testing.conformance import *  # noqa: F403
from fwcompare.testing.pytest_plugin import Built, Served


def test_facts_name_the_parts_that_matter(served: Served) -> None:
    with urllib.request.urlopen(f"{served.url}/facts", timeout=20) as answer:
        facts = json.load(answer)
    assert facts["framework"]["name"] == "fastify"
    assert facts["driver"]["name"] == "pg"
    assert facts["orm"] is None
    assert facts["event_loop"].startswith("libuv ")


@pytest.mark.parametrize("workers", [1, 2])
def test_at_its_end_it_answers_what_it_was_asked_and_leaves_no_map_for_perf_behind(built: Built, workers: int) -> None:
    with _running(built, workers) as (process, connection):
        connection.request("GET", "/async_independent")
        time.sleep(0.2)
        process.terminate()
        assert connection.getresponse().read() == b'{"message":"Async tasks completed with 1, 2, 3"}'
        # The connection is still open, and its client silent.
        assert process.wait(5) == 0
    assert not Path(f"/tmp/perf-{process.pid}.map").exists()  # noqa: S108 - where perf looks


@contextmanager
def _running(built: Built, workers: int) -> Iterator[tuple[subprocess.Popen[bytes], http.client.HTTPConnection]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    parameters = {name: str(value) for name, value in built.target.parameters.items()}
    chosen = {"HOST": "127.0.0.1", "PORT": str(port), "WORKERS": str(workers), "SLEEP_SECONDS": "0.3"}
    process = subprocess.Popen(built.argv, cwd=built.cwd, env={**built.env, **parameters, **chosen})
    try:
        with closing(_connected(port)) as connection:
            yield process, connection
    finally:
        process.kill()
        process.wait()


def _connected(port: int) -> http.client.HTTPConnection:
    deadline_s = time.monotonic() + 20
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    while True:
        try:
            connection.connect()
        except ConnectionRefusedError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)
        else:
            return connection
