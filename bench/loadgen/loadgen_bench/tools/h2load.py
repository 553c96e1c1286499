"""h2load, of nghttp2: made for HTTP/2, asked for HTTP/1.1 here; one thread.

Its rate (``--rps``) is one schedule for each connection, so that it is used with one connection only. It prints no
percentiles; those shown are of the times in its log, which begin at the sending. The log is asked for only with a rate.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from loadgen_bench.quantiles import nearest_rank
from loadgen_bench.tools.tool import Load, Said, failed

_MS: Final = {"us": 1e-3, "ms": 1.0, "s": 1e3}
_COUNTED_RPS: Final = 20_000
_QUANTILES: Final = (0.5, 0.9, 0.99)


class H2load:
    """h2load, from the distribution's nghttp2-client."""

    name = "h2load"

    def program(self) -> str | None:
        """Give where it is installed."""
        return shutil.which("h2load")

    def version_argv(self) -> Sequence[str]:
        """Give a command that says its version."""
        return ["h2load", "--version"]

    def version(self, said: str) -> str:
        """Read ``h2load nghttp2/1.52.0``."""
        return said.rsplit("/", maxsplit=1)[-1].strip()

    def refusal(self, load: Load) -> str | None:
        """Refuse think times, and a rate over several connections."""
        if load.think_s:
            return "h2load cannot think"
        if load.rate is not None and load.connections != 1:
            return "h2load's rate is one schedule for each connection"
        if load.poisson_seed is not None:
            return "h2load's arrivals are constant"
        return None

    def argv(self, load: Load, scratch: Path) -> Sequence[str]:
        """Give its command."""
        limit = ["-n", str(load.requests)] if load.seconds is None else [f"-D{load.seconds}"]
        close: list[str] = []
        if not load.keepalive:
            close = ["-H", "connection: close"]
            if load.seconds is not None:
                # Against a server that closes, h2load 1.52 does not come back from a timed load: count instead.
                limit = ["-n", str(_COUNTED_RPS * load.seconds)]
        rate = [] if load.rate is None else ["--rps", f"{load.rate:g}", "--log-file", str(scratch / "h2load.log")]
        return ["h2load", "--h1", "-t1", f"-c{load.connections}", *limit, *close, *rate, load.url]

    def read(self, said: str, load: Load, scratch: Path) -> Said:
        """Read its text, and its log if there is one."""
        took = re.search(r"finished in ([\d.]+)(us|ms|s),", said)
        counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", said)
        good = re.search(r"status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx", said)
        mean = re.search(r"time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", said)
        if took is None or counts is None or mean is None:
            raise failed(self.name, "the output is not understood", said)
        if good is None or any(int(count) for count in counts.groups()[1:]):
            raise failed(self.name, f"errors, or other answers than 2xx: {counts[0]}", said)
        return Said(
            requests=int(counts[1]),
            seconds=float(took[1]) * _MS[took[2]] / 1e3,
            mean_ms=float(mean[1]) * _MS[mean[2]],
            quantiles_ms={} if load.rate is None else _logged(scratch / "h2load.log"),
        )


def _logged(log: Path) -> dict[float, float]:
    """Read start, status and length in microseconds, a request a line."""
    times_ms = sorted(int(line.split("\t")[2]) / 1e3 for line in log.read_text().splitlines())
    return {q: nearest_rank(times_ms, q) for q in _QUANTILES}
