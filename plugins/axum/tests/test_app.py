"""The conformance suite, and what is Axum's own."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from fwcompare.testing.conformance import *  # noqa: F403
from fwcompare.testing.pytest_plugin import Built, Served


def test_facts_name_the_parts_that_matter(served: Served) -> None:
    with urllib.request.urlopen(f"{served.url}/facts", timeout=20) as answer:
        facts = json.load(answer)
    assert facts["framework"]["name"] == "axum"
    assert facts["driver"]["name"] == "sqlx"
    assert facts["orm"] is None
    assert facts["event_loop"] == "tokio multi-thread"


def test_one_process_has_the_blocking_threads_of_all_its_workers(built: Built) -> None:
    # Four requests of 3 x 0.3 s on two threads: two rounds. On one thread it would be four, without a cap one.
    with _served_without_a_database(built, WORKERS="2", THREADS="1", SLEEP_SECONDS="0.3") as url:
        began_s = time.monotonic()
        with ThreadPoolExecutor(4) as clients:
            list(clients.map(lambda _: urllib.request.urlopen(f"{url}/sync_baseline", timeout=20).close(), range(4)))
        took_s = time.monotonic() - began_s
    assert 1.8 <= took_s < 3.6


@contextmanager
def _served_without_a_database(built: Built, **variables: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        built.argv,
        cwd=built.cwd,
        env={
            **built.env,
            **{name: str(value) for name, value in built.target.parameters.items()},
            "HOST": "127.0.0.1",
            "PORT": str(port),
            **variables,
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        try:
            assert "serving on" in process.stderr.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
