"""oha: closed model, or a constant rate; its times begin at the due time with ``--latency-correction`` only."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from loadgen_bench.tools.tool import Load, Said, failed

CRATE: Final = "oha"
INSTALLED_IN: Final = Path.home() / ".cache" / "fwcompare" / "bench"
_CUT_OFF: Final = "aborted due to deadline"
_QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


class Oha:
    """oha, built from its crate."""

    name = "oha"

    def program(self) -> str | None:
        """Give where it is installed."""
        program = INSTALLED_IN / "bin" / "oha"
        return str(program) if program.exists() else None

    def version_argv(self) -> Sequence[str]:
        """Give a command that says its version."""
        return [str(INSTALLED_IN / "bin" / "oha"), "--version"]

    def version(self, said: str) -> str:
        """Read ``oha 1.16.0``."""
        return said.rsplit(maxsplit=1)[-1]

    def refusal(self, load: Load) -> str | None:
        """Refuse think times and drawn arrivals."""
        if load.think_s:
            return "oha cannot think"
        return None if load.poisson_seed is None else "oha's arrivals are constant"

    def argv(self, load: Load, scratch: Path) -> Sequence[str]:
        """Give its command."""
        limit = ["-n", str(load.requests)] if load.seconds is None else ["-z", f"{load.seconds}s"]
        flags = [] if load.keepalive else ["--disable-keepalive"]
        if load.rate is not None:
            flags += ["-q", f"{load.rate:g}", *(["--latency-correction"] if load.corrected else [])]
        output = ["--no-tui", "--output-format", "json", "--worker-threads", "1"]
        return [self.version_argv()[0], *output, "-c", str(load.connections), *limit, *flags, load.url]

    def read(self, said: str, load: Load, scratch: Path) -> Said:
        """Read its JSON. What a timed load cuts off at its end, at most one request a connection, is no error."""
        try:
            document = json.loads(said)
        except json.JSONDecodeError as error:
            raise failed(self.name, f"the output is not understood: {error}", said) from error
        errors = dict(document["errorDistribution"])
        cut_off = errors.pop(_CUT_OFF, 0) if load.seconds is not None else 0
        statuses = {status: count for status, count in document["statusCodeDistribution"].items() if count}
        if errors or cut_off > load.connections or not all(re.fullmatch(r"2\d\d", status) for status in statuses):
            raise failed(self.name, f"errors {document['errorDistribution']}, statuses {statuses}", said)
        return Said(
            requests=sum(statuses.values()),
            seconds=document["summary"]["total"],
            mean_ms=document["summary"]["average"] * 1e3,
            quantiles_ms={q: document["latencyPercentiles"][name] * 1e3 for name, q in _QUANTILES.items()},
        )
