"""The workloads sleep-*: what they answer, and the throughput that nothing can exceed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.asks import asks
from fwcompare.model.workload import Answer, Bound, Request, Work, Workload
from fwcompare.workloads.sleep import SLEEP_WORKLOADS

JSON = {"content-type": "application/json"}
NAMED = {workload.name: workload for workload in SLEEP_WORKLOADS}
MESSAGES = {
    "sleep-sync": "Sync tasks completed with 1, 2, 3",
    "sleep-independent": "Async tasks completed with 1, 2, 3",
    "sleep-dependent": "Async tasks completed with 1, 1, 1",
    "sleep-concurrent": "Async tasks completed with [0, 1, 2]",
}


def differences(workload: Workload, body: object) -> list[str]:
    return asks(workload, "/")[0].differences(Answer(200, JSON, json.dumps(body).encode()), workload.parameters)


def bound(name: str, connections: int, **parameters: float) -> Bound | None:
    return NAMED[name].bound({"WORKERS": 2, "THREADS": 40, "SLEEP_SECONDS": 5, **parameters}, connections)


def test_there_are_four_and_none_has_a_database_or_other_work() -> None:
    assert list(NAMED) == list(MESSAGES)
    for workload in SLEEP_WORKLOADS:
        assert (workload.dataset, workload.work({}), workload.request) == (None, Work(), Request())
        assert workload.parameters == {"SLEEP_SECONDS": 0.5}


@pytest.mark.parametrize("name", MESSAGES)
def test_each_answers_its_own_message_and_no_others(name: str) -> None:
    for message in MESSAGES.values():
        found = differences(NAMED[name], {"message": message})
        expected = [] if message == MESSAGES[name] else [f"body.message: {message!r}, expected {MESSAGES[name]!r}"]
        assert found == expected


def test_the_limits_are_those_of_the_source() -> None:
    # 500 users, two workers with forty threads each, sleeps of 5 s.
    assert bound("sleep-sync", 500) == Bound(80 / 15, "2 workers x 40 threads / 15 s")
    assert bound("sleep-independent", 500) == Bound(500 / 15, "500 connections / 15 s")
    assert bound("sleep-dependent", 500) == Bound(500 / 15, "500 connections / 15 s")
    assert bound("sleep-concurrent", 500) == Bound(100, "500 connections / 5 s")


@pytest.mark.parametrize(
    ("connections", "slots", "words"),
    [
        (79, 79, "79 connections / 15 s"),
        (80, 80, "2 workers x 40 threads / 15 s"),
        (81, 80, "2 workers x 40 threads / 15 s"),
    ],
)
def test_threads_limit_only_where_they_are_no_more_than_the_connections(
    connections: int, slots: int, words: str
) -> None:
    assert bound("sleep-sync", connections) == Bound(slots / 15, words)


@pytest.mark.parametrize("name", MESSAGES)
def test_without_a_sleep_nothing_is_limited(name: str) -> None:
    assert bound(name, 10, SLEEP_SECONDS=0) is None
    assert bound(name, 10, SLEEP_SECONDS=0.0) is None


@pytest.mark.parametrize("known", [{}, {"WORKERS": 2}, {"THREADS": 40}])
def test_a_target_that_tells_no_threads_is_limited_by_its_connections(known: dict[str, int]) -> None:
    assert NAMED["sleep-sync"].bound({"SLEEP_SECONDS": 0.5, **known}, 500) == Bound(
        500 / 1.5, "500 connections / 1.5 s"
    )


@given(st.integers(1, 8), st.integers(1, 100), st.integers(1, 1000), st.floats(0.01, 10))
def test_blocking_is_never_limited_higher_than_awaiting_nor_awaiting_than_gathering(
    workers: int, threads: int, connections: int, seconds: float
) -> None:
    limits = [bound(name, connections, WORKERS=workers, THREADS=threads, SLEEP_SECONDS=seconds) for name in MESSAGES]
    sync, independent, dependent, concurrent = (limit.throughput_rps for limit in limits if limit is not None)
    assert sync <= independent == dependent
    assert concurrent == pytest.approx(3 * independent)
    assert sync == pytest.approx(min(workers * threads, connections) / (3 * seconds))
