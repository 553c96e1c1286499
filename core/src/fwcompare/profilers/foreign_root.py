"""Symbols of processes that see another file system than we do: a container's.

perf finds a function's name there by itself, by entering the container for a moment, but not what was inlined into
it: ``addr2line``, which it asks for that, looks on this machine, and perf ends with what it says. So the programs are
copied here, and perf reads them as below another root. It must then not see the process, or it would enter the
container and look for the copies there: it is given process ids of its own (measured with perf 6.1: an axum server had
4,695 inlined frames so, and none without).
"""

import contextlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

_PROC = Path("/proc")
_PATH_FIELD = 5
_JIT_MAPS = "tmp/perf-*.map"


def command_there(pids: Sequence[int], folder: Path, proc: Path = _PROC) -> tuple[list[str], list[str]] | None:
    """Copy the programs of ``pids`` below ``folder``; give what stands before and after ``perf script`` to use them.

    None where nothing of this is needed, or the processes write maps of code that they made themselves, which perf
    finds in the container alone.
    """
    apart = [pid for pid in pids if _sees_another_root(pid, proc)]
    if not apart or any(any((proc / str(pid) / "root").glob(_JIT_MAPS)) for pid in apart):
        return None
    for pid in apart:
        for path in _programs(pid, proc):
            copy = folder / path.lstrip("/")
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(OSError):  # removed since, or not for us to read: it stays without names
                    shutil.copyfile(proc / str(pid) / "root" / path.lstrip("/"), copy)
    before = ["unshare", "--pid", "--fork", "--mount-proc"]
    return before, ["--symfs", str(folder), "--kallsyms", "/proc/kallsyms"]


def _sees_another_root(pid: int, proc: Path) -> bool:
    try:
        ours, theirs = ((proc / who / "ns/mnt").stat().st_ino for who in ("self", str(pid)))
    except OSError:  # it has ended, or is another user's
        return False
    return ours != theirs


def _programs(pid: int, proc: Path) -> Iterable[str]:
    """Give the files that a process has mapped as code: ``55d0-55e0 r-xp 00001000 08:01 131 /usr/bin/x``."""
    try:
        lines = (proc / str(pid) / "maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    fields = (line.split(None, _PATH_FIELD) for line in lines)
    return {
        one[_PATH_FIELD]
        for one in fields
        if len(one) > _PATH_FIELD and "x" in one[1] and one[_PATH_FIELD].startswith("/")
    }
