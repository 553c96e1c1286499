"""Where this host lets us limit CPU time and memory, and what a keeper must write to do it: cgroup v2 and v1.

Decides in which folder a process's own cgroup is made (below the one this process is in, so that limits from outside
go on holding), which settings it gets, and what its files say. Reads files below a given root alone. Making,
joining and removing the folders is the keeper's (``keeper.py``).
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from fwcompare.model.limits import Confinement

Controller = Literal["cpu", "memory"]
Version = Literal["cgroup v1", "cgroup v2"]
CONTROLLERS: tuple[Controller, ...] = ("cpu", "memory")

PERIOD_US = 100_000
"""Over which a CPU quota counts: the kernel's own default."""

_DELEGATED = ", or in a tree of your own: systemd-run --user --scope -p Delegate=yes fwcompare run ..."
_NO_LIMIT_BYTES = 2**60
"""From here on a figure of v1 means "no limit"."""


@dataclass(frozen=True)
class Ground:
    """A folder in which cgroups with some controller can be made; ``enable`` where it must first be handed down."""

    version: Version
    folder: Path
    enable: bool = False


@dataclass(frozen=True)
class Grounds:
    """Where each controller can be used; ``missing`` says why one cannot, and what to do."""

    found: Mapping[Controller, Ground]
    missing: Mapping[Controller, str]

    def ours(self, keeper_pid: int) -> list[Path]:
        """Give the cgroups that exist for a keeper's processes."""
        pattern = f"fwcompare-{keeper_pid}-*"
        return [folder for ground in set(self.found.values()) for folder in ground.folder.glob(pattern)]

    def abandoned(self) -> list[Path]:
        """Give the cgroups of keepers that are no more: one that was killed could not remove them."""
        folders = [folder for ground in set(self.found.values()) for folder in ground.folder.glob("fwcompare-*-*")]
        return [folder for folder in folders if not Path("/proc", folder.name.split("-")[1]).exists()]


@dataclass(frozen=True)
class Fence:
    """What is asked for one process, and the cgroup it gets for each controller; ``version`` is of those."""

    asked: Confinement = field(default_factory=Confinement)
    folders: Mapping[Controller, Path] = field(default_factory=dict)
    versions: Mapping[Controller, Version] = field(default_factory=dict)
    missing: Mapping[Controller, str] = field(default_factory=dict)
    enable: tuple[Path, ...] = ()

    def order(self) -> dict[str, Any]:
        """Give what a warden is told: CPUs, folders, settings ``[path, value, required]``, and what to read last."""
        handed_down = " ".join(f"+{controller}" for controller in self.folders)
        settings: list[list[str | bool]] = [[str(path), handed_down, False] for path in self.enable]
        for controller, folder in self.folders.items():
            chosen = _settings(controller, self.versions[controller], self.asked)
            settings += [[str(folder / name), value, required] for name, value, required in chosen]
        return {
            "cpus": list(self.asked.cpus),
            "folders": list(dict.fromkeys(map(str, self.folders.values()))),
            "settings": settings,
            "tell": [str(self.events_file(controller)) for controller in self.folders],
        }

    def events_file(self, controller: Controller) -> Path:
        """Give the file that counts what the limit did."""
        names = {("memory", "cgroup v1"): "memory.oom_control", ("memory", "cgroup v2"): "memory.events"}
        return self.folders[controller] / names.get((controller, self.versions[controller]), "cpu.stat")


def find_grounds(root: Path = Path("/")) -> Grounds:
    """Look for a folder for each controller: below this process's own cgroup, in v2 also below one around it."""
    mounts = _mounts(root)
    own = _groups(root / "proc/self/cgroup")
    found: dict[Controller, Ground] = {}
    missing: dict[Controller, str] = {}
    left: list[Controller] = []
    for controller in CONTROLLERS:
        folder = _v1_folder(controller, mounts, own)
        if folder is None:
            left.append(controller)
        elif _may_use(folder):
            found[controller] = Ground("cgroup v1", folder)
        else:
            missing[controller] = f"{folder} may not be written; {_way_out()}"
    # One process has one cgroup of v2: both controllers in one folder if that can be, else the first that can.
    for wanted in (left, *([one] for one in left)):
        ground = _v2_ground(wanted, mounts, own) if wanted else None
        if ground is not None:
            found |= dict.fromkeys(wanted, ground)
            break
    for controller in left:
        if controller not in found:
            missing[controller] = _why_not(controller, mounts)
    return Grounds(found, missing)


