"""What the whole machine did: its CPU time by kind, CPU pressure, and the bytes that went over loopback.

Decides what is read, and what counts as busy. Hardware and software interrupts do not: on most kernels the time of
an interrupt is charged to the process that it came upon as well, and loopback traffic is handled in one, so that the
same time would be counted once as the run's and once as nobody's.
"""

import os
from typing import NamedTuple

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


class Machine:
    """Reads the machine again and again, from files that are kept open.

    :param tick_s: what the kernel counts CPU time in.
    """

    def __init__(self, tick_s: float, root: str = "/proc") -> None:
        self._tick_s = tick_s
        self._stat = os.open(f"{root}/stat", os.O_RDONLY)
        self._pressure = _open_if_there(f"{root}/pressure/cpu")
        self._net = _open_if_there(f"{root}/net/dev")

    def read(self, at_s: float) -> MachineSample:
        """Read it now."""
        ticks = [int(field) for field in os.pread(self._stat, _STAT_BYTES, 0).split(None, _TIMES + 1)[1 : 1 + _TIMES]]
        return MachineSample(
            at_s=at_s,
            busy_s=(ticks[_USER] + ticks[_NICE] + ticks[_SYSTEM]) * self._tick_s,
            interrupt_s=(ticks[_IRQ] + ticks[_SOFT_IRQ]) * self._tick_s,
            io_wait_s=ticks[_IO_WAIT] * self._tick_s,
            stolen_s=ticks[_STEAL] * self._tick_s,
            pressure_s=None if self._pressure is None else _pressure_s(_text(self._pressure, _PRESSURE_BYTES)),
            loopback_bytes=None if self._net is None else _loopback_bytes(_text(self._net, _NET_BYTES)),
        )

    def close(self) -> None:
        """Close the files; nothing can be read any more."""
        for handle in (self._stat, self._pressure, self._net):
            if handle is not None:
                os.close(handle)


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


def _open_if_there(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY)
    except OSError:  # missing, or there but refused
        return None


def _text(handle: int, at_most: int) -> bytes:
    try:
        return os.pread(handle, at_most, 0)
    except OSError:  # a kernel booted without psi lets its file be opened and answers EOPNOTSUPP
        return b""
