"""The conformance suite fails for a target that does wrong what it looks at, and for nothing else."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fwcompare.testing import conformance
from fwcompare.testing.lives import Gate
from fwcompare.workloads.users import first_users

# Named as one that is installed: what is tested is what stands there.
TARGET = """
schema = 1
framework = "None"
language = "python"
app = "app"

[build]
inputs = ["serve.py"]
commands = [["true"]]

[[targets]]
name = "fastapi"
title = "answers rightly, and that is all"
start = ["{python}", "serve.py"]
profiler = "py-spy"

[targets.parameters]
WORKERS = 1
POOL_SIZE = 5

[targets.workloads]
users = "/users"
"""

APP = '''
"""Has its answers from a file, is ready before its database, and calls its end a failure."""

import json
import os
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PART = {"name": "none", "version": "1"}
FACTS = {
    **dict.fromkeys(("framework", "server", "driver", "language"), PART),
    **dict.fromkeys(("threads", "event_loop", "log_level", "middlewares"), None),
    "workers": 1,
    "pool_size": 5,
    "debug": False,
}
ANSWERS = {"/health": b"{}", "/facts": json.dumps(FACTS).encode(), "/users": Path("users.json").read_bytes()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = ANSWERS.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


ThreadingHTTPServer.request_queue_size = 128
signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
'''

WRONG = {
    "test_the_work_for_a_request_is_what_the_contract_asks_for": "non-comparable",
    "test_health_is_not_200_before_the_database_can_be_used": "/health is 200 before a connection",
    "test_sigterm_ends_it_and_all_that_it_started_though_a_connection_is_open": "assert 1 in",
    "test_a_malformed_request_is_refused_and_the_next_one_served": "assert",
}
RIGHT = {
    "test_every_workload_is_answered_as_its_contract_says",
    "test_one_connection_serves_many_requests",
    "test_facts_have_the_agreed_form",
    "test_an_unknown_path_is_404",
    "test_health_is_200",
}


@pytest.mark.real
def test_what_a_pretender_does_wrong_is_told_and_what_it_does_right_passes(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "target.toml").write_text(TARGET, encoding="utf-8")
    (tmp_path / "app" / "serve.py").write_text(APP, encoding="utf-8")
    (tmp_path / "app" / "users.json").write_text(json.dumps(first_users()), encoding="utf-8")
    suite = tmp_path / "tests" / "test_target.py"
    suite.write_text("from fwcompare.testing.conformance import *\n", encoding="utf-8")
    # The others start it on a wrong environment, each until it is given up.
    chosen = " or ".join(sorted([*WRONG, *RIGHT]))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(suite), "-v", "--color=no", "-p", "no:cacheprovider", "-k", chosen],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    by_outcome: dict[str, set[str]] = {}
    for name, outcome in re.findall(r"::(test_\w+)\[.*\] (PASSED|FAILED|ERROR|SKIPPED)", done.stdout):
        by_outcome.setdefault(outcome, set()).add(name)
    assert by_outcome.get("FAILED") == set(WRONG), done.stdout
    assert by_outcome["PASSED"] - set(WRONG) == RIGHT, done.stdout
    assert set(by_outcome) == {"PASSED", "FAILED"}
    for reason in WRONG.values():
        assert reason in done.stdout


def test_an_author_gets_every_test_of_the_suite() -> None:
    assert {name for name in vars(conformance) if name.startswith("test_")} == set(conformance.__all__) - {"pytestmark"}


def test_a_gate_keeps_user_and_database_and_takes_the_place_of_the_address() -> None:
    with Gate("postgresql://me:pass%20word@127.0.0.1:5432/data?sslmode=disable") as gate:
        assert re.fullmatch(r"postgresql://me:pass%20word@127\.0\.0\.1:\d+/data\?sslmode=disable", gate.url)
        assert not gate.asked
