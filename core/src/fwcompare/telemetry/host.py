"""What this machine is and how busy it is, for provenance and ``fwcompare doctor``.

Each figure is read from the file where the kernel tells it; one that this kernel does not tell is None.
"""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

_MIB_PER_KIB = 1 / 1024
_STEAL_FIELD = 7
_TIMES = 8
"""user, nice, system, idle, iowait, irq, softirq, steal; the guest times after them are part of user and nice."""


@dataclass(frozen=True)
class Host:
    """A machine as seen by this process.

    ``cpus`` may be used by this process, ``cores`` are the physical ones of the machine. ``cpu_pressure_avg10``
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
    )


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
