"""What this process itself may use, by its control group: of version 2, or of version 1 where that has the controllers.

A limit of any group above counts as well, so the least is told. Leaves out the groups that targets are given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal, TypeVar

T = TypeVar("T", int, float)

_BYTES_PER_MIB: Final = 2**20
_NO_LIMIT_BYTES: Final = 2**60
"""Version 1 writes the largest number of pages, in bytes, where there is no limit."""


@dataclass(frozen=True)
class OwnCgroup:
    """Limits of this process; None: no limit, or not told. ``cpus`` is CPU seconds per second."""

    version: Literal[1, 2] | None
    cpus: float | None
    memory_mib: int | None


def own_cgroup(root: Path = Path("/")) -> OwnCgroup:
    """Read the limits of this process, below ``root``."""
    mount = root / "sys/fs/cgroup"
    places = _places(root / "proc/self/cgroup")
    if (mount / "cgroup.controllers").exists():
        folders = list(_folders(mount, places.get("", "/")))
        quotas = [_quota(*_words(folder / "cpu.max")) for folder in folders]
        limits = [_bytes(_words(folder / "memory.max")) for folder in folders]
        return OwnCgroup(2, _least(quotas), _mib(_least(limits)))
    if not {"cpu", "memory"} & places.keys():
        return OwnCgroup(None, None, None)
    quotas = [
        _quota(*_words(folder / "cpu.cfs_quota_us"), *_words(folder / "cpu.cfs_period_us"))
        for folder in _folders(mount / "cpu", places.get("cpu", "/"))
    ]
    limits = [
        _bytes(_words(folder / "memory.limit_in_bytes"))
        for folder in _folders(mount / "memory", places.get("memory", "/"))
    ]
    return OwnCgroup(1, _least(quotas), _mib(_least(limits)))


def _places(file: Path) -> Mapping[str, str]:
    """Give this process's group by controller; that of version 2 under the empty name."""
    found = {}
    for line in _text(file).splitlines():
        _, controllers, place = line.split(":", 2)
        found.update(dict.fromkeys(controllers.split(","), place))
    return found


def _folders(mount: Path, place: str) -> Iterator[Path]:
    """Give the folder of a group and of every one above; within a container the upper ones cannot be seen."""
    parts = [part for part in PurePosixPath(place).parts if part not in ("/", "..")]
    for length in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:length])


def _words(file: Path) -> list[str]:
    return _text(file).split()


def _quota(*words: str) -> float | None:
    """Read ``50000 100000``; ``max 100000`` and ``-1 100000`` are no limit."""
    if len(words) != 2 or not words[0].isdigit():  # noqa: PLR2004 - a quota and its period
        return None
    return int(words[0]) / int(words[1])


def _bytes(words: list[str]) -> int | None:
    if not words or not words[0].isdigit() or int(words[0]) >= _NO_LIMIT_BYTES:
        return None
    return int(words[0])


def _least(values: list[T | None]) -> T | None:
    return min((value for value in values if value is not None), default=None)


def _mib(size: int | None) -> int | None:
    return None if size is None else round(size / _BYTES_PER_MIB)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:  # a kernel without it, or a group that cannot be seen from here
        return ""
