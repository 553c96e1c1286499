"""A profiler's command: started in a folder of its own, waited for with a bound, its complaints kept.

Decides that no profiler can hold up a run: whatever does not end in time is ended. Leaves out what the
command is and what its files mean.
"""

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from fwcompare.errors import HostError
from fwcompare.model.ports import Process, Processes

_SHOWN_LINES = 6

# Nothing else: no configuration, debug information server or backtrace setting of the user's must have a say.
_ENV = {"LC_ALL": "C.UTF-8", "PERF_CONFIG": os.devnull}


def scratch(folder: Path, profiler: str) -> Path:
    """Make the folder of a profiler's own files; what an earlier attempt left there is removed.

    The path is absolute, since the folder becomes a command's working directory.
    """
    made = folder.absolute() / f"{profiler}.tmp"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made


class Command:
    """A command under way, its errors in ``<name>.err`` of the folder.

    :param output: takes what the command prints; None when nobody reads it.
    :raises HostError: when it cannot be started.
    """

    def __init__(
        self, processes: Processes, argv: Sequence[str], *, name: str, folder: Path, output: Path | None = None
    ) -> None:
        self.name = name
        self.errors = folder / f"{name}.err"
        self.started_s = time.monotonic()
        if output is not None:
            # A kept process has one log for both its outputs; this parts them.
            argv = ["sh", "-c", 'errors=$1; shift; exec "$@" 2>"$errors"', "sh", str(self.errors), *argv]
        self._process: Process = processes.spawn(
            argv, cwd=folder, env={"PATH": os.environ.get("PATH", os.defpath), **_ENV}, log=output or self.errors
        )

    @property
    def cpu_s(self) -> float | None:
        """CPU seconds it used; None while it runs."""
        return self._process.cpu_s

    def exit_code(self, timeout_s: float) -> int | None:
        """Wait for the exit code; None when it still runs ``timeout_s`` seconds after its start."""
        return self._process.wait(max(0.0, self.started_s + timeout_s - time.monotonic()))

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._process.signal(number)

    def stop(self) -> None:
        """End it."""
        self._process.stop()

    def complaints(self) -> list[str]:
        """Give the last lines it wrote about itself."""
        try:
            lines = self.errors.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        return [line for line in lines if line.strip()][-_SHOWN_LINES:]

    def failure(self, seen: str, *, hint: str) -> HostError:
        """Make an error of it, with its last lines."""
        return HostError(f"{self.name} gave no profile", seen=seen, hint=hint, details=self.complaints())
