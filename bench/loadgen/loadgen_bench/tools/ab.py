"""ab (ApacheBench): closed model, HTTP/1.0. Its percentiles are read from its file, since it prints whole milliseconds.

Its mean is taken from the table of connection times. The other one that it prints, "Time per request", is the number
of connections divided by the rate: Little's law itself, which is to be tested here.
"""

import csv
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from loadgen_bench.tools.tool import Load, Said, failed

_MOST_RPS: Final = 300_000
"""More than ab can make: with ``-t`` it wants a number as well, and keeps a record for each."""

_PERCENTILES: Final = (50, 90, 99)


class Ab:
    """ab, from the distribution's apache2-utils."""

    name = "ab"

    def program(self) -> str | None:
        """Give where it is installed."""
        return shutil.which("ab")

    def version_argv(self) -> Sequence[str]:
        """Give a command that says its version."""
        return ["ab", "-V"]

    def version(self, said: str) -> str:
        """Read ``This is ApacheBench, Version 2.3 <$Revision$>``."""
        found = re.search(r"Version (\S+)", said)
        return found[1] if found else "unknown"

    def refusal(self, load: Load) -> str | None:
        """Refuse rates and think times, and keep-alive where the answer does not announce it."""
        if load.rate is not None:
            return "ab cannot send at a rate"
        if load.think_s:
            return "ab cannot think"
        if load.keepalive and not load.announced:
            return "ab keeps a connection only if the answer says 'connection: keep-alive', and this one does not"
        return None

    def argv(self, load: Load, scratch: Path) -> Sequence[str]:
        """Give its command."""
        limit = ["-n", str(load.requests)]
        if load.seconds is not None:
            limit = ["-t", str(load.seconds), "-n", str(_MOST_RPS * load.seconds)]
        keep = ["-k"] if load.keepalive else []
        return ["ab", "-q", *keep, "-c", str(load.connections), *limit, "-e", str(scratch / "ab.csv"), load.url]

    def read(self, said: str, load: Load, scratch: Path) -> Said:
        """Read its text and its file of percentiles."""
        done = re.search(r"Complete requests:\s+(\d+)", said)
        took = re.search(r"Time taken for tests:\s+([\d.]+) seconds", said)
        mean = re.search(r"^Total:\s+\d+\s+(\d+)", said, re.MULTILINE)
        if done is None or took is None or mean is None:
            raise failed(self.name, "the output is not understood", said)
        if wrong := re.search(r"(Failed requests|Non-2xx responses|Write errors):\s+[1-9]\d*", said):
            raise failed(self.name, wrong[0], said)
        kept = re.search(r"Keep-Alive requests:\s+(\d+)", said)
        if load.keepalive and (kept is None or kept[1] != done[1]):
            raise failed(self.name, "not all requests were kept alive", said)
        with (scratch / "ab.csv").open(encoding="utf-8") as file:
            by_percent = {row[0]: float(row[1]) for row in list(csv.reader(file))[1:]}
        return Said(
            requests=int(done[1]),
            seconds=float(took[1]),
            mean_ms=float(mean[1]),
            quantiles_ms={percent / 100: by_percent[str(percent)] for percent in _PERCENTILES},
        )
