"""Runs one client as a process of its own, and reads the kernel's account of it.

Decides where clients and servers run: where cost is compared, each side has one core; where times are compared, the
kernel chooses, since waking a task of another core is late by more than the truths allow. This process, which sleeps
meanwhile, is bound to neither.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from loadgen_bench.errors import BenchError

SERVER_CORE: Final = 1
CLIENT_CORE: Final = 0
_LOOK_S: Final = 0.05
_KIB_PER_MIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a client ran.

    :param said: its standard output.
    :param cpu_s: user and system time of the whole process, its start included.
    :param elapsed_s: from before its start to after its end.
    :param peak_mib: most resident memory, as the kernel had it at the last look; None if it ended before the first.
    """

    said: str
    cpu_s: float
    elapsed_s: float
    peak_mib: float | None


def run_client(argv: Sequence[str], *, core: int | None, limit_s: float) -> Ran:
    """Run a client to its end.

    :param core: where it runs; None leaves that to the kernel.
    :raises BenchError: it failed, or was not done after ``limit_s``; then it is killed.
    """
    with TemporaryFile() as output, TemporaryFile() as complaints:
        began_s = time.monotonic()
        with pinned(core):
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=complaints)
        peak_mib = None
        # wait4 and not Popen.wait: it alone gives the account of this one child.
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() - began_s > limit_s:
                process.kill()
                process.returncode = os.waitstatus_to_exitcode(os.wait4(process.pid, 0)[1])
                raise _failed(argv, f"not done after {limit_s:.0f} s", output, complaints)
            peak_mib = _peak_mib(process.pid) or peak_mib
            time.sleep(_LOOK_S)
        _, status, used = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        elapsed_s = time.monotonic() - began_s
        if process.returncode != 0:
            raise _failed(argv, f"ended with code {process.returncode}", output, complaints)
        return Ran(said=_text(output), cpu_s=used.ru_utime + used.ru_stime, elapsed_s=elapsed_s, peak_mib=peak_mib)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Let what is started inside inherit this one core; None leaves it to the kernel.

    :raises BenchError: this process may not use the core.
    """
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    if core not in before:
        raise BenchError(
            f"core {core} is not to be had",
            seen=f"this process may use {sorted(before)}",
            expected=f"core {SERVER_CORE} for the server and core {CLIENT_CORE} for the client",
            hint="run on a machine with two cores or more",
        )
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _peak_mib(pid: int) -> float | None:
    # Not ru_maxrss: a child begins with that of the process that started it.
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    _, found, rest = status.partition("VmHWM:")  # a process that has ended, but was not waited for, has none
    return int(rest.split()[0]) / _KIB_PER_MIB if found else None


def _failed(argv: Sequence[str], seen: str, output: IO[bytes], complaints: IO[bytes]) -> BenchError:
    return BenchError(
        f"{Path(argv[0]).name} failed",
        seen=seen,
        expected="a load without errors",
        hint=f"run it alone: {' '.join(argv)}",
        details=(_text(output) + _text(complaints)).splitlines()[-12:],
    )


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
