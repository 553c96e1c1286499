"""perf: where native targets spend their time, in their own code, their libraries and the kernel.

Decides how the sampling is done, and when there are too few samples to show. Leaves out what becomes of them
(``perf_script.py``). Figures: perf 6.1, an axum server in release mode, 4 s.

- ``cpu-clock`` by period, not by frequency: the kernel adjusts a frequency as it goes, which gave 313 to 333
  samples where the period gave 336 each time, and the share of time on CPU is computed from their number.
- DWARF stacks of 32 KiB: with 8 KiB every stack reaches the application, but 4 % only reach the thread's start,
  and stacks cut off at different depths do not merge; 16 KiB 97 %, 32 KiB 100 %. It costs 2.7 MB of file a second
  and core, which is removed after folding, and no measurable throughput.
- With inlined functions: an async handler is inlined into its caller and seen no other way. It takes 1 s instead
  of 0.1 s here, and may take minutes where perf starts an ``addr2line`` for every address: after a bounded wait
  it is done without. An inlined function has its full name with ``debug = "limited"`` in the target's release
  profile, and only its last part (``{async_fn#0}``) with ``"line-tables-only"``: ``read_users`` was a frame of 136
  samples in 230, and of none, the folded stacks 0.5 MB and 2 MB.
"""

import functools
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import psutil

from fwcompare.errors import HostError
from fwcompare.model.ports import Processes, Profile
from fwcompare.profilers import folded, perf_script
from fwcompare.profilers.command import Command, scratch
from fwcompare.profilers.foreign_root import command_there

NAME = "perf"

_STACK_BYTES = 32768
# The last: no copies of the target's files into ~/.debug.
_SAMPLING = ("--event=cpu-clock", "--no-buildid-cache")
_BY_DEBUG_INFORMATION = f"dwarf,{_STACK_BYTES}"
_BY_FRAME_POINTERS = "fp"

_ENDING_S = 20.0
"""What attaching and writing the file may take; 1.3 s where it was measured."""

_SCRIPT_S = 30.0
_SELF_CHECK_S = 20.0
_FEWEST_SAMPLES = 0.1
"""Share of the samples that the CPU time used makes us expect, below which the profile is refused (RECIPES)."""

_PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")


class Perf:
    """Profiles native targets.

    By debug information a stack is whole in Rust, C and C++. Code that is compiled as it runs (V8, the Java virtual
    machine) has none, and perf for x86-64 does not read Go's: there a stack ends at its first such frame, and is whole
    by frame pointers, which Go and V8 keep, and Java with ``-XX:+PreserveFramePointer``.
    """

    def __init__(self, name: str = NAME, call_graph: str = _BY_DEBUG_INFORMATION) -> None:
        self.name = name
        self._call_graph = call_graph

    @classmethod
    def by_frame_pointers(cls) -> Self:
        """Make the one that is named ``perf-fp``."""
        return cls("perf-fp", _BY_FRAME_POINTERS)

    def unavailable(self) -> str | None:
        """Say why this host cannot profile with it, with what to do; None when it can.

        The first call of a process tries it out, which takes about a second.
        """
        binary = shutil.which(NAME)
        if binary is None:
            return "perf is not installed: apt-get install linux-perf"
        return _self_check(binary, self._call_graph)

    def attach(
        self, pids: Sequence[int], processes: Processes, *, duration_s: float, rate_hz: int, folder: Path
    ) -> "PerfProfiling":
        """Begin to sample the processes and their children for ``duration_s`` seconds.

        :raises HostError: when it cannot be started.
        """
        roots = tuple(pids)
        tree = sorted(process.pid for process in _tree(roots))
        if not tree:
            raise HostError("perf cannot be attached", seen=f"the target has no process to see (pids {list(roots)})")
        own = scratch(folder, NAME)
        used_s = _cpu_s(roots)
        argv = [NAME, "record", *_SAMPLING, f"--call-graph={self._call_graph}"]
        argv += [f"--count={round(1e9 / rate_hz)}", "--output", str(own / "perf.data")]
        # New threads and children of those named are sampled too; the sleep is the window, and is not sampled.
        argv += ["--pid", ",".join(map(str, tree)), "--", "sleep", str(duration_s)]
        recorder = Command(processes, argv, name="perf record", folder=own)
        return PerfProfiling(
            recorder, processes, own, roots=roots, used_s=used_s, duration_s=duration_s, rate_hz=rate_hz
        )


