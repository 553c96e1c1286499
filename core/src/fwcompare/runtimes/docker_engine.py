"""The Docker engine, by its command-line client: what it is, whether it will do, and what its refusals mean.

Decides which engines will do, and in which words each trouble is told. Leaves out images (``docker_image.py``) and
containers (``docker_container.py``). The client is asked, and no socket of our own, since it knows contexts, rootless
engines and logins as the user set them up.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fwcompare.errors import HostError

LEAST_API: Final = (1, 41)
"""Of Docker 20.10, the oldest engine that this was tried with."""

LABEL: Final = "fwcompare.session"
"""On everything that is started: whose it is, by :attr:`~fwcompare.model.ports.Processes.session`."""

RUN_LABEL: Final = "fwcompare.run"
"""On what is started for a run: its name. ``verify`` and ``up`` have none."""

LOG_LABEL: Final = "fwcompare.log"
"""On everything that is started: the file that its output is kept in."""

_ANSWER_S = 60.0
_INSTALL = "apt-get install docker.io (Debian), or https://docs.docker.com/engine/install/"
_LAST_LINES = 15


@dataclass(frozen=True)
class Engine:
    """An engine that will do.

    ``apart`` says why its containers share neither the network nor the process ids of this machine; empty where they
    do, so that they can be observed from here.
    """

    version: str
    api: str
    cpus: int
    apart: str = ""

    @property
    def words(self) -> str:
        """Say which engine it is."""
        return f"Docker {self.version} (API {self.api})"


@dataclass(frozen=True)
class Said:
    """What the client said: exit code, output, and complaints."""

    code: int
    out: str
    complaints: str


def labels(session: str, run: str, log: Path) -> list[str]:
    """Give the arguments that label a container, so that whoever finds it knows whose it is.

    :param run: of which run; empty for none.
    """
    told = {LABEL: session, **({RUN_LABEL: run} if run else {}), LOG_LABEL: str(log)}
    return [part for label, value in told.items() for part in ("--label", f"{label}={value}")]


def ask(*arguments: str) -> Said:
    """Run the client to its end.

    :raises HostError: when there is none, or it does not end in time.
    """
    try:
        ended = subprocess.run(
            ["docker", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_S,
            check=False,
            start_new_session=True,  # Ctrl-C is ours to act on
        )
    except FileNotFoundError:
        raise _no_client() from None
    except subprocess.TimeoutExpired as error:
        raise HostError(
            "the Docker engine does not answer",
            seen=f"no end within {_ANSWER_S:g} s of: docker {' '.join(arguments)}",
            expected="an answer within a second",
            hint="docker info    shows whether it is alive; start it anew",
        ) from error
    return Said(ended.returncode, ended.stdout.strip(), ended.stderr.strip())


def find_engine() -> Engine:
    """Find the engine that the client speaks to.

    :raises HostError: when there is none that will do, with what to do.
    """
    if shutil.which("docker") is None:
        raise _no_client()
    host = os.environ.get("DOCKER_HOST", "")
    if host.partition("://")[0] in {"tcp", "ssh", "http", "https"}:
        raise HostError(
            "the Docker engine is on another machine",
            seen=f"DOCKER_HOST={host}",
            expected="an engine of this machine: targets, database and load generator talk over loopback",
            hint="unset DOCKER_HOST",
        )
    version, info = (_json(ask(what, "--format", "{{json .}}")) for what in ("version", "info"))
    return read_engine(version.get("Server") or {}, info, platform=sys.platform)


def read_engine(server: Mapping[str, Any], info: Mapping[str, Any], *, platform: str) -> Engine:
    """Read what an engine says of itself.

    :raises HostError: when it is too old.
    """
    version, api = str(server.get("Version", "of no version")), str(server.get("ApiVersion", "0.0"))
    if _numbers(api) < LEAST_API:
        least = ".".join(map(str, LEAST_API))
        raise HostError(
            "the Docker engine is too old",
            seen=f"Docker {version}, API {api}",
            expected=f"API {least} or later, which is Docker 20.10",
            hint=f"upgrade it: {_INSTALL}",
        )
    return Engine(version, api, int(info.get("NCPU", 1)), _apart(info, platform))


def trouble(doing: str, complaints: str) -> HostError | None:
    """Give the error of what an engine or its client complained of; None when it is not this machine's to mend.

    :param doing: what could not be done: ``the image of target 'fastapi' cannot be built``.
    """
    for pattern, expected, hint in _TROUBLES:
        found = re.search(pattern, complaints, re.IGNORECASE)
        if found:
            lines = complaints.splitlines()
            line = next(line for line in lines if re.search(pattern, line, re.IGNORECASE)).strip()
            return HostError(doing, seen=line, expected=expected, hint=hint)
    return None


def must_do(doing: str, said: Said) -> Said:
    """Give ``said`` back when all went well.

    :raises HostError: otherwise.
    """
    if said.code == 0:
        return said
    raise trouble(doing, said.complaints) or HostError(
        doing,
        seen=f"exit code {said.code} of docker",
        expected="exit code 0",
        details=[f"> {line}" for line in said.complaints.splitlines()[-_LAST_LINES:]],
        hint="docker info    shows whether the engine is alive",
    )


# What client and engine say, in versions 20.10 to 28; the first that fits counts.
_TROUBLES: Final = (
    (
        r"permission denied.*(docker daemon socket|docker API|docker\.sock)",
        "a user who may talk to the engine",
        (
            "run as root, or as a user of the group docker (sudo usermod -aG docker $USER, then log in anew); "
            "whoever may is as good as root"
        ),
    ),
    (
        (
            r"cannot connect to the docker daemon|failed to connect to the docker API|is the docker daemon running"
            r"|error during connect"
        ),
        "an engine that runs",
        "start it: sudo systemctl start docker, or dockerd; on macOS and Windows, Docker Desktop",
    ),
    (
        r"client version [\d.]+ is too (old|new)|(minimum|maximum) supported API version",
        "a client and an engine that understand each other",
        f"upgrade the older of both: {_INSTALL}",
    ),
    (
        r"no space left on device",
        "room for images and containers",
        "docker system df    shows what takes it; docker system prune    removes what is unused",
    ),
    (
        (
            r"pull access denied|manifest (unknown|for .* not found)|failed to resolve (source metadata|reference)"
            r"|unable to find image|toomanyrequests|/v2/\S*\"?: (dial|net/http|context|EOF|x509|unauthorized)"
            r"|error getting credentials"
        ),
        "its base image, on this machine or in a registry that is reached from it",
        "docker pull IMAGE    tries it; without a registry, docker load or docker import bring an image of that name",
    ),
)


def _json(said: Said) -> Mapping[str, Any]:
    # `docker info` ends with 0 and complains, `docker version` gives the client's half beside its complaint.
    found = trouble("there is no Docker engine to be used", said.complaints)
    if found is not None:
        raise found
    answer: Mapping[str, Any] = json.loads(must_do("there is no Docker engine to be used", said).out)
    return answer


def _numbers(api: str) -> tuple[int, ...]:
    return tuple(int(part) for part in api.split(".") if part.isdecimal())


def _apart(info: Mapping[str, Any], platform: str) -> str:
    if platform != "linux" or "Docker Desktop" in str(info.get("OperatingSystem", "")):
        return "the engine runs in a virtual machine of its own (Docker Desktop)"
    if any("rootless" in str(option) for option in info.get("SecurityOptions") or ()):
        return "the engine is rootless, with a network of its own"
    return ""


def _no_client() -> HostError:
    return HostError(
        "there is no Docker engine to be used",
        seen="no program `docker` on PATH",
        expected="the client of Docker and a running engine",
        hint=_INSTALL,
    )
