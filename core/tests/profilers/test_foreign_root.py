"""Programs of a container are copied for perf, on a made-up /proc."""

import os
from pathlib import Path

import pytest

from fwcompare.profilers.foreign_root import command_there

MAPS = (
    "1000-2000 r--p 00000000 08:01 7 /env/server\n"
    "2000-3000 r-xp 00001000 08:01 7 /env/server\n"
    "3000-4000 r-xp 00001000 08:01 8 /lib/libc.so.6\n"
    "4000-5000 r-xp 00001000 08:01 9 /lib/gone.so (deleted)\n"
    "5000-6000 rw-p 00000000 00:00 0 /tmp/data\n"
    "7000-8000 r-xp 00000000 00:00 0 [vdso]\n"
)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A process 7 with another root than ours, and a process 8 with ours."""
    proc = tmp_path / "proc"
    for who in ("self", "7"):
        (proc / who / "ns").mkdir(parents=True)
        (proc / who / "ns" / "mnt").touch()
    (proc / "8" / "ns").mkdir(parents=True)
    os.link(proc / "self/ns/mnt", proc / "8/ns/mnt")
    (proc / "7" / "maps").write_text(MAPS)
    for file in ("env/server", "lib/libc.so.6", "tmp/data"):
        path = proc / "7" / "root" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file)
    return proc


def test_programs_of_a_container_are_copied_and_perf_reads_the_copies(proc: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    assert command_there([7, 8], folder, proc) == (
        ["unshare", "--pid", "--fork", "--mount-proc"],
        ["--symfs", str(folder), "--kallsyms", "/proc/kallsyms"],
    )
    copied = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert copied == {"env/server", "lib/libc.so.6"}


def test_processes_of_this_file_system_need_no_copies(proc: Path, tmp_path: Path) -> None:
    assert command_there([8], tmp_path / "copies", proc) is None
    assert command_there([9], tmp_path / "copies", proc) is None, "it has ended"


def test_maps_of_code_made_at_run_time_are_left_to_perf_in_the_container(proc: Path, tmp_path: Path) -> None:
    (proc / "7/root/tmp/perf-1.map").touch()
    assert command_there([7], tmp_path / "copies", proc) is None
