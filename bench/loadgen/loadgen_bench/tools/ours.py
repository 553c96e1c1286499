"""Our load generator, through its Python API in a process of its own (``sender.py``)."""

import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from loadgen_bench.tools.tool import Load, Said, failed

_SENDER: Final = Path(__file__).parent.parent / "sender.py"
_QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


class Ours:
    """fwcompare-loadgen, as this workspace has it."""

    name = "ours"

    def program(self) -> str | None:
        """Give the interpreter that has it."""
        return sys.executable

    def version_argv(self) -> Sequence[str]:
        """Give a command that does nothing: the version is the package's."""
        return ["true"]

    def version(self, said: str) -> str:
        """Give the package's version."""
        return version("fwcompare-loadgen")

    def refusal(self, load: Load) -> str | None:
        """Refuse nothing."""
        return None

    def argv(self, load: Load, scratch: Path) -> Sequence[str]:
        """Give the sender's command."""
        spec = {
            "url": load.url,
            "connections": load.connections,
            "keepalive": load.keepalive,
            "warmup_s": load.warmup_s,
            "think_time_s": load.think_s,
            "rate": load.rate,
        }
        spec |= {"duration_s": float(load.seconds)} if load.seconds is not None else {"requests": load.requests}
        if load.poisson_seed is not None:
            spec |= {"arrivals": "poisson", "seed": load.poisson_seed}
        return [sys.executable, str(_SENDER), json.dumps(spec)]

    def read(self, said: str, load: Load, scratch: Path) -> Said:
        """Read the result's JSON: response times with a rate (service times if uncorrected), else service times."""
        result = json.loads(said)
        if result["ok"] != result["scheduled"] or result["connections_established"] < result["connections_requested"]:
            seen = f"{result['ok']} ok of {result['scheduled']}, {result['connections_established']} connections"
            raise failed(self.name, f"{seen}: {result['error_counts']} {result['status_counts']}", said)
        times = result["service"] if load.rate is None or not load.corrected else result["response"]
        return Said(
            requests=result["ok_in_window"],
            seconds=result["window_s"],
            mean_ms=times["mean_ms"],
            quantiles_ms={q: times[f"{name}_ms"] for name, q in _QUANTILES.items()},
            sending_cpu_s=result["client"]["cpu_s"],
            lag_p99_ms=None if result["lag"] is None else result["lag"]["p99_ms"],
            connections=result["connections_established"],
        )
