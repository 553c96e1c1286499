"""Installs what the comparison needs and this machine lacks: Debian packages, oha from its crate, the stub server.

A package that cannot be had is an error with what to do; oha, which takes minutes to build, may be missing, with the
reason. wrk2 is in no Debian release and is left out.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from loadgen_bench.errors import BenchError
from loadgen_bench.tools.oha import CRATE, INSTALLED_IN

PEER_PACKAGES: Final = {"wrk": "wrk", "ab": "apache2-utils", "h2load": "nghttp2-client"}
SERVER_PACKAGES: Final = {"nginx": "nginx-light"}
OHA_VERSION: Final = "1.16.0"
LEFT_OUT: Final = {"wrk2": "not packaged by Debian"}
REPOSITORY: Final = Path(__file__).parents[3]
STUB_PROGRAM: Final = REPOSITORY / "loadgen_rs" / "target" / "release" / "fwcompare-stub-server"


def install(tools: Collection[str], tell: Callable[[str], None]) -> dict[str, str]:
    """Install the server and what is missing of these tools, and give what could not be had with the reason, by tool.

    :raises BenchError: a Debian package is missing and cannot be installed.
    """
    peers = {program: package for program, package in PEER_PACKAGES.items() if program in tools}
    _install_packages(peers | SERVER_PACKAGES, tell)
    return LEFT_OUT | (_install_oha(tell) if CRATE in tools else {})


def build_stub_server(tell: Callable[[str], None]) -> Path:
    """Build the stub server for release, and give its path.

    :raises BenchError: it does not build.
    """
    tell("building the stub server")
    manifest = REPOSITORY / "loadgen_rs" / "Cargo.toml"
    _run("cargo", "build", "--release", "--locked", "--manifest-path", str(manifest), "-p", "fwcompare-stub-server")
    return STUB_PROGRAM


def _install_packages(packages: Mapping[str, str], tell: Callable[[str], None]) -> None:
    missing = sorted(package for program, package in packages.items() if shutil.which(program) is None)
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise BenchError(
            "the server or a peer is not installed",
            seen=f"missing {', '.join(missing)}, and this is {_why_not_apt()}",
            expected="Debian as root, or the packages installed",
            hint=f"apt-get update && apt-get install {' '.join(missing)}",
        )
    tell(f"installing {', '.join(missing)}")
    _run("apt-get", "update", "-qq")
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


def _why_not_apt() -> str:
    return "not root" if shutil.which("apt-get") else "no system with apt-get"


def _install_oha(tell: Callable[[str], None]) -> dict[str, str]:
    if (INSTALLED_IN / "bin" / "oha").exists():
        return {}
    tell(f"building oha {OHA_VERSION}, once; this takes minutes")
    try:
        _run("cargo", "install", CRATE, "--locked", "--version", OHA_VERSION, "--root", str(INSTALLED_IN))
    except BenchError as error:
        return {"oha": f"does not build: {error.details[-1] if error.details else error.seen}"}
    return {}


def _run(*argv: str) -> None:
    if shutil.which(argv[0]) is None:
        raise BenchError(
            f"{argv[0]} is missing",
            seen="not on PATH",
            expected=f"to run {' '.join(argv)}",
            hint=f"install {argv[0]}",
        )
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(
            f"{argv[0]} failed",
            seen=f"exit code {done.returncode}",
            expected="success",
            hint=f"run it alone: {' '.join(argv)}",
            details=(done.stdout + done.stderr).strip().splitlines()[-8:],
        )
