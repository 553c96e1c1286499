"""perf: what is asked of it, how its text becomes stacks, and what is said when there are none."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fwcompare.errors import HostError
from fwcompare.model.ports import Process, Processes, Profile
from fwcompare.profilers import folded, perf
from fwcompare.profilers.perf import Perf, shortage_of

SCRIPT = """\
worker
\t           9846a sqlx::fetch
\t           70475 main

worker
\t           9846a sqlx::fetch
\t           70475 main

"""

Playing = Callable[..., Any]


@pytest.fixture
def playing(play: Callable[[Callable[[Sequence[str], Path], int | None]], Any]) -> Playing:
    """Play perf record and perf script."""

    def begin(
        *, record: int | None = 0, inline: int | None = 0, no_inline: int | None = 0, script: str = SCRIPT
    ) -> Any:  # noqa: ANN401 - a fake of conftest
        def act(argv: Sequence[str], log: Path) -> int | None:
            if "record" in argv:
                Path(option(argv, "--output")).write_bytes(b"PERFILE2")
                log.write_text("perf says\n")
                return record
            log.write_text(script)
            return inline if "--inline" in argv else no_inline

        return play(act)

    return begin


def option(argv: Sequence[str], name: str) -> str:
    return argv[list(argv).index(name) + 1]


def profile_of_ourselves(processes: Processes, folder: Path) -> Profile:
    return Perf().attach([os.getpid()], processes, duration_s=3.0, rate_hz=99, folder=folder).finish()


def test_a_profile_says_what_it_is_worth_and_leaves_no_file_behind(tmp_path: Path, playing: Playing) -> None:
    profile = profile_of_ourselves(playing(), tmp_path)

    assert profile.folded == "worker;main;sqlx::fetch 2\n"
    assert (profile.samples, profile.rate_hz, profile.window_s, profile.profiler_cpu_s) == (2, 99, 3.0, 0.25)
    assert list(tmp_path.iterdir()) == []


def test_it_samples_the_processors_time_by_period_for_the_window(tmp_path: Path, playing: Playing) -> None:
    processes = playing()

    profile_of_ourselves(processes, tmp_path)

    record = processes.argvs[0]
    assert record[:2] == ["perf", "record"]
    assert {"--event=cpu-clock", "--count=10101010", "--no-buildid-cache"} < set(record)
    assert str(os.getpid()) in option(record, "--pid").split(",")
    assert record[-3:] == ["--", "sleep", "3.0"]
    assert processes.envs[0]["PERF_CONFIG"] == os.devnull
    assert "DEBUGINFOD_URLS" not in processes.envs[0]


def test_stacks_are_walked_by_debug_information_or_by_frame_pointers(tmp_path: Path, playing: Playing) -> None:
    for profiler, call_graph in ((Perf(), "dwarf,32768"), (Perf.by_frame_pointers(), "fp")):
        processes = playing()
        profiler.attach([os.getpid()], processes, duration_s=3.0, rate_hz=99, folder=tmp_path).finish()
        assert f"--call-graph={call_graph}" in processes.argvs[0], profiler.name


@pytest.mark.parametrize("inline", [None, 1])
def test_when_inlined_functions_take_too_long_it_is_done_without_them(
    tmp_path: Path, playing: Playing, inline: int | None
) -> None:
    processes = playing(inline=inline)

    assert "sqlx::fetch" in profile_of_ourselves(processes, tmp_path).folded
    assert ["--inline" in argv for argv in processes.argvs] == [False, True, False]
    assert processes.started[1].stops >= 1


@pytest.mark.parametrize(
    ("played", "seen"),
    [
        ({"record": None}, "still runs 20 s after its window"),
        ({"record": 255}, "ended with code 255"),
        ({"inline": None, "no_inline": None}, "still runs after 30 s"),
        ({"inline": 1, "no_inline": 1}, "ended with code 1"),
    ],
)
def test_without_stacks_the_error_says_why(
    tmp_path: Path, playing: Playing, played: dict[str, int | None], seen: str
) -> None:
    processes = playing(**played)

    with pytest.raises(HostError) as caught:
        profile_of_ourselves(processes, tmp_path)

    assert seen in caught.value.seen
    assert caught.value.hint
    assert all(process.stops for process in processes.started)
    assert list(tmp_path.iterdir()) == []


def test_an_end_without_samples_is_a_failure_though_perf_calls_it_a_success(tmp_path: Path, playing: Playing) -> None:
    with pytest.raises(HostError, match=r"0 samples, where .* s of CPU at 99 Hz"):
        profile_of_ourselves(playing(script=""), tmp_path)


@pytest.mark.parametrize(
    ("samples", "used_s", "enough"),
    [(29, 3.0, False), (30, 3.0, True), (1, 0.0, True), (0, 0.0, False), (1, -2.0, True)],
)
def test_a_tenth_of_the_samples_that_the_cpu_time_promises_is_needed(
    *, samples: int, used_s: float, enough: bool
) -> None:
    assert (shortage_of(samples, used_s=used_s, rate_hz=100) is None) is enough


def test_a_target_that_is_gone_cannot_be_profiled(tmp_path: Path, playing: Playing, real_processes: Processes) -> None:
    gone = real_processes.spawn(["true"], cwd=tmp_path, env=dict(os.environ), log=tmp_path / "log")
    assert gone.wait(10.0) == 0

    with pytest.raises(HostError, match="no process to see"):
        Perf().attach([gone.pid], playing(), duration_s=3.0, rate_hz=99, folder=tmp_path)


def test_where_perf_is_not_installed_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "apt-get install linux-perf" in str(Perf().unavailable())


def test_where_the_kernel_forbids_it_the_reason_is_perfs_own_first_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refusing = tmp_path / "perf"
    refusing.write_text("#!/bin/sh\necho 'Access to performance monitoring is limited.' >&2\nexit 255\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    reason = str(Perf().unavailable())

    assert "Access to performance monitoring is limited." in reason
    assert "sysctl kernel.perf_event_paranoid" in reason


def test_a_perf_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hanging = tmp_path / "perf"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(perf, "_SELF_CHECK_S", 0.1)

    assert "did not end within 0.1 s" in str(Perf().unavailable())


@pytest.mark.real
@pytest.mark.measures
def test_a_child_and_a_thread_made_while_it_samples_are_seen(
    busy_native: Process, real_processes: Processes, tmp_path: Path, missing: Callable[[str], NoReturn]
) -> None:
    if reason := Perf().unavailable():
        missing(reason)
    profiling = Perf().attach([busy_native.pid], real_processes, duration_s=3.0, rate_hz=49, folder=tmp_path / "trial")
    profile = profiling.finish()

    stacks = [line.rpartition(" ")[0] for line in profile.folded.splitlines()]
    assert any(";main;early_child;turn_the_mill" in stack for stack in stacks)
    assert any(";late_thread;turn_the_mill" in stack for stack in stacks)
    assert all(stack.startswith("busy_program;") for stack in stacks)
    assert profile.samples == folded.parse(profile.folded).total()
    assert profile.profiler_cpu_s
    assert list((tmp_path / "trial").iterdir()) == []
