"""The served application itself: both targets answer the contract, and refuse an environment that breaks it.

``served`` is a running target with its database ready, ``built`` its environment with nothing started.
"""

import hashlib
import http.client
import json
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Protocol
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.real

TIMEOUT_S = 20
ENVIRONMENT = {
    "HOST": "127.0.0.1",
    "PORT": "9",
    "DATABASE_URL": "postgresql://nobody:hunter2@127.0.0.1:9/nothing",
    "WORKERS": "1",
    "THREADS": "40",
    "POOL_SIZE": "5",
}
"""Complete and well-formed; nothing listens on that port, where the database should be."""


class Served(Protocol):
    url: str


class Built(Protocol):
    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]


def connect(served: Served) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=TIMEOUT_S))


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, str | None, bytes]:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.headers["Content-Type"], answer.read()


def start(built: Built, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the target's own start command in an environment that should end it at once."""
    return subprocess.run(
        list(built.argv),
        cwd=built.cwd,
        env={**built.env, **ENVIRONMENT, **changes},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def contract() -> list[dict[str, str]]:
    users = [
        {
            "user_id": str(uuid.UUID(hashlib.md5(str(i).encode(), usedforsecurity=False).hexdigest())),
            "username": f"user{i}",
            "email": f"user{i}@example.com",
        }
        for i in range(2000)
    ]
    return sorted(users, key=lambda user: user["user_id"])[:100]


def test_users_are_the_first_hundred_by_id(served: Served) -> None:
    with connect(served) as connection:
        status, content_type, body = get(connection, "/users")

    assert (status, content_type) == (200, "application/json")
    assert json.loads(body) == contract()


def test_one_connection_serves_many_requests(served: Served) -> None:
    with connect(served) as connection:
        get(connection, "/users")
        socket = connection.sock
        get(connection, "/users")

        assert socket is not None
        assert connection.sock is socket


def test_more_requests_than_threads_and_connections_are_all_answered(served: Served) -> None:
    """A session in a dependency with ``yield`` locks up here until the pool's timeout, and answers 500."""

    def ask(_: int) -> list[int]:
        with connect(served) as connection:
            return [get(connection, "/users")[0] for _ in range(5)]

    with ThreadPoolExecutor(60) as clients:
        statuses = [status for answers in clients.map(ask, range(60)) for status in answers]

    assert statuses == [200] * 300


def test_health_is_200_while_the_database_answers(served: Served) -> None:
    with connect(served) as connection:
        assert get(connection, "/health")[0] == 200


def test_an_unknown_path_is_404(served: Served) -> None:
    with connect(served) as connection:
        assert get(connection, "/no-such-path")[0] == 404


def test_facts_are_those_of_a_production_server(served: Served) -> None:
    with connect(served) as connection:
        facts = json.loads(get(connection, "/facts")[2])

    versions = {role: facts.pop(role) for role in ("framework", "server", "driver", "language")}
    assert all(component["name"] and component["version"] for component in versions.values())
    assert versions["framework"]["name"] == "fastapi"
    assert versions["driver"]["name"] in {"psycopg", "asyncpg"}
    assert facts == {
        "workers": 1,
        "threads": 40,
        "pool_size": 5,
        "event_loop": "uvloop",
        "debug": False,
        "log_level": "info",
        "middlewares": [],
    }


@pytest.mark.parametrize(
    ("variable", "value", "seen"),
    [
        ("HOST", "", "nothing"),
        ("PORT", "abc", "'abc'"),
        ("PORT", "65536", "'65536'"),
        ("POOL_SIZE", "0", "'0'"),
        ("WORKERS", "+1", "'+1'"),
        ("DATABASE_URL", "", "nothing"),
        ("DATABASE_URL", "mysql://nobody:hunter2@127.0.0.1/x", "mysql://..."),
        ("DATABASE_URL", "postgresql://nobody:hunter2@127.0.0.1:x/x", "one whose port is not a port number"),
    ],
)
def test_a_wrong_environment_ends_it_with_one_line(built: Built, variable: str, value: str, seen: str) -> None:
    ended = start(built, **{variable: value})

    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"fwc_app: {variable}: saw {seen}, expected a")
    assert "hunter2" not in line


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_database_that_is_not_there_ends_it_with_one_line(built: Built, workers: str) -> None:
    ended = start(built, WORKERS=workers)

    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("fwc_app: DATABASE_URL: saw ")
    assert line.endswith("expected a PostgreSQL that answers there")
    assert "hunter2" not in line
