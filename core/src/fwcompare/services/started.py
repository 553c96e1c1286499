"""A server of the run from its start to its first answer, on the machine itself or in a container.

Decides how long it is waited for and what is told of where it runs. Leaves out how each product is started, asked and
ended (``mysql.py``, ``postgresql.py``), and the engine of containers (``model/containers.py``).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, Self, TypeVar

from fwcompare.model.containers import Container
from fwcompare.model.ports import Process, ServiceFacts

READY_S: Final = 30.0
CONTAINER_READY_S: Final = 120.0
"""What a server in a container may take: its entrypoint sets it up first, durably and on the disk."""

IMAGE: Final = "container image"
"""Among the settings of a server in a container: what it was made from."""

_LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class Started:
    """A server whose process runs, though it may not answer yet.

    :param provider: who gives it, as messages and facts name it: ``embedded``.
    :param pids: its processes on this machine; none where an engine keeps them out of sight.
    :param image: what a container was made from; empty without one.
    """

    process: Process
    provider: str
    pids: Sequence[int]
    image: str = ""

    @classmethod
    def on_the_machine(cls, process: Process, provider: str) -> Self:
        """Give a server that is a process of this machine."""
        return cls(process, provider, [process.pid])

    @classmethod
    def in_a_container(cls, container: Container, provider: str) -> Self:
        """Give a server that runs in a container."""
        return cls(container.process, provider, container.pids, container.image)

    def described(self, facts: ServiceFacts) -> ServiceFacts:
        """Add what it was made from to what it says of itself."""
        return replace(facts, settings={IMAGE: self.image, **facts.settings}) if self.image else facts

    def silence(self, refusal: Callable[[], str], timeout_s: float) -> str:
        """Wait until it answers; give what was seen instead when it ends or does not in time, else an empty text.

        :param refusal: asks it once, and says what came of it; empty for an answer.
        """
        deadline_s = time.monotonic() + timeout_s
        while last := refusal():
            code = self.process.wait(_LOOK_EVERY_S)
            if code is not None:
                return f"the server exited with code {code}"
            if time.monotonic() > deadline_s:
                return f"no answer within {timeout_s:g} s; last: {last}"
        return ""


class Waiting(Protocol):
    """A service that is not ready yet."""

    def wait_until_ready(self, timeout_s: float) -> None:
        """Wait until it is.

        :raises HostError: when it ends or is not within ``timeout_s``.
        """
        ...

    def stop(self) -> None:
        """End it."""
        ...


_Service = TypeVar("_Service", bound=Waiting)


def ready(service: _Service, timeout_s: float) -> _Service:
    """Give a service once it is ready; one that does not come to it, or is not waited for, is ended.

    :raises HostError: as :meth:`Waiting.wait_until_ready`.
    """
    try:
        service.wait_until_ready(timeout_s)
    except BaseException:
        service.stop()
        raise
    return service
