"""The keeper's promise: a runner that is killed leaves nothing behind, whatever its processes do."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare.runtimes import keeper

RUNNER = """
import os, sys, time
from pathlib import Path
from fwcompare.runtimes.processes import KeptProcesses
kept = KeptProcesses()
for argv in {commands!r}:
    kept.spawn(argv, cwd=Path({folder!r}), env=dict(os.environ), log=Path({folder!r}, "log"))
time.sleep(600)
"""

FORKING = "import os, time\nfor _ in range(3): os.fork()\nopen('alive', 'a').write('x'); time.sleep(600)"
DAEMON = (
    "import os, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        open('alive', 'a').write('x'); time.sleep(600)\n"
    "    os._exit(0)\n"
    "os.wait()"
)
STUBBORN = (
    "import signal, time\n"
    "for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(n, signal.SIG_IGN)\n"
    "open('alive', 'a').write('x'); time.sleep(600)"
)


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


@pytest.mark.real
@pytest.mark.parametrize(
    ("commands", "alive"),
    [
        pytest.param([["sh", "-c", "printf x >> alive; exec sleep 600"]], 1, id="plain child"),
        pytest.param([python(FORKING)], 8, id="forking children"),
        pytest.param([python(DAEMON)], 1, id="double-forked daemon in its own session"),
        pytest.param([python(STUBBORN)], 1, id="child that ignores SIGTERM"),
        pytest.param([python(DAEMON), python(STUBBORN), python(FORKING)], 10, id="all at once"),
    ],
)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "terminated"])
def test_nothing_is_left_when_the_runner_is_killed(
    commands: list[list[str]],
    alive: int,
    number: signal.Signals,
    tmp_path: Path,
    until: Callable[[Callable[[], bool]], None],
    marked: Callable[[str], dict[int, str]],
) -> None:
    mark = f"MARK={uuid.uuid4()}"
    env = {**os.environ, "MARK": mark[5:], "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    script = RUNNER.format(commands=commands, folder=str(tmp_path))
    with subprocess.Popen(python(script), env=env, start_new_session=True) as runner:
        witness = tmp_path / "alive"
        until(lambda: witness.exists() and len(witness.read_text()) == alive)
        assert len(marked(mark)) > alive  # the runner, the keeper and the wardens besides
        os.kill(runner.pid, number)
    until(lambda: not marked(mark))


@pytest.mark.real
def test_ctrl_c_and_a_closed_terminal_do_not_end_the_keeper(tmp_path: Path, path_only: dict[str, str]) -> None:
    from fwcompare.runtimes.processes import KeptProcesses

    with KeptProcesses() as kept:
        process = kept.spawn(["sleep", "600"], cwd=tmp_path, env=path_only, log=tmp_path / "log")
        assert os.getsid(kept.keeper_pid) != os.getsid(0)
        os.kill(kept.keeper_pid, signal.SIGINT)
        os.kill(kept.keeper_pid, signal.SIGHUP)
        assert kept.spawn(["true"], cwd=tmp_path, env=path_only, log=tmp_path / "log").wait(60) == 0
        assert process.poll() is None


def test_the_graces_leave_room_within_the_promised_five_seconds() -> None:
    assert keeper.CLIENT_GRACE_S < keeper.GRACE_S < keeper.KEEPER_GRACE_S < 5


def test_descendants_are_found_parents_first() -> None:
    with subprocess.Popen(["sh", "-c", "sh -c 'sleep 600 & echo; wait' & wait"], stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        found = keeper.descendants(shell.pid)
        parents = keeper.children_by_parent()
        for pid in (shell.pid, *found):
            keeper.send_signal(pid, signal.SIGKILL)
    inner, sleeper = found
    assert parents[shell.pid] == [inner]
    assert parents[inner] == [sleeper]


AFTERWARDS = """
import os, time
from pathlib import Path
from fwcompare.runtimes.processes import KeptProcesses
kept = KeptProcesses()
kept.spawn(["sh", "-c", "printf x >> alive; exec sleep 600"], cwd=Path({folder!r}), env=dict(os.environ),
           log=Path({folder!r}, "log"), afterwards=[["touch", {folder!r} + "/after"]])
time.sleep(600)
"""


@pytest.mark.real
def test_commands_afterwards_are_run_when_all_has_ended_and_what_they_printed_is_known(
    tmp_path: Path, path_only: dict[str, str]
) -> None:
    from fwcompare.runtimes.processes import KeptProcesses

    commands = [["sh", "-c", "echo $MARK; echo more >&2"], ["/no/such/program"], ["pwd"]]
    env = {**path_only, "MARK": "a mark"}
    with KeptProcesses() as kept:
        process = kept.spawn(["sleep", "600"], cwd=tmp_path, env=env, log=tmp_path / "log", afterwards=commands)
        assert process.afterwards(0) == ()
        process.stop()
        said, refused, folder = process.afterwards(60)
        assert (said, folder) == ("a mark\nmore\n", "/\n")
        assert refused == "/no/such/program: [Errno 2] No such file or directory: '/no/such/program'"


@pytest.mark.real
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "terminated"])
def test_commands_afterwards_are_run_also_when_the_runner_is_killed(
    number: signal.Signals, tmp_path: Path, until: Callable[[Callable[[], bool]], None]
) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(python(AFTERWARDS.format(folder=str(tmp_path))), env=env, start_new_session=True) as runner:
        until((tmp_path / "alive").exists)
        assert not (tmp_path / "after").exists()
        os.kill(runner.pid, number)
    until((tmp_path / "after").exists)


@pytest.mark.real
def test_commands_afterwards_are_run_in_place_of_a_warden_that_was_killed(
    tmp_path: Path, path_only: dict[str, str]
) -> None:
    from fwcompare.runtimes.processes import KeptProcesses

    with KeptProcesses() as kept:
        process = kept.spawn(
            ["sleep", "600"], cwd=tmp_path, env=path_only, log=tmp_path / "log", afterwards=[["echo", "done"]]
        )
        warden = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(warden, signal.SIGKILL)
        assert process.afterwards(60) == ["done\n"]
