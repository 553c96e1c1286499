"""What private servers have in common when they are started: a free port, and how it is told that one was not."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fwcompare.errors import HostError

LOOPBACK: Final = "127.0.0.1"

_SHOWN_LINES = 15


def free_port() -> int:
    """Give a port of loopback that nobody held a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def variables() -> Mapping[str, str]:
    """Give an environment that keeps a shell's PGDATA, MYSQL_HOME, locale and the like out of the server."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}


def not_started(product: str, seen: str, log: Path) -> HostError:
    """Make the error of a server that was not started, with the end of its log."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return HostError(
        f"{product} could not be started",
        seen=f"{seen}\nlog: {log}",
        expected="a server that answers",
        details=[f"> {line}" for line in lines[-_SHOWN_LINES:]],
        hint="fwcompare doctor    says what this machine lacks",
    )