def plan_fence(asked: Confinement, grounds: Grounds, name: str) -> Fence:
    """Choose the cgroups that ``asked`` needs; a process that needs no quota and no memory limit gets none."""
    needs = {"cpu": asked.quota_cpus is not None, "memory": asked.memory_bytes is not None}
    used = {one: grounds.found[one] for one in CONTROLLERS if needs[one] and one in grounds.found}
    return Fence(
        asked=asked,
        folders={one: ground.folder / name for one, ground in used.items()},
        versions={one: ground.version for one, ground in used.items()},
        missing={one: grounds.missing[one] for one in CONTROLLERS if needs[one] and one in grounds.missing},
        enable=tuple({ground.folder / "cgroup.subtree_control" for ground in used.values() if ground.enable}),
    )


def fence_around(pid: int, asked: Confinement, root: Path = Path("/")) -> Fence:
    """Find the cgroups that somebody else put a process in, as far as they can be seen from here.

    A container's limits are its engine's to set; what holds is read from the same files as of our own cgroups.
    """
    mounts, groups = _mounts(root), _groups(root / f"proc/{pid}/cgroup")
    folders: dict[Controller, Path] = {}
    versions: dict[Controller, Version] = {}
    for controller in CONTROLLERS:
        for mount in mounts:
            v1 = mount.version == "cgroup v1" and controller in mount.controllers
            group = groups.get(controller if v1 else "")
            if group is None or not (v1 or mount.version == "cgroup v2") or controller in folders:
                continue
            folder = _place(mount, group)
            # A unified hierarchy beside those of version 1 has no controllers.
            if v1 or controller in _read(folder / "cgroup.controllers").split():
                folders[controller], versions[controller] = folder, mount.version
    return Fence(asked, folders, versions)


def read_quota(fence: Fence) -> float | None:
    """Read the CPU quota that the kernel holds a process to, in CPUs; None when it holds it to none."""
    folder = fence.folders["cpu"]
    if fence.versions["cpu"] == "cgroup v2":
        quota, _, period = _read(folder / "cpu.max").partition(" ")
    else:
        quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() else None


def read_memory(fence: Fence) -> int | None:
    """Read the memory limit that the kernel holds a process to, in bytes; None when it holds it to none."""
    name = "memory.max" if fence.versions["memory"] == "cgroup v2" else "memory.limit_in_bytes"
    text = _read(fence.folders["memory"] / name)
    return int(text) if text.isdecimal() and int(text) < _NO_LIMIT_BYTES else None


def has_joined(folder: Path, pid: int) -> bool:
    """Tell whether a process is in a cgroup."""
    return str(pid) in _read(folder / "cgroup.procs").split()


def throttled_s(text: str) -> float | None:
    """Read how long processes were held back, from ``cpu.stat`` of either version."""
    counts = _counts(text)
    if "throttled_usec" in counts:
        return counts["throttled_usec"] / 1e6
    return counts["throttled_time"] / 1e9 if "throttled_time" in counts else None


def oom_kills(text: str) -> int | None:
    """Read how many processes were ended for want of memory, from ``memory.events`` or ``memory.oom_control``."""
    return _counts(text).get("oom_kill")


