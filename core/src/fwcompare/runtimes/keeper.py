"""The keeper: starts every process of a run, and ends them all when the run is gone.

Run by file path in an interpreter of its own (``python -I -S keeper.py FD``), so it imports the standard
library alone, and is one file although it is long: there is nothing of ours that it could import. Two roles:

- The *keeper* receives one socket for each process that is wanted and forks a warden for it.
- A *warden* starts one process, reports its exit, and ends its whole tree when it is told to, or when its
  socket is closed: the runner ended, perhaps by ``kill -9``.

Both are child subreapers: whatever daemonises below a warden (double fork, new session) is reparented to that
warden by the kernel. So who belongs to whom needs no marker that a process could lose, and "no child left"
means "no descendant left". Should a warden be killed, its orphans fall to the keeper, which ends them last.

A warden speaks lines of JSON. It takes the order ``{"argv", "cwd", "env", "log", "fence", "afterwards"}``, then
``{"signal": n}`` and ``{"stop": seconds}``; it gives ``{"pid", "refused"}`` or ``{"errno", "file"}``, then
``{"code", "cpu_s"}``, ``{"afterwards": [text]}`` when it has such commands, and ``{"last": {path: text}}`` before it
removes the cgroups of a fence. It closes the socket when nothing below it is left.

What a process asked somebody else to start is not below its warden: a container, which the engine's daemon starts. The
commands ``afterwards`` end such a thing. They are run when nothing below is left, also when the runner was killed; what
each printed is given.

A fence is CPUs to stay on, cgroup folders to make, their settings, and files to read before they go. Since the
warden lives on when the runner is killed, no folder is left behind. A part of a fence that this host refuses is told
and is no error: the runner reads back what holds. Leaves out who asks for what (``processes.py``). Long, since it
may import no other file.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

GRACE_S = 3.0
"""Between SIGTERM and SIGKILL when the runner is gone."""

KEEPER_GRACE_S = GRACE_S + 1.0
"""What the keeper gives its wardens before it kills what they left."""

_PR_SET_CHILD_SUBREAPER = 36
CLIENT_GRACE_S = 1.0
"""The same for a process with commands to run afterwards, which must have been run within the keeper's grace."""

_AFTERWARDS_S = 20.0
"""What such a command may take. A container is ended at once, and its file systems are then taken apart."""

_AFTERWARDS_BYTES = 16384
_ROUND_S = 0.05
_REMOVAL_S = 1.0
"""What the kernel may take until a cgroup whose processes have all been reaped counts as empty."""

_CHUNK_BYTES = 65536


@dataclass(frozen=True)
class Fence:
    """What holds a process and all it starts: ``settings`` are ``[path, value, required]``; no CPUs mean any."""

    cpus: list[int] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    settings: list[tuple[str, str, bool]] = field(default_factory=list)
    tell: list[str] = field(default_factory=list)

    def make(self) -> dict[str, str]:
        """Make and set the folders; give why a path was refused, for each that is required."""
        refused: dict[str, str] = {}
        # Handing controllers down comes first: folders that are made before it lack the files of a controller.
        ahead = [one for one in self.settings if one[0].endswith("/cgroup.subtree_control")]
        _write_all(ahead, refused)
        for folder in self.folders:
            try:
                Path(folder).mkdir()
            except OSError as error:
                refused[folder] = os.strerror(error.errno or 0)
        _write_all([one for one in self.settings if one not in ahead], refused)
        return refused

    def enter(self) -> None:
        """Move this process inside, in the moment before it becomes another program."""
        with contextlib.suppress(OSError):
            if self.cpus:
                os.sched_setaffinity(0, self.cpus)
        for folder in self.folders:
            with contextlib.suppress(OSError):
                Path(folder, "cgroup.procs").write_text("0", encoding="ascii")

    def last_words(self) -> dict[str, str]:
        """Read the files that vanish with the folders."""
        words = {}
        for path in self.tell:
            with contextlib.suppress(OSError):
                words[path] = Path(path).read_text(encoding="ascii")
        return words

    def remove(self) -> None:
        """Remove the folders; nothing may be left inside."""
        give_up_at = time.monotonic() + _REMOVAL_S
        for folder in self.folders:
            while not _removed(folder) and time.monotonic() < give_up_at:
                time.sleep(_ROUND_S / 10)


def _write_all(settings: list[tuple[str, str, bool]], refused: dict[str, str]) -> None:
    for path, value, required in settings:
        try:
            # Not created where it is missing: that would be a plain file on a tree that is no cgroup.
            with Path(path).open("r+", encoding="ascii") as file:
                file.write(value)
        except OSError as error:
            if required:
                refused[path] = os.strerror(error.errno or 0)


