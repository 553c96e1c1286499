"""wrk: closed model only, one thread, with its histogram (``--latency``)."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from loadgen_bench.tools.tool import Load, Said, failed

_MS: Final = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
_QUANTILES: Final = {"50": 0.5, "90": 0.9, "99": 0.99}


class Wrk:
    """wrk, from the distribution."""

    name = "wrk"

    def program(self) -> str | None:
        """Give where it is installed."""
        return shutil.which("wrk")

    def version_argv(self) -> Sequence[str]:
        """Give a command that says its version, and fails."""
        return ["sh", "-c", "wrk -v; true"]

    def version(self, said: str) -> str:
        """Read ``wrk debian/4.1.0-3+b2 [epoll] ...``."""
        return said.split()[1]

    def refusal(self, load: Load) -> str | None:
        """Refuse rates, think times and counted loads."""
        if load.rate is not None:
            return "wrk cannot send at a rate"
        if load.think_s:
            return "wrk cannot think without a script"
        return "wrk cannot count requests" if load.seconds is None else None

    def argv(self, load: Load, scratch: Path) -> Sequence[str]:
        """Give its command."""
        # The blank after the colon matters: without it wrk drops the field.
        close = [] if load.keepalive else ["-H", "Connection: close"]
        return ["wrk", "-t1", f"-c{load.connections}", f"-d{load.seconds}s", "--latency", *close, load.url]

    def read(self, said: str, load: Load, scratch: Path) -> Said:
        """Read its text."""
        done = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", said)
        mean = re.search(r"Latency\s+([\d.]+)(us|ms|s|m)", said)
        if done is None or mean is None:
            raise failed(self.name, "the output is not understood", said)
        if wrong := re.search(r"(Socket errors|Non-2xx or 3xx responses):.*", said):
            raise failed(self.name, wrong[0], said)
        quantiles = re.findall(r"^\s+(\d+)%\s+([\d.]+)(us|ms|s|m)$", said, re.MULTILINE)
        return Said(
            requests=int(done[1]),
            seconds=float(done[2]) * _MS[done[3]] / 1e3,
            mean_ms=float(mean[1]) * _MS[mean[2]],
            quantiles_ms={_QUANTILES[q]: float(n) * _MS[unit] for q, n, unit in quantiles if q in _QUANTILES},
        )
