"""An environment is made once, found again, remade when it is unfinished, and blamed on whom it failed for."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from fwcompare.cache import cache_folder
from fwcompare.errors import HostError, TargetError
from fwcompare.model.limits import Confinement, Held, LimitEvents
from fwcompare.model.target import Prerequisite, Target
from fwcompare.runtimes.environments import MARKER, build_environment, lacks
from fwcompare.runtimes.processes import KeptProcesses

MakeTarget = Callable[..., Target]


class FakeProcess:
    """A process whose ``wait`` gives the scripted answers one by one."""

    pid = 1
    cpu_s = None

    def __init__(self, answers: Sequence[int | None]) -> None:
        self._answers: Iterator[int | None] = iter(answers)
        self.stopped = False

    def wait(self, timeout_s: float) -> int | None:
        return next(self._answers)

    def poll(self) -> int | None:
        return None

    def signal(self, number: int) -> None:
        raise NotImplementedError

    def stop(self, timeout_s: float = 5.0) -> None:
        self.stopped = True

    def held(self) -> Held:
        raise NotImplementedError

    def events(self) -> LimitEvents:
        raise NotImplementedError

    def afterwards(self, timeout_s: float) -> Sequence[str]:
        raise NotImplementedError


class FakeProcesses:
    """Answers ``--version`` and plays the build: what it says, and the answers of ``wait``."""

    session = "fake"
    run = ""
    cpus = ()

    def __init__(self, said: str = "", answers: Sequence[int | None] = (0,)) -> None:
        self.said = said
        self.answers = answers
        self.built: list[list[str]] = []
        self.variables: Mapping[str, str] = {}
        self.started: list[FakeProcess] = []
        self.version = "tool 1.0"

    def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        confinement: Confinement | None = None,
        afterwards: Sequence[Sequence[str]] = (),
    ) -> FakeProcess:
        if argv[1:] == ["--version"]:
            log.write_text(self.version)
            return FakeProcess([0])
        with log.open("a") as opened:
            opened.write(self.said)
        self.built.append(list(argv))
        self.variables = env
        self.started.append(FakeProcess(self.answers))
        return self.started[-1]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FWCOMPARE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def ignore(line: str) -> None:
    assert line


def test_placeholders_are_filled_in_and_the_folder_is_named_after_the_framework(
    make_target: MakeTarget, cache: Path
) -> None:
    processes = FakeProcesses()
    made = build_environment(make_target(), processes, ignore)
    assert made.folder == cache / "environments" / f"fast-framework-{made.digest[:16]}"
    assert processes.built == [[sys.executable, "build.py", str(made.folder)]]


def test_a_second_build_finds_the_environment_made_and_is_silent(make_target: MakeTarget) -> None:
    target = make_target()
    first = build_environment(target, FakeProcesses(), ignore)
    processes = FakeProcesses()
    lines: list[str] = []
    assert build_environment(target, processes, lines.append) == first
    assert (processes.built, lines) == ([], [])


def test_another_version_of_a_tool_makes_another_environment(make_target: MakeTarget) -> None:
    target = make_target(commands=[["tool", "build"]])
    processes = FakeProcesses()
    first = build_environment(target, processes, ignore)
    processes.version = "tool 1.1"
    assert build_environment(target, processes, ignore).folder != first.folder


def test_an_unfinished_environment_is_removed_and_remade(make_target: MakeTarget) -> None:
    target = make_target()
    made = build_environment(target, FakeProcesses(), ignore)
    (made.folder / MARKER).unlink()
    (made.folder / "half").mkdir()
    lines: list[str] = []
    build_environment(target, FakeProcesses(), lines.append)
    assert not (made.folder / "half").exists()
    assert "environment of fast: an unfinished one is removed" in lines


def test_a_build_says_when_it_begins_how_it_goes_and_when_it_ends(make_target: MakeTarget) -> None:
    lines: list[str] = []
    processes = FakeProcesses("first\n\x1b[32mCompiling\x1b[0m 3%\rCompiling 4%\n\n", [None, None, 0])
    made = build_environment(make_target(), processes, lines.append)
    begun, going, still, ended = lines
    assert begun == f"environment of fast: building in {made.folder}"
    assert going == still == "environment of fast: {python} build.py {env}, 0 s: Compiling 4%"
    assert ended.startswith("environment of fast: ready after ")
    assert processes.started[0].stopped


def test_a_failing_command_is_shown_with_the_last_lines_of_its_log(make_target: MakeTarget) -> None:
    processes = FakeProcesses("".join(f"line {n}\n" for n in range(20)), [1])
    with pytest.raises(TargetError) as caught:
        build_environment(make_target(), processes, ignore)
    error = caught.value
    folder = Path(processes.built[0][-1])
    assert error.who == "environment of target 'fast' could not be built"
    assert error.seen.splitlines()[0] == f"exit code 1 of: {sys.executable} build.py {folder}"
    assert error.seen.splitlines()[2] == f"log: {folder}.log"
    assert error.details == tuple(f"> line {n}" for n in range(5, 20))
    assert "fwcompare doctor" in error.hint
    assert not (folder / MARKER).exists()


def test_commands_after_a_failing_one_are_not_run(make_target: MakeTarget) -> None:
    processes = FakeProcesses(answers=[3])
    with pytest.raises(TargetError):
        build_environment(make_target(commands=[["one"], ["two"]]), processes, ignore)
    assert processes.built == [["one"]]


def test_an_interrupted_build_is_stopped(make_target: MakeTarget) -> None:
    class Interrupted(FakeProcess):
        def wait(self, timeout_s: float) -> int | None:
            raise KeyboardInterrupt

    class Processes(FakeProcesses):
        def spawn(
            self,
            argv: Sequence[str],
            *,
            cwd: Path,
            env: Mapping[str, str],
            log: Path,
            confinement: Confinement | None = None,
            afterwards: Sequence[Sequence[str]] = (),
        ) -> FakeProcess:
            self.started.append(Interrupted([]))
            return self.started[-1]

    processes = Processes()
    with pytest.raises(KeyboardInterrupt):
        build_environment(make_target(), processes, ignore)
    assert processes.started[0].stopped


def test_the_python_of_the_runner_does_not_confuse_the_build(
    make_target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("CARGO_HOME", "/kept")
    processes = FakeProcesses()
    build_environment(make_target(), processes, ignore)
    assert processes.variables.keys() & {"VIRTUAL_ENV", "PYTHONPATH", "CARGO_HOME"} == {"CARGO_HOME"}


def test_without_a_chosen_folder_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FWCOMPARE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "fwcompare"


def tool(folder: Path, script: str, *, executable: bool = True) -> str:
    path = folder / "checked"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755 if executable else 0o644)
    return str(path)


@pytest.mark.real
@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("exit 0", None),
        ("echo all is well; exit 0", None),
        ("exit 3", "exit code 3 of: {tool} --exists x"),
        ("echo first; echo second; exit 1", "exit code 1 of: {tool} --exists x: first"),
        ("echo out; echo the reason >&2; exit 1", "exit code 1 of: {tool} --exists x: the reason"),
        ("printf 'not \\377 text' >&2; exit 1", "exit code 1 of: {tool} --exists x: not \ufffd text"),
        ("read answer || exit 7", "exit code 7 of: {tool} --exists x"),
    ],
)
def test_a_prerequisite_is_there_when_its_check_succeeds_and_else_says_what_it_found(
    script: str, found: str | None, tmp_path: Path
) -> None:
    checked = tool(tmp_path, script)
    expected = None if found is None else found.format(tool=checked)
    assert lacks(Prerequisite(check=(checked, "--exists", "x"), install="get it")) == expected


@pytest.mark.real
def test_a_check_that_is_not_there_or_may_not_be_started_is_told(tmp_path: Path) -> None:
    assert lacks(Prerequisite(check=("no-such-checker", "-v"), install="get it")) == "no-such-checker is not on PATH"
    checked = tool(tmp_path, "exit 0", executable=False)
    seen = lacks(Prerequisite(check=(checked,), install="get it"))
    assert seen == f"{checked} cannot be started: Permission denied"


@pytest.mark.real
def test_a_check_that_does_not_end_is_ended_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fwcompare.runtimes.environments._VERSION_TIMEOUT_S", 0.2)
    seen = lacks(Prerequisite(check=("sleep", "60"), install="get it"))
    assert seen == "no end within 0.2 s of: sleep 60"


@pytest.mark.real
def test_what_a_build_needs_is_looked_for_before_anything_is_made(make_target: MakeTarget, cache: Path) -> None:
    processes = FakeProcesses()
    target = make_target(prerequisites=[(["true"], "never"), (["no-such-checker", "-v"], "apt-get install checker")])
    with pytest.raises(HostError) as caught:
        build_environment(target, processes, ignore)
    assert caught.value.lines() == [
        "environment of target 'fast' cannot be built on this machine",
        "  no-such-checker is not on PATH",
        "  expected: exit code 0",
        "  next: apt-get install checker",
    ]
    assert processes.built == []
    assert [path.suffix for path in (cache / "environments").iterdir()] == [".lock"]


@pytest.mark.real
def test_what_is_built_already_needs_nothing_any_more(make_target: MakeTarget, tmp_path: Path) -> None:
    target = make_target(prerequisites=[([tool(tmp_path, "exit 0")], "get it")])
    first = build_environment(target, FakeProcesses(), ignore)
    tool(tmp_path, "exit 1")
    assert build_environment(target, FakeProcesses(), ignore) == first


@pytest.mark.real
def test_a_missing_program_is_the_hosts_fault(make_target: MakeTarget, processes: KeptProcesses) -> None:
    with pytest.raises(HostError) as caught:
        build_environment(make_target(commands=[["no-such-tool", "build"]]), processes, ignore)
    assert caught.value.who == "program 'no-such-tool' cannot be started"
    assert caught.value.hint.startswith("fwcompare doctor")


@pytest.mark.real
def test_a_program_without_a_version_flag_counts_by_its_content(
    make_target: MakeTarget, processes: KeptProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "tool"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    tool.write_text('#!/bin/sh\n[ "$1" != --version ]\n')
    tool.chmod(0o755)
    target = make_target(commands=[["tool", "build"]])
    first = build_environment(target, processes, ignore)
    tool.write_text('#!/bin/sh\n[ "$1" != --version ] # newer\n')
    assert build_environment(target, processes, ignore) != first


@pytest.mark.real
def test_a_real_build_fills_its_folder(make_target: MakeTarget, processes: KeptProcesses) -> None:
    target = make_target(commands=[["sh", "-c", "cat requirements.txt > {env}/made; echo done"]])
    made = build_environment(target, processes, ignore)
    assert (made.folder / "made").read_text() == "framework==1\n"
    assert made.folder.with_name(f"{made.folder.name}.log").read_text() == "done\n"


@pytest.mark.real
def test_a_second_run_waits_for_the_first_and_says_so(
    make_target: MakeTarget, processes: KeptProcesses, tmp_path: Path, until: Callable[[Callable[[], bool]], None]
) -> None:
    gate = tmp_path / "gate"
    script = f"echo once >> {tmp_path}/builds; while [ ! -e {gate} ]; do sleep 0.05; done"
    target = make_target(commands=[["sh", "-c", script]])
    first = threading.Thread(target=build_environment, args=(target, processes, ignore))
    first.start()
    until((tmp_path / "builds").exists)
    lines: list[str] = []
    second = threading.Thread(target=build_environment, args=(target, processes, lines.append))
    second.start()
    until(lambda: any("waiting for another run that builds it" in line for line in lines))
    gate.touch()
    first.join()
    second.join()
    assert (tmp_path / "builds").read_text() == "once\n"


@pytest.mark.real
def test_a_virtual_environment_of_uv_is_built_in_place(make_target: MakeTarget, processes: KeptProcesses) -> None:
    target = make_target(commands=[["uv", "venv", "--python", "{python}", "{env}"]])
    made = build_environment(target, processes, ignore)
    subprocess.run(
        [made.folder / "bin" / "python", "-c", "import sys; assert sys.prefix != sys.base_prefix"], check=True
    )