def _removed(folder: str) -> bool:
    try:
        Path(folder).rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # a process inside is still on its way out
        return False
    return True


@dataclass(frozen=True)
class Order:
    """What a warden shall start: both outputs are appended to ``log``, and ``env`` is the whole environment.

    ``afterwards`` are commands for when nothing below is left, with the same environment.
    """

    argv: list[str]
    cwd: str
    env: dict[str, str]
    log: str
    fence: Fence
    afterwards: list[list[str]] = field(default_factory=list)

    @classmethod
    def read(cls, line: bytes) -> "Order":
        """Read an order as it came."""
        fields = json.loads(line)
        return cls(**{**fields, "fence": Fence(**fields["fence"])})


@dataclass(frozen=True)
class Exit:
    """A reaped process: exit code (negative for a signal) and CPU seconds with its waited-for children."""

    pid: int
    code: int
    cpu_s: float


class Tree:
    """Everything below this process. Signals that arrive are only noted: SIGTERM sets ``told_to_end``."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f"prctl(PR_SET_CHILD_SUBREAPER): {os.strerror(code)}")
        self.told_to_end = False
        self.empty = False
        self._woken, waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        # Handlers, not SIG_IGN: a handler falls back to the default across exec, an ignored signal stays so.
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.told_to_end = True

    def wait(self, channel: socket.socket | None, timeout_s: float | None) -> bool:
        """Wait for a signal, for input or for the time-out; tell whether ``channel`` has input."""
        sources: list[int | socket.socket] = [self._woken] if channel is None else [self._woken, channel]
        ready, _, _ = select.select(sources, [], [], timeout_s)
        if self._woken in ready:
            os.read(self._woken, _CHUNK_BYTES)
        return channel in ready

    def reap(self) -> list[Exit]:
        """Give every process that has ended by now; ``empty`` then tells whether none is left below."""
        ended: list[Exit] = []
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                self.empty = True
                return ended
            self.empty = False
            if pid == 0:
                return ended
            ended.append(Exit(pid, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime))

    def signal_all(self, number: int) -> None:
        """Send a signal to every descendant."""
        for pid in descendants(os.getpid()):
            send_signal(pid, number)


def send_signal(pid: int, number: int) -> None:
    """Signal a process; one that is gone, or has changed to a user we may not signal, is passed over."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def children_by_parent() -> dict[int, list[int]]:
    """Give the ids of all processes of the machine by their parent's."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                # The command name may hold spaces and parentheses; the parent is the second field after it.
                after_name = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                children.setdefault(int(after_name[1]), []).append(int(entry.name))
    return children


def descendants(root: int) -> list[int]:
    """Give the ids of every process below ``root``, parents first."""
    children = children_by_parent()
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found[1:]


class SessionPriority:
    """The priority that the kernel gives to the runner's session as a whole (autogroup), which a run may raise.

    It is the terminal's too, so it must not stay raised when the runner is killed.
    """

    def __init__(self, runner: int) -> None:
        self._file = Path(f"/proc/{os.getsid(runner)}/autogroup")
        self._before = self._read()

    def _read(self) -> str:
        """Read ``/autogroup-44842 nice 0``; empty where there is none, or the session has ended."""
        try:
            return self._file.read_text(encoding="ascii").rpartition(" ")[2].strip()
        except OSError:
            return ""

    def restore(self) -> None:
        """Make it what it was."""
        if self._read() not in {"", self._before}:
            with contextlib.suppress(OSError):
                self._file.write_text(self._before, encoding="ascii")


class Keeper:
    """Forks a warden for every socket that arrives, and ends whatever is left at the end of the run."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._priority = SessionPriority(os.getppid())
        self._tree = Tree()

    def keep(self) -> socket.socket | None:
        """Serve until the run is over. Returns None in the keeper, in each forked warden its socket."""
        while not self._tree.told_to_end:
            # What is reaped here are wardens that are done, and orphans of one that was killed.
            self._tree.reap()
            if self._tree.wait(self._channel, None):
                own = self._fork()
                if own is not None:
                    return own
        self._end()
        return None

    def _fork(self) -> socket.socket | None:
        _, handles, _, _ = socket.recv_fds(self._channel, _CHUNK_BYTES, 1)
        if not handles:
            self._tree.told_to_end = True
            return None
        own = socket.socket(fileno=handles[0])
        own.set_inheritable(False)
        if os.fork() == 0:
            self._channel.close()
            return own
        own.close()
        return None

    def _end(self) -> None:
        self._priority.restore()
        kill_at = time.monotonic() + KEEPER_GRACE_S
        # To a warden SIGTERM means "end your tree"; the orphans of a killed one are children here as well.
        for pid in children_by_parent().get(os.getpid(), []):
            send_signal(pid, signal.SIGTERM)
        while True:
            self._tree.reap()
            if self._tree.empty:
                return
            if time.monotonic() >= kill_at:
                self._tree.signal_all(signal.SIGKILL)
            self._tree.wait(None, _ROUND_S)


