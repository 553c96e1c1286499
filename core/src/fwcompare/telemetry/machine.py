"""What the whole machine did: its CPU time by kind, CPU pressure, and the bytes that went over loopback.

Decides what is read, and what counts as busy. Hardware and software interrupts do not: on most kernels the time of
an interrupt is charged to the process that it came upon as well, and loopback traffic is handled in one, so that the
same time would be counted once as the run's and once as nobody's.
"""

from typing import NamedTuple

from fwcompare.telemetry.procfs import read_file

_STAT_BYTES, _PRESSURE_BYTES, _NET_BYTES = 512, 512, 16384
_USER, _NICE, _SYSTEM, _IO_WAIT, _IRQ, _SOFT_IRQ, _STEAL = 0, 1, 2, 4, 5, 6, 7
_TIMES = 8
_SENT = 8
_US_PER_S = 1e6


class MachineSample(NamedTuple):
    """The machine at one time; CPU seconds of all CPUs together, since boot.

    ``pressure_s`` is how long at least one task waited for a CPU, ``loopback_bytes`` what was sent over loopback,
    since boot too; None where the kernel does not tell.
    """

    at_s: float
    busy_s: float
    interrupt_s: float
    io_wait_s: float
    stolen_s: float
    pressure_s: float | None
    loopback_bytes: int | None


def read_machine(at_s: float, tick_s: float, root: str = "/proc") -> MachineSample:
    """Read the machine now; ``tick_s`` is what the kernel counts CPU time in."""
    ticks = [int(field) for field in read_file(f"{root}/stat", _STAT_BYTES).partition(b"\n")[0].split()[1 : 1 + _TIMES]]
    return MachineSample(
        at_s=at_s,
        busy_s=(ticks[_USER] + ticks[_NICE] + ticks[_SYSTEM]) * tick_s,
        interrupt_s=(ticks[_IRQ] + ticks[_SOFT_IRQ]) * tick_s,
        io_wait_s=ticks[_IO_WAIT] * tick_s,
        stolen_s=ticks[_STEAL] * tick_s,
        pressure_s=_pressure_s(_known(f"{root}/pressure/cpu", _PRESSURE_BYTES)),
        loopback_bytes=_loopback_bytes(_known(f"{root}/net/dev", _NET_BYTES)),
    )


def _pressure_s(text: bytes) -> float | None:
    """Read the total of ``some avg10=1.53 avg60=... total=12103792``."""
    line = text.partition(b"\n")[0]
    return int(line.partition(b"total=")[2]) / _US_PER_S if line.startswith(b"some") else None


def _loopback_bytes(text: bytes) -> int | None:
    for line in text.splitlines():
        name, _, fields = line.partition(b":")
        if name.strip() == b"lo":
            return int(fields.split()[_SENT])
    return None


def _known(path: str, at_most: int) -> bytes:
    try:
        return read_file(path, at_most)
    except OSError:  # missing, or there but refused: a kernel booted without psi answers EOPNOTSUPP
        return b""
