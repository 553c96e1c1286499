"""Where limits can be set and what their files say, on trees made of plain files."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from fwcompare.model.limits import Confinement
from fwcompare.runtimes import keeper
from fwcompare.runtimes.cgroups import (
    Fence,
    Ground,
    Grounds,
    fence_around,
    find_grounds,
    has_joined,
    oom_kills,
    plan_fence,
    read_memory,
    read_quota,
    throttled_s,
)
from fwcompare.runtimes.held import read_held

V1 = (
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
)
V2 = "30 23 0:26 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
SCOPE = "user.slice/user-1000.slice/user@1000.service/app.slice/run.scope"


class Tree:
    """A root folder with a cgroup file system of plain files."""

    def __init__(self, root: Path, mounts: str, own: str) -> None:
        self.root = root
        self.write("proc/self/mountinfo", mounts)
        self.write("proc/self/cgroup", own)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def group(self, path: str, files: Mapping[str, str] | None = None) -> Path:
        self.write(f"sys/fs/cgroup/{path}/cgroup.procs", "")
        for name, text in (files or {}).items():
            self.write(f"sys/fs/cgroup/{path}/{name}", text)
        return self.root / "sys/fs/cgroup" / path


@pytest.fixture
def v1(tmp_path: Path) -> Tree:
    return Tree(tmp_path, V1, "4:memory:/outer/run\n3:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n")


@pytest.fixture
def v2(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path, V2, f"0::/{SCOPE}\n")
    path = ""
    for part in ["", *SCOPE.split("/")]:
        path = f"{path}/{part}".strip("/")
        files = {"cgroup.controllers": "cpu memory pids", "cgroup.subtree_control": ""}
        tree.group(path, files | ({"cgroup.type": "domain"} if path else {}))
    return tree


def test_in_v1_a_cgroup_is_made_below_our_own_so_that_outer_limits_hold(v1: Tree) -> None:
    cpu, memory = v1.group("cpu,cpuacct"), v1.group("memory/outer/run")
    v1.group("memory")
    assert find_grounds(v1.root) == Grounds(
        {"cpu": Ground("cgroup v1", cpu), "memory": Ground("cgroup v1", memory)}, {}
    )


def test_in_a_container_that_shows_its_own_part_alone_the_mount_point_is_our_cgroup(tmp_path: Path) -> None:
    inside = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    tree = Tree(tmp_path, inside, "4:memory:/docker/abc\n")
    assert find_grounds(tmp_path).missing.keys() == {"cpu", "memory"}
    memory = tree.group("memory")
    assert find_grounds(tmp_path).found == {"memory": Ground("cgroup v1", memory)}


def test_a_controller_that_no_hierarchy_has_is_said_to_be_missing(v1: Tree) -> None:
    v1.write("proc/self/mountinfo", V1.splitlines()[2] + "\n")
    v1.group("memory")
    assert find_grounds(v1.root).missing["cpu"].startswith("this kernel offers no cgroup controller `cpu` here; run")


def test_a_folder_that_may_not_be_written_is_named_with_what_to_do(v1: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    v1.group("cpu,cpuacct")
    # Not there at all is not writable either, for root too.
    missing = find_grounds(v1.root).missing["memory"]
    assert missing == f"{v1.root}/sys/fs/cgroup/memory may not be written; run as root"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "docker run --privileged" in find_grounds(v1.root).missing["memory"]


def test_in_v2_the_nearest_folder_that_hands_both_controllers_down_is_used(v2: Tree) -> None:
    slice_ = Path(SCOPE).parent
    folder = v2.group(str(slice_), {"cgroup.subtree_control": "cpu memory pids"})
    v2.group(str(slice_.parent), {"cgroup.subtree_control": "cpu memory pids"})
    both = Ground("cgroup v2", folder)
    assert find_grounds(v2.root) == Grounds({"cpu": both, "memory": both}, {})


def test_in_v2_the_root_may_hand_controllers_down_by_our_order(v2: Tree) -> None:
    root = v2.root / "sys/fs/cgroup"
    grounds = find_grounds(v2.root)
    assert grounds.found["cpu"] == grounds.found["memory"] == Ground("cgroup v2", root, enable=True)
    file = f"{root}/cgroup.subtree_control"
    quota = plan_fence(Confinement(quota_cpus=1), grounds, "fwcompare-1-1")
    assert quota.order()["settings"][0] == [file, "+cpu", False]
    both = plan_fence(Confinement(quota_cpus=1, memory_bytes=2**26), grounds, "fwcompare-1-1")
    assert [setting for setting in both.order()["settings"] if setting[0] == file] == [[file, "+cpu +memory", False]]


def test_in_v2_one_controller_is_better_than_none(v2: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (v2.root / "sys/fs/cgroup/cgroup.procs").unlink()  # the root is not ours to write
    folder = v2.group(str(Path(SCOPE).parent), {"cgroup.subtree_control": "memory pids"})
    grounds = find_grounds(v2.root)
    assert grounds.found == {"memory": Ground("cgroup v2", folder)}
    assert grounds.missing["cpu"].startswith(
        f"cgroup v2 at {v2.root}/sys/fs/cgroup does not hand `cpu` down to us; run as root, or in a tree of your own: "
    )


FILES = {
    "cgroup v1": {
        "cpu.cfs_period_us": "50000",
        "cpu.cfs_quota_us": "-1",
        "memory.limit_in_bytes": str(2**63 - 4096),
        "memory.memsw.limit_in_bytes": str(2**63 - 4096),
    },
    "cgroup v2": {"cpu.max": "max 100000", "memory.max": "max", "memory.swap.max": "max", "memory.oom.group": "1"},
}
SET = {
    "cgroup v1": ["100000", "50000", "67108864", "67108864"],
    "cgroup v2": ["50000 100000", "67108864", "0", "0"],
}


def fenced(tmp_path: Path, version: str, asked: Confinement) -> tuple[Fence, dict[str, str]]:
    """Make the folder that the kernel would fill, then have the warden's code set it."""
    ground = Ground(version, tmp_path)  # type: ignore[arg-type]
    fence = plan_fence(asked, Grounds({"cpu": ground, "memory": ground}, {}), "fwcompare-1-1")
    folder = tmp_path / "fwcompare-1-1"
    folder.mkdir()
    for name, text in {**FILES[version], "cgroup.procs": "77\n"}.items():
        (folder / name).write_text(text)
    refused = keeper.Fence(**fence.order()).make()
    return fence, refused


