"""What the tests of this room share: processes, real and made up, and busy programs to profile."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

from fwcompare.model.limits import Confinement, Held, LimitEvents
from fwcompare.model.ports import Process
from fwcompare.runtimes.processes import KeptProcesses

DEADLINE_S = 30.0


@pytest.fixture
def real_processes() -> Iterator[KeptProcesses]:
    """Processes that end with the test, and their children with them."""
    with KeptProcesses() as processes:
        yield processes


@dataclass
class FakeProcess:
    """Ends with ``code`` at once, or never (None); remembers what was done to it."""

    code: int | None
    signals: list[int] = field(default_factory=list)
    stops: int = 0
    pid: int = 4711
    cpu_s: float | None = 0.25

    def poll(self) -> int | None:
        return self.code

    def wait(self, timeout_s: float) -> int | None:
        return self.code

    def signal(self, number: int) -> None:
        self.signals.append(number)

    def stop(self, timeout_s: float = 5.0) -> None:
        self.stops += 1

    def held(self) -> Held:
        return Held("none")

    def events(self) -> LimitEvents:
        return LimitEvents()

    def afterwards(self, timeout_s: float) -> Sequence[str]:
        return ()


Acting = Callable[[Sequence[str], Path], int | None]
"""Plays a program: is given its arguments and its log, and gives its exit code, None for one that hangs."""


@dataclass
class FakeProcesses:
    act: Acting
    argvs: list[Sequence[str]] = field(default_factory=list)
    envs: list[Mapping[str, str]] = field(default_factory=list)
    started: list[FakeProcess] = field(default_factory=list)
    session: str = "fake"
    run: str = ""
    cpus: tuple[int, ...] = ()

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
        self.argvs.append(argv)
        self.envs.append(env)
        self.started.append(FakeProcess(self.act(argv, log)))
        return self.started[-1]


@pytest.fixture
def play() -> Callable[[Acting], FakeProcesses]:
    """Make processes out of a function."""
    return FakeProcesses


@pytest.fixture
def missing() -> Callable[[str], NoReturn]:
    """Skip, except where CI says that it has everything."""

    def leave(what: str) -> NoReturn:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have it: {what}")
        pytest.skip(what)

    return leave


@pytest.fixture
def busy_python(tmp_path: Path, real_processes: KeptProcesses) -> Process:
    """Two worker processes in ``spin_the_wheel``, with a secret, a newline and the format's own signs in their
    command lines."""
    program = tmp_path / "busy_program.py"
    program.write_text(
        "import pathlib, subprocess, sys\n"
        "def spin_the_wheel():\n"
        "    while True:\n"
        "        sum(i * i for i in range(1000))\n"
        "if sys.argv[1:]:\n"
        "    pathlib.Path(sys.argv[1]).touch()\n"
        "    spin_the_wheel()\n"
        "names = ['first', 'second']\n"
        "secret = 'password=hunter2; <script>\";x 7\\nhunter2 8\\n'\n"
        "workers = [subprocess.Popen([sys.executable, __file__, name, secret]) for name in names]\n"
        "for worker in workers:\n"
        "    worker.wait()\n"
    )
    process = real_processes.spawn(
        [sys.executable, str(program)], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, log=tmp_path / "busy.log"
    )
    await_files(process, tmp_path / "first", tmp_path / "second")
    return process


@pytest.fixture
def busy_native(tmp_path: Path, real_processes: KeptProcesses, missing: Callable[[str], NoReturn]) -> Process:
    """A process that waits; its child and a thread that is made after a second are busy."""
    compiler = shutil.which("cc")
    if compiler is None:
        missing("no C compiler (cc)")
    source, program = tmp_path / "busy.c", tmp_path / "busy_program"
    source.write_text(
        "#include <fcntl.h>\n"
        "#include <pthread.h>\n"
        "#include <unistd.h>\n"
        "static volatile unsigned long turns;\n"
        "__attribute__((noinline)) void turn_the_mill(void) { for (;;) turns++; }\n"
        "__attribute__((noinline)) void *late_thread(void *unused) { turn_the_mill(); return unused; }\n"
        "__attribute__((noinline)) void early_child(void) { turn_the_mill(); }\n"
        "int main(int count, char **arguments) {\n"
        "    if (fork() == 0) { early_child(); return 0; }\n"
        "    close(open(arguments[1], O_CREAT, 0600));\n"
        "    sleep(1);\n"
        "    pthread_t thread;\n"
        "    pthread_create(&thread, 0, late_thread, 0);\n"
        "    return pthread_join(thread, 0);\n"
        "}\n"
    )
    subprocess.run([str(compiler), "-g", "-O1", "-pthread", "-o", program, source], check=True)
    process = real_processes.spawn(
        [str(program), "ready"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, log=tmp_path / "busy.log"
    )
    await_files(process, tmp_path / "ready")
    return process


def await_files(process: Process, *files: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not all(file.exists() for file in files):
        assert process.poll() is None, "the busy program ended"
        assert time.monotonic() < deadline, "the busy program did not begin"
        time.sleep(0.01)
