"""What the kernel says of the whole host, from files as they are and as they may be missing."""

import time
from pathlib import Path

from fwcompare.telemetry.host_counters import read_host_counters

STAT = """cpu  100 20 300 4000 50 60 70 80 0 0
cpu0 50 10 150 2000 25 30 35 40 0 0
cpu1 50 10 150 2000 25 30 35 40 0 0
intr 12345
"""


def tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / "proc" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_busy_time_is_user_nice_and_system_without_interrupts(tmp_path: Path) -> None:
    pressure = "some avg10=1.00 avg60=1.00 avg300=1.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
    seen = read_host_counters(tree(tmp_path, stat=STAT, pressure__cpu=pressure))
    assert (seen.cpus, seen.busy_s, seen.steal_s, seen.pressure_s) == (2, 4.2, 0.8, 2.5)


def test_what_this_kernel_does_not_tell_is_not_known(tmp_path: Path) -> None:
    seen = read_host_counters(tmp_path)
    assert (seen.busy_s, seen.steal_s, seen.pressure_s) == (None, None, None)
    assert seen.cpus >= 1


def test_the_cpu_time_of_this_process_is_part_of_what_the_host_was_busy_with() -> None:
    before = read_host_counters()
    spun_until_s = time.process_time() + 0.3
    while time.process_time() < spun_until_s:
        pass
    after = read_host_counters()
    assert after.own_s - before.own_s >= 0.3
    assert before.busy_s is not None
    assert after.busy_s is not None
    # The kernel counts in ticks of 10 ms.
    assert after.busy_s - before.busy_s >= 0.25
