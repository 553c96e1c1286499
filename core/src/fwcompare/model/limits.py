"""What a target may use: what a scenario asks for, what is asked of the kernel, and what was seen to hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from fwcompare.model.quantities import Strict

_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>KiB|MiB|GiB)")
_BYTES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_LEAST_BYTES = 4 * 2**20


def parse_size(value: object) -> int:
    """Read ``512MiB`` or ``1.5GiB`` as bytes.

    :raises ValueError: when the text has no unit or is no size.
    """
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no size; expected a number with a unit, such as 512MiB or 1.5GiB")
    return round(float(match["number"]) * _BYTES[match["unit"]])


def format_size(value: int) -> str:
    """Write a size the way :func:`parse_size` reads it."""
    return f"{value / _BYTES['MiB']:.12g}MiB"


def format_cpus(cpus: Sequence[int]) -> str:
    """Name CPUs by their numbers: ``CPU 1``, ``CPUs 0, 2-5``."""
    runs: list[list[int]] = []
    for cpu in sorted(cpus):
        if runs and cpu == runs[-1][-1] + 1:
            runs[-1].append(cpu)
        else:
            runs.append([cpu])
    listed = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    return f"CPU{'s' if len(cpus) > 1 else ''} {listed}"


def format_limits(quota_cpus: float | None, cpus: Sequence[int], memory_bytes: int | None) -> str:
    """Say in words what holds: ``1 CPU by quota, on CPU 1, 512 MiB``, ``affinity only: on CPU 1``, ``none``."""
    parts = []
    if quota_cpus is not None:
        parts.append(f"{quota_cpus:g} CPU{'s' if quota_cpus > 1 else ''} by quota")
    if cpus:
        only = "" if parts or memory_bytes is not None else "affinity only: "
        parts.append(f"{only}on {format_cpus(cpus)}")
    if memory_bytes is not None:
        parts.append(f"{memory_bytes / _BYTES['MiB']:.12g} MiB")
    return ", ".join(parts) or "none"


Size = Annotated[
    int,
    BeforeValidator(parse_size, json_schema_input_type=str),
    PlainSerializer(format_size, return_type=str),
]


class LimitSettings(Strict):
    """What every target of a scenario may use, however many processes it starts."""

    cpus: Annotated[float, Field(ge=0.01, le=1024)] | None = Field(
        default=None, description="CPU seconds per second, a quota of its cgroup; may be a fraction. None: no quota"
    )
    memory: Annotated[Size, Field(ge=_LEAST_BYTES)] | None = Field(
        default=None, description="such as 512MiB; a target that needs more is ended, and named. None: no limit"
    )
    pin: bool = Field(
        default=True,
        description="target, service and load generator each on CPUs of their own, as far as there are CPUs",
    )


@dataclass(frozen=True)
class Placement:
    """Which CPUs each side may use, by the kernel's numbers; empty: wherever the kernel likes.

    ``shared`` says in words who shares CPUs with whom; empty when nobody does.
    """

    target: tuple[int, ...] = ()
    service: tuple[int, ...] = ()
    client: tuple[int, ...] = ()
    shared: str = ""


@dataclass(frozen=True)
class ServiceRoom:
    """How many CPUs all services together had, and whether the load generator was on them too."""

    cpus: int
    with_client: bool = False


@dataclass(frozen=True)
class Confinement:
    """What is asked of the kernel for one process and all that it starts. ``cpus`` empty: any."""

    cpus: tuple[int, ...] = ()
    quota_cpus: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Held:
    """The limits of a target as they were read back from the kernel while it was under load.

    ``words`` is for people: see :func:`format_limits`. ``missing`` says why a limit that was asked for does not hold,
    and what to do; empty when all hold.
    """

    words: str
    cpus: tuple[int, ...] = ()
    quota_cpus: float | None = None
    memory_bytes: int | None = None
    by: Literal["cgroup v2", "cgroup v1", "affinity", "none"] = "none"
    missing: str = ""

    @property
    def most_cpus(self) -> float | None:
        """Give how many CPUs there were at most: the lesser of the quota and the CPUs bound to; None without either."""
        if self.by == "none":
            return None
        bounds = [float(len(self.cpus))] if self.cpus else []
        bounds += [self.quota_cpus] if self.quota_cpus else []
        return min(bounds, default=None)


@dataclass(frozen=True)
class LimitEvents:
    """What a target's limits did to it since its start; None where the kernel does not tell.

    ``throttled_s`` is how long it was held back by its CPU quota, summed over CPUs; ``oom_kills`` how many of its
    processes were ended for want of memory.
    """

    throttled_s: float | None = None
    oom_kills: int | None = None