def _settings(controller: Controller, version: Version, asked: Confinement) -> list[tuple[str, str, bool]]:
    if controller == "cpu":
        quota = str(round((asked.quota_cpus or 0) * PERIOD_US))
        if version == "cgroup v2":
            return [("cpu.max", f"{quota} {PERIOD_US}", True)]
        return [("cpu.cfs_period_us", str(PERIOD_US), True), ("cpu.cfs_quota_us", quota, True)]
    limit = str(asked.memory_bytes)
    # Not every kernel accounts for swap. One process is ended, not all: the target may go on, and is named.
    if version == "cgroup v2":
        return [("memory.max", limit, True), ("memory.swap.max", "0", False), ("memory.oom.group", "0", False)]
    return [("memory.limit_in_bytes", limit, True), ("memory.memsw.limit_in_bytes", limit, False)]


@dataclass(frozen=True)
class _Mount:
    """A mounted cgroup hierarchy; ``inside`` is the cgroup that its mount point shows."""

    version: Version
    point: Path
    inside: PurePosixPath
    controllers: frozenset[str]


def _mounts(root: Path) -> list[_Mount]:
    """Read ``mountinfo`` (man 5 proc): ``36 35 98:0 /inside /point rw - type source rw,controllers``."""
    mounts = []
    for line in _read(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = (*after.split(), "", "", "")[:3]
        if kind in {"cgroup", "cgroup2"}:
            _, _, _, inside, point, *_ = before.split()
            version: Version = "cgroup v2" if kind == "cgroup2" else "cgroup v1"
            place = root / point.lstrip("/")
            mounts.append(_Mount(version, place, PurePosixPath(inside), frozenset(options.split(","))))
    return mounts


def _groups(file: Path) -> dict[str, PurePosixPath]:
    """Read the cgroups that a process is in, by controller; that of v2 under the empty name."""
    groups: dict[str, PurePosixPath] = {}
    for line in _read(file).splitlines():
        _, controllers, path = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), PurePosixPath(path))
    return groups


def _place(mount: _Mount, own: PurePosixPath | None) -> Path:
    """Give the folder of a cgroup; the mount point where it lies outside of what is mounted."""
    if own is None or not own.is_relative_to(mount.inside):
        return mount.point
    place = mount.point / own.relative_to(mount.inside)
    return place if place.is_dir() else mount.point


def _v1_folder(controller: Controller, mounts: Sequence[_Mount], own: Mapping[str, PurePosixPath]) -> Path | None:
    for mount in mounts:
        if mount.version == "cgroup v1" and controller in mount.controllers:
            return _place(mount, own.get(controller))
    return None


def _v2_ground(
    wanted: Sequence[Controller], mounts: Sequence[_Mount], own: Mapping[str, PurePosixPath]
) -> Ground | None:
    for mount in mounts:
        if mount.version == "cgroup v2":
            place = _place(mount, own.get(""))
            while True:
                if _may_use(place):
                    if set(wanted) <= set(_read(place / "cgroup.subtree_control").split()):
                        return Ground("cgroup v2", place)
                    # The root alone may hold processes and hand controllers down; it alone has no cgroup.type.
                    at_root = not (place / "cgroup.type").exists()
                    if at_root and set(wanted) <= set(_read(place / "cgroup.controllers").split()):
                        return Ground("cgroup v2", place, enable=True)
                if place == mount.point:
                    break
                place = place.parent
    return None


def _why_not(controller: Controller, mounts: Sequence[_Mount]) -> str:
    for mount in mounts:
        if mount.version == "cgroup v2" and controller in _read(mount.point / "cgroup.controllers").split():
            return f"cgroup v2 at {mount.point} does not hand `{controller}` down to us; {_way_out(_DELEGATED)}"
    return f"this kernel offers no cgroup controller `{controller}` here; run on a host, or in a container, that does"


def _way_out(delegated: str = "") -> str:
    """Say what to do; only v2 can be handed to a user."""
    if os.geteuid() == 0:
        return "run on the host, or in a container that may write its cgroups (docker run --privileged)"
    return f"run as root{delegated}"


def _may_use(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def _counts(text: str) -> dict[str, int]:
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}  # noqa: PLR2004 - a pair


def _read(path: Path) -> str:
    """Read a file of the kernel; empty when there is none, or when its cgroup has just been removed."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