@pytest.mark.parametrize("version", FILES)
def test_the_settings_that_are_written_are_the_ones_that_are_read_back(tmp_path: Path, version: str) -> None:
    asked = Confinement(quota_cpus=0.5, memory_bytes=64 * 2**20)
    ground = Ground(version, tmp_path)  # type: ignore[arg-type]
    before = plan_fence(asked, Grounds({"cpu": ground, "memory": ground}, {}), "fwcompare-1-1")
    assert (before.folders["cpu"], before.folders["memory"]) == (tmp_path / "fwcompare-1-1",) * 2

    fence, refused = fenced(tmp_path, version, asked)

    assert refused == {str(tmp_path / "fwcompare-1-1"): "File exists"}  # the test made it in the kernel's place
    # A plain file keeps the end of a longer text that it held; the kernel's do not.
    written = [
        (tmp_path / "fwcompare-1-1" / name).read_text()[: len(text)]
        for name, text in zip(FILES[version], SET[version], strict=True)
    ]
    assert written == SET[version]
    for name, text in zip(FILES[version], SET[version], strict=True):
        (tmp_path / "fwcompare-1-1" / name).write_text(f"{text}\n")
    assert (read_quota(fence), read_memory(fence)) == (0.5, 64 * 2**20)
    assert has_joined(tmp_path / "fwcompare-1-1", 77)
    assert not has_joined(tmp_path / "fwcompare-1-1", 7)
    held = read_held(fence, 77, {})
    assert (held.words, held.by, held.missing) == ("0.5 CPU by quota, 64 MiB", version, "")


