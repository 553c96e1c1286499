"""The ceiling of the client: the rate that it reaches on this host against a server that does nothing.

A trial near it was limited by the load generator, whatever its CPU share says. The ceiling is of the null request; one
with a body, or with answers of some size, has a lower one, so that staying below it is no proof of the opposite.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from fwcompare.model.measurement import Gate
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import LoadGenerator, LoadOrder
from fwcompare.model.workload import Request

CEILING = "client ceiling"
MOST_OF_CEILING = 0.70
"""The share of the ceiling up to which the target, not the client, is what was measured."""

_POINT = LoadPoint(
    connections=50, duration_s=0.5, requests=None, warmup_s=0.1, timeout_s=5.0, drain_s=1.0, keepalive=True
)
_LOADS = 5

NullServer = Callable[[], AbstractContextManager[str]]
"""Serves null answers while it is entered, and gives their URL."""


def null_rate(load: LoadGenerator, server: NullServer) -> float:
    """Give the rate of one load of half a second against a server of its own, requests per second."""
    with server() as url:
        outcome = load.start(LoadOrder(url, Request(), _POINT)).wait()
    return 0.0 if outcome is None else outcome.throughput_rps


def measure_ceiling(load: LoadGenerator, server: NullServer) -> float:
    """Give the highest rate of five loads: what disturbs one makes it lower, and nothing makes it higher."""
    return max(null_rate(load, server) for _ in range(_LOADS))


def ceiling_gate(throughput_rps: float, ceiling_rps: float) -> Gate:
    """The load generator must not be what limits."""
    share = throughput_rps / ceiling_rps
    return Gate(
        name=CEILING,
        passed=share <= MOST_OF_CEILING,
        seen=f"{share * 100:.3g} % of the {ceiling_rps:,.0f} req/s that this client reaches on this host against a "
        "null server",
        limit=f"at most {MOST_OF_CEILING:.0%}",
        about="client",
    )
