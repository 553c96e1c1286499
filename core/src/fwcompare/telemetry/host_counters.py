"""What the kernel has counted of the whole host since its boot: two looks tell what went on between them.

Time in interrupts is left out of the busy time: it serves whoever caused it, the load over loopback first of all, and
the kernel charges it to nobody for sure.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

_BUSY = (0, 1, 2)
"""user, nice and system, of the fields of ``/proc/stat``."""

_STEAL = 7
_MICROSECONDS = 1e6


@dataclass(frozen=True)
class HostCounters:
    """Seconds since some moment in the past; None where the kernel does not tell.

    ``busy_s`` and ``steal_s`` are sums over ``cpus`` CPUs; ``own_s`` is the CPU time of this process, all its threads
    together; ``pressure_s`` how long something waited for a CPU.
    """

    at_s: float
    cpus: int
    own_s: float
    busy_s: float | None
    steal_s: float | None
    pressure_s: float | None


def read_host_counters(root: Path = Path("/")) -> HostCounters:
    """Look once, below ``root``."""
    rows = _lines(root / "proc/stat")
    times = [int(field) / os.sysconf("SC_CLK_TCK") for field in rows[0].split()[1:]] if rows else []
    cpus = sum(row.startswith("cpu") for row in rows) - 1 if rows else os.cpu_count() or 1
    waited = [line.rpartition("total=")[2] for line in _lines(root / "proc/pressure/cpu") if line.startswith("some")]
    return HostCounters(
        at_s=time.monotonic(),
        cpus=cpus,
        own_s=time.process_time(),
        busy_s=sum(times[field] for field in _BUSY) if times else None,
        steal_s=times[_STEAL] if len(times) > _STEAL else None,
        pressure_s=int(waited[0]) / _MICROSECONDS if waited else None,
    )


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:  # no such file, or refused: a kernel booted without psi answers EOPNOTSUPP
        return []
