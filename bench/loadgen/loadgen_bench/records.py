"""10^8 durations into one of our histograms, with this process's memory after every 10^7.

The durations are drawn, so that they fall into many buckets; they are recorded through the Python API, one by one, and
merged, as the parts of a long load are.
"""

from collections.abc import Callable
from itertools import repeat, starmap
from pathlib import Path
from random import Random
from typing import Final

from fwcompare_loadgen import Histogram

RECORDS: Final = 100_000_000
PARTS: Final = 10
_MEAN_MS: Final = 5.0
_KIB_PER_MIB: Final = 1024


def record(tell: Callable[[str], None]) -> tuple[float, float]:
    """Record them all, and give the memory before and after in MiB."""
    draw = Random(1).expovariate
    held = Histogram.from_samples_ms([])
    before_mib = mib = _resident_mib()
    tell(f"{held.count:>13,} records: {mib:7.2f} MiB")
    for _ in range(PARTS):
        part = Histogram.from_samples_ms(starmap(draw, repeat((1 / _MEAN_MS,), RECORDS // PARTS)))
        held = Histogram.merge([held, part])
        mib = _resident_mib()
        tell(f"{held.count:>13,} records: {mib:7.2f} MiB")
    return before_mib, mib


def _resident_mib() -> float:
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / _KIB_PER_MIB
