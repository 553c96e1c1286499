"""What is read of the machine, from made-up files of a kernel."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fwcompare.telemetry.machine import Machine

STAT = "cpu  100 20 30 900 40 5 60 7 11 12\ncpu0 1 2 3\n"
PRESSURE = "some avg10=1.53 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 total=9\n"
NET = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
  eth0:  5  1 0 0 0 0 0 0  6 1 0
    lo: 111 22 0 0 0 0 0 0 333 44 0
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for name, text in (("stat", STAT), ("pressure/cpu", PRESSURE), ("net/dev", NET)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def machine(proc: Path) -> Iterator[Machine]:
    reader = Machine(0.01, str(proc))
    yield reader
    reader.close()


def test_interrupts_steal_and_waiting_for_disks_are_not_busy(machine: Machine) -> None:
    seen = machine.read(7.0)
    assert (seen.at_s, seen.busy_s) == pytest.approx((7.0, 1.5))
    assert (seen.interrupt_s, seen.io_wait_s, seen.stolen_s) == pytest.approx((0.65, 0.4, 0.07))


def test_pressure_and_loopback_are_totals(machine: Machine) -> None:
    seen = machine.read(0.0)
    assert (seen.pressure_s, seen.loopback_bytes) == (2.5, 333)


def test_what_the_kernel_does_not_tell_is_unknown(proc: Path) -> None:
    (proc / "pressure/cpu").unlink()
    (proc / "net/dev").write_text("no such interface\n")
    reader = Machine(0.01, str(proc))
    seen = reader.read(0.0)
    reader.close()
    assert (seen.pressure_s, seen.loopback_bytes) == (None, None)


def test_the_real_one_is_busy_ever_longer() -> None:
    reader = Machine(0.01)
    first, second = reader.read(0.0), reader.read(1.0)
    reader.close()
    assert 0 < first.busy_s <= second.busy_s
