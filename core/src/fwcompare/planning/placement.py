"""Which CPUs target, service and load generator get. Pure.

Shared out by need (METHOD, "A trial", 7): the target alone on its own, service and load generator beside it; where
there are too few, who shares is said in words. Leaves out how a process is held to its CPUs (``runtimes``).
"""

import math
from collections.abc import Sequence

from fwcompare.model.limits import LimitSettings, Placement, format_cpus, format_limits

NOT_PINNED = "none: target, service and load generator share the CPUs of this machine"
_ONE_CPU = "target, service and load generator share the only CPU of this machine"
_TWO_CPUS = "service and load generator share a CPU"

_FEW = 2
_CPUS_PER_CLIENT_CPU = 8


def place(cpus: Sequence[int], target_cpus: float | None, *, pin: bool) -> Placement:
    """Share out ``cpus``, which are ordered so that those of one core are neighbours.

    :param target_cpus: the CPU quota of a target; None when there is none. It may ask for more than are given.
    :param pin: false leaves every process where the kernel likes it.
    """
    if not pin:
        return Placement(shared=NOT_PINNED)
    if len(cpus) < _FEW:
        return Placement(shared=_ONE_CPU)
    if len(cpus) == _FEW:
        return Placement(target=(cpus[1],), service=(cpus[0],), client=(cpus[0],), shared=_TWO_CPUS)
    for_client = max(1, len(cpus) // _CPUS_PER_CLIENT_CPU)
    wanted = len(cpus) // 2 if target_cpus is None else math.ceil(target_cpus)
    for_target = min(wanted, len(cpus) - for_client - 1)
    if len(cpus) == _FEW + 1:
        for_target = 1
    split = len(cpus) - for_target
    # The first CPUs also serve most interrupts of a machine; the target gets the last.
    return Placement(target=tuple(cpus[split:]), service=tuple(cpus[for_client:split]), client=tuple(cpus[:for_client]))


def placement_in_words(placement: Placement, settings: LimitSettings) -> str:
    """Say where each side runs and which further limits the scenario asks for."""
    if placement.target:
        where = f"target on {format_cpus(placement.target)}"
        if placement.service == placement.client:
            where += f", service and load generator share {format_cpus(placement.client)}"
        else:
            where += f", service on {format_cpus(placement.service)}"
            where += f", load generator on {format_cpus(placement.client)}"
        if settings.cpus is not None and settings.cpus > len(placement.target):
            where += f" (the target may use {settings.cpus:g} CPUs, and has {len(placement.target)})"
    else:
        where = placement.shared
    if settings.cpus is None and settings.memory is None:
        return where
    return f"{where}; asked for each target: {format_limits(settings.cpus, (), settings.memory)}"
