"""The workloads ``sleep-*``: a request that waits in one of four ways, and nothing else.

Since nothing but waiting is asked for, the throughput of each has a limit that follows from arithmetic; a target
that comes near it wastes nothing, whatever its language. Decides the answers and the limits. Leaves out how a
target waits.
"""

from collections.abc import Callable, Mapping
from typing import Final

from fwcompare.model.quantities import Scalar
from fwcompare.model.workload import AuditSize, Bound, JsonContract, Request, Workload

SLEEPS: Final = 3
"""Sleeps of one request."""


def in_threads(parameters: Mapping[str, Scalar], connections: int) -> Bound | None:
    """Give the limit where a request holds a thread through all its sleeps."""
    workers, threads, seconds = int(parameters["WORKERS"]), int(parameters["THREADS"]), _seconds(parameters)
    if workers * threads <= connections:
        return _bound(workers * threads, f"{workers} workers x {threads} threads", SLEEPS * seconds)
    return _bound(connections, f"{connections} connections", SLEEPS * seconds)


def in_series(parameters: Mapping[str, Scalar], connections: int) -> Bound | None:
    """Give the limit where each connection waits for one sleep after the other."""
    return _bound(connections, f"{connections} connections", SLEEPS * _seconds(parameters))


def at_once(parameters: Mapping[str, Scalar], connections: int) -> Bound | None:
    """Give the limit where the sleeps of a request go by together."""
    return _bound(connections, f"{connections} connections", _seconds(parameters))


def _bound(slots: int, words: str, seconds: float) -> Bound | None:
    if not seconds:
        return None
    return Bound(slots / seconds, f"{words} / {seconds:g} s")


def _seconds(parameters: Mapping[str, Scalar]) -> float:
    return float(parameters["SLEEP_SECONDS"])


def _workload(
    name: str, title: str, message: str, bound: Callable[[Mapping[str, Scalar], int], Bound | None]
) -> Workload:
    return Workload(
        name=f"sleep-{name}",
        title=title,
        request=Request(),
        contract=JsonContract({"message": message}),
        parameters={"SLEEP_SECONDS": 0.5},
        # Each takes seconds, and none does any work that could differ by a fraction.
        audit=AuditSize(alone=1, together=20, clients=20),
        bound=bound,
    )


SLEEP_WORKLOADS: Final = (
    _workload("sync", "three blocking sleeps in series", "Sync tasks completed with 1, 2, 3", in_threads),
    _workload("independent", "three awaited sleeps in series", "Async tasks completed with 1, 2, 3", in_series),
    _workload(
        "dependent",
        "three awaited sleeps, each fed the one before",
        "Async tasks completed with 1, 1, 1",
        in_series,
    ),
    _workload("concurrent", "three sleeps gathered", "Async tasks completed with [0, 1, 2]", at_once),
)
