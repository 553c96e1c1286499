"""Memory of every tool at 1,000 connections, in a short and a long load, and whether ours holds 10,000.

The figure is the most resident memory of the client's process, Python with it in our case. Read while the host is as
it is: memory does not depend on how busy that host was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from loadgen_bench.errors import BenchError
from loadgen_bench.measuring import Measured, measure
from loadgen_bench.running import CLIENT_CORE
from loadgen_bench.servers import Server, nginx
from loadgen_bench.tools import OURS
from loadgen_bench.tools.tool import Load, Tool

NAME: Final = "memory"
CONNECTIONS: Final = 1_000
SHORT_S, LONG_S = 2, 8
MANY_CONNECTIONS: Final = 10_000
MOST_MIB: Final = 50.0
MOST_GROWTH: Final = 0.02
"""Between the short and the long load; more than this is memory that grows with the number of requests."""

_MANY_WARMUP_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """One tool's memory. ``short`` and ``long`` are of :data:`SHORT_S` and :data:`LONG_S`."""

    tool: str
    short_mib: float
    short_requests: int
    long_mib: float
    long_requests: int

    @property
    def constant(self) -> bool:
        """Say whether it is the same after four times as many requests."""
        return self.long_mib <= self.short_mib * (1 + MOST_GROWTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Our load with :data:`MANY_CONNECTIONS`."""

    established: int
    requests: int
    peak_mib: float


def footprints(tools: Sequence[Tool], tell: Callable[[str], None]) -> tuple[list[Footprint], Many]:
    """Load nginx with every tool.

    :raises BenchError: a tool fails, or its memory cannot be read.
    """
    with nginx() as server:
        rows = []
        for tool in tools:
            short, long = (_at(tool, server, seconds) for seconds in (SHORT_S, LONG_S))
            rows.append(
                Footprint(
                    tool=tool.name,
                    short_mib=_mib(short),
                    short_requests=short.said.requests,
                    long_mib=_mib(long),
                    long_requests=long.said.requests,
                )
            )
            tell(f"{NAME} {tool.name:<7}{rows[-1].short_mib:.1f} MiB, then {rows[-1].long_mib:.1f} MiB")
        many = measure(
            OURS,
            Load(url=server.url, connections=MANY_CONNECTIONS, seconds=LONG_S, warmup_s=_MANY_WARMUP_S),
            server,
            core=CLIENT_CORE,
        )
    return rows, Many(established=many.said.connections or 0, requests=many.said.requests, peak_mib=_mib(many))


def _at(tool: Tool, server: Server, seconds: int) -> Measured:
    load = Load(url=server.url, connections=CONNECTIONS, seconds=seconds, warmup_s=1.0)
    return measure(tool, load, server, core=CLIENT_CORE)


def _mib(measured: Measured) -> float:
    if measured.peak_mib is None:
        raise BenchError("a client's memory was not seen", seen="it ended too soon", expected="a load of seconds")
    return measured.peak_mib