class Warden:
    """Starts one process and answers for everything below it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._received = b""
        self._heard = True
        self._pid: int | None = None
        self._kill_at: float | None = None
        self._tree = Tree()

    def guard(self) -> None:
        """Take the order, start the process, and return when nothing below is left."""
        messages: list[bytes] = []
        while not messages:
            messages = self._take()
            if not self._heard:
                return
        order = Order.read(messages.pop(0))
        refused = order.fence.make()
        try:
            if self._start(order, refused):
                self._attend(messages, CLIENT_GRACE_S if order.afterwards else GRACE_S)
                if order.afterwards:
                    self._give(afterwards=[output_of(argv, order.env) for argv in order.afterwards])
                self._give(last=order.fence.last_words())
        finally:
            order.fence.remove()

    def _attend(self, messages: list[bytes], grace_s: float) -> None:
        """Answer for the process until nothing below is left; ``grace_s`` is what it gets when the runner is gone."""
        while True:
            for message in messages:
                self._obey(json.loads(message))
            for ended in self._tree.reap():
                if ended.pid == self._pid:
                    self._pid = None
                    self._give(code=ended.code, cpu_s=ended.cpu_s)
            if self._tree.empty:
                return
            if self._tree.told_to_end or not self._heard:
                self._end_within(grace_s)
            messages = self._wait()

    def _start(self, order: Order, refused: dict[str, str]) -> bool:
        try:
            with Path(order.log).open("ab") as log:
                child = subprocess.Popen(
                    order.argv,
                    cwd=order.cwd,
                    env=order.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=order.fence.enter,  # noqa: PLW1509 - a warden has no second thread
                )
        except OSError as error:
            self._give(errno=error.errno, file=error.filename)
            return False
        self._pid = child.pid
        # Popen must not wait for it: the exit code and the CPU time come from reap().
        child.returncode = 0
        self._give(pid=child.pid, refused=refused)
        return True

    def _obey(self, message: dict[str, float]) -> None:
        if "signal" in message and self._pid is not None:
            send_signal(self._pid, int(message["signal"]))
        if "stop" in message:
            self._end_within(message["stop"])

    def _end_within(self, grace_s: float) -> None:
        kill_at = time.monotonic() + grace_s
        if self._kill_at is None:
            self._tree.signal_all(signal.SIGTERM)
            self._kill_at = kill_at
        self._kill_at = min(self._kill_at, kill_at)

    def _wait(self) -> list[bytes]:
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._tree.signal_all(signal.SIGKILL)
        timeout_s = None if self._kill_at is None else _ROUND_S
        has_input = self._tree.wait(self._channel if self._heard else None, timeout_s)
        return self._take() if has_input else []

    def _take(self) -> list[bytes]:
        """Receive what is there and give its whole lines; end-of-file is remembered."""
        try:
            chunk = self._channel.recv(_CHUNK_BYTES)
        except ConnectionResetError:
            chunk = b""
        self._heard = chunk != b""
        *lines, self._received = (self._received + chunk).split(b"\n")
        return lines

    def _give(self, **message: object) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._channel.sendall(json.dumps(message).encode() + b"\n")


def output_of(argv: list[str], env: dict[str, str]) -> str:
    """Run a command in its turn; give what it printed, on either output, or why it did not."""
    try:
        ended = subprocess.run(
            argv,
            cwd="/",
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            timeout=_AFTERWARDS_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{argv[0]}: {error}"
    return ended.stdout[-_AFTERWARDS_BYTES:].decode(errors="replace")


def main() -> None:
    """Serve the runner on the socket whose descriptor is the only argument."""
    # What the runner ignored or blocked (nohup, a shell's background job) must not reach the targets.
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        with contextlib.suppress(OSError):  # the C library keeps some real-time signals for itself
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.chdir("/")
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    own = Keeper(channel).keep()
    if own is not None:
        Warden(own).guard()


if __name__ == "__main__":
    main()
