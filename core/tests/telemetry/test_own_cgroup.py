"""The limits of this process, from made-up control groups."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fwcompare.telemetry.own_cgroup import OwnCgroup, own_cgroup

GIB = 2**30
NO_LIMIT_V1 = "9223372036854771712"


def made(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n" if content else "")
    return root


def test_version_2_tells_the_least_limit_of_the_group_and_all_above(tmp_path: Path) -> None:
    root = made(
        tmp_path,
        {
            "proc/self/cgroup": "0::/outer/inner",
            "sys/fs/cgroup/cgroup.controllers": "cpu memory",
            "sys/fs/cgroup/outer/cpu.max": "150000 100000",
            "sys/fs/cgroup/outer/memory.max": str(4 * GIB),
            "sys/fs/cgroup/outer/inner/cpu.max": "max 100000",
            "sys/fs/cgroup/outer/inner/memory.max": str(GIB),
        },
    )
    assert own_cgroup(root) == OwnCgroup(2, 1.5, 1024)


def test_within_a_container_the_group_is_at_the_top(tmp_path: Path) -> None:
    root = made(
        tmp_path,
        {
            "proc/self/cgroup": "0::/../../user.slice",
            "sys/fs/cgroup/cgroup.controllers": "cpu memory",
            "sys/fs/cgroup/cpu.max": "50000 100000",
            "sys/fs/cgroup/memory.max": "max",
        },
    )
    assert own_cgroup(root) == OwnCgroup(2, 0.5, None)


def test_version_1_has_a_tree_for_each_controller(tmp_path: Path) -> None:
    root = made(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/a\n1:cpu,cpuacct:/b\n0::/",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/cpu/b/cpu.cfs_quota_us": "200000",
            "sys/fs/cgroup/cpu/b/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": NO_LIMIT_V1,
            "sys/fs/cgroup/memory/a/memory.limit_in_bytes": str(GIB // 2),
        },
    )
    assert own_cgroup(root) == OwnCgroup(1, 2.0, 512)


@pytest.mark.parametrize("content", ["", "0::/"])
def test_without_controllers_nothing_is_told(tmp_path: Path, content: str) -> None:
    assert own_cgroup(made(tmp_path, {"proc/self/cgroup": content})) == OwnCgroup(None, None, None)
    assert own_cgroup(tmp_path / "empty") == OwnCgroup(None, None, None)
