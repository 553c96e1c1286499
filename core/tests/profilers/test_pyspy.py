"""py-spy: what is asked of it, what is left of its samples, and what is said when there are none."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fwcompare.errors import HostError
from fwcompare.model.ports import Process, Processes
from fwcompare.profilers import folded
from fwcompare.profilers.pyspy import PySpy

Writing = Callable[..., Any]


def speedscope(stacks: int) -> str:
    frames = [
        {"name": 'process 10:"python -m gunicorn --password=hunter2"', "file": ""},
        {"name": "Server.run", "file": "/env/lib/python3.11/site-packages/uvicorn/server.py", "line": None},
    ]
    return json.dumps({"shared": {"frames": frames}, "profiles": [{"samples": [[0, 1]] * stacks}]})


@pytest.fixture
def writing(play: Callable[[Callable[[Sequence[str], Path], int | None]], Any]) -> Writing:
    """Play a py-spy that writes a text, says something and ends."""

    def begin(text: str, *, code: int | None = 0, says: str = "") -> Any:  # noqa: ANN401 - a fake of conftest
        def act(argv: Sequence[str], log: Path) -> int | None:
            Path(option(argv, "--output")).write_text(text)
            log.write_text(says)
            return code

        return play(act)

    return begin


@pytest.fixture
def usable(missing: Callable[[str], NoReturn]) -> None:
    """py-spy is a dependency; only the kernel may be in the way."""
    if reason := PySpy().unavailable():
        missing(reason)


def option(argv: Sequence[str], name: str) -> str:
    return argv[list(argv).index(name) + 1]


def test_a_profile_says_what_it_is_worth_and_leaves_no_file_behind(tmp_path: Path, writing: Writing) -> None:
    processes = writing(speedscope(5))

    profile = PySpy().attach([10], processes, duration_s=3.0, rate_hz=99, folder=tmp_path).finish()

    assert profile.folded == "Server.run (uvicorn/server.py) 5\n"
    assert (profile.samples, profile.rate_hz, profile.window_s, profile.profiler_cpu_s) == (5, 99, 3.0, 0.25)
    assert list(tmp_path.iterdir()) == []


def test_it_samples_by_function_with_the_children_and_in_blocks(tmp_path: Path, writing: Writing) -> None:
    processes = writing(speedscope(1))

    PySpy().attach([10], processes, duration_s=3.0, rate_hz=99, folder=tmp_path).finish()

    (argv,) = processes.argvs
    assert {"--subprocesses", "--nolineno"} < set(argv)
    assert not {"--nonblocking", "--native", "--idle"} & set(argv)
    assert [option(argv, name) for name in ("--pid", "--rate", "--duration")] == ["10", "99", "3"]
    assert "RUST_BACKTRACE" not in processes.envs[0]


def test_a_relative_folder_is_found_from_the_folder_it_runs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writing: Writing
) -> None:
    monkeypatch.chdir(tmp_path)
    processes = writing(speedscope(1))

    PySpy().attach([10], processes, duration_s=3.0, rate_hz=99, folder=Path("trial")).finish()

    assert Path(option(processes.argvs[0], "--output")).is_relative_to(tmp_path)


def test_several_root_processes_are_sampled_by_one_py_spy_each_and_merged(tmp_path: Path, writing: Writing) -> None:
    processes = writing(speedscope(1))

    profile = PySpy().attach([10, 20], processes, duration_s=3.0, rate_hz=99, folder=tmp_path).finish()

    assert [option(argv, "--pid") for argv in processes.argvs] == ["10", "20"]
    assert (profile.folded, profile.profiler_cpu_s) == ("Server.run (uvicorn/server.py) 2\n", 0.5)


def test_a_window_of_a_fraction_of_a_second_is_cut_off_with_sigint(tmp_path: Path, writing: Writing) -> None:
    processes = writing(speedscope(1), code=None)
    profiling = PySpy().attach([10], processes, duration_s=0.5, rate_hz=99, folder=tmp_path)
    (process,) = processes.started

    def interrupt(number: int) -> None:
        assert number == signal.SIGINT
        process.code = 0

    process.signal = interrupt
    profile = profiling.finish()

    assert option(processes.argvs[0], "--duration") == "1"
    assert profile.window_s == 0.5


@pytest.mark.parametrize(
    ("code", "text", "says", "seen", "hint"),
    [
        (1, "", "Error: No space left on device (os error 28)", "ended with code 1", "free space"),
        (1, "", "Error: Permission Denied\nOperation not permitted", "ended with code 1", "CAP_SYS_PTRACE"),
        (1, "", "Error: No python processes found in process 10", "ended with code 1", "still alive"),
        (0, "", "", "ended with code 0 and 0 characters", "still alive"),
        (0, '{"profiles": "hunter2"}', "", "no speedscope file", "0.4"),
        (0, speedscope(0), "", "no Python code was on CPU", "load"),
        (None, "", "", "still runs", "less busy"),
    ],
)
def test_without_stacks_the_error_says_why_and_what_to_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    writing: Writing,
    *,
    code: int | None,
    text: str,
    says: str,
    seen: str,
    hint: str,
) -> None:
    monkeypatch.setattr("fwcompare.profilers.ptrace._may_trace_any", lambda: True)
    monkeypatch.setattr("fwcompare.profilers.ptrace._ptrace_scope", lambda: 0)
    processes = writing(text, code=code, says=says)

    with pytest.raises(HostError) as caught:
        PySpy().attach([10], processes, duration_s=3.0, rate_hz=99, folder=tmp_path).finish()

    assert "py-spy gave no profile" in str(caught.value)
    assert seen in caught.value.seen
    assert hint in caught.value.hint
    assert list(caught.value.details) == says.splitlines()
    assert "hunter2" not in str(caught.value)
    assert processes.started[0].stops == 1
    assert list(tmp_path.iterdir()) == []


def test_a_target_without_a_process_cannot_be_profiled(tmp_path: Path, writing: Writing) -> None:
    with pytest.raises(HostError, match="no process to see"):
        PySpy().attach([], writing(""), duration_s=3.0, rate_hz=99, folder=tmp_path)


def test_an_abort_ends_it_and_leaves_no_file_behind(tmp_path: Path, writing: Writing) -> None:
    processes = writing("", code=None)

    PySpy().attach([10], processes, duration_s=3.0, rate_hz=99, folder=tmp_path).abort()

    assert processes.started[0].stops == 1
    assert list(tmp_path.iterdir()) == []


def test_where_py_spy_is_not_installed_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "pip install py-spy" in str(PySpy().unavailable())


@pytest.mark.real
@pytest.mark.measures
@pytest.mark.usefixtures("usable")
def test_two_busy_workers_are_seen_and_nothing_of_their_command_lines(
    busy_python: Process, real_processes: Processes, tmp_path: Path
) -> None:
    profiling = PySpy().attach([busy_python.pid], real_processes, duration_s=2.0, rate_hz=49, folder=tmp_path / "trial")
    profile = profiling.finish()

    assert "spin_the_wheel" in profile.folded
    assert profile.samples == folded.parse(profile.folded).total()
    assert profile.profiler_cpu_s
    for leak in ("hunter2", "password", "<script>", "process ", str(tmp_path)):
        assert leak not in profile.folded
    assert list((tmp_path / "trial").iterdir()) == []


@pytest.mark.real
@pytest.mark.measures
@pytest.mark.usefixtures("usable")
def test_a_fraction_of_a_second_is_profiled_as_well(
    busy_python: Process, real_processes: Processes, tmp_path: Path
) -> None:
    profiling = PySpy().attach([busy_python.pid], real_processes, duration_s=1.5, rate_hz=49, folder=tmp_path / "trial")

    assert "spin_the_wheel" in profiling.finish().folded


@pytest.mark.real
@pytest.mark.measures
@pytest.mark.usefixtures("usable")
def test_a_process_that_is_gone_is_named_as_the_reason(real_processes: Processes, tmp_path: Path) -> None:
    gone = real_processes.spawn(["true"], cwd=tmp_path, env=dict(os.environ), log=tmp_path / "log")
    assert gone.wait(10.0) == 0
    profiling = PySpy().attach([gone.pid], real_processes, duration_s=1.0, rate_hz=49, folder=tmp_path / "trial")

    with pytest.raises(HostError, match="No python processes found"):
        profiling.finish()
