"""``docker/fwcompare``: when it builds its image, and which engine it hands over; with a `docker` that only tells."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "docker" / "fwcompare"
DOCKER = """\
#!/bin/sh
echo "$@" >> "$TOLD"
case "$1 $2" in
"context inspect") echo "$ENDPOINT" ;;
"image inspect") cat "$LABEL" 2> /dev/null ;;
"build "*) for word; do case $word in fwcompare.sources=*) echo "${word#*=}" > "$LABEL" ;; esac; done ;;
esac
"""


@dataclass
class Clone:
    """A small clone with the script in it, and an engine that has no image yet."""

    folder: Path
    variables: dict[str, str]

    def __call__(self, **variables: str) -> subprocess.CompletedProcess[str]:
        self.told_file.write_text("", encoding="utf-8")
        return subprocess.run(
            [str(self.folder / "docker" / "fwcompare"), "run", "users"],
            env={**self.variables, **variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def told_file(self) -> Path:
        return Path(self.variables["TOLD"])

    def told(self, command: str) -> list[str]:
        lines = self.told_file.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith(f"{command} ")]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    folder = tmp_path / "clone"
    for name in (
        *("LICENSE", "pyproject.toml", "core/pyproject.toml", "core/src/fwcompare/a.py", "scenarios/users.yaml"),
        *("docker/fwcompare.Dockerfile", "loadgen_rs/Cargo.toml", "plugins/axum/app/main.rs"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("one\n", encoding="utf-8")
    shutil.copy2(SCRIPT, folder / "docker" / "fwcompare")
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(DOCKER, encoding="utf-8")
    program.chmod(0o755)
    variables = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(tmp_path),
        "TOLD": str(tmp_path / "told"),
        "LABEL": str(tmp_path / "label"),
        "ENDPOINT": "unix:///run/user/0/docker.sock",
    }
    return Clone(folder, variables)


@pytest.mark.parametrize(
    "changed", ["core/src/fwcompare/a.py", "core/src/fwcompare/new.py", "plugins/axum/app/main.rs", "LICENSE"]
)
def test_the_image_is_built_once_and_again_when_anything_in_it_changes(changed: str, clone: Clone) -> None:
    assert clone().returncode == 0
    assert len(clone.told("build")) == 1
    assert clone().returncode == 0
    assert clone.told("build") == []
    (clone.folder / changed).write_text("two\n", encoding="utf-8")
    clone()
    assert len(clone.told("build")) == len(clone.told("run")) == 1


@pytest.mark.parametrize("left_out", ["loadgen_rs/target/a.o", "plugins/axum/tests/test_it.py", "core/src/a.so"])
def test_what_is_not_in_the_image_builds_none(left_out: str, clone: Clone) -> None:
    clone()
    (clone.folder / left_out).parent.mkdir(parents=True, exist_ok=True)
    (clone.folder / left_out).touch()
    clone()
    assert clone.told("build") == []


def test_an_image_that_was_named_is_taken_as_it_is(clone: Clone) -> None:
    clone(FWCOMPARE_IMAGE="mine:1")
    assert clone.told("build") == []
    assert clone.told("run")[0].endswith(" mine:1 run users")


@pytest.mark.parametrize(
    ("host", "endpoint", "socket"),
    [
        ("", "unix:///run/user/0/docker.sock", "/run/user/0/docker.sock"),
        ("unix:///srv/other.sock", "unix:///run/user/0/docker.sock", "/srv/other.sock"),
        ("", "", "/var/run/docker.sock"),
    ],
)
def test_the_socket_of_the_chosen_engine_is_handed_over(host: str, endpoint: str, socket: str, clone: Clone) -> None:
    assert clone(DOCKER_HOST=host, ENDPOINT=endpoint).returncode == 0
    assert f"--volume {socket}:/var/run/docker.sock " in clone.told("run")[0]


def test_an_engine_on_another_machine_is_refused(clone: Clone) -> None:
    done = clone(DOCKER_HOST="tcp://10.0.0.2:2375")
    assert done.returncode == 4
    assert "error: the engine at tcp://10.0.0.2:2375 cannot be used" in done.stderr
    assert clone.told("run") == clone.told("build") == []
