"""The command that starts a target's container: what it is given, what it is held to, and what it is denied. Pure.

A container has a read-only root, a ``/tmp`` in memory, no capability, no way to new privileges and a bound on its
processes; the engine's socket, the host's process ids and its devices are never handed in. Variables are passed by
name, so that no secret stands in an argument that everybody on the machine can read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fwcompare.model.limits import Confinement
from fwcompare.model.target import Target
from fwcompare.runtimes.docker_engine import Engine, labels
from fwcompare.runtimes.docker_image import ENV
from fwcompare.runtimes.loopback import LOOPBACK

WORKDIR: Final = "/app"
PYTHON: Final = "python3"
"""What ``{python}`` of a ``target.toml`` is in an image."""

HOST_NAME: Final = "host.docker.internal"
"""How a container with a network of its own reaches this machine's loopback."""

_PIDS = 4096
_LOOPBACK_URL = re.compile(r"(://(?:[^/@\s]*@)?)(?:127\.0\.0\.1|localhost|\[::1\])(?=[:/?]|$)")


@dataclass(frozen=True)
class Wanted:
    """One container, for the run ``run``, empty for none. ``log`` is the file its output is kept in.

    ``open_files`` are the soft and hard limit that it gets, so that it has those of a plain process.
    """

    name: str
    image: str
    session: str
    log: Path
    port: int
    confinement: Confinement
    run: str = ""
    open_files: tuple[int, int] | None = None


@dataclass(frozen=True)
class Command:
    """What the client is started with: its arguments and the variables that it passes on by name."""

    argv: list[str]
    variables: Mapping[str, str]


def run_command(
    target: Target, wanted: Wanted, engine: Engine, given: Mapping[str, str], own: Mapping[str, str]
) -> Command:
    """Give the command that runs a target and stays attached to it.

    :param given: variables of the session: parameters, where the database is.
    :param own: variables that the client itself needs.
    """
    variables = {name: _inside(value) for name, value in target.env.items()} | dict(given)
    listens = LOOPBACK if not engine.apart else "0.0.0.0"  # noqa: S104 - inside; published on loopback alone
    variables |= {"HOST": listens, "PORT": str(wanted.port)}
    if engine.apart:
        variables = {name: _LOOPBACK_URL.sub(rf"\1{HOST_NAME}", value) for name, value in variables.items()}
    program, *arguments = [_inside(part) for part in target.start]
    argv = [
        # Of that very image, which was there a moment ago, and never of one that a registry has by that name.
        *("docker", "run", "--pull", "never", "--name", wanted.name),
        *labels(wanted.session, wanted.run, wanted.log),
        # Kept in our own log as it comes; its health is asked for by the session, and by nobody beside it.
        *("--log-driver", "none", "--no-healthcheck"),
        *("--init", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"),  # noqa: S108 - the container's
        *("--security-opt", "no-new-privileges", "--pids-limit", str(_PIDS)),
        *_network(engine, wanted.port),
        *_limits(engine, wanted),
        *_shared(variables),
    ]
    for name, value in sorted(variables.items()):
        argv += ["--env", f"{name}={value}" if name in own else name]
    passed = {name: value for name, value in variables.items() if name not in own}
    argv += ["--workdir", WORKDIR, "--entrypoint", program, wanted.image, *arguments]
    return Command(argv, {**own, **passed})


def _network(engine: Engine, port: int) -> Sequence[str]:
    if not engine.apart:
        return ("--network", "host")
    return ("--publish", f"{LOOPBACK}:{port}:{port}", "--add-host", f"{HOST_NAME}:host-gateway")


def _limits(engine: Engine, wanted: Wanted) -> Sequence[str]:
    asked = wanted.confinement
    argv: list[str] = []
    if asked.quota_cpus is not None:
        # An engine refuses more than the machine has; what holds is read back and told.
        argv += ["--cpus", f"{min(asked.quota_cpus, engine.cpus):g}"]
    if asked.cpus and not engine.apart:
        argv += ["--cpuset-cpus", ",".join(map(str, asked.cpus))]
    if asked.memory_bytes is not None:
        argv += ["--memory", str(asked.memory_bytes), "--memory-swap", str(asked.memory_bytes)]
    if wanted.open_files is not None:
        soft, hard = wanted.open_files
        argv += ["--ulimit", f"nofile={soft}:{hard}"]
    return argv


def _shared(variables: Mapping[str, str]) -> Sequence[str]:
    """Share the session's own temporary folder, if there is one: it is removed and made again, so the one around it."""
    if "TMPDIR" not in variables:
        return ()
    around = Path(variables["TMPDIR"]).parent
    return ("--mount", f"type=bind,source={around},target={around}")


def _inside(text: str) -> str:
    return text.replace("{env}", str(ENV)).replace("{python}", PYTHON)
