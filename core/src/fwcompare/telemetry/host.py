"""What this machine is and how busy it is, for provenance and ``fwcompare doctor``.

Each figure is read from the file where the kernel tells it; one that this kernel does not tell is None.
"""

import hashlib
import os
import resource
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fwcompare.telemetry.own_cgroup import OwnCgroup, own_cgroup

_MIB_PER_KIB = 1 / 1024
_STEAL_FIELD = 7
_TIMES = 8
"""user, nice, system, idle, iowait, irq, softirq, steal; the guest times after them are part of user and nice."""

SYSCTLS: Final = (
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_tw_reuse",
    "vm.overcommit_memory",
    "vm.swappiness",
)
"""Settings of the kernel that matter to serving: queues of connections, ports, and memory."""

_ID_DIGITS = 16


@dataclass(frozen=True)
class Host:
    """A machine as seen by this process.

    ``cpus`` may be used by this process, ``cpuset`` are their numbers, ``cores`` are the physical ones of the machine;
    ``smt`` says whether a core serves several of them. ``id`` tells machines apart and no more: a hash of the one that
    the system was given when it was set up. ``cgroup`` is that of this process. ``cpu_pressure_avg10``
    is the percentage of the last 10 s in which something waited for a CPU (PSI, "some"); ``steal_share`` the
    share of all CPU time since boot that the hypervisor gave to others. ``open_files`` is the soft limit, None
    when there is none.
    """

    cpu_model: str | None
    cpus: int
    cores: int | None
    memory_mib: int | None
    hypervisor: bool | None
    governor: str | None
    clock_source: str | None
    kernel: str
    machine: str
    open_files: int | None
    load_average_1m: float
    cpu_pressure_avg10: float | None
    steal_share: float | None
    id: str | None
    cpuset: str
    smt: bool | None
    cgroup: OwnCgroup
    sysctls: Mapping[str, str | None]
    transparent_hugepages: str | None


def describe_host(root: Path = Path("/")) -> Host:
    """Read what this machine is, below ``root``."""
    processors = _cpuinfo(root / "proc/cpuinfo")
    first = processors[0] if processors else {}
    flags = first.get("flags")
    memory_kib = _table(root / "proc/meminfo").get("MemTotal", "").split()
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    cores = {(one["physical id"], one["core id"]) for one in processors if {"physical id", "core id"} <= one.keys()}
    return Host(
        cpu_model=first.get("model name"),
        cpus=len(os.sched_getaffinity(0)),
        cores=len(cores) or None,
        memory_mib=round(int(memory_kib[0]) * _MIB_PER_KIB) if memory_kib else None,
        hypervisor=None if flags is None else "hypervisor" in flags.split(),
        governor=_text(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        clock_source=_text(root / "sys/devices/system/clocksource/clocksource0/current_clocksource"),
        kernel=os.uname().release,
        machine=os.uname().machine,
        open_files=None if limit == resource.RLIM_INFINITY else limit,
        load_average_1m=os.getloadavg()[0],
        cpu_pressure_avg10=cpu_pressure_avg10(_text(root / "proc/pressure/cpu")),
        steal_share=steal_share(_text(root / "proc/stat")),
        id=_id(_text(root / "etc/machine-id")),
        cpuset=in_ranges(os.sched_getaffinity(0)),
        smt=_smt(_text(root / "sys/devices/system/cpu/smt/active"), first),
        cgroup=own_cgroup(root),
        sysctls={name: _sysctl(root, name) for name in SYSCTLS},
        transparent_hugepages=_chosen(_text(root / "sys/kernel/mm/transparent_hugepage/enabled")),
    )


def in_ranges(numbers: Iterable[int]) -> str:
    """Write numbers the way the kernel lists CPUs: ``0-3,8``."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def cpu_pressure_avg10(pressure: str | None) -> float | None:
    """Read the percentage of ``/proc/pressure/cpu``: ``some avg10=1.53 avg60=...``."""
    for line in (pressure or "").splitlines():
        kind, *pairs = line.split()
        if kind == "some":
            return float(dict(pair.split("=") for pair in pairs)["avg10"])
    return None


def steal_share(stat: str | None) -> float | None:
    """Read the share of stolen time from the first line of ``/proc/stat``."""
    times = [int(field) for field in (stat or "").partition("\n")[0].split()[1 : 1 + _TIMES]]
    return times[_STEAL_FIELD] / sum(times) if len(times) == _TIMES and any(times) else None


def _id(machine_id: str | None) -> str | None:
    # The number itself is for this machine alone: whoever knows it can know the machine elsewhere (machine-id(5)).
    if not machine_id:
        return None
    return hashlib.sha256(f"fwcompare {machine_id}".encode()).hexdigest()[:_ID_DIGITS]


def _smt(active: str | None, processor: Mapping[str, str]) -> bool | None:
    if active is not None:
        return active == "1"
    if {"siblings", "cpu cores"} <= processor.keys():
        return processor["siblings"] != processor["cpu cores"]
    return None


def _sysctl(root: Path, name: str) -> str | None:
    text = _text(root / "proc/sys" / name.replace(".", "/"))
    return None if text is None else " ".join(text.split())


def _chosen(text: str | None) -> str | None:
    """Give the word in brackets: ``always [madvise] never``."""
    return next((word.strip("[]") for word in (text or "").split() if word.startswith("[")), None)


def _cpuinfo(path: Path) -> list[dict[str, str]]:
    blocks = (_text(path) or "").split("\n\n")
    return [_pairs(block) for block in blocks if block.strip()]


def _table(path: Path) -> dict[str, str]:
    return _pairs(_text(path) or "")


def _pairs(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _text(path: Path) -> str | None:
    """Read a file of the kernel; None when this kernel has none of that name, or does not support reading it."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:  # missing, or there but refused: a kernel booted without psi answers EOPNOTSUPP
        return None
