"""What a group of processes used within a window, worked out from a series of samples. Pure.

CPU time is cumulative, so it is read off at both edges, linearly between the samples around each. Its grain is
the kernel's clock tick, 10 ms on most machines, for each process.

Memory is the sum of the resident sets, in which a page that several processes share (the code of a library, what
a forked worker has not written to, PostgreSQL's shared buffers) counts once for each of them: an upper bound.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from fwcompare.model.measurement import Usage

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """A group at one time: cumulative CPU seconds, resident bytes, live processes and their threads."""

    at_s: float
    user_s: float
    system_s: float
    rss_bytes: int
    processes: int
    threads: int = 0


def usage_between(
    samples: Sequence[Sample], start_s: float, end_s: float, *, throttled_s: float | None = None
) -> Usage:
    """Give what was used between two times; ``samples`` are in the order of time.

    CPU time is None when the series does not reach to both edges, memory when no sample lies within, and both
    when no process was seen. ``processes`` and ``threads`` are the highest numbers seen at once; ``throttled_s`` is
    passed on.
    """
    first = bisect_left(samples, start_s, key=_time)
    last = bisect_right(samples, end_s, key=_time)
    inside = samples[first:last]
    # With the neighbours that the edges are read off between.
    around = samples[max(0, first - 1) : last + 1]
    processes = max((sample.processes for sample in around), default=0)
    covered = bool(samples) and samples[0].at_s <= start_s <= end_s <= samples[-1].at_s
    user_s = system_s = None
    if processes and covered:
        user_from, system_from = _cpu_at(around, start_s)
        user_to, system_to = _cpu_at(around, end_s)
        user_s, system_s = user_to - user_from, system_to - system_from
    resident = [sample.rss_bytes for sample in inside if sample.processes]
    return Usage(
        cpu_s=None if user_s is None or system_s is None else user_s + system_s,
        user_s=user_s,
        system_s=system_s,
        peak_rss_mib=max(resident) / _MIB if resident else None,
        processes=processes,
        threads=max((sample.threads for sample in around), default=0),
        throttled_s=throttled_s,
    )


def _time(sample: Sample) -> float:
    return sample.at_s


def _cpu_at(samples: Sequence[Sample], at_s: float) -> tuple[float, float]:
    after = bisect_left(samples, at_s, key=_time)
    right = samples[after]
    if right.at_s == at_s:
        return right.user_s, right.system_s
    left = samples[after - 1]
    share = (at_s - left.at_s) / (right.at_s - left.at_s)
    return (
        left.user_s + (right.user_s - left.user_s) * share,
        left.system_s + (right.system_s - left.system_s) * share,
    )
