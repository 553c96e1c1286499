"""What else used the CPUs within a window, from what was sampled of the machine and of its processes. Pure.

Foreign CPU time is added up over the processes that are not the run's, by the kernel's exact account of each. It is
not taken from the machine's own counters. Those charge software interrupts, in which loopback traffic is handled, to
nobody, while the processes they came upon are charged as well: on a calm machine of two CPUs, a client and a null
server that used 97 % of them left -35 % for others by the counters without interrupts, and 0.2 % by this account.
Threads of the kernel work for whoever caused the work and are left out.

A process that cannot be seen, in another container say, shows in the machine's counters alone. So what they have beyond
the run's and the foreign processes counts as foreign too, as far as chance cannot explain it: with n ticks of all CPUs
in the window, of which the share p was busy, it explains three standard errors, 3 sqrt(p (1 - p) / n).
"""

from collections.abc import Mapping, Sequence
from math import sqrt

_STANDARD_ERRORS = 3
_SHOWN = 3
_LEAST = 0.001


def foreign_share(
    *, strangers_s: float, ours_s: float, busy_s: float, cpus: int, window_s: float, tick_s: float
) -> float:
    """Give the CPU time of others over the time of all CPUs.

    :param strangers_s: of processes seen that are not the run's.
    :param ours_s: of the run's.
    :param busy_s: of the machine, without interrupts.
    :param tick_s: what the machine counts its CPU time in.
    """
    available_s = cpus * window_s
    busy = min(1.0, max(0.0, busy_s / available_s))
    chance = _STANDARD_ERRORS * sqrt(busy * (1 - busy) * tick_s / available_s)
    unseen = (busy_s - ours_s - strangers_s) / available_s - chance
    return min(1.0, max(0.0, strangers_s) / available_s + max(0.0, unseen))


def busiest(used_s: Mapping[str, float], cpus: int, window_s: float) -> Sequence[str]:
    """Name those who used most, with their share of all CPUs, most first; less than one in 1,000 is left out."""
    shares = sorted(((used / (cpus * window_s), name) for name, used in used_s.items()), reverse=True)
    return tuple(f"{name} {share:.1%}" for share, name in shares[:_SHOWN] if share >= _LEAST)
