"""What the tests with a real engine share. Where none can be had they skip with the reason, and CI fails."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fwcompare.errors import HostError
from fwcompare.model.ports import Environment
from fwcompare.model.target import Target
from fwcompare.runtimes.docker import DockerRuntime
from fwcompare.runtimes.docker_engine import Engine, find_engine
from fwcompare.runtimes.processes import KeptProcesses

TINY = Path(__file__).parent / "tiny"
BASE_IMAGE = "python:3.11-slim"


def unfit(reason: str) -> None:
    """Skip; in CI fail, save where it has said itself that no engine can be started there."""
    if os.environ.get("CI") == "true" and os.environ.get("FWCOMPARE_NO_DOCKER") != "true":
        pytest.fail(f"CI must have it: {reason}")
    pytest.skip(f"host unfit: {reason}")


@pytest.fixture(scope="session")
def engine() -> Engine:
    try:
        found = find_engine()
    except HostError as error:
        unfit(f"{error.who}: {error.seen}")
        raise
    image = ["docker", "image", "inspect", BASE_IMAGE]
    if subprocess.run(image, capture_output=True, check=False).returncode:
        pulled = subprocess.run(["docker", "pull", "--quiet", BASE_IMAGE], capture_output=True, text=True, check=False)
        if pulled.returncode:
            unfit(f"no base image {BASE_IMAGE}: {pulled.stderr.strip().splitlines()[-1]}")
    return found


@pytest.fixture(scope="session")
def kept() -> Iterator[KeptProcesses]:
    with KeptProcesses() as processes:
        yield processes


@pytest.fixture(scope="session")
def tiny() -> Target:
    return Target.from_file(TINY / "target.toml")[0]


@pytest.fixture(scope="session")
def runtime(engine: Engine) -> DockerRuntime:
    return DockerRuntime()


@pytest.fixture(scope="session")
def image(runtime: DockerRuntime, tiny: Target, kept: KeptProcesses) -> Environment:
    return runtime.build(tiny, kept, lambda _line: None)
