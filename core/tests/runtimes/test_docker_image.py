"""From which files an image is made, and what becomes of its build, with a client that keeps a list of images."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare.errors import HostError, PluginError, TargetError
from fwcompare.model.target import Target
from fwcompare.runtimes.digest import files_digest
from fwcompare.runtimes.docker_engine import Engine
from fwcompare.runtimes.docker_image import build_command, build_image, recipe_of
from fwcompare.runtimes.processes import KeptProcesses

MakeTarget = Callable[..., Target]
ENGINE = Engine("28.0", "1.48", cpus=2)

# Builds as `build.sh` beside it does, and knows the images of which it has made a file.
CLIENT = """#!/bin/sh
here=$(dirname "$0")
if [ "$1" = build ]; then
  find . -type f | sort > "$here/context"
  . "$here/build.sh"
  echo "$3" | tr / _ > "$here/name"; touch "$here/$(cat "$here/name")"
else
  for last; do :; done
  if [ -e "$here/$(echo "$last" | tr / _)" ]; then echo sha256:abc; exit 0; fi
  echo "Error: No such image: $last" >&2; exit 1
fi
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    def install(build: str = "") -> Path:
        folder = tmp_path / "client"
        folder.mkdir(exist_ok=True)
        (folder / "docker").write_text(CLIENT)
        (folder / "docker").chmod(0o755)
        (folder / "build.sh").write_text(build)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("FWCOMPARE_CACHE", str(tmp_path / "cache"))
        return folder

    return install


@pytest.fixture
def target(make_target: MakeTarget) -> Target:
    made = make_target()
    made.file.with_name("Dockerfile").write_text("FROM scratch\nCOPY app /app\n")
    return made


@pytest.fixture
def rich(target: Target) -> Target:
    """Give a target whose Dockerfile reads FLAVOUR, to be built with a value of it."""
    target.file.with_name("Dockerfile").write_text("FROM scratch\narg FLAVOUR=plain\nCOPY app /app\n")
    return target.built_with({"FLAVOUR": "rich"})


def test_a_target_without_a_dockerfile_is_told_where_one_is_looked_for(make_target: MakeTarget) -> None:
    made = make_target()
    place = made.file.with_name("Dockerfile")
    with pytest.raises(PluginError, match=rf"target 'fast' cannot be run by Docker\n  no file {place}\n"):
        recipe_of(made)


def test_a_dockerfile_may_be_named(target: Target) -> None:
    target.file.with_name("Other").write_text("FROM other\n")
    assert recipe_of(target.model_copy(update={"dockerfile": "Other"})).dockerfile == target.file.with_name("Other")


def test_an_images_digest_is_of_its_dockerfile_and_its_app_and_of_nothing_else(target: Target) -> None:
    before = recipe_of(target).digest
    target.file.with_name("README.md").write_text("words")
    (target.app / "__pycache__").mkdir()
    (target.app / "__pycache__" / "x.pyc").write_text("product")
    assert recipe_of(target).digest == before
    seen = {before}
    for path in (target.app / "new.py", target.file.with_name("Dockerfile"), target.file.with_name(".dockerignore")):
        path.write_text("changed")
        seen.add(recipe_of(target).digest)
    assert len(seen) == 4


@pytest.mark.real
def test_an_image_is_built_once_from_its_dockerfile_and_app_alone(
    target: Target, client: Callable[[str], Path], processes: KeptProcesses
) -> None:
    folder = client("echo built >> $here/times")
    target.file.with_name("secret").write_text("not for the image")
    told: list[str] = []
    made = build_image(target, ENGINE, processes, told.append)
    again = build_image(target, ENGINE, processes, told.append)
    image = f"fwcompare/fast-framework:{made.digest[:16]}"
    assert made == again
    assert made.facts == {"image": image, "image id": "sha256:abc", "engine": "Docker 28.0 (API 1.48)"}
    assert str(made.folder) == "/env"
    assert (folder / "times").read_text() == "built\n"
    assert (folder / "context").read_text().split() == ["./Dockerfile", "./app/requirements.txt"]
    assert told[0] == f"image of fast: building {image}"


def test_each_choice_of_build_arguments_is_an_image_of_its_own_and_none_is_the_one_it_was_before(rich: Target) -> None:
    plain = rich.built_with({})
    texts = [rich.file.with_name("Dockerfile").read_text()]
    before = hashlib.sha256(json.dumps([texts, files_digest(rich.app)]).encode()).hexdigest()
    assert recipe_of(plain).digest == before
    assert len({recipe_of(rich.built_with({"FLAVOUR": value})).digest for value in ("rich", "plain")} | {before}) == 3


