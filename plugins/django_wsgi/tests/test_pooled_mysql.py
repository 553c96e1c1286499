"""The pool behind Django's MySQL backend, on connections that only keep a log; no database is needed."""

import json
import subprocess
from pathlib import Path

import pytest

from fwcompare.testing.pytest_plugin import Built

pytestmark = pytest.mark.real

FRESH = ["1 connect", "1 autocommit True", "1 SELECT VERSION(),", "1 SET SESSION"]


def log_of(built: Built, case: str) -> list[str]:
    script = Path(__file__).with_name("pool_of_fakes.py")
    ended = subprocess.run(
        [built.argv[0], str(script), case],
        cwd=built.cwd,
        env=dict(built.env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    log: list[str] = json.loads(ended.stdout)
    return log


def test_a_second_request_on_another_thread_takes_the_same_connection_and_sends_nothing_of_its_own(
    built: Built,
) -> None:
    assert log_of(built, "two_requests") == [*FRESH, "1 SELECT 1", "1 SELECT 1"]


def test_a_connection_that_broke_fails_one_request_and_is_replaced(built: Built) -> None:
    log = log_of(built, "a_connection_that_broke")
    assert log[:5] == [*FRESH, "1 SELECT 1"]
    assert "Lost connection" in log[5]
    # What Django says to a fresh connection, but not again what it asks the server about itself.
    assert log[6:] == ["2 connect", "2 autocommit True", "2 SET SESSION", "2 SELECT 1"]


def test_a_connection_that_broke_in_a_transaction_is_replaced(built: Built) -> None:
    log = log_of(built, "a_connection_that_broke_in_a_transaction")
    assert log[:6] == [*FRESH, "1 autocommit False", "1 SELECT 1"]
    # At the end of a transaction Django turns autocommit on again, on a new connection if need be.
    assert log[6:9] == ["2 connect", "2 autocommit True", "2 SET SESSION"]
    assert "Lost connection" in log[9]
    assert log[10:] == ["2 SELECT 1"]


def test_a_transaction_left_open_is_rolled_back_before_another_request_has_the_connection(built: Built) -> None:
    log = log_of(built, "a_transaction_left_open")
    assert log == [
        *FRESH,
        "1 autocommit False",
        "1 SELECT 1",
        "1 rollback",
        "1 autocommit True",
        "1 SELECT 1",
    ]


def test_a_request_for_which_no_connection_becomes_free_is_refused_in_djangos_words(built: Built) -> None:
    assert log_of(built, "none_free") == [
        *FRESH,
        "1 SELECT 1",
        "refused: no pooled connection became free within 0.05 s",
    ]
