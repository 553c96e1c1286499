"""Limits that the kernel really sets: affinity for everybody, quota and memory where this host allows."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare.model.limits import Confinement, Held
from fwcompare.runtimes.cgroups import Ground, Grounds, find_grounds
from fwcompare.runtimes.pinned import PinnedProcesses, client_first, cpus_by_core
from fwcompare.runtimes.processes import KeptProcess, KeptProcesses

pytestmark = pytest.mark.real

Until = Callable[[Callable[[], bool]], None]

LONG_S = 60.0
FORKED = "import os, time\nos.fork()\nopen('alive', 'a').write('x')\ntime.sleep(600)"
BUSY = "while True: pass"
GREEDY = "open('alive', 'a').write('x')\nhoard = bytearray(256 * 2**20)\nprint('had it all')"
WORKER_DIES = (
    "import os, time\n"
    "if os.fork() == 0:\n"
    "    hoard = bytearray(256 * 2**20)\n"
    "    os._exit(0)\n"
    "os.wait()\n"
    "open('alive', 'a').write('x')\n"
    "time.sleep(600)"
)
RUNNER = """
import os, sys, time
from pathlib import Path
from fwcompare.model.limits import Confinement
from fwcompare.runtimes.processes import KeptProcesses
kept = KeptProcesses()
asked = Confinement(quota_cpus=0.5, memory_bytes=64 * 2**20)
folder = Path({folder!r})
process = kept.spawn(["sh", "-c", "printf x >> alive; exec sleep 600"], cwd=folder, env=dict(os.environ),
                     log=folder / "log", confinement=asked)