@pytest.mark.parametrize("text", ["# ARG FLAVOUR\n", "ARG FLAVOURS=1\n", "ARG OTHER=FLAVOUR\n", "ENV FLAVOUR=1\n"])
def test_a_value_that_no_step_would_read_is_refused(rich: Target, text: str) -> None:
    rich.file.with_name("Dockerfile").write_text(f"FROM scratch\n{text}")
    with pytest.raises(PluginError, match="image of target 'fast' cannot be built with FLAVOUR=rich") as caught:
        recipe_of(rich)
    assert "no `ARG FLAVOUR` in" in caught.value.seen
    assert recipe_of(rich.built_with({})).arguments == {}


@pytest.mark.parametrize("text", ["ARG FLAVOUR\n", "  arg FLAVOUR=plain\n", "ARG OTHER=1 FLAVOUR=plain\n"])
def test_an_argument_may_be_declared_in_every_way_that_docker_takes(rich: Target, text: str) -> None:
    rich.file.with_name("Dockerfile").write_text(f"FROM scratch\n{text}")
    assert recipe_of(rich).arguments == {"FLAVOUR": "rich"}


def test_build_arguments_are_handed_over_with_their_values_behind_the_proxies() -> None:
    argv = build_command("x:1", ENGINE, {"no_proxy": "localhost"}, {"B": "2; rm -r /", "A": "1"})
    assert argv[9:] == ["--build-arg", "no_proxy", "--build-arg", "A=1", "--build-arg", "B=2; rm -r /", "."]


@pytest.mark.real
def test_an_image_that_was_built_with_arguments_says_so(
    rich: Target, client: Callable[[str], Path], processes: KeptProcesses
) -> None:
    folder = client('echo "$@" > $here/given')
    told: list[str] = []
    made = build_image(rich, ENGINE, processes, told.append)
    assert "--build-arg FLAVOUR=rich ." in (folder / "given").read_text()
    assert made.facts["build arguments"] == "FLAVOUR=rich"
    assert told[0] == f"image of fast: building {made.facts['image']} with FLAVOUR=rich"
    plain = build_image(rich.built_with({}), ENGINE, processes, told.append)
    assert "FLAVOUR" not in (folder / "given").read_text()
    assert (plain.digest != made.digest, "build arguments" in plain.facts) == (True, False)


@pytest.mark.real
def test_a_build_with_arguments_that_fails_is_told_with_them(
    rich: Target, client: Callable[[str], Path], processes: KeptProcesses
) -> None:
    client("exit 7")
    with pytest.raises(TargetError) as caught:
        build_image(rich, ENGINE, processes, lambda _line: None)
    assert "with FLAVOUR=rich" in caught.value.seen
    assert caught.value.hint.startswith(f"docker build --build-arg FLAVOUR=rich {rich.file.parent} ")


@pytest.mark.real
def test_a_build_that_fails_shows_its_last_lines_and_is_the_targets_fault(
    target: Target, client: Callable[[str], Path], processes: KeptProcesses
) -> None:
    client("echo one; echo 'compiler: no such thing' >&2; exit 7")
    with pytest.raises(TargetError, match="image of target 'fast' could not be built") as caught:
        build_image(target, ENGINE, processes, lambda _line: None)
    assert caught.value.exit_code == 3
    assert caught.value.details == ("> one", "> compiler: no such thing")
    assert "exit code 7 of docker build" in caught.value.seen


@pytest.mark.real
def test_a_full_disk_and_a_missing_base_image_are_the_machines_fault(
    target: Target, client: Callable[[str], Path], processes: KeptProcesses
) -> None:
    for said in ("no space left on device", "pull access denied for nosuch"):
        client(f"echo '{said}' >&2; exit 1")
        with pytest.raises(HostError, match="image of target 'fast' cannot be built on this machine") as caught:
            build_image(target, ENGINE, processes, lambda _line: None)
        assert (caught.value.exit_code, caught.value.seen) == (4, said)


@pytest.mark.real
def test_a_builder_that_keeps_its_image_to_itself_is_told(
    target: Target, client: Callable[[str], Path], processes: KeptProcesses
) -> None:
    client("exit 0")
    with pytest.raises(HostError, match=r"was built and is not there\n(.*\n)*  next: docker buildx use default"):
        build_image(target, ENGINE, processes, lambda _line: None)


def test_proxies_are_handed_to_a_build_by_name() -> None:
    argv = build_command("x:1", ENGINE, {"HTTPS_PROXY": "http://me:hidden@proxy", "no_proxy": "localhost"})
    assert argv == [
        *("docker", "build", "--tag", "x:1", "--label", "fwcompare.image=target", "--force-rm", "--network", "host"),
        *("--build-arg", "HTTPS_PROXY", "--build-arg", "no_proxy", "."),
    ]
    assert "--network" not in build_command("x:1", Engine("28", "1.48", 2, apart="elsewhere"), {})
