"""The sampler on real processes, against what the kernel tells those processes about themselves."""

import json
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

pytestmark = [pytest.mark.real, pytest.mark.measures]

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


def test_a_worker_that_is_recycled_is_named_and_one_that_stays_is_not(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    script = run(
        "reader, writer = os.pipe()\n"
        "def worker():\n"
        "    if os.fork() == 0: os.read(reader, 1); os._exit(0)\n"
        "worker(); worker(); step('two'); os.write(writer, b'x'); os.wait(); worker(); step('recycled')"
    )
    script.said()
    old = set(trees([script.pid]))
    watching = watch(script.pid)
    time.sleep(2 * TICK_S)
    before_s = time.monotonic()
    assert watching.changes("target", before_s, time.monotonic()) == ()
    start_s = time.monotonic()
    script.go_on()
    script.said()
    new = set(trees([script.pid]))
    (ended,), (began,) = old - new, new - old
    end_s = time.monotonic()
    changes = watching.changes("target", start_s, end_s)
    assert sorted(words.split(" ")[1:3] for words in changes) == sorted([[str(ended), "ended"], [str(began), "began"]])
    time.sleep(2 * TICK_S)
    later_s = time.monotonic()
    assert watching.changes("target", later_s, time.monotonic()) == ()


def test_a_stranger_that_burns_is_noise_and_a_child_of_ours_is_not(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch], tmp_path: Path
) -> None:
    go, done = tmp_path / "go", tmp_path / "done"
    script = run(
        "def burn_as(name):\n"
        "    open('/proc/self/comm', 'w').write(name)\n"
        f"    while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        "    burn(0.5)\n"
        "def leave():\n"
        f"    burn_as('fw-stranger'); open({str(done)!r}, 'w').close(); time.sleep(1); os._exit(0)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0: leave()\n"
        "    os._exit(0)\n"
        "os.wait(); step('left'); burn_as('fw-ours'); step('burnt')"
    )
    script.said()
    watching = watch(script.pid)
    start_s = time.monotonic()
    go.touch()
    script.go_on()
    script.said()
    until(done.exists)
    noise = watching.noise(start_s, time.monotonic())
    end_s = time.monotonic()
    used = watching._foreign.used_s(start_s, end_s)
    assert used["fw-stranger"] >= 0.5 - 2 * TICK_S
    assert "fw-ours" not in used
    # A group that nobody can see makes it unknown who is foreign; see the fixture.
    assert noise.foreign_share is None
    assert noise.steal_share is not None


def test_noise_is_known_when_every_group_is_seen(run: Callable[[str], Script]) -> None:
    script = run("step('ready')")
    script.said()
    watching = ProcessTelemetry().watch({"target": lambda: [script.pid]})
    try:
        start_s = time.monotonic()
        time.sleep(0.05)
        noise = watching.noise(start_s, time.monotonic())
    finally:
        watching.stop()
    assert noise.foreign_share is not None
    assert 0 <= noise.foreign_share <= 1


def test_open_files_bytes_written_and_switches_are_recorded(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch], tmp_path: Path
) -> None:
    script = run(
        "step('ready')\n"
        f"held = [open({str(tmp_path)!r} + f'/{{i}}', 'wb', buffering=0) for i in range(30)]\n"
        "held[0].write(b'x' * (1 << 20)); os.fsync(held[0].fileno())\n"
        "for _ in range(50): time.sleep(0.001)\n"
        "step('done')"
    )
    script.said()
    watching = watch(script.pid)
    start_s = time.monotonic()
    script.go_on()
    script.said()
    watching.usage("target", start_s, time.monotonic())
    first, *_, last = watching._groups["target"].details
    assert first.files is not None
    assert last.files == first.files + 30
    assert last.voluntary_switches - first.voluntary_switches >= 50
    if last.written_bytes == 0:
        pytest.skip("the temporary folder is not on a disk")
    assert last.written_bytes is not None
    assert last.written_bytes >= 1 << 20


def test_the_series_is_columns_that_json_can_hold(
    run: Callable[[str], Script], watch: Callable[[int], ProcessWatch]
) -> None:
    script = run("step('ready')")
    script.said()
    watching = watch(script.pid)
    start_s = time.monotonic()
    until(lambda: len(watching._groups["target"].samples) >= 4)
    end_s = time.monotonic()
    watching.usage("target", start_s, end_s)
    series = json.loads(json.dumps(watching.series(start_s, end_s), allow_nan=False))
    assert set(series["groups"]) == {"target", "nobody", "client", "run"}
    for table in (series["groups"]["target"]["samples"], series["groups"]["target"]["details"], series["machine"]):
        assert len({len(column) for column in table.values()}) == 1
        assert table["at_s"] == sorted(table["at_s"])
        assert table["at_s"][0] <= 0 <= table["at_s"][-1]


def test_connections_are_asked_for_apart_and_a_service_that_does_not_tell_is_null() -> None:
    watching = ProcessTelemetry().watch({}, connections={"one": lambda: 3, "other": lambda: None})
    try:
        until(lambda: len(watching._connections.counts["other"]) >= 2)
    finally:
        watching.stop()
    series = watching.series(0.0, 1.0)["connections"]
    assert isinstance(series, dict)
    assert set(series["one"]["connections"]) == {3}
    assert set(series["other"]["connections"]) == {None}


def test_how_long_a_quota_held_a_group_back_is_read_off_at_the_edges(run: Callable[[str], Script]) -> None:
    script = run("step('ready')")
    script.said()
    held_back = iter(range(1000))
    watching = ProcessTelemetry().watch(
        {"target": lambda: [script.pid], "free": list}, throttled={"target": lambda: float(next(held_back))}
    )
    try:
        start_s = time.monotonic()
        watching.usage("target", start_s, start_s)
        end_s = time.monotonic()
        usage = watching.usage("target", start_s, end_s)
        assert usage.throttled_s is not None
        assert 0 < usage.throttled_s <= 2
        assert watching.usage("free", start_s, end_s).throttled_s is None
    finally:
        watching.stop()


def test_a_stopped_watch_leaves_no_file_open(run: Callable[[str], Script]) -> None:
    script = run("step('ready')")
    script.said()
    before = len(list(Path("/proc/self/fd").iterdir()))
    watching = ProcessTelemetry().watch({"target": lambda: [script.pid]})
    assert len(list(Path("/proc/self/fd").iterdir())) > before
    watching.stop()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


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


def test_a_birth_is_told_by_the_id_that_was_given_out_last(tmp_path: Path) -> None:
    (tmp_path / "loadavg").write_text("0.20 0.18 0.12 1/80 11206\n")
    births = procfs.Births(str(tmp_path))
    assert births.any(), "at first, nothing is known"
    (tmp_path / "loadavg").write_text("0.90 0.18 0.12 3/80 11206\n")
    assert not births.any()
    (tmp_path / "loadavg").write_text("0.90 0.18 0.12 3/81 11207\n")
    assert births.any()
    births.close()


def test_a_file_that_is_kept_open_never_tells_of_another_process(run: Callable[[str], Script]) -> None:
    script = run("step('ready')")
    script.said()
    files = procfs.OpenProcesses()
    first = files.read(script.pid)
    assert first is not None
    assert first == read_process(script.pid)
    script.end()
    assert files.read(script.pid) is None
    files.close()


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