(folder / "keeper").write_text(str(kept.keeper_pid))
time.sleep(600)
"""


@pytest.fixture(scope="module")
def grounds() -> Grounds:
    """Where cgroups can be made; skips where they cannot, with the reason."""
    found = find_grounds()
    if found.missing:
        pytest.skip(f"host unfit: {'; '.join(found.missing.values())}")
    return found


class Starter:
    """Starts Python snippets in a folder of the test, confined."""

    def __init__(self, processes: KeptProcesses, folder: Path) -> None:
        self.processes = processes
        self.folder = folder

    def python(self, script: str, asked: Confinement) -> KeptProcess:
        return self.processes.spawn(
            [sys.executable, "-c", script],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"]},
            log=self.folder / "log",
            confinement=asked,
        )

    @property
    def alive(self) -> str:
        witness = self.folder / "alive"
        return witness.read_text() if witness.exists() else ""


@pytest.fixture
def start(processes: KeptProcesses, tmp_path: Path) -> Starter:
    return Starter(processes, tmp_path)


def test_a_process_and_what_it_forks_stay_on_their_cpu(start: Starter, until: Until) -> None:
    cpu = max(os.sched_getaffinity(0))
    process = start.python(FORKED, Confinement(cpus=(cpu,)))
    until(lambda: start.alive == "xx")
    assert process.held() == Held(f"affinity only: on CPU {cpu}", cpus=(cpu,), by="affinity")
    assert process.events().oom_kills is None
    assert process.events().throttled_s is None


def test_a_process_that_leaves_its_cpus_is_told_on(start: Starter, until: Until) -> None:
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        pytest.skip("host unfit: one CPU, nothing to leave")
    escape = f"import os, time\nos.sched_setaffinity(0, {allowed})\nopen('alive', 'a').write('x')\ntime.sleep(600)"
    process = start.python(escape, Confinement(cpus=(allowed[0],)))
    until(lambda: start.alive == "x")
    held = process.held()
    assert (held.words, held.cpus, held.by) == ("none", (), "none")
    assert held.missing.startswith("no affinity: it may use CPUs ")


def test_a_process_without_confinement_is_held_to_nothing(processes: KeptProcesses, tmp_path: Path) -> None:
    process = processes.spawn(["sleep", "600"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, log=tmp_path / "log")
    assert process.held() == Held("none")


def test_a_host_that_gives_no_cgroup_still_gives_affinity_and_says_what_is_missing(tmp_path: Path) -> None:
    cpu = max(os.sched_getaffinity(0))
    none = Grounds({}, {"cpu": "not here; run as root", "memory": "not here; run as root"})
    with KeptProcesses(none) as kept:
        asked = Confinement(cpus=(cpu,), quota_cpus=1, memory_bytes=2**26)
        process = kept.spawn(
            ["sleep", "600"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, log=tmp_path / "log", confinement=asked
        )
        held = process.held()
    assert (held.words, held.by) == (f"affinity only: on CPU {cpu}", "affinity")
    assert held.missing == "no CPU quota: not here; run as root; no memory limit: not here; run as root"


def test_a_cgroup_that_is_refused_is_named_and_its_counts_are_unknown_at_once(tmp_path: Path) -> None:
    ground = Ground("cgroup v1", tmp_path / "gone")
    with KeptProcesses(Grounds({"cpu": ground, "memory": ground}, {})) as kept:
        asked = Confinement(quota_cpus=1, memory_bytes=2**26)
        process = kept.spawn(
            ["sleep", "600"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, log=tmp_path / "log", confinement=asked
        )
        held, began = process.held(), time.monotonic()
        events = process.events()
        assert time.monotonic() - began < 5
    folder = f"{tmp_path}/gone/fwcompare-{kept.keeper_pid}-1"
    reason = f"{folder}: No such file or directory"
    assert (held.words, held.by) == ("none", "none")
    assert held.missing == f"no CPU quota: {reason}; no memory limit: {reason}"
    assert (events.throttled_s, events.oom_kills) == (None, None)


def test_a_quota_holds_a_busy_process_back_and_says_for_how_long(start: Starter, grounds: Grounds) -> None:
    # A fifth of a CPU, so that a busy machine too gives it more than that to be held back from.
    process = start.python(BUSY, Confinement(quota_cpus=0.2))
    began = time.monotonic()
    time.sleep(2)
    held, events = process.held(), process.events()
    process.stop()
    elapsed_s = time.monotonic() - began
    assert (held.quota_cpus, held.words, held.missing) == (0.2, "0.2 CPU by quota", "")
    assert events.throttled_s is not None
    assert events.throttled_s > 0
    assert process.cpu_s is not None
    assert 0.02 < process.cpu_s / elapsed_s < 0.3


def test_a_process_that_needs_more_memory_is_ended_and_the_kernel_is_named(start: Starter, grounds: Grounds) -> None:
    process = start.python(GREEDY, Confinement(memory_bytes=64 * 2**20))
    assert process.wait(LONG_S) == -signal.SIGKILL
    assert process.events().oom_kills == 1, "known also after its cgroup is gone"
    assert "had it all" not in (start.folder / "log").read_text()
    process.stop()
    assert process.events().oom_kills == 1


def test_a_worker_that_is_ended_is_counted_while_its_master_lives(
    start: Starter, grounds: Grounds, until: Until
) -> None:
    process = start.python(WORKER_DIES, Confinement(memory_bytes=64 * 2**20))
    until(lambda: start.alive == "x")
    assert process.poll() is None
    assert process.events().oom_kills == 1
    assert process.held().memory_bytes == 64 * 2**20


def test_the_cgroups_are_gone_once_the_process_has_ended(
    start: Starter, grounds: Grounds, processes: KeptProcesses, until: Until
) -> None:
    process = start.python(FORKED, Confinement(quota_cpus=1, memory_bytes=2**28))
    until(lambda: start.alive == "xx")
    assert process.held().words == "1 CPU by quota, 256 MiB"
    assert grounds.ours(processes.keeper_pid) != []
    process.stop()
    assert grounds.ours(processes.keeper_pid) == []


def test_a_program_that_cannot_be_started_leaves_no_cgroup(
    processes: KeptProcesses, grounds: Grounds, tmp_path: Path, until: Until
) -> None:
    from fwcompare.errors import HostError

    with pytest.raises(HostError, match="cannot be started"):
        processes.spawn(
            ["/no/such/program"], cwd=tmp_path, env={}, log=tmp_path / "log", confinement=Confinement(quota_cpus=1)
        )
    until(lambda: grounds.ours(processes.keeper_pid) == [])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "terminated"])
def test_the_cgroups_are_gone_also_when_the_runner_was_killed(
    number: signal.Signals, grounds: Grounds, tmp_path: Path, until: Until
) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    script = RUNNER.format(folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], env=env, start_new_session=True) as runner:
        until(lambda: (tmp_path / "keeper").exists() and (tmp_path / "alive").exists())
        keeper_pid = int((tmp_path / "keeper").read_text() or "0")
        assert grounds.ours(keeper_pid) != []
        os.kill(runner.pid, number)
    until(lambda: grounds.ours(keeper_pid) == [])


def test_a_warden_that_was_killed_leaves_no_cgroup_behind_the_run(grounds: Grounds, tmp_path: Path) -> None:
    with KeptProcesses() as kept:
        process = kept.spawn(
            ["sleep", "600"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            log=tmp_path / "log",
            confinement=Confinement(quota_cpus=1),
        )
        warden = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(warden, signal.SIGKILL)
        keeper_pid = kept.keeper_pid
    assert grounds.ours(keeper_pid) == []


def test_services_are_pinned_without_their_knowing(processes: KeptProcesses, tmp_path: Path) -> None:
    cpu = min(os.sched_getaffinity(0))
    pinned = PinnedProcesses(processes, (cpu,))
    process = pinned.spawn(["sleep", "600"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, log=tmp_path / "log")
    assert process.held().cpus == (cpu,)


def test_the_client_goes_first_on_its_cpu_and_all_is_as_before_afterwards(
    processes: KeptProcesses, tmp_path: Path
) -> None:
    before = os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
    cpu = min(before[0])
    session = tmp_path / "autogroup"
    session.write_text("/autogroup-44842 nice 3\n")
    with client_first((cpu,), session) as words:
        inside = os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
        process = processes.spawn(["sleep", "600"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, log=tmp_path / "l")
        assert os.sched_getaffinity(process.pid) == before[0], "the keeper was there before: it starts on any CPU"
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == before[1]
        raised = session.read_text()
    assert (os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)) == before
    assert inside[0] == {cpu}
    if words == f"on CPU {cpu}, at priority -10":
        assert (inside[1], raised, session.read_text()) == (-10, "-10", "3")
    else:
        assert words.startswith(f"on CPU {cpu}, at the priority of the rest (")
        assert inside[1] == before[1]


def test_a_runner_that_is_killed_leaves_no_session_of_raised_priority(tmp_path: Path, until: Until) -> None:
    if os.geteuid() != 0 or not Path("/proc/self/autogroup").exists():
        pytest.skip("host unfit: not root, or a kernel that does not group processes by session")
    script = (
        "import os, time\n"
        "from pathlib import Path\n"
        "from fwcompare.runtimes.pinned import client_first\n"
        "from fwcompare.runtimes.processes import KeptProcesses\n"
        "with KeptProcesses() as kept:\n"
        "    kept.spawn(['true'], cwd=Path('/'), env=dict(os.environ), log=Path('/dev/null'))\n"
        "    with client_first(()):\n"
        "        Path('pid').write_text(str(os.getpid()))\n"
        "        time.sleep(600)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "SCRIPT": script}
    shell = f'{sys.executable} -c "$SCRIPT" & exec sleep 600'
    with subprocess.Popen(["sh", "-c", shell], env=env, cwd=tmp_path, start_new_session=True) as terminal:
        session = Path(f"/proc/{terminal.pid}/autogroup")
        until(lambda: session.read_text().endswith(" nice -10\n"))
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        until(lambda: session.read_text().endswith(" nice 0\n"))
        terminal.kill()


def test_a_refused_priority_is_told_and_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_priority = os.setpriority
    own = os.getpriority(os.PRIO_PROCESS, 0)

    def refuse(which: int, who: int, priority: int) -> None:
        if priority < own:
            raise PermissionError(13, "Permission denied")
        set_priority(which, who, priority)

    monkeypatch.setattr(os, "setpriority", refuse)
    with client_first((), tmp_path / "no such file") as words:
        pass
    assert words == "at the priority of the rest (Permission denied: run as root to have it go first)"


def test_the_cpus_of_one_core_are_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3})
    for cpu, siblings in enumerate(("0,2", "1,3", "0,2", "1,3")):
        folder = tmp_path / f"sys/devices/system/cpu/cpu{cpu}/topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{siblings}\n")
    assert cpus_by_core(tmp_path) == (0, 2, 1, 3)
    assert cpus_by_core(tmp_path / "nothing told") == (0, 1, 2, 3)