@pytest.mark.parametrize("version", FILES)
def test_a_kernel_that_holds_to_nothing_is_read_as_no_limit(tmp_path: Path, version: str) -> None:
    fence, _ = fenced(tmp_path, version, Confinement(quota_cpus=0.5, memory_bytes=64 * 2**20))
    for name, text in FILES[version].items():
        (tmp_path / "fwcompare-1-1" / name).write_text(text)
    assert (read_quota(fence), read_memory(fence)) == (None, None)


def test_a_setting_that_is_refused_is_told_and_an_optional_one_is_not(tmp_path: Path) -> None:
    asked = Confinement(memory_bytes=64 * 2**20)
    fence = plan_fence(asked, Grounds({"memory": Ground("cgroup v1", tmp_path)}, {}), "fwcompare-1-1")
    refused = keeper.Fence(**fence.order()).make()
    file = str(tmp_path / "fwcompare-1-1" / "memory.limit_in_bytes")
    assert refused == {file: "No such file or directory"}
    assert read_held(fence, 77, refused).missing == f"no memory limit: {file}: No such file or directory"


def test_what_has_no_ground_is_missing_with_its_reason_and_gets_no_cgroup() -> None:
    grounds = Grounds({}, {"cpu": "no right; run as root", "memory": "no right; run as root"})
    fence = plan_fence(Confinement(quota_cpus=1), grounds, "fwcompare-1-1")
    assert fence.order() == {"cpus": [], "folders": [], "settings": [], "tell": []}
    held = read_held(fence, 1, {})
    assert (held.words, held.by, held.missing) == ("none", "none", "no CPU quota: no right; run as root")


def test_the_counts_of_both_versions_are_read() -> None:
    assert throttled_s("nr_periods 11\nnr_throttled 11\nthrottled_time 299315252\n") == pytest.approx(0.299315252)
    assert throttled_s("usage_usec 5\nnr_throttled 2\nthrottled_usec 250000\n") == pytest.approx(0.25)
    assert throttled_s("usage_usec 5\n") is None
    assert oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n") == 2
    assert oom_kills("low 0\nhigh 0\nmax 7\noom 3\noom_kill 1\noom_group_kill 0\n") == 1
    assert oom_kills("") is None


def test_the_cgroups_of_a_keeper_that_is_no_more_are_found_and_those_of_a_living_one_left(tmp_path: Path) -> None:
    for name in ("fwcompare-1-1", "fwcompare-999999999-4", "other-999999999-4"):
        (tmp_path / name).mkdir()
    grounds = Grounds({"cpu": Ground("cgroup v1", tmp_path)}, {})
    assert grounds.abandoned() == [tmp_path / "fwcompare-999999999-4"]
    assert grounds.ours(1) == [tmp_path / "fwcompare-1-1"]


def test_the_cgroups_of_a_container_are_found_by_its_process_in_version_1(tmp_path: Path) -> None:
    tree = Tree(tmp_path, V1, "0::/\n")
    tree.write("proc/7/cgroup", "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/\n")
    tree.group("cpu,cpuacct/docker/abc", {"cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000"})
    tree.group("memory/docker/abc", {"memory.limit_in_bytes": "67108864"})
    fence = fence_around(7, Confinement(quota_cpus=0.5, memory_bytes=2**26), tree.root)
    assert fence.versions == {"cpu": "cgroup v1", "memory": "cgroup v1"}
    assert (read_quota(fence), read_memory(fence)) == (0.5, 2**26)


def test_the_cgroup_of_a_container_is_found_by_its_process_in_version_2(tmp_path: Path) -> None:
    tree = Tree(tmp_path, V2, "0::/\n")
    tree.write("proc/7/cgroup", "0::/system.slice/docker-abc.scope\n")
    files = {"cgroup.controllers": "cpu memory pids", "cpu.max": "50000 100000", "memory.max": "max"}
    folder = tree.group("system.slice/docker-abc.scope", files)
    fence = fence_around(7, Confinement(quota_cpus=0.5), tree.root)
    assert fence.folders == {"cpu": folder, "memory": folder}
    assert (read_quota(fence), read_memory(fence)) == (0.5, None)


def test_a_process_that_is_gone_is_in_no_cgroup(tmp_path: Path) -> None:
    assert fence_around(7, Confinement(), Tree(tmp_path, V2, "0::/\n").root).folders == {}
