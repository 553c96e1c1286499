"""A target in a container: its processes as this machine sees them, its limits as the kernel holds them, its end.

The attached client is a process as every other, kept by a warden; the container is ended by the commands that the
warden runs afterwards. Before it goes, the engine is asked whether it ran out of memory: with the container its cgroup
goes, and the kernel's count with it.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from fwcompare.model.limits import Confinement, Held, LimitEvents
from fwcompare.model.ports import Process
from fwcompare.runtimes.cgroups import Fence, fence_around, oom_kills, throttled_s
from fwcompare.runtimes.docker_engine import ask
from fwcompare.runtimes.held import read_held
from fwcompare.runtimes.loopback import LOOPBACK, stranger_on

_REMOVAL_S = 30.0
_OOM = "out of memory: true"


def commands_afterwards(name: str) -> list[list[str]]:
    """Give what ends a container, and first asks whether it ran out of memory."""
    return [
        ["docker", "inspect", "--format", "out of memory: {{.State.OOMKilled}}", name],
        ["docker", "rm", "--force", "--volumes", name],
    ]


class ContainerTarget:
    """A target that was started in a container.

    :param client: the attached client.
    :param root: the process id of the container's first process; None where it cannot be seen from this machine.
    :param unseen: why it cannot; empty where it can.
    """

    def __init__(self, client: Process, port: int, asked: Confinement, root: int | None, unseen: str = "") -> None:
        self._client = client
        self._port = port
        self._asked = asked
        self._root = root
        self._unseen = unseen
        self._fence = Fence(asked) if root is None else fence_around(root, asked)
        self._last = LimitEvents()

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def unseen(self) -> str:
        """Say why its processes are not ours to see; empty when they are."""
        return self._unseen

    def pids(self) -> Sequence[int]:
        """Give its root process ids on this machine; none where its processes cannot be seen.

        They are those that the container's own first process has begun or taken over: that one is Docker's, and
        counted it would make a target in a container one process larger than it is.
        """
        return [] if self._root is None else _begun_by(self._root)

    def exit_code(self) -> int | None:
        """Give the exit code, 128 and the signal for one that was killed; None while it runs."""
        return self._client.poll()

    def stranger(self) -> str | None:
        """Name the process that holds the port when it is not the target's; None when all is well, or is not seen."""
        return None if self._root is None else stranger_on(self._port, [self._root])

    def held(self) -> Held:
        """Read back from the kernel which limits hold now, for every process of it."""
        if self._root is None:
            return Held("not known", missing=f"its limits cannot be read back: {self._unseen}")
        return read_held(self._fence, self._root, {})

    def events(self) -> LimitEvents:
        """Give what its limits did to it since its start; still known after its end."""
        if self._client.poll() is None:
            self._last = _later(self._last, self._read())
        elif _OOM in "".join(self._client.afterwards(_REMOVAL_S)):
            self._last = LimitEvents(self._last.throttled_s, self._last.oom_kills or 1)
        return self._last

    def stop(self) -> None:
        """End it and everything it started."""
        self.events()
        self._client.stop()
        self.events()

    def _read(self) -> LimitEvents:
        told = {"cpu": "", "memory": ""}
        for controller in self._fence.folders:
            with contextlib.suppress(OSError):  # it ended just now
                told[controller] = Path(self._fence.events_file(controller)).read_text(encoding="ascii")
        quota = self._asked.quota_cpus is not None
        return LimitEvents(throttled_s(told["cpu"]) if quota else None, oom_kills(told["memory"]))


def seen_here(root: int, identity: str) -> bool:
    """Tell whether the process ``root`` of this machine is in the container ``identity``.

    An engine in a virtual machine gives numbers of its own, which may be another process's here.
    """
    try:
        return identity in Path(f"/proc/{root}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return False


def first_process(name: str) -> tuple[int, str] | None:
    """Ask for the process id of a container's first process and the container's id; None while it has not begun."""
    said = ask("inspect", "--format", "{{.State.Pid}} {{.Id}}", name)
    pid, _, identity = said.out.partition(" ")
    return (int(pid), identity) if said.code == 0 and pid not in {"", "0"} else None


def _begun_by(init: int) -> Sequence[int]:
    """Give the children of a container's first process; itself, where there are none or the kernel does not tell."""
    try:
        text = Path(f"/proc/{init}/task/{init}/children").read_text(encoding="ascii")
    except OSError:
        return [init]
    return [int(pid) for pid in text.split()] or [init]


def _later(before: LimitEvents, now: LimitEvents) -> LimitEvents:
    """Keep what was known where nothing is told any more."""
    throttled = before.throttled_s if now.throttled_s is None else now.throttled_s
    kills = before.oom_kills if now.oom_kills is None else now.oom_kills
    return LimitEvents(throttled, kills)
