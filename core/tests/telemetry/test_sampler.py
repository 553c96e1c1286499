"""The sampler on real processes, against what the kernel tells those processes about themselves."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from fwcompare.telemetry import procfs
from fwcompare.telemetry.procfs import read_process, trees
from fwcompare.telemetry.sampler import ProcessTelemetry, ProcessWatch

pytestmark = pytest.mark.real

DEADLINE_S = 60.0
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PRELUDE = """
import os, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
def step(said):
    print(said, flush=True)
    input()
def used():
    return sum(os.times()[:4])
"""


class Script:
    """A Python script in a process of its own that stops at every ``step(...)`` until it is told to go on."""

    def __init__(self, text: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid

    def said(self) -> str:
        """Wait for the next step and give what it says."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """End it and its children; may be called twice."""
        if self._process.poll() is None:
            for pid in reversed(trees([self.pid])):
                psutil.Process(pid).kill()
            self._process.communicate()


@pytest.fixture
def run() -> Iterator[Callable[[str], Script]]:
    scripts: list[Script] = []

    def begin(text: str) -> Script:
        scripts.append(Script(text))
        return scripts[-1]

    yield begin
    for script in scripts:
        script.end()


@pytest.fixture
def watch() -> Iterator[Callable[[int], ProcessWatch]]:
    watches: list[ProcessWatch] = []

    def begin(pid: int) -> ProcessWatch:
        watches.append(ProcessTelemetry().watch({"target": lambda: [pid], "nobody": list}))
        return watches[-1]

    yield begin
    for one in watches:
        one.stop()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"did not become true within {DEADLINE_S:g} s"
        time.sleep(0.01)


def test_cpu_time_of_a_window_is_what_the_process_says_it_used(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    script = run("burn(0.2); step(used()); burn(0.5); step(used())")
    before = float(script.said())
    watching = watch(script.pid)
    start_s = time.monotonic()
    script.go_on()
    after = float(script.said())
    usage = watching.usage("target", start_s, time.monotonic())
    assert usage.cpu_s == pytest.approx(after - before, abs=4 * TICK_S)
    assert usage.user_s is not None
    assert usage.system_s is not None
    assert usage.cpu_s == usage.user_s + usage.system_s
    assert usage.processes == 1


def test_cpu_time_of_children_and_of_their_children_counts_once_after_they_ended(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    script = run(
        "reader, writer = os.pipe()\n"
        "def wait_for_the_end(): os.close(writer); os.read(reader, 1)\n"
        "step(used())\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        if os.fork() == 0: burn(0.2); wait_for_the_end(); os._exit(0)\n"
        "        burn(0.1); wait_for_the_end(); os.wait(); os._exit(0)\n"
        "step('forked'); os.close(writer)\n"
        "for _ in range(3): os.wait()\n"
        "step(used())\n"
    )
    before = float(script.said())
    watching = watch(script.pid)
    start_s = time.monotonic()
    script.go_on()
    script.said()
    until(lambda: watching.usage("target", start_s, time.monotonic()).processes == 7)
    script.go_on()
    after = float(script.said())
    usage = watching.usage("target", start_s, time.monotonic())
    assert after - before >= 0.8
    assert usage.cpu_s == pytest.approx(after - before, abs=20 * TICK_S)


def test_a_worker_that_outlives_its_parent_is_still_seen(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch], tmp_path: Path
) -> None:
    go, done = tmp_path / "go", tmp_path / "done"
    script = run(
        "reader, writer = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    if os.fork() == 0:\n"
        f"        while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        f"        burn(0.3); open({str(done)!r}, 'w').close(); time.sleep(600)\n"
        "    os.read(reader, 1); os._exit(0)\n"
        "step('forked'); os.write(writer, b'x'); os.wait(); step('alone')\n"
    )
    script.said()
    until(lambda: len(trees([script.pid])) == 3)
    _, child, grandchild = trees([script.pid])
    watching = watch(script.pid)
    start_s = time.monotonic()
    script.go_on()
    script.said()
    assert not Path(f"/proc/{child}").exists()
    go.touch()
    until(done.exists)
    usage = watching.usage("target", start_s, time.monotonic())
    psutil.Process(grandchild).kill()
    assert usage.cpu_s is not None
    assert usage.cpu_s >= 0.3 - 2 * TICK_S


def test_a_worker_that_begins_later_is_found(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    script = run("step('alone')\nif os.fork() == 0: burn(0.3); time.sleep(600)\nstep('forked')")
    script.said()
    watching = watch(script.pid)
    start_s = time.monotonic()
    script.go_on()
    script.said()
    until(lambda: (watching.usage("target", start_s, time.monotonic()).cpu_s or 0) >= 0.3 - 2 * TICK_S)
    assert watching.usage("target", start_s, time.monotonic()).processes == 2


def test_resident_memory_is_summed_over_the_tree(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    script = run("if os.fork() == 0: held = b'x' * (80 << 20); time.sleep(600)\nheld = b'x' * (40 << 20); step('held')")
    script.said()
    watching = watch(script.pid)
    start_s = time.monotonic()
    until(lambda: (watching.usage("target", start_s, time.monotonic()).peak_rss_mib or 0) >= 120)


def test_a_group_without_processes_used_an_unknown_amount(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    script = run("step('ready')")
    watching = watch(script.pid)
    start_s = time.monotonic()
    usage = watching.usage("nobody", start_s, time.monotonic())
    assert (usage.cpu_s, usage.peak_rss_mib, usage.processes) == (None, None, 0)


def test_a_stopped_watch_still_answers_for_its_past_and_knows_nothing_of_later(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    script = run("step('ready')")
    watching = watch(script.pid)
    start_s = time.monotonic()
    end_s = time.monotonic()
    watching.stop()
    watching.stop()
    assert watching.usage("target", start_s, end_s).cpu_s is not None
    assert watching.usage("target", start_s, time.monotonic()).cpu_s is None


def test_the_sampling_knows_what_it_costs_itself(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    watching = watch(run("step('ready')").pid)
    first = watching.own_cpu_s
    until(lambda: watching.own_cpu_s > first)


def test_a_process_that_is_gone_reads_as_none(run: Callable[[str], Script]) -> None:
    script = run("step('ready')")
    assert read_process(script.pid) is not None
    script.end()
    assert read_process(script.pid) is None


def test_a_name_with_spaces_and_parentheses_does_not_shift_the_fields(run: Callable[[str], Script]) -> None:
    script = run("open('/proc/self/comm', 'w').write(') 1 2 ('); step('named')")
    script.said()
    reading = read_process(script.pid)
    assert reading is not None
    assert (reading.pid, reading.parent, reading.zombie) == (script.pid, os.getpid(), False)


def test_the_children_files_and_a_scan_of_all_processes_find_the_same(
    run: Callable[[str], Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = run("os.fork(); os.fork(); time.sleep(600)")
    until(lambda: len(trees([script.pid])) == 4)
    found = trees([script.pid])
    monkeypatch.setattr(procfs, "_children", procfs._children_from_scan)
    assert set(trees([script.pid])) == set(found)
    assert found[0] == script.pid
    assert len(found) == 4
