"""The runner's side of the keeper: starts processes that cannot outlive the run.

Decides how a process is asked for, waited for and stopped. Leaves out what happens when the runner dies:
that is the keeper's (``keeper.py``), which needs nothing of this process but the end of its sockets. A runner
must therefore not fork without exec: a copy of the sockets would keep the run alive.
"""

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fwcompare.errors import HostError
from fwcompare.model.limits import Confinement, Held, LimitEvents
from fwcompare.runtimes.cgroups import Fence, Grounds, find_grounds, oom_kills, plan_fence, throttled_s
from fwcompare.runtimes.held import read_held
from fwcompare.runtimes.keeper import output_of

_KEEPER = Path(__file__).with_name("keeper.py")
_KILL_ALLOWANCE_S = 10.0
"""What SIGKILL may take on a busy machine before the process counts as one that cannot be ended."""

_CLOSE_ALLOWANCE_S = 20.0
"""Well above the keeper's own grace. It is waited for and never killed, so that nothing is left."""

_COMPLAINTS_BYTES = 4096


class KeptProcess:
    """One process, reached through the socket of its warden. Made by :class:`KeptProcesses`."""

    def __init__(
        self, name: str, channel: socket.socket, fence: Fence, afterwards: Sequence[Sequence[str]] = ()
    ) -> None:
        self._name = name
        self._commands = afterwards
        self._afterwards: Sequence[str] | None = None
        self._channel = channel
        self._fence = fence
        self._refused: Mapping[str, str] = {}
        self._last: Mapping[str, str] = {}
        self._lines = channel.makefile("rb")
        self._code: int | None = None
        self._cpu_s: float | None = None
        self._ended = threading.Event()
        self._gone = threading.Event()
        self._sending = threading.Lock()
        self._pid = 0

    def begin(self, order: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Hand over the order; give the warden's answer, or None when there is no warden to answer."""
        self._send(order)
        line = self._receive()
        if not line:
            self._finish()
            return None
        answer: dict[str, Any] = json.loads(line)
        if "pid" in answer:
            self._pid = answer["pid"]
            self._refused = answer["refused"]
            # A daemon thread: one that still reads must not hold up the end of the runner.
            threading.Thread(target=self._follow, name=f"process {self._pid}", daemon=True).start()
        else:
            self._finish()
        return answer

    @property
    def pid(self) -> int:
        """The process id."""
        return self._pid

    @property
    def cpu_s(self) -> float | None:
        """CPU seconds of the process and its waited-for children; None while it runs."""
        return self._cpu_s

    def held(self) -> Held:
        """Read back from the kernel which limits hold for it and all that it started."""
        return read_held(self._fence, self._pid, self._refused)

    def events(self) -> LimitEvents:
        """Give what its limits did to it since its start; still known after its end."""
        told = {controller: self._tell(self._fence.events_file(controller)) for controller in self._fence.folders}
        return LimitEvents(throttled_s=throttled_s(told.get("cpu", "")), oom_kills=oom_kills(told.get("memory", "")))

    def afterwards(self, timeout_s: float) -> Sequence[str]:
        """Wait until nothing is left; give what each of the commands afterwards printed, none while it still runs."""
        self._gone.wait(timeout_s)
        return self._afterwards or ()

    def _tell(self, path: Path) -> str:
        try:
            return path.read_text(encoding="ascii")
        except OSError:
            if path.parent.exists() or str(path.parent) in self._refused:
                return ""
            # It went with the last process; the warden read it just before, and is about to say so.
            self._gone.wait(_KILL_ALLOWANCE_S)
            return self._last.get(str(path), "")

    def poll(self) -> int | None:
        """Give the exit code, negative for a signal; None while it runs.

        :raises HostError: when its warden was killed, so that the exit code is lost.
        """
        return self.wait(0)

    def wait(self, timeout_s: float) -> int | None:
        """Wait for the exit code; None when it still runs after ``timeout_s`` seconds.

        :raises HostError: when its warden was killed, so that the exit code is lost.
        """
        self._ended.wait(timeout_s)
        if self._ended.is_set() and self._code is None:
            raise HostError(
                f"process {self._pid} ({self._name}) is out of sight",
                seen="its warden, a process that runs keeper.py, was ended from outside",
                expected="a warden that lives as long as the process",
                hint="run again; what is left of it ends with the run",
            )
        return self._code

    def signal(self, number: int) -> None:
        """Send a signal; one that has ended already is left alone."""
        self._send({"signal": number})

    def stop(self, timeout_s: float = 5.0) -> None:
        """End it and everything it started: SIGTERM, then SIGKILL after ``timeout_s`` seconds.

        Daemonised descendants are ended too, also when the process itself has exited long ago.

        :raises HostError: when the kernel does not end it.
        """
        self._send({"stop": timeout_s})
        if not self._gone.wait(timeout_s + _KILL_ALLOWANCE_S):
            raise HostError(
                f"process {self._pid} ({self._name}) cannot be ended",
                seen=f"it, or a process it started, lives {_KILL_ALLOWANCE_S:g} s after SIGKILL",
                expected="an end within milliseconds",
                hint=f"ps -o pid,stat,wchan,args --ppid {self._pid}    shows what it waits for",
            )

    def abandon(self) -> None:
        """Tell the warden that the run is over; it then ends the tree by itself."""
        with self._sending:
            if not self._gone.is_set():
                self._channel.shutdown(socket.SHUT_WR)

    def wait_gone(self, timeout_s: float) -> bool:
        """Wait until nothing of the tree is left; tell whether it is so."""
        return self._gone.wait(timeout_s)

    def _follow(self) -> None:
        while line := self._receive():
            message = json.loads(line)
            if "last" in message:
                self._last = message["last"]
                continue
            if "afterwards" in message:
                self._afterwards = message["afterwards"]
                continue
            self._cpu_s = message["cpu_s"]
            self._code = message["code"]
            self._ended.set()
        if self._afterwards is None:  # its warden was killed before it could
            self._afterwards = [output_of(list(command), dict(os.environ)) for command in self._commands]
        self._finish()

    def _receive(self) -> bytes:
        """Give the warden's next line, empty when it is done."""
        try:
            return self._lines.readline()
        except ConnectionResetError:  # it was done before it read our last message
            return b""

    def _finish(self) -> None:
        with self._sending:
            self._gone.set()
            self._ended.set()
            self._lines.close()
            self._channel.close()

    def _send(self, message: Mapping[str, Any]) -> None:
        with self._sending:
            if not self._gone.is_set():
                try:
                    self._channel.sendall(json.dumps(message).encode() + b"\n")
                except (BrokenPipeError, ConnectionResetError):
                    return  # The warden is done; the reader is about to find out.


class KeptProcesses:
    """Starts processes through a keeper process, which ends them when this one dies. Safe to use from threads.

    Close it, or use it as a context manager, to end everything that still runs.
    """

    def __init__(self, grounds: Grounds | None = None) -> None:
        """Start the keeper.

        :param grounds: where cgroups can be made; None looks on this host when the first is wanted.
        """
        self._grounds = grounds
        self._numbers = itertools.count(1)
        self._channel, keepers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._started: list[KeptProcess] = []
        self._lock = threading.Lock()
        with keepers:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_KEEPER), str(keepers.fileno())],
                pass_fds=[keepers.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._complaints,
                stderr=self._complaints,
                start_new_session=True,
            )

    @property
    def keeper_pid(self) -> int:
        """The keeper's process id, for whoever tells our processes from foreign ones."""
        return self._keeper.pid

    @property
    def session(self) -> str:
        """Names this keeper among all of this machine: its process id, and in which namespace that counts."""
        namespace = os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 - followed, to the namespace itself
        return f"{self.keeper_pid}-{namespace}"

    @property
    def run(self) -> str:
        """Give none: a keeper is there before its run, and without one."""
        return ""

    @property
    def cpus(self) -> tuple[int, ...]:
        """Give none: what is started here may run on any CPU that is not forbidden to it by itself."""
        return ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        confinement: Confinement | None = None,
        afterwards: Sequence[Sequence[str]] = (),
    ) -> KeptProcess:
        """Start ``argv`` with exactly ``env``, both outputs appended to ``log``.

        The process gets a session of its own, no input, no descriptor and no ignored signal of this one. What of
        ``confinement`` cannot be had here is no error; :meth:`KeptProcess.held` tells what is missing. The commands
        ``afterwards`` are run when it and all that it started have ended, however they ended, and also when this
        process is killed.

        :raises HostError: when the program is not there or cannot be started.
        """
        fence = Fence() if confinement is None else self._fence(confinement)
        order = {
            "argv": list(argv),
            "cwd": str(cwd.absolute()),
            "env": dict(env),
            "log": str(log.absolute()),
            "fence": fence.order(),
            "afterwards": [list(command) for command in afterwards],
        }
        ours, wardens = socket.socketpair()
        with wardens:
            try:
                socket.send_fds(self._channel, [b"spawn"], [wardens.fileno()])
            except OSError as error:
                ours.close()
                raise self._keeper_is_gone(argv[0], str(error)) from error
        process = KeptProcess(argv[0], ours, fence, afterwards)
        answer = process.begin(order)
        if answer is None:
            raise self._keeper_is_gone(argv[0], "its socket was closed")
        if "errno" in answer:
            raise _not_started(order, int(answer["errno"]), str(answer["file"] or argv[0]))
        with self._lock:
            self._started = [*(one for one in self._started if not one.wait_gone(0)), process]
        return process

    def close(self) -> None:
        """End everything that was started and wait until nothing is left; may be called twice.

        :raises HostError: when something cannot be ended.
        """
        self._channel.close()
        with self._lock:
            started, self._started = self._started, []
        for process in started:
            process.abandon()
        try:
            # Its exit says that nothing is left: it adopts what its wardens lose.
            self._keeper.wait(_CLOSE_ALLOWANCE_S)
        except subprocess.TimeoutExpired as error:
            raise HostError(
                "the processes of the run cannot be ended",
                seen=f"some live {_CLOSE_ALLOWANCE_S:g} s after the end was asked for",
                expected="an end within 5 s",
                hint=f"pstree -p {self.keeper_pid}    shows them",
            ) from error
        for process in started:  # no wait, unless the keeper was killed and could not tell
            process.wait_gone(_CLOSE_ALLOWANCE_S)
        self._complaints.close()
        if self._grounds is not None:  # what a warden that was killed could not remove
            _remove(self._grounds.ours(self.keeper_pid))

    def _fence(self, confinement: Confinement) -> Fence:
        with self._lock:
            if self._grounds is None:
                self._grounds = find_grounds()
                _remove(self._grounds.abandoned())
            return plan_fence(confinement, self._grounds, f"fwcompare-{self.keeper_pid}-{next(self._numbers)}")

    def _keeper_is_gone(self, program: str, seen: str) -> HostError:
        # pread leaves alone the offset, which is the keeper's too.
        complaints = os.pread(self._complaints.fileno(), _COMPLAINTS_BYTES, 0).decode(errors="replace")
        return HostError(
            f"program {program!r} cannot be started: the keeper of the run's processes is gone",
            seen=seen,
            expected=f"process {self.keeper_pid} (keeper.py) to live as long as the run",
            hint="run again; if it happens twice, report it with the lines above",
            details=complaints.splitlines(),
        )


def _remove(folders: Sequence[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # a process of another run may still be inside
            folder.rmdir()


def _not_started(order: Mapping[str, Any], code: int, file: str) -> HostError:
    program = order["argv"][0]
    if file == program and "/" not in program:
        expected = f"an executable of that name on PATH ({order['env'].get('PATH', 'which is not set')})"
    else:
        expected = f"an executable file that can be started in {order['cwd']} with its log at {order['log']}"
    return HostError(
        f"program {program!r} cannot be started",
        seen=f"{os.strerror(code)}: {file}",
        expected=expected,
        hint="fwcompare doctor    says which programs are missing, and how to get them",
    )
