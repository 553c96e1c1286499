"""How long quotas held a process back, from made-up cgroups of both versions."""

from pathlib import Path

import pytest

from fwcompare.telemetry.quota import own_throttling


def put(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def test_version_2_counts_every_group_above_too(tmp_path: Path) -> None:
    put(tmp_path, "proc/self/cgroup", "0::/outer/inner\n")
    put(tmp_path, "sys/fs/cgroup/outer/inner/cpu.stat", "usage_usec 9\nthrottled_usec 1500000\n")
    put(tmp_path, "sys/fs/cgroup/outer/cpu.stat", "usage_usec 9\nthrottled_usec 250000\n")
    put(tmp_path, "sys/fs/cgroup/cpu.stat", "usage_usec 9\n")
    assert own_throttling(tmp_path)() == pytest.approx(1.75)


def test_version_1_has_it_with_the_controller_cpu(tmp_path: Path) -> None:
    put(tmp_path, "proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/job\n0::/\n")
    put(tmp_path, "sys/fs/cgroup/cpu,cpuacct/job/cpu.stat", "nr_periods 3\nthrottled_time 2000000000\n")
    put(tmp_path, "sys/fs/cgroup/memory/m/cpu.stat", "throttled_time 7000000000\n")
    assert own_throttling(tmp_path)() == pytest.approx(2.0)


def test_where_the_kernel_does_not_tell_it_is_unknown(tmp_path: Path) -> None:
    assert own_throttling(tmp_path)() is None
    put(tmp_path, "proc/self/cgroup", "0::/\n")
    assert own_throttling(tmp_path)() is None
