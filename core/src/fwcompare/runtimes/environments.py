"""Makes the environment of a target once, and finds it again as long as what it is made from stays the same.

An environment is a folder of the cache, named after the framework and the hash of its ingredients; targets with
the same build share one. It is built in place (a virtual environment cannot be moved), and a marker file
written last tells a finished one from the remains of a build that was interrupted. A lock file keeps two runs
from building the same at once. Leaves out what counts as an ingredient (``digest.py``).
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from fwcompare.cache import cache_folder
from fwcompare.errors import HostError, TargetError
from fwcompare.model.ports import Environment, Processes, Progress
from fwcompare.model.target import Prerequisite, Target
from fwcompare.runtimes.building import SHOWN_LINES, alone, await_end, tail
from fwcompare.runtimes.digest import build_digest

MARKER = ".fwcompare-complete"
_VERSION_TIMEOUT_S = 30.0
_UNWANTED = frozenset({"VIRTUAL_ENV", "PYTHONPATH"})
"""What the runner's own environment says about Python; an environment that is being built is another one."""


def resolve(text: str, environment: Path) -> str:
    """Fill in ``{env}``, the environment's folder, and ``{python}``, the interpreter that runs fwcompare."""
    return text.replace("{env}", str(environment)).replace("{python}", sys.executable)


def build_environment(target: Target, processes: Processes, progress: Progress) -> Environment:
    """Make the environment of ``target``, or find it made.

    :raises TargetError: when a build command fails; the message ends with the last lines of its log.
    :raises HostError: when a prerequisite, or a program that the build names, is not there.
    :raises PluginError: when a build input names no file.
    """
    digest = build_digest(target, _tools(target, processes))
    slug = re.sub(r"[^a-z0-9]+", "-", target.framework.lower()).strip("-")
    folder = cache_folder() / "environments" / f"{slug}-{digest[:16]}"
    if not (folder / MARKER).exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder.with_name(f"{folder.name}.lock"), f"environment of {target.name}", progress):
            # Another run may have finished it while this one waited.
            if not (folder / MARKER).exists():
                _check_prerequisites(target)
                _make(target, folder, processes, progress)
                (folder / MARKER).write_text(f"{digest}\n", encoding="utf-8")
    return Environment(folder, digest)


def lacks(prerequisite: Prerequisite) -> str | None:
    """Say what the check of a prerequisite found instead; None when all is there."""
    command = " ".join(prerequisite.check)
    try:
        answer = subprocess.run(
            prerequisite.check,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        return f"{prerequisite.check[0]} is not on PATH"
    except PermissionError as error:
        return f"{prerequisite.check[0]} cannot be started: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"no end within {_VERSION_TIMEOUT_S:g} s of: {command}"
    if answer.returncode == 0:
        return None
    said = (answer.stderr or answer.stdout).strip().partition("\n")[0]
    return f"exit code {answer.returncode} of: {command}" + (f": {said}" if said else "")


def _check_prerequisites(target: Target) -> None:
    for prerequisite in target.build.prerequisites:
        seen = lacks(prerequisite)
        if seen is not None:
            raise HostError(
                f"environment of target {target.name!r} cannot be built on this machine",
                seen=seen,
                expected="exit code 0",
                hint=prerequisite.install,
            )


def _make(target: Target, folder: Path, processes: Processes, progress: Progress) -> None:
    if folder.exists():
        progress(f"environment of {target.name}: an unfinished one is removed")
        _remove(folder)
    folder.mkdir()
    log = folder.with_name(f"{folder.name}.log")
    log.unlink(missing_ok=True)
    began_s = time.monotonic()
    progress(f"environment of {target.name}: building in {folder}")
    for command in target.build.commands:
        argv = [resolve(part, folder) for part in command]
        process = processes.spawn(argv, cwd=target.app, env=_build_variables(), log=log)
        code = await_end(process, log, f"environment of {target.name}: {' '.join(command)}", began_s, progress)
        if code != 0:
            raise TargetError(
                f"environment of target {target.name!r} could not be built",
                seen=f"exit code {code} of: {' '.join(argv)}\nin {target.app}\nlog: {log}",
                expected="exit code 0",
                details=[f"> {line}" for line in tail(log, SHOWN_LINES)],
                hint=f"run the command above in {target.app}, or `fwcompare doctor` for what this machine lacks",
            )
    progress(f"environment of {target.name}: ready after {time.monotonic() - began_s:.1f} s")


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise HostError(
            f"unfinished environment {folder} cannot be removed",
            seen=str(error),
            expected="a folder that nothing else uses",
            hint=f"rm -r {folder}    and run again",
        ) from error


def _build_variables() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _UNWANTED}


def _tools(target: Target, processes: Processes) -> Mapping[str, str]:
    """Give the versions that an environment depends on, of what runs on this machine already."""
    tools = {"python": sys.version, "machine": platform.machine()}
    for program in dict.fromkeys(command[0] for command in target.build.commands):
        if "{" not in program:  # {python} is above; what lies in {env} is made by the build itself
            tools[program] = _version(program, target, processes)
    return tools


def _version(program: str, target: Target, processes: Processes) -> str:
    """Give what ``program --version`` says; the hash of its file when it knows no such flag (``go``, ``sh``)."""
    with tempfile.TemporaryDirectory(prefix="fwcompare-") as folder:
        log = Path(folder, "version")
        # In the app's folder: rustup and pyenv choose a version by it.
        process = processes.spawn([program, "--version"], cwd=target.app, env=_build_variables(), log=log)
        try:
            code = process.wait(_VERSION_TIMEOUT_S)
        finally:
            process.stop()
        if code == 0:
            return log.read_text(encoding="utf-8", errors="replace")
    with Path(shutil.which(program) or program).open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
