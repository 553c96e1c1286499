"""What the tests with a real engine share. Where none can be had they skip with the reason, and CI fails."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from fwcompare.errors import HostError
from fwcompare.model.ports import Environment
from fwcompare.model.target import Target
from fwcompare.runtimes.docker import DockerRuntime
from fwcompare.runtimes.docker_engine import Engine, find_engine
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.mysql_docker import MARIADB
from fwcompare.services.postgresql_docker import POSTGRESQL_IMAGE

TINY = Path(__file__).parent / "tiny"
BASE_IMAGE = "python:3.11-slim"


PREPARED = "FWCOMPARE_DOCKER_PREPARED"
"""Names a file in which CI says, once it knows, whether it has an engine and images: ``yes`` or ``no``."""

_PREPARING_S = 280.0


def unfit(reason: str) -> None:
    """Skip; in CI fail, save where it has said itself that no engine can be started there."""
    if os.environ.get("CI") == "true" and prepared() != "no":
        pytest.fail(f"CI must have it: {reason}")
    pytest.skip(f"host unfit: {reason}")


@cache
def prepared() -> str:
    """Wait for CI to say whether it has an engine; it is not asked anywhere else."""
    answer = os.environ.get(PREPARED)
    if answer is None:
        return ""
    give_up_at = time.monotonic() + _PREPARING_S
    while not (said := Path(answer).read_text(encoding="ascii").strip()) and time.monotonic() < give_up_at:
        time.sleep(0.5)
    return said


def require_image(name: str) -> None:
    """Have an image, from a registry if it is not here."""
    image = ["docker", "image", "inspect", name]
    if subprocess.run(image, capture_output=True, check=False).returncode:
        pulled = subprocess.run(["docker", "pull", "--quiet", name], capture_output=True, text=True, check=False)
        if pulled.returncode:
            unfit(f"no image {name}: {pulled.stderr.strip().splitlines()[-1]}")


@pytest.fixture(scope="session")
def engine() -> Engine:
    prepared()
    try:
        found = find_engine()
    except HostError as error:
        unfit(f"{error.who}: {error.seen}")
        raise
    require_image(BASE_IMAGE)
    return found


@pytest.fixture(scope="session")
def plugin_base_image(engine: Engine) -> None:
    """Have what images of plugins and of new plugins in Python start from."""
    require_image("python:3.11-slim-bookworm")


@pytest.fixture(scope="session")
def database_images(engine: Engine) -> None:
    """Have the images of the databases that are run in containers; not MySQL's, which is large."""
    for image in (POSTGRESQL_IMAGE, MARIADB.image):
        require_image(image)


@pytest.fixture(scope="session")
def compose() -> list[str]:
    """Find Docker's plugin, or the program of its own that Debian has."""
    if shutil.which("docker"):
        known = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if known.returncode == 0:
            return ["docker", "compose"]
    if shutil.which("docker-compose") is None:
        unfit("neither `docker compose` nor docker-compose: apt-get install docker-compose")
    return ["docker-compose"]


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
