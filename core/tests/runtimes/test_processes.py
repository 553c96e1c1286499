"""The client's promises, kept by a real keeper: starting, exit codes, signals, stopping, and plain errors."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare.errors import HostError
from fwcompare.runtimes.processes import KeptProcess, KeptProcesses

pytestmark = pytest.mark.real

LONG_S = 60.0


class Starter:
    """Starts shell and Python snippets in a folder of the test."""

    def __init__(self, processes: KeptProcesses, folder: Path, env: dict[str, str]) -> None:
        self.processes = processes
        self.folder = folder
        self.env = env
        self.log = folder / "log"

    def run(self, *argv: str, env: dict[str, str] | None = None) -> KeptProcess:
        return self.processes.spawn(argv, cwd=self.folder, env=env or self.env, log=self.log)

    def shell(self, script: str) -> KeptProcess:
        return self.run("sh", "-c", script)

    def python(self, script: str) -> KeptProcess:
        return self.run(sys.executable, "-c", script)


@pytest.fixture
def start(processes: KeptProcesses, tmp_path: Path, path_only: dict[str, str]) -> Starter:
    return Starter(processes, tmp_path, path_only)


def has_ended(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_the_exit_code_is_given_once_the_process_has_ended(start: Starter) -> None:
    process = start.shell("exit 7")
    assert process.wait(LONG_S) == 7
    assert process.poll() == 7


def test_an_end_by_signal_is_a_negative_exit_code(start: Starter) -> None:
    assert start.shell("kill -USR1 $$").wait(LONG_S) == -signal.SIGUSR1


def test_a_running_process_has_no_exit_code_and_no_cpu_time_yet(start: Starter) -> None:
    process = start.run("sleep", "600")
    assert process.poll() is None
    assert process.wait(0.01) is None
    assert process.cpu_s is None


def test_cpu_time_includes_children_that_were_waited_for(start: Starter) -> None:
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    process = start.shell(f"{sys.executable} -c '{burn}'; true")
    assert process.wait(LONG_S) == 0
    assert process.cpu_s is not None
    assert process.cpu_s >= 0.2


def test_the_environment_is_exactly_the_given_one(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_RUNNER", "must not reach the process")
    start.run("/usr/bin/env", env={"ONE": "1", "TWO": "zwei \udcff\n2"}).wait(LONG_S)
    assert start.log.read_bytes() == b"ONE=1\nTWO=zwei \xff\n2\n"


def test_the_folder_is_the_given_one_and_input_is_empty(start: Starter) -> None:
    start.shell("pwd; cat").wait(LONG_S)
    assert start.log.read_text() == f"{start.folder}\n"


def test_both_outputs_are_appended_to_the_log(start: Starter) -> None:
    start.log.write_text("before\n")
    start.shell("echo out; echo err >&2").wait(LONG_S)
    assert start.log.read_text() == "before\nout\nerr\n"


def test_the_process_leads_a_session_with_default_signals_and_no_foreign_descriptor(start: Starter) -> None:
    start.python(
        "import json, os, signal\n"
        "ignored = [n for n in signal.valid_signals() if signal.getsignal(n) == signal.SIG_IGN]\n"
        "blocked = list(signal.pthread_sigmask(signal.SIG_BLOCK, []))\n"
        "print(json.dumps([os.getsid(0) == os.getpid(), ignored, blocked, os.listdir('/proc/self/fd')]))"
    ).wait(LONG_S)
    leads, ignored, blocked, descriptors = json.loads(start.log.read_text())
    assert leads
    # Python itself ignores these two; SIGHUP, SIGINT and the others are at their defaults.
    assert set(ignored) <= {signal.SIGPIPE, signal.SIGXFSZ}
    assert blocked == []
    assert set(descriptors) <= {"0", "1", "2", "3"}  # 3 is the listing itself


def test_signals_ignored_by_the_runner_do_not_reach_a_process(
    tmp_path: Path, path_only: dict[str, str], until: Callable[[Callable[[], bool]], None]
) -> None:
    script = (
        "import signal, sys\n"
        "from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from fwcompare.runtimes.processes import KeptProcesses\n"
        "with KeptProcesses() as kept:\n"
        "    p = kept.spawn(['grep', 'SigIgn', '/proc/self/status'], cwd=Path('/'), env={}, log=Path(sys.argv[1]))\n"
        "    p.wait(60)\n"
    )
    env = {**path_only, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    log = tmp_path / "log"
    subprocess.run([sys.executable, "-c", script, str(log)], env=env, check=True, timeout=LONG_S)
    assert log.read_text() == "SigIgn:\t0000000000000000\n"


def test_a_signal_reaches_the_process_and_one_that_has_ended_is_left_alone(start: Starter) -> None:
    process = start.run("sleep", "600")
    process.signal(signal.SIGINT)
    assert process.wait(LONG_S) == -signal.SIGINT
    process.signal(signal.SIGINT)
    process.stop()
    assert process.poll() == -signal.SIGINT


def test_a_missing_program_is_named_with_the_path_that_was_searched(start: Starter) -> None:
    with pytest.raises(HostError) as caught:
        start.run("no-such-program", env={"PATH": "/usr/bin"})
    assert str(caught.value).splitlines() == [
        "program 'no-such-program' cannot be started",
        "  No such file or directory: no-such-program",
        "  expected: an executable of that name on PATH (/usr/bin)",
        "  next: fwcompare doctor    says which programs are missing, and how to get them",
    ]


def test_a_missing_folder_is_named(start: Starter) -> None:
    start.folder = start.folder / "gone"
    with pytest.raises(HostError) as caught:
        start.run("true")
    assert f"No such file or directory: {start.folder}" in caught.value.seen


def test_a_file_that_may_not_be_executed_is_named(start: Starter) -> None:
    program = start.folder / "data"
    program.write_text("")
    with pytest.raises(HostError) as caught:
        start.run(str(program))
    assert caught.value.seen == f"Permission denied: {program}"


def test_stop_ends_a_polite_process_with_sigterm(start: Starter) -> None:
    process = start.run("sleep", "600")
    process.stop(LONG_S)
    assert process.poll() == -signal.SIGTERM


def test_stop_kills_what_ignores_sigterm(start: Starter, until: Callable[[Callable[[], bool]], None]) -> None:
    process = start.shell("trap '' TERM; echo ready; while :; do sleep 1; done")
    until(lambda: start.log.read_text() == "ready\n")
    process.stop(0.2)
    assert process.poll() == -signal.SIGKILL


def daemonise(start: Starter, until: Callable[[Callable[[], bool]], None], last_line: str) -> tuple[KeptProcess, int]:
    pid_file = start.folder / "daemon.pid"
    process = start.python(
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() > 0: os._exit(0)\n"
        f"    open('{pid_file}.new', 'w').write(str(os.getpid()))\n"
        f"    os.rename('{pid_file}.new', '{pid_file}')\n"
        "    time.sleep(600)\n"
        f"os.wait()\n{last_line}"
    )
    until(pid_file.exists)
    return process, int(pid_file.read_text())


def test_stop_ends_a_grandchild_that_made_itself_a_daemon(
    start: Starter, until: Callable[[Callable[[], bool]], None]
) -> None:
    process, daemon = daemonise(start, until, "time.sleep(600)")
    process.stop(LONG_S)
    assert has_ended(process.pid)
    assert has_ended(daemon)


def test_stop_ends_a_daemon_of_a_process_that_exited_before(
    start: Starter, until: Callable[[Callable[[], bool]], None]
) -> None:
    process, daemon = daemonise(start, until, "")
    assert process.wait(LONG_S) == 0
    assert not has_ended(daemon)
    process.stop(LONG_S)
    assert has_ended(daemon)


def test_stop_leaves_other_processes_alone(start: Starter) -> None:
    other = start.run("sleep", "600")
    start.run("sleep", "600").stop(LONG_S)
    assert other.poll() is None


def test_threads_may_start_and_wait_at_the_same_time(start: Starter) -> None:
    codes: list[int | None] = []
    threads = [
        threading.Thread(target=lambda n=n: codes.append(start.shell(f"exit {n}").wait(LONG_S))) for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(code for code in codes if code is not None) == list(range(12))


def test_close_ends_everything_and_may_be_called_twice(tmp_path: Path, path_only: dict[str, str]) -> None:
    kept = KeptProcesses()
    process = kept.spawn(["sleep", "600"], cwd=tmp_path, env=path_only, log=tmp_path / "log")
    kept.close()
    kept.close()
    assert has_ended(process.pid)


def test_nothing_can_be_started_once_the_keeper_was_killed(
    tmp_path: Path, path_only: dict[str, str], until: Callable[[Callable[[], bool]], None]
) -> None:
    with KeptProcesses() as kept:
        process = kept.spawn(["sleep", "600"], cwd=tmp_path, env=path_only, log=tmp_path / "log")
        os.kill(kept.keeper_pid, signal.SIGKILL)
        until(lambda: "State:\tZ" in Path(f"/proc/{kept.keeper_pid}/status").read_text())
        with pytest.raises(HostError, match="the keeper of the run's processes is gone"):
            kept.spawn(["true"], cwd=tmp_path, env=path_only, log=tmp_path / "log")
        assert process.poll() is None, "a warden outlives the keeper"
    assert has_ended(process.pid)


def test_a_process_whose_warden_was_killed_is_reported_and_ended_with_the_run(
    tmp_path: Path, path_only: dict[str, str]
) -> None:
    with KeptProcesses() as kept:
        process = kept.spawn(["sleep", "600"], cwd=tmp_path, env=path_only, log=tmp_path / "log")
        warden = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(warden, signal.SIGKILL)
        with pytest.raises(HostError, match=rf"process {process.pid} \(sleep\) is out of sight"):
            process.wait(LONG_S)
        assert not has_ended(process.pid)
    assert has_ended(process.pid)
