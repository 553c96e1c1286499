"""Which engines will do, and what is said of those that will not, with a client that says what it is told to."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare.errors import HostError
from fwcompare.runtimes.docker_engine import Engine, find_engine, read_engine, trouble

Client = Callable[..., None]

SERVER = '{"Server": {"Version": "20.10.24", "ApiVersion": "1.41"}}'
INFO = '{"NCPU": 2, "OperatingSystem": "Debian GNU/Linux 12", "SecurityOptions": ["name=seccomp,profile=default"]}'


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Put a `docker` on PATH that answers `version` and `info`, and complains as it is told."""

    def install(version: str = SERVER, info: str = INFO, complaint: str = "", code: int = 0) -> None:
        program = tmp_path / "docker"
        program.write_text(
            f"#!/bin/sh\ncase $1 in version) echo '{version}';; info) echo '{info}';; esac\n"
            f"printf '%s' '{complaint}' >&2\nexit {code}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")

    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return install


def test_an_engine_of_this_machine_will_do(client: Client) -> None:
    client()
    assert find_engine() == Engine("20.10.24", "1.41", cpus=2)
    assert find_engine().words == "Docker 20.10.24 (API 1.41)"


def test_without_a_client_it_is_said_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        HostError, match=r"no program `docker` on PATH\n.*\n  next: apt-get install docker.io"
    ) as caught:
        find_engine()
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("complaint", "told"),
    [
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            r"next: start it: sudo systemctl start docker",
        ),
        (
            "failed to connect to the docker API at unix:///x.sock; check if the path is correct",
            r"next: start it: sudo systemctl start docker",
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            r"next: run as root, or as a user of the group docker",
        ),
        (
            "Error response from daemon: client version 1.30 is too old. Minimum supported API version is 1.44",
            r"next: upgrade the older of both",
        ),
    ],
)
def test_an_engine_that_cannot_be_spoken_to_is_told_with_what_to_do(client: Client, complaint: str, told: str) -> None:
    client(version='{"Server": null}', complaint=complaint, code=1)
    with pytest.raises(HostError, match=told) as caught:
        find_engine()
    assert caught.value.seen == complaint
    assert caught.value.exit_code == 4


def test_a_complaint_that_nobody_knows_is_shown_as_it_is(client: Client) -> None:
    client(complaint="the sky is falling", code=1)
    with pytest.raises(HostError, match=r"exit code 1 of docker\n(.*\n)*  > the sky is falling"):
        find_engine()


def test_an_engine_that_is_too_old_is_told_the_least() -> None:
    with pytest.raises(HostError, match=r"seen|Docker 19.03, API 1.40\n  expected: API 1.41 or later"):
        read_engine({"Version": "19.03", "ApiVersion": "1.40"}, {}, platform="linux")


def test_an_engine_of_another_machine_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client()
    monkeypatch.setenv("DOCKER_HOST", "ssh://somewhere")
    with pytest.raises(HostError, match=r"DOCKER_HOST=ssh://somewhere\n.*loopback\n  next: unset DOCKER_HOST"):
        find_engine()


@pytest.mark.parametrize(
    ("info", "platform", "apart"),
    [
        ({"OperatingSystem": "Docker Desktop"}, "linux", "virtual machine"),
        ({"OperatingSystem": "Alpine"}, "darwin", "virtual machine"),
        ({"SecurityOptions": ["name=seccomp", "name=rootless"]}, "linux", "rootless"),
        ({"OperatingSystem": "Debian", "SecurityOptions": None}, "linux", ""),
    ],
)
def test_it_is_known_where_containers_cannot_be_observed(info: dict[str, object], platform: str, apart: str) -> None:
    found = read_engine({"Version": "28", "ApiVersion": "1.48"}, info, platform=platform)
    assert apart in found.apart
    assert bool(found.apart) == bool(apart)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host', "base image"),
        ("ERROR: failed to solve: nosuch:1: failed to resolve source metadata for x/nosuch:1", "base image"),
        ("pull access denied for nosuch, repository does not exist or may require docker login", "base image"),
        ("manifest for python:9 not found: manifest unknown", "base image"),
        ("write /var/lib/docker/tmp/x: no space left on device", "docker system df"),
    ],
)
def test_what_the_machine_lacks_for_a_build_is_told_from_what_a_dockerfile_does_wrong(said: str, told: str) -> None:
    found = trouble("an image cannot be built", f"Step 1/3 : FROM x\n{said}\nmore")
    assert found is not None
    assert found.seen == said
    assert told in str(found)


def test_a_step_that_fails_is_no_fault_of_the_machine() -> None:
    assert trouble("x", "The command '/bin/sh -c exit 3' returned a non-zero code: 3") is None
    assert trouble("x", "E: Could not resolve 'deb.invalid'; error: could not connect") is None
