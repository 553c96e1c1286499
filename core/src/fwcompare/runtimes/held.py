"""Reads back from the kernel which limits hold for a process and all that it started.

What was asked for is no evidence: a limit that was refused, or that the process took off itself, is said to be
missing, with the reason.
"""

import contextlib
import os
from collections.abc import Mapping
from typing import Literal

from fwcompare.model.limits import Confinement, Held, format_cpus, format_limits
from fwcompare.runtimes.cgroups import Controller, Fence, has_joined, read_memory, read_quota
from fwcompare.runtimes.keeper import descendants

_NAMES: Mapping[Controller, str] = {"cpu": "no CPU quota", "memory": "no memory limit"}


def read_held(fence: Fence, pid: int, refused: Mapping[str, str]) -> Held:
    """Read the limits of the process ``pid`` and all below it.

    :param refused: why the warden could not make or write a file, by its path.
    """
    asked = fence.asked
    cpus, missing = _affinity(asked, pid)
    quota = read_quota(fence) if "cpu" in fence.folders and has_joined(fence.folders["cpu"], pid) else None
    memory = read_memory(fence) if "memory" in fence.folders and has_joined(fence.folders["memory"], pid) else None
    if asked.quota_cpus is not None and quota is None:
        missing.append(_why(fence, "cpu", refused))
    if asked.memory_bytes is not None and memory is None:
        missing.append(_why(fence, "memory", refused))
    by: Literal["cgroup v2", "cgroup v1", "affinity", "none"] = "affinity" if cpus else "none"
    if quota is not None:
        by = fence.versions["cpu"]
    elif memory is not None:
        by = fence.versions["memory"]
    return Held(
        words=format_limits(quota, cpus, memory),
        cpus=cpus,
        quota_cpus=quota,
        memory_bytes=memory,
        by=by,
        missing="; ".join(missing),
    )


def _affinity(asked: Confinement, pid: int) -> tuple[tuple[int, ...], list[str]]:
    """Give the CPUs that the tree is held to, and what is missing: one process that left them is enough."""
    if not asked.cpus:
        return (), []
    seen: set[int] = set()
    for one in (pid, *descendants(pid)):
        with contextlib.suppress(ProcessLookupError):
            seen |= os.sched_getaffinity(one)
    if not seen:
        return (), ["no affinity: the process has ended"]
    if seen <= set(asked.cpus):
        return tuple(sorted(seen)), []
    wanted = format_cpus(asked.cpus)
    return (), [f"no affinity: it may use {format_cpus(tuple(seen))} instead of {wanted}, as it set itself or the host"]


def _why(fence: Fence, controller: Controller, refused: Mapping[str, str]) -> str:
    name = _NAMES[controller]
    if controller in fence.missing:
        return f"{name}: {fence.missing[controller]}"
    folder = str(fence.folders[controller])
    reasons = [f"{path}: {reason}" for path, reason in refused.items() if path.startswith(folder)]
    return f"{name}: {reasons[0] if reasons else f'the process is not in {folder}'}"
