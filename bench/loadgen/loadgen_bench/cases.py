"""What is compared, by which figure, and what LOADGEN's goals ask of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loadgen_bench.measuring import Measured


class Figure(StrEnum):
    """By what tools are compared in a case."""

    PER_CPU_S = "requests per client CPU second"
    RATE = "requests per second"

    def of(self, measured: Measured) -> float:
        """Read it off a load."""
        return measured.per_cpu_s if self is Figure.PER_CPU_S else measured.rate_rps


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comparison.

    :param goals: by peer, the least ratio of ours to the peer's figure.
    """

    name: str
    title: str
    null_server: bool
    connections: int
    keepalive: bool
    figure: Figure
    goals: Mapping[str, float]


CASES: Final = (
    Case(
        name="keep-10",
        title="nginx, 10 KiB, keep-alive, 10 connections",
        null_server=False,
        connections=10,
        keepalive=True,
        figure=Figure.PER_CPU_S,
        goals={"wrk": 1.2},
    ),
    Case(
        name="keep-64",
        title="nginx, 10 KiB, keep-alive, 64 connections",
        null_server=False,
        connections=64,
        keepalive=True,
        figure=Figure.PER_CPU_S,
        goals={"wrk": 1.2},
    ),
    Case(
        name="close-10",
        title="nginx, 10 KiB, a connection per request, 10 at once",
        null_server=False,
        connections=10,
        keepalive=False,
        figure=Figure.PER_CPU_S,
        # The goal names wrk2, which is not to be had here; wrk sends in the same way, at almost the same cost.
        goals={"wrk": 1.0},
    ),
    Case(
        name="null-64",
        title="null server, keep-alive, 64 connections, one client core",
        null_server=True,
        connections=64,
        keepalive=True,
        figure=Figure.RATE,
        goals={"wrk": 1.3},
    ),
)
