"""What the benchmark asks of every tool, and what every tool answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from loadgen_bench.errors import BenchError


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A load, in the closed model or, with ``rate``, at a constant rate.

    Exactly one of ``seconds`` (whole: wrk and ab know no others) and ``requests`` is set.

    :param think_s: closed model: from an answer to the next request of the same connection.
    :param poisson_seed: with ``rate``: arrivals are drawn from this seed instead of being constant.
    :param corrected: with ``rate``: count times from when a request was due, if the tool can.
    :param warmup_s: load before the measured window, if the tool can.
    :param announced: whether the server says ``connection: keep-alive``, as nginx does when it is asked to.
    """

    url: str
    connections: int
    seconds: int | None = None
    requests: int | None = None
    keepalive: bool = True
    rate: float | None = None
    think_s: float = 0.0
    poisson_seed: int | None = None
    corrected: bool = True
    warmup_s: float = 0.0
    announced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a tool says of its load.

    :param requests: answers of status 200 to 299.
    :param seconds: the time in which they came.
    :param sending_cpu_s: CPU time for just these, where the tool tells; else the kernel's account of the process holds.
    :param mean_ms: of its times, whatever it calls them.
    :param quantiles_ms: by 0.5, 0.9 and 0.99; empty where it tells none.
    :param lag_p99_ms: how late the tool itself was, where it tells.
    :param connections: most that were established, where it tells.
    """

    requests: int
    seconds: float
    mean_ms: float
    quantiles_ms: Mapping[float, float] = field(default_factory=dict)
    sending_cpu_s: float | None = None
    lag_p99_ms: float | None = None
    connections: int | None = None


class Tool(Protocol):
    """A load generator."""

    @property
    def name(self) -> str:
        """Its name in tables."""

    def program(self) -> str | None:
        """Where it is installed; None if it is not."""

    def version_argv(self) -> Sequence[str]:
        """Give a command whose output holds :meth:`version`."""

    def version(self, said: str) -> str:
        """Read its version."""

    def refusal(self, load: Load) -> str | None:
        """Say why it cannot make this load; None if it can."""

    def argv(self, load: Load, scratch: Path) -> Sequence[str]:
        """Give the command for a load; files that it writes go to ``scratch``."""

    def read(self, said: str, load: Load, scratch: Path) -> Said:
        """Read its output.

        :raises BenchError: the output is not understood, or some request failed.
        """


def length_s(load: Load, least_rps: float = 20.0) -> float:
    """Give how long a load may last at most, for a limit: a counted one by the rate, or by a rate that all reach."""
    if load.seconds is not None:
        return load.seconds + load.warmup_s
    return (load.requests or 0) / (load.rate or least_rps) + load.warmup_s


def failed(tool: str, seen: str, said: str) -> BenchError:
    """Make the error for a load with errors, or for output that is not understood."""
    return BenchError(
        f"{tool}: the load cannot be counted",
        seen=seen,
        expected="every request answered with a status from 200 to 299",
        hint="look at what the tool says",
        details=said.splitlines()[-30:],
    )
