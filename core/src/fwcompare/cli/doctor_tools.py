"""Which version of a build tool this machine has, as ``fwcompare doctor`` shows it.

Decides how a tool is asked and which line of its answer is the version. Where it tells none, why stands in its place.
"""

import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from fwcompare.reporting.figures import one_line

_TIMEOUT_S: Final = 20.0
_USUAL: Final = "--version"
_ASKED: Final[Mapping[str, str]] = {"go": "version", "zig": "version", "kotlinc": "-version"}
"""Tools that know no ``--version``. It is not tried out: what ``make version`` does is for its makefile to say."""

# Maven writes them into a pipe, too.
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


def tool_version(tool: str, timeout_s: float = _TIMEOUT_S) -> str:
    """Ask a tool that is on the path for its version; give it as one line, or why it is not known."""
    asked = [tool, _ASKED.get(tool, _USUAL)]
    words = " ".join(asked)
    try:
        answer = subprocess.run(
            asked,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"version not known: no end within {timeout_s:g} s of: {words}"
    except OSError as error:
        return f"version not known: it cannot be started: {error.strerror}"
    if answer.returncode != 0:
        return f"version not known: exit code {answer.returncode} of: {words}"
    return _first_line((answer.stdout, answer.stderr)) or f"version not known: nothing is told by: {words}"


def _first_line(answers: Sequence[str]) -> str:
    lines = (one_line(_COLOUR.sub("", line)).strip() for text in answers for line in text.splitlines())
    return next((line for line in lines if line), "")
