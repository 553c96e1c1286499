"""What is read of the host, from made-up files of a kernel, and once from the real one."""

import dataclasses
import json
import os
from pathlib import Path

import pytest

from fwcompare.telemetry.host import cpu_pressure_avg10, describe_host, in_ranges, steal_share
from fwcompare.telemetry.own_cgroup import OwnCgroup

CPUINFO = """\
processor\t: 0
model name\t: Imaginary CPU @ 3.00GHz
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu hypervisor sse2

processor\t: 1
model name\t: Imaginary CPU @ 3.00GHz
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu hypervisor sse2

"""
FILES = {
    "proc/cpuinfo": CPUINFO,
    "proc/meminfo": "MemTotal:       16384000 kB\nMemFree: 1 kB\n",
    "proc/pressure/cpu": "some avg10=12.50 avg60=8.42 avg300=2.21 total=12103792\nfull avg10=0.00 total=0\n",
    "proc/stat": "cpu  60 0 20 10 5 0 0 5 9 9\ncpu0 1 1 1 1\n",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
    "sys/devices/system/cpu/smt/active": "0\n",
    "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
    "proc/sys/net/core/somaxconn": "4096\n",
    "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
    "etc/machine-id": "0123456789abcdef\n",
}


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_the_files_of_the_kernel_are_understood(kernel: Path) -> None:
    host = describe_host(kernel)
    assert host.cpu_model == "Imaginary CPU @ 3.00GHz"
    assert host.cores == 1
    assert host.memory_mib == 16000
    assert host.hypervisor is True
    assert host.governor == "performance"
    assert host.clock_source == "tsc"
    assert host.cpu_pressure_avg10 == 12.5
    assert host.steal_share == pytest.approx(0.05)
    assert host.smt is False
    assert host.transparent_hugepages == "madvise"
    assert host.sysctls == {
        "net.core.somaxconn": "4096",
        "net.ipv4.ip_local_port_range": "32768 60999",
        "net.ipv4.tcp_tw_reuse": None,
        "vm.overcommit_memory": None,
        "vm.swappiness": None,
    }


def test_what_a_kernel_does_not_tell_is_none(tmp_path: Path) -> None:
    host = describe_host(tmp_path)
    told = {name for name, value in dataclasses.asdict(host).items() if value is not None}
    assert told - {"open_files"} == {"cpus", "cpuset", "kernel", "machine", "load_average_1m", "cgroup", "sysctls"}
    assert set(host.sysctls.values()) == {None}
    assert host.cgroup == OwnCgroup(None, None, None)


def test_a_machine_is_known_again_by_a_hash_and_never_by_its_own_number(kernel: Path) -> None:
    before = describe_host(kernel)
    assert describe_host(kernel).id == before.id
    assert before.id is not None
    assert "0123456789abcdef" not in json.dumps(dataclasses.asdict(before))
    (kernel / "etc/machine-id").write_text("0123456789abcdee\n")
    assert describe_host(kernel).id != before.id
    (kernel / "etc/machine-id").write_text("")
    assert describe_host(kernel).id is None


@pytest.mark.parametrize(("siblings", "smt"), [("1", False), ("2", True)])
def test_an_old_kernel_tells_by_its_siblings_whether_cores_are_shared(
    kernel: Path, siblings: str, *, smt: bool
) -> None:
    (kernel / "sys/devices/system/cpu/smt/active").unlink()
    assert describe_host(kernel).smt is None
    (kernel / "proc/cpuinfo").write_text(CPUINFO.replace("flags", f"siblings\t: {siblings}\ncpu cores\t: 1\nflags"))
    assert describe_host(kernel).smt is smt


@pytest.mark.parametrize(
    ("numbers", "text"), [({0}, "0"), ({0, 1}, "0-1"), ({0, 1, 2, 5, 7, 8}, "0-2,5,7-8"), ((), "")]
)
def test_cpus_are_listed_as_the_kernel_does(numbers: set[int], text: str) -> None:
    assert in_ranges(numbers) == text


def test_pressure_that_cannot_be_read_is_none(kernel: Path) -> None:
    (kernel / "proc/pressure/cpu").unlink()
    (kernel / "proc/pressure/cpu").mkdir()  # reading it fails, as with a kernel that was booted without psi
    assert describe_host(kernel).cpu_pressure_avg10 is None


def test_pressure_without_the_line_that_counts_is_none() -> None:
    assert cpu_pressure_avg10("full avg10=0.00 avg60=0.00 avg300=0.00 total=0") is None


@pytest.mark.parametrize("stat", [None, "", "cpu  1 2 3", "cpu  0 0 0 0 0 0 0 0 0 0"])
def test_steal_without_its_figures_is_none(stat: str | None) -> None:
    assert steal_share(stat) is None


def test_this_machine_can_be_described_and_stored() -> None:
    host = describe_host()
    assert host.cpus == len(os.sched_getaffinity(0))
    assert host.kernel == os.uname().release
    assert host.sysctls["vm.swappiness"] is not None
    assert json.loads(json.dumps(dataclasses.asdict(host)))["cpus"] == host.cpus
