"""How long CPU quotas have held this process back: those of its cgroup, and of every one above it that it can see.

A client under a quota, in a container say, is stopped in the middle of its work. Its threads then neither use a CPU nor
wait for one, so that only the kernel's count of the quota tells.
"""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from fwcompare.telemetry.procfs import read_file

_STAT_BYTES = 4096
_SECONDS = {b"throttled_usec": 1e-6, b"throttled_time": 1e-9}
"""Of cgroup v2 and v1."""


def own_throttling(root: Path = Path("/")) -> Callable[[], float | None]:
    """Find the cgroups that this process is in now; give what reads how long they were held back so far, in seconds.

    What it gives counts each CPU apart, and is None where the kernel does not tell.
    """
    files = [str(path) for path in _stat_files(root) if _throttled_s(str(path)) is not None]

    def read() -> float | None:
        seen = [_throttled_s(path) for path in files]
        known = [seconds for seconds in seen if seconds is not None]
        return sum(known) if known else None

    return read


def _stat_files(root: Path) -> list[Path]:
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:  # a kernel without cgroups
        return []
    mounts = root / "sys/fs/cgroup"
    found = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        places = [mounts / controllers, mounts / "cpu"] if controllers else [mounts, mounts / "unified"]
        place = next((place for place in places if place.is_dir()), mounts)
        found += [place / one / "cpu.stat" for one in _upwards(group)]
    return found


def _upwards(group: str) -> list[str]:
    path = PurePosixPath(group)
    return [str(one).lstrip("/") for one in (path, *path.parents)]


def _throttled_s(path: str) -> float | None:
    try:
        text = read_file(path, _STAT_BYTES)
    except OSError:  # no such controller here, or the cgroup is gone
        return None
    for line in text.splitlines():
        name, _, value = line.partition(b" ")
        if name in _SECONDS:
            return int(value) * _SECONDS[name]
    return None
