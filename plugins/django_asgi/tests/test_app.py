"""The conformance suite, and what is Django's own on ASGI."""

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from fwcompare.testing.conformance import *  # noqa: F403
from fwcompare.testing.pytest_plugin import Served

CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def test_facts_name_the_parts_that_matter(served: Served) -> None:
    with urllib.request.urlopen(f"{served.url}/facts", timeout=20) as answer:
        facts = json.load(answer)
    assert facts["framework"]["name"] == "django"
    assert facts["driver"]["name"] == "psycopg"
    assert (facts["server"]["name"], facts["event_loop"], facts["middlewares"]) == ("uvicorn", "uvloop", [])


def status_of(served: Served, path: str, body: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(f"{served.url}{path}", data=body, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_a_wrong_method_is_405(served: Served) -> None:
    assert status_of(served, "/users", b"{}") == 405
    assert status_of(served, "/io-intensive") == 405


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff"])
def test_a_body_that_is_no_json_object_is_400(served: Served, body: bytes) -> None:
    assert status_of(served, "/io-intensive", body) == 400


def test_a_request_that_the_database_refuses_is_500_and_gives_its_connection_back(served: Served) -> None:
    # The database has the table of `users` alone.
    statuses = [status_of(served, "/io-intensive", b"{}") for _ in range(2 * served.target.parameters["POOL_SIZE"])]
    assert set(statuses) == {500}
    assert status_of(served, "/users") == 200


def test_the_database_sees_as_many_connections_as_the_pool_may_hold_and_no_more(served: Served) -> None:
    def ask(_: int) -> None:
        with urllib.request.urlopen(f"{served.url}/users", timeout=20) as answer:
            answer.read()

    assert served.database_url is not None
    seen = set()
    with psycopg.connect(served.database_url, autocommit=True) as database, ThreadPoolExecutor(60) as clients:
        asked = [clients.submit(ask, number) for number in range(300)]
        while not all(request.done() for request in asked):
            seen.add(database.execute(CONNECTIONS).fetchone()[0])
        for request in asked:
            request.result()
    assert max(seen) == served.target.parameters["POOL_SIZE"]
