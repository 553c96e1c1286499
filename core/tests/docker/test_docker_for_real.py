"""One tiny image in a real engine: limits, what is seen from outside, and that nothing is left, whatever happens."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from fwcompare.errors import HostError, TargetError
from fwcompare.model.limits import Confinement
from fwcompare.model.ports import Environment
from fwcompare.model.target import Target
from fwcompare.runtimes.docker import DockerRuntime, remove_leavings
from fwcompare.runtimes.docker_container import ContainerTarget
from fwcompare.runtimes.docker_engine import LABEL, LOG_LABEL, RUN_LABEL, Engine
from fwcompare.runtimes.processes import KeptProcesses

pytestmark = pytest.mark.real

TINY = Path(__file__).parent / "tiny"

LONG_S = 120.0
QUIET = {"SLEEP_SECONDS": "0", "HOARD_MIB": "0", "SPIN_MS": "0"}
Up = Callable[..., ContainerTarget]

SCENARIO = """
name: tiny
workload: sleep-sync
targets: [tiny]
runtime: docker
load: {connections: 2, duration: 1s, warmup: 200ms}
parameters: {SLEEP_SECONDS: 0.001, SPIN_MS: 5}
limits: {memory: 128MiB}
profile: {duration: 1s}
disturbed: {retries: 0}
repeats: 1
"""


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < deadline_s, f"did not become true within {LONG_S:g} s"
        time.sleep(0.1)


def containers(label: str) -> list[str]:
    argv = ["docker", "ps", "--all", "--quiet", "--filter", f"label={label}"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def answers(target: ContainerTarget) -> bool:
    try:
        with urllib.request.urlopen(f"{target.url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def up(
    runtime: DockerRuntime, image: Environment, tiny: Target, kept: KeptProcesses, tmp_path: Path
) -> Iterator[Callable[..., ContainerTarget]]:
    started: list[ContainerTarget] = []

    def start(confinement: Confinement | None = None, *, ready: bool = True, **changes: str) -> ContainerTarget:
        target = runtime.start(
            tiny,
            image,
            kept,
            variables={**QUIET, **changes},
            port=None,
            log=tmp_path / "target.log",
            confinement=confinement or Confinement(),
        )
        started.append(target)
        if ready:
            until(lambda: answers(target))
        return target

    yield start
    for target in started:
        target.stop()


def test_limits_are_the_kernels_and_are_read_back_for_what_is_seen_from_here(
    up: Up, engine: Engine, tmp_path: Path
) -> None:
    if engine.apart:
        pytest.skip(f"host unfit: {engine.apart}")
    cpu = max(os.sched_getaffinity(0))
    target = up(Confinement(cpus=(cpu,), quota_cpus=0.5, memory_bytes=64 * 2**20), SPIN_MS="1000000")
    held = target.held()
    assert (held.words, held.missing) == (f"0.5 CPU by quota, on CPU {cpu}, 64 MiB", "")
    assert held.by in {"cgroup v1", "cgroup v2"}
    assert target.stranger() is None
    [root] = target.pids()
    assert psutil.Process(root).name().startswith("python"), "Docker's own first process is none of the target's"
    assert psutil.Process(root).username() != "root"
    with pytest.raises(OSError, match="timed out"):
        urllib.request.urlopen(f"{target.url}/sync_baseline", timeout=0.5)
    used_s, began_s, held_s = cpu_s(root), time.monotonic(), target.events().throttled_s
    time.sleep(2)
    share = (cpu_s(root) - used_s) / (time.monotonic() - began_s)
    assert share < 0.6, "a target that spins gets half of a CPU"
    assert (target.events().throttled_s or 0) >= (held_s or 0)
    target.stop()
    assert target.exit_code() is not None
    assert (tmp_path / "target.log").read_text() == "listening\n"
    assert containers(f"fwcompare.log={tmp_path / 'target.log'}") == []


def cpu_s(root: int) -> float:
    """Add up what the processes of a container used; nothing of it is missed, as its cgroup says."""
    processes = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    total_s = sum(sum(process.cpu_times()[:4]) for process in processes)
    accounts = [line.split(":", 2) for line in Path(f"/proc/{root}/cgroup").read_text().splitlines()]
    for _, controllers, group in accounts:
        file = Path("/sys/fs/cgroup/cpuacct", group.lstrip("/"), "cpuacct.usage")
        if "cpuacct" in controllers and file.exists():
            assert int(file.read_text()) / 1e9 == pytest.approx(total_s, abs=0.25)
    return total_s


def test_a_target_that_needs_more_memory_is_known_to_have_run_out_of_it_also_after_its_end(up: Up) -> None:
    target = up(Confinement(memory_bytes=64 * 2**20), ready=False, HOARD_MIB="256")
    until(lambda: target.exit_code() is not None)
    assert target.exit_code() == 137
    assert target.events().oom_kills
    target.stop()
    assert target.events().oom_kills


def test_no_secret_stands_in_an_argument_and_the_root_is_read_only(up: Up, engine: Engine) -> None:
    target = up(DATABASE_URL="postgresql://me:hidden-from-all@127.0.0.1/x")
    shown = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in shown if "hidden-from-all" in line]
    if not engine.apart:
        mounts = Path(f"/proc/{target.pids()[0]}/mounts").read_text().splitlines()
        root = next(line.split() for line in mounts if line.split()[1] == "/")
        assert "ro" in root[3].split(",")
        assert not [line for line in mounts if "docker.sock" in line]


def test_a_program_that_is_not_in_the_image_is_named(
    runtime: DockerRuntime, image: Environment, tiny: Target, kept: KeptProcesses, tmp_path: Path
) -> None:
    lost = tiny.model_copy(update={"start": ("no-such-program",)})
    log = tmp_path / "log"
    try:
        target = runtime.start(lost, image, kept, variables=QUIET, port=None, log=log, confinement=Confinement())
    except TargetError:  # it had ended before it was looked at
        target = None
    if target is not None:
        until(lambda: target.exit_code() is not None)
        assert target.exit_code() == 127
        target.stop()
    assert "no-such-program" in log.read_text()


def test_an_engine_that_refuses_is_told_with_what_it_said(
    runtime: DockerRuntime, image: Environment, tiny: Target, kept: KeptProcesses, tmp_path: Path
) -> None:
    least = Confinement(memory_bytes=4 * 2**20)
    with pytest.raises(HostError, match=r"the engine refused\n(.*\n)*.*[Mm]inimum memory limit"):
        runtime.start(tiny, image, kept, variables=QUIET, port=None, log=tmp_path / "log", confinement=least)


@contextmanager
def program(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    (folder / "tiny.yaml").write_text(SCENARIO)
    argv = [sys.executable, "-m", "fwcompare.cli", "run", "tiny.yaml", "--plugin-dir", str(TINY), *options]
    with subprocess.Popen(argv, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        try:
            yield running
        finally:
            running.kill()


def test_a_run_in_containers_ends_with_tables_and_flamegraphs_and_leaves_no_container(
    engine: Engine, tmp_path: Path
) -> None:
    with program(tmp_path) as running:
        said = running.communicate(timeout=LONG_S)[0]
    [folder] = (path for path in (tmp_path / "results").iterdir() if not path.is_symlink())
    assert "tiny" in said
    assert running.returncode in (0, 5), said  # 5: a busy host disturbed every block
    folded = folder / "trials/tiny-c2/1/profile.folded"
    assert engine.apart or "spin" in folded.read_text(), said
    assert '"image id": "sha256:' in (folder / "run.json").read_text()
    assert containers(f"{RUN_LABEL}={folder.name}") == []


def test_each_value_of_a_build_argument_is_an_image_of_its_own_that_says_what_it_was_built_with(
    engine: Engine, tmp_path: Path
) -> None:
    with program(tmp_path, "--set", "matrix.FLAVOUR=[plain, rich]", "--set", "profile.duration=0.2s") as running:
        said = running.communicate(timeout=LONG_S)[0]
    assert running.returncode in (0, 5), said  # 5: a busy host disturbed every block
    [folder] = (path for path in (tmp_path / "results").iterdir() if not path.is_symlink())
    known = json.loads((folder / "run.json").read_text())["environment"]["targets"]["tiny"]
    images = {flavour: known[f"docker, FLAVOUR={flavour}"] for flavour in ("plain", "rich")}
    assert {flavour: image["facts"]["flavour"] for flavour, image in images.items()} == {
        "plain": "plain",
        "rich": "rich",
    }
    assert {image["build arguments"] for image in images.values()} == {"FLAVOUR=plain", "FLAVOUR=rich"}
    assert len({image["image id"] for image in images.values()}) == 2
    rows = [line.strip("| ").split(" | ") for line in (folder / "report.md").read_text().splitlines()]
    assert [row for row in rows if row[0] == "target" and "flavour" in row] == [["target", "flavour"]]
    assert ["tiny FLAVOUR=plain", "plain"] in rows
    assert ["tiny FLAVOUR=rich", "rich"] in rows
    cells = json.loads((folder / "summary.json").read_text())["cells"]
    assert {cell["key"]: (cell["outcome"], cell["parity"]) for cell in cells} == {
        "tiny-flavourplain-c2": ("ok", "same work"),
        "tiny-flavourrich-c2": ("ok", "same work"),
    }


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C twice"])
def test_nothing_is_left_of_a_run_that_is_killed(number: signal.Signals, engine: Engine, tmp_path: Path) -> None:
    with program(tmp_path, "--set", "load.duration=10m") as running:

        def ours() -> list[str]:
            labels = f'{{{{.Label "{LOG_LABEL}"}}}} {{{{.Label "{RUN_LABEL}"}}}}'
            shown = ["docker", "ps", "--all", "--format", labels]
            lines = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.splitlines()
            return [line for line in lines if str(tmp_path) in line]

        until(lambda: bool(ours()))
        labelled = ours()
        [folder] = (path for path in (tmp_path / "results").iterdir() if not path.is_symlink())
        assert all(line.endswith(f" {folder.name}") for line in labelled)
        os.kill(running.pid, number)
        if number == signal.SIGINT:
            time.sleep(0.5)
            os.kill(running.pid, number)
        running.wait(LONG_S)
        until(lambda: not ours())


def test_what_a_killed_keeper_left_is_removed_by_the_next_run_and_what_lives_is_left_alone(
    engine: Engine, image: Environment, tmp_path: Path
) -> None:
    namespace = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116
    sessions = (f"99999999-{namespace}", f"{os.getpid()}-{namespace}", "99999999-1")
    names = [f"fwcompare-test-{os.getpid()}-{number}" for number in range(3)]
    for name, session in zip(names, sessions, strict=True):
        argv = ["docker", "create", "--name", name, "--label", f"{LABEL}={session}", image.facts["image"]]
        subprocess.run(argv, check=True, capture_output=True)
    try:
        told = remove_leavings()
        shown = ["docker", "ps", "--all", "--format", "{{.Names}}"]
        left = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.split()
    finally:
        subprocess.run(["docker", "rm", "--force", *names], check=False, capture_output=True)
    assert f"container {names[0]} of a run that was killed is removed" in told
    assert [name for name in names if name in left] == names[1:]
