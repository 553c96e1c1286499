"""The installed program, run as a user runs it, with a plugin of misfit targets beside the others."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from fwcompare.load.null_server import generator_version
from fwcompare.model.host_check import KnownHost
from fwcompare.session.clock import SystemClock
from fwcompare.session.known_host import host_file

_HERE = Path(__file__).parent
_TESTS = _HERE.parent
_DEADLINE_S = 60
_LIMIT_S = 1200  # a target may have to be built first


class Nursery:
    """Processes of the program that need not import it first; see ``nursery.py``."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(_HERE / "nursery.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def call(
        self, arguments: tuple[str, ...], folder: Path, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        out, err = folder.with_name(f"{folder.name}.out"), folder.with_name(f"{folder.name}.err")
        call = {"arguments": arguments, "folder": str(folder), "environment": env, "out": str(out), "err": str(err)}
        self._process.stdin.write(f"{json.dumps(call)}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), err.read_text("utf-8"))

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@dataclass
class Program:
    """`fwcompare` in a folder of its own; everything it starts can be told by that folder's name."""

    folder: Path
    # Built targets of the user, for a test that would otherwise build them anew.
    own_cache: bool = True
    # Where a test makes many short calls; None starts a process of its own for each.
    nursery: Nursery | None = None

    @property
    def cache(self) -> Path:
        """Where its own cache is."""
        return self.folder / "cache"

    @property
    def results(self) -> Path:
        """Where its runs go."""
        return self.folder / "results"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start it and do not wait."""
        return subprocess.Popen(
            [sys.executable, "-m", "fwcompare.cli", *arguments],
            cwd=self.folder,
            env=self._environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _environment(self) -> dict[str, str]:
        # Behind it the plugin of stubs, and whatever these tests themselves are made to look at.
        paths = [str(self.folder / "plugins"), str(_TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        if self.own_cache:
            env["FWCOMPARE_CACHE"] = str(self.cache)
        return env

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        if self.nursery is not None:
            return self.nursery.call(arguments, self.folder, self._environment())
        process = self.start(*arguments)
        out, err = process.communicate(timeout=_LIMIT_S)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def know_the_host(self) -> None:
        """Write down a ceiling that no target comes near, which a run would measure for 3 s."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FWCOMPARE_CACHE", str(self.cache))
            host_file().write(
                KnownHost(
                    ceiling_rps=50_000.0,
                    ceiling_measured=SystemClock().now(),
                    undisturbed=True,
                    loadgen=generator_version(),
                )
            )

    def leftovers(self) -> list[str]:
        """Give the command lines of all processes that belong to this folder."""
        found = []
        for process in psutil.process_iter():
            try:
                words = [*process.cmdline(), process.cwd()]
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            if process.pid != os.getpid() and any(str(self.folder) in word for word in words):
                found.append(" ".join(words))
        return found

    def wait_until(self, condition: Callable[[], bool], limit_s: float = _DEADLINE_S) -> bool:
        """Wait for something to become true; tell whether it did."""
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def program(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Program]:
    """The program in a folder of the test, where the host is known already.

    A test that starts something has it as a user has; the many that do not spare themselves the imports.
    """
    with _installed(tmp_path) as program:
        program.know_the_host()
        if not any(request.node.get_closest_marker(mark) for mark in ("real", "truth")):
            program.nursery = request.getfixturevalue("nursery")
        yield program


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Program]]:
    """Give the program in folders of the module, for runs that several tests look at."""
    with ExitStack() as programs:
        yield lambda: programs.enter_context(_installed(tmp_path_factory.mktemp("program")))


@contextmanager
def _installed(folder: Path) -> Iterator[Program]:
    """Install the misfits for it; at the end, kill what may be left of them."""
    plugins = folder / "plugins"
    shutil.copytree(_HERE / "misfits", plugins / "misfits")
    _declare("misfits", plugins)
    (folder / "users.yaml").write_text(
        "name: misfits\n"
        "workload: users\n"
        "targets: [sound]\n"
        "load: {connections: 2, duration: 1s, warmup: 200ms}\n"
        "profile: {duration: 500ms}\n"
        "audit: false\n"
        # How often a busy host would have a block run again is not what these tests ask.
        "disturbed: {retries: 0}\n"
        "repeats: 1\n",
        encoding="utf-8",
    )
    yield Program(folder)
    for process in psutil.process_iter(["cmdline"]):
        if str(folder) in " ".join(process.info["cmdline"] or ()):
            process.send_signal(signal.SIGKILL)


@pytest.fixture
def stubs(program: Program) -> Program:
    """The program with a plugin of targets whose right figures are known, in place of a framework."""
    _declare("stubs", program.folder / "plugins")
    return program


def _declare(name: str, plugins: Path) -> None:
    """Make a package look installed, so that the program finds it as it finds every plugin."""
    installed = plugins / f"{name}-0.1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text(f"[fwcompare]\n{name} = {name}\n", encoding="utf-8")
