"""How long a server is waited for, and what is told of where it runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from fwcompare.errors import HostError
from fwcompare.model.containers import Container
from fwcompare.model.limits import Held, LimitEvents
from fwcompare.model.ports import ServiceFacts
from fwcompare.services.started import IMAGE, Started, ready

FACTS = ServiceFacts("PostgreSQL", "17", "docker", {"shared_buffers": "256MB"})


@dataclass
class Server:
    """A process that ends with ``code`` once it was looked at ``ends_after`` times."""

    ends_after: int | None = None
    code: int = 7
    pid: int = 41
    cpu_s: float | None = None
    looks: int = 0

    def poll(self) -> int | None:
        return self.code if self.ends_after is not None and self.looks >= self.ends_after else None

    def wait(self, timeout_s: float) -> int | None:
        self.looks += 1
        return self.poll()

    def signal(self, number: int) -> None: ...

    def stop(self, timeout_s: float = 5.0) -> None: ...

    def held(self) -> Held:
        raise NotImplementedError

    def events(self) -> LimitEvents:
        raise NotImplementedError

    def afterwards(self, timeout_s: float) -> Sequence[str]:
        return ()


def refusing(server: Server, *, until_look: int) -> Callable[[], str]:
    return lambda: "" if server.looks >= until_look else f"refused {server.looks}"


def test_a_server_is_asked_until_it_answers() -> None:
    server = Server()
    assert Started.on_the_machine(server, "local").silence(refusing(server, until_look=3), 60) == ""
    assert server.looks == 3


def test_a_server_that_ends_is_waited_for_no_longer() -> None:
    server = Server(ends_after=2)
    seen = Started.on_the_machine(server, "local").silence(refusing(server, until_look=9), 60)
    assert (seen, server.looks) == ("the server exited with code 7", 2)


def test_of_a_server_that_never_answers_the_last_refusal_is_told() -> None:
    server = Server()
    seen = Started.on_the_machine(server, "local").silence(refusing(server, until_look=9), 0)
    assert seen == "no answer within 0 s; last: refused 0"


def test_a_server_of_the_machine_is_its_process_and_says_no_more_than_it_says_itself() -> None:
    started = Started.on_the_machine(Server(), "embedded")
    assert list(started.pids) == [41]
    assert started.described(FACTS) == FACTS


@pytest.mark.parametrize("pids", [[], [1200]])
def test_a_server_in_a_container_is_what_the_engine_lets_be_seen_with_its_image(pids: list[int]) -> None:
    started = Started.in_a_container(Container(Server(), "postgres:17 (sha256:0)", pids), "docker")
    assert list(started.pids) == pids
    assert started.described(FACTS).settings == {IMAGE: "postgres:17 (sha256:0)", "shared_buffers": "256MB"}


@dataclass
class Service:
    """Becomes ready, or fails to."""

    error: BaseException | None = None
    did: list[str] = field(default_factory=list)

    def wait_until_ready(self, timeout_s: float) -> None:
        self.did.append(f"wait {timeout_s:g} s")
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        self.did.append("stop")


def test_a_service_that_becomes_ready_goes_on() -> None:
    service = Service()
    assert ready(service, 30) is service
    assert service.did == ["wait 30 s"]


@pytest.mark.parametrize("error", [HostError("it could not be started"), KeyboardInterrupt()])
def test_a_service_that_does_not_become_ready_or_is_not_waited_for_is_ended(error: BaseException) -> None:
    service = Service(error)
    with pytest.raises(type(error)):
        ready(service, 30)
    assert service.did == ["wait 30 s", "stop"]
