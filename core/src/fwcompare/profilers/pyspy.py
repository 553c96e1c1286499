"""py-spy: where Python targets spend their time, seen from outside, workers included.

Decides how the sampling is done. Leaves out what becomes of the samples (``speedscope.py``), and what cannot be
seen: a suspended coroutine is on no stack, so the share of time on CPU is shown beside the graph.

- *Blocking*: without the pause 45 % of the stacks are wrong (RECIPES); the cost, 2 to 11 % of the throughput at
  99 Hz, falls into a window of its own.
- *By function*: line numbers split a function into as many boxes as it has busy lines.
- *Busy threads, not the holder of the interpreter's lock*: of an asyncio server either gives about what the kernel
  counts (1.00 and 0.93 busy threads, 0.97 s of CPU a second). Of a threaded one this gives too much (2.1 where the
  kernel counts 0.92), since some waits still look busy to py-spy; ``--gil`` gives too little (0.55) and hides the
  kernel's work and all C code that lets go of the lock.
"""

import math
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from fwcompare.errors import HostError
from fwcompare.model.ports import Processes, Profile
from fwcompare.profilers import folded, ptrace, speedscope
from fwcompare.profilers.command import Command, scratch

NAME = "py-spy"

_ENDING_S = 20.0
"""What attaching and writing the file may take on a busy machine."""

_OTHER_VERSION = "py-spy --version    should say 0.4"


class PySpy:
    """Profiles Python targets."""

    name = NAME

    def unavailable(self) -> str | None:
        """Say why this host cannot profile with it, with what to do; None when it can."""
        if _binary() is None:
            return "py-spy is not installed: pip install py-spy, beside fwcompare"
        return ptrace.refusal_here()

    def attach(
        self, pids: Sequence[int], processes: Processes, *, duration_s: float, rate_hz: int, folder: Path
    ) -> "PySpyProfiling":
        """Begin to sample the processes and their children for ``duration_s`` seconds.

        :raises HostError: when it cannot be started.
        """
        binary = _binary()
        if binary is None or not pids:
            raise HostError("py-spy cannot be attached", seen=self.unavailable() or "the target has no process to see")
        profiling = PySpyProfiling(scratch(folder, NAME), duration_s=duration_s, rate_hz=rate_hz)
        try:
            for pid in pids:
                profiling.add(pid, processes, binary)
        except HostError:
            profiling.abort()
            raise
        return profiling


class PySpyProfiling:
    """py-spy at work, one for each root process. Made by :class:`PySpy`."""

    def __init__(self, folder: Path, *, duration_s: float, rate_hz: int) -> None:
        self._folder = folder
        self._duration_s = duration_s
        self._rate_hz = rate_hz
        self._samplers: list[tuple[Command, Path]] = []

    def add(self, pid: int, processes: Processes, binary: Path) -> None:
        """Begin to sample one process and its children."""
        file = self._folder / f"{pid}.speedscope.json"
        # --duration takes whole seconds; a fraction is cut off in finish().
        argv = [str(binary), "record", "--pid", str(pid), "--subprocesses", "--nolineno", "--format", "speedscope"]
        argv += ["--rate", str(self._rate_hz), "--duration", str(math.ceil(self._duration_s)), "--output", str(file)]
        self._samplers.append((Command(processes, argv, name=NAME, folder=self._folder), file))

    def finish(self) -> Profile:
        """Wait for the end of the window and give the stacks.

        :raises HostError: when there are none to give, with the reason.
        """
        try:
            stacks = folded.merge(*(self._stacks(sampler, file) for sampler, file in self._samplers))
            costs = [sampler.cpu_s for sampler, _ in self._samplers]
            if not stacks:
                raise self._samplers[0][0].failure(
                    "no Python code was on CPU in the window", hint="is there load on the target?"
                )
        finally:
            self.abort()
        return Profile(
            folded=folded.write(stacks),
            samples=stacks.total(),
            rate_hz=self._rate_hz,
            window_s=self._duration_s,
            profiler_cpu_s=None if None in costs else sum(cost for cost in costs if cost is not None),
        )

    def abort(self) -> None:
        """End it without a result."""
        for sampler, _ in self._samplers:
            sampler.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _stacks(self, sampler: Command, file: Path) -> Counter[folded.Stack]:
        code = sampler.exit_code(self._duration_s)
        if code is None and self._duration_s % 1:
            # SIGTERM would end it without a file.
            sampler.signal(signal.SIGINT)
        code = sampler.exit_code(self._duration_s + _ENDING_S)
        if code is None:
            raise sampler.failure(
                f"it still runs {_ENDING_S:g} s after its window", hint="run again on a less busy machine"
            )
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        if code != 0 or not text:
            raise sampler.failure(
                f"it ended with code {code} and {len(text)} characters of stacks",
                hint=_hint("\n".join(sampler.complaints()), ptrace.refusal_here()),
            )
        try:
            return speedscope.fold(text)
        except ValidationError as error:
            # Not the error itself: it shows what it read, command lines included.
            seen = error.errors(include_input=False)[0]["msg"]
            raise sampler.failure(f"its file is no speedscope file: {seen}", hint=_OTHER_VERSION) from None


def _binary() -> Path | None:
    beside = Path(sys.executable).with_name(NAME)
    found = str(beside) if beside.exists() else shutil.which(NAME)
    return None if found is None else Path(found)


def _hint(complaints: str, refusal: str | None) -> str:
    if "No space left" in complaints:
        return "free space where the results are written"
    if refusal is not None:
        return refusal
    if "ermission denied" in complaints or "not permitted" in complaints:
        return "run as the user of the target, or give CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE)"
    return "is the target still alive, a Python process, and of the same user? its log is beside the profile"
