"""One load of one tool, with what the tool says, what the kernel says of it, and what the host did meanwhile."""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from loadgen_bench.host import Reading, Signs, wait_for_calm
from loadgen_bench.running import run_client
from loadgen_bench.servers import Server
from loadgen_bench.tools.tool import Load, Said, Tool, length_s

_SLACK_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One load.

    :param cpu_s: CPU time of the client: what it says was for sending, else the kernel's account of its process.
    :param process_cpu_s: the kernel's account of its process, whatever it says.
    :param peak_mib: most resident memory of its process.
    """

    said: Said
    cpu_s: float
    process_cpu_s: float
    peak_mib: float | None
    signs: Signs

    @property
    def rate_rps(self) -> float:
        """Give answers per second."""
        return self.said.requests / self.said.seconds

    @property
    def per_cpu_s(self) -> float:
        """Give answers per second of the client's CPU time."""
        return self.said.requests / self.cpu_s

    @property
    def busy_share(self) -> float:
        """Give the share of its core that the client used; with much less than 1, the server was the limit."""
        return self.cpu_s / self.said.seconds


def measure(tool: Tool, load: Load, server: Server, *, core: int | None) -> Measured:
    """Make a load, once the host is calm.

    :param core: where the client runs; None leaves that to the kernel.
    :raises BenchError: the tool failed, or some of its requests did.
    """
    with TemporaryDirectory(prefix="bench-") as place:
        scratch = Path(place)
        argv = tool.argv(load, scratch)
        wait_for_calm()
        before = Reading.now(server.pids)
        ran = run_client(argv, core=core, limit_s=length_s(load) + _SLACK_S)
        after = Reading.now(server.pids)
        said = tool.read(ran.said, load, scratch)
    return Measured(
        said=said,
        cpu_s=ran.cpu_s if said.sending_cpu_s is None else said.sending_cpu_s,
        process_cpu_s=ran.cpu_s,
        peak_mib=ran.peak_mib,
        signs=before.signs_until(after, client_cpu_s=ran.cpu_s, cores=os.cpu_count() or 1),
    )