class PerfProfiling:
    """perf at work. Made by :class:`Perf`."""

    def __init__(
        self,
        recorder: Command,
        processes: Processes,
        folder: Path,
        *,
        roots: Sequence[int],
        used_s: float,
        duration_s: float,
        rate_hz: int,
    ) -> None:
        self._recorder = recorder
        self._scripts: list[Command] = []
        self._processes = processes
        self._folder = folder
        self._roots = roots
        self._used_before_s = used_s
        self._duration_s = duration_s
        self._rate_hz = rate_hz

    def finish(self) -> Profile:
        """Wait for the end of the window and give the stacks.

        :raises HostError: when there are none to give, with the reason.
        """
        try:
            self._await_recording()
            used_s = _cpu_s(self._roots) - self._used_before_s
            stacks = self._stacks()
            if shortage := shortage_of(stacks.total(), used_s=used_s, rate_hz=self._rate_hz):
                raise self._recorder.failure(
                    shortage, hint="is there load on the target? fwcompare doctor    tries perf alone"
                )
        finally:
            self.abort()
        return Profile(
            folded=folded.write(stacks),
            samples=stacks.total(),
            rate_hz=self._rate_hz,
            window_s=self._duration_s,
            profiler_cpu_s=self._recorder.cpu_s,
        )

    def abort(self) -> None:
        """End it without a result."""
        for command in (self._recorder, *self._scripts):
            command.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _await_recording(self) -> None:
        code = self._recorder.exit_code(self._duration_s + _ENDING_S)
        if code is None:
            raise self._recorder.failure(
                f"it still runs {_ENDING_S:g} s after its window", hint="run again on a less busy machine"
            )
        if code != 0:
            raise self._recorder.failure(f"it ended with code {code}", hint="fwcompare doctor    tries it alone")

    def _stacks(self) -> Counter[folded.Stack]:
        tree = sorted(process.pid for process in _tree(self._roots))
        before, after = command_there(tree, self._folder / "root") or ([], [])
        for option, ahead, behind in (("--inline", before, after), ("--no-inline", [], [])):
            text = self._folder / f"stacks{option}.txt"
            argv = [*ahead, NAME, "script", option, "--fields", perf_script.FIELDS]
            argv += ["--input", str(self._folder / "perf.data"), *behind]
            script = Command(self._processes, argv, name="perf script", folder=self._folder, output=text)
            self._scripts.append(script)
            code = script.exit_code(_SCRIPT_S)
            if code == 0:
                with text.open(encoding="utf-8", errors="replace") as lines:
                    return perf_script.fold(lines)
            script.stop()
        raise script.failure(
            f"it ended with code {code}" if code is not None else f"it still runs after {_SCRIPT_S:g} s",
            hint="a shorter window or a lower rate under `profile` gives it less to do",
        )


def shortage_of(samples: int, *, used_s: float, rate_hz: int) -> str | None:
    """Say when there are too few samples for the CPU seconds that the target used; perf itself does not."""
    expected = used_s * rate_hz
    if samples > 0 and samples >= _FEWEST_SAMPLES * expected:
        return None
    return f"{samples} samples, where {used_s:.2f} s of CPU at {rate_hz} Hz should give about {expected:.0f}"


def _tree(roots: Iterable[int]) -> set[psutil.Process]:
    found: set[psutil.Process] = set()
    for pid in roots:
        try:
            root = psutil.Process(pid)
            found |= {root, *root.children(recursive=True)}
        except psutil.NoSuchProcess:
            continue
    return found


def _cpu_s(roots: Iterable[int]) -> float:
    """Give the CPU seconds of the processes, their children, and those of their children that have ended."""
    total = 0.0
    for process in _tree(roots):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


@functools.cache
def _self_check(binary: str, call_graph: str) -> str | None:
    with tempfile.TemporaryDirectory(prefix="fwcompare-perf-") as folder:
        argv = [
            binary,
            "record",
            *_SAMPLING,
            f"--call-graph={call_graph}",
            "--count=10000000",
            "--output",
            f"{folder}/perf.data",
            "--",
            "true",
        ]
        try:
            tried = subprocess.run(
                argv, check=False, capture_output=True, text=True, errors="replace", timeout=_SELF_CHECK_S
            )
        except subprocess.TimeoutExpired:
            return f"perf record of a program that ends at once did not end within {_SELF_CHECK_S:g} s"
    if tried.returncode == 0:
        return None
    paranoid = _PARANOID.read_text(encoding="ascii").strip() if _PARANOID.exists() else "not there"
    first = next((line.strip() for line in tried.stderr.splitlines() if line.strip()), f"exit code {tried.returncode}")
    return (
        f"perf record failed: {first} (kernel.perf_event_paranoid is {paranoid}): "
        "sudo sysctl kernel.perf_event_paranoid=1, or profile from outside of the container"
    )
