"""Whole commands with targets in containers of a real engine: plugins in their own images, one short of memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from fwcompare.errors import TargetError
from fwcompare.runtimes.docker_engine import LOG_LABEL, RUN_LABEL, Engine
from fwcompare.scaffold import make_plugin

pytestmark = pytest.mark.real

TINY = Path(__file__).parent / "tiny"

LIMIT_S = 280.0
"""A first build installs packages, perhaps on a machine that is busy."""

TOO_SMALL = """
name: small
workload: sleep-sync
targets: [tiny]
runtime: docker
load: {connections: 2, duration: 500ms, warmup: 200ms}
parameters: {SLEEP_SECONDS: 0.001, HOARD_MIB: 256}
limits: {memory: 64MiB}
disturbed: {retries: 0}
repeats: 1
"""


@dataclass(frozen=True)
class Seen:
    """A container as the engine lists it: whether it serves a database, and the run that it says it is of."""

    service: bool
    run: str


def seen_of(place: Path) -> set[Seen]:
    """List the containers whose output is kept below ``place``."""
    shown = f'{{{{.Names}}}}\t{{{{.Label "{RUN_LABEL}"}}}}\t{{{{.Label "{LOG_LABEL}"}}}}'
    listed = subprocess.run(["docker", "ps", "--all", "--format", shown], capture_output=True, text=True, check=True)
    rows = (line.split("\t") for line in listed.stdout.splitlines())
    return {Seen("-service-" in name, run) for name, run, log in rows if log.startswith(str(place))}


@dataclass(frozen=True)
class Ended:
    """A command that ended: exit code, both outputs, and which containers there were meanwhile."""

    code: int
    out: str
    said: str
    seen: set[Seen]


def fwcompare(place: Path, *arguments: str) -> Ended:
    """Run a command in ``place``, where it keeps all that it keeps, and watch its containers."""
    temporary = place / "temporary"
    temporary.mkdir()
    with started(place, arguments, temporary) as running:
        seen: set[Seen] = set()
        deadline_s = time.monotonic() + LIMIT_S
        while running.poll() is None:
            assert time.monotonic() < deadline_s, (place / "said").read_text()
            seen |= seen_of(place)
            time.sleep(0.2)
    return Ended(running.returncode, (place / "out").read_text(), (place / "said").read_text(), seen)


@contextmanager
def started(place: Path, arguments: tuple[str, ...], temporary: Path) -> Iterator["subprocess.Popen[bytes]"]:
    argv = [sys.executable, "-m", "fwcompare.cli", *arguments]
    env = {**os.environ, "TMPDIR": str(temporary)}
    with (place / "out").open("wb") as out, (place / "said").open("wb") as said:
        running = subprocess.Popen(argv, cwd=place, env=env, stdout=out, stderr=said)
        try:
            yield running
        finally:
            running.kill()
            running.wait()


def test_a_plugins_own_image_does_the_agreed_work_with_its_database_in_a_container_too(
    plugin_base_image: None, database_images: None, tmp_path: Path
) -> None:
    docker = ("--runtime", "docker", "--service", "postgresql=docker")
    ended = fwcompare(tmp_path, "verify", "fastapi", "--workload", "users", "--json", *docker)
    assert ended.code == 0, ended.said
    (verified,) = json.loads(ended.out)
    assert (verified["state"], verified["audit"]["runtime"]) == ("same work", "docker")
    assert "starting postgresql (docker)" in ended.said
    assert ended.seen == {Seen(service=True, run=""), Seen(service=False, run="")}, "of no run: nothing is measured"
    assert seen_of(tmp_path) == set()


def test_a_new_plugin_does_the_agreed_work_in_its_own_image_with_nothing_edited(
    plugin_base_image: None, tmp_path: Path
) -> None:
    make_plugin("mine", "python", tmp_path)
    ended = fwcompare(tmp_path, "verify", "mine", "--plugin-dir", str(tmp_path), "--json", "--runtime", "docker")
    assert ended.code == 0, ended.said
    (verified,) = json.loads(ended.out)
    assert (verified["state"], verified["audit"]["runtime"]) == ("same work", "docker")
    assert ended.seen == {Seen(service=False, run="")}


def test_a_target_with_too_little_memory_is_reported_as_out_of_memory_by_name(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(TOO_SMALL)
    ended = fwcompare(tmp_path, "run", "small.yaml", "--plugin-dir", str(TINY))
    assert ended.code == TargetError.exit_code, ended.said
    reason = "target 'tiny' ran out of memory: its limit of 64 MiB"
    (folder,) = (path for path in (tmp_path / "results").iterdir() if not path.is_symlink())
    (cell,) = json.loads((folder / "summary.json").read_text())["cells"]
    assert cell["outcome"] == "failed"
    for document in (" ".join(ended.out.split()), (folder / "report.md").read_text()):
        assert "tiny (failed)" in document
        assert reason in document
    assert seen_of(tmp_path) == set()
