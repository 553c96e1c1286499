"""How a target is started as a process: its variables, its port, and who answers on it."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare.errors import HostError, TargetError
from fwcompare.model.limits import Confinement
from fwcompare.model.ports import Environment
from fwcompare.model.target import Target
from fwcompare.runtimes.process import ProcessRuntime, TargetProcess
from fwcompare.runtimes.processes import KeptProcesses

MakeTarget = Callable[..., Target]
Until = Callable[[Callable[[], bool]], None]

pytestmark = pytest.mark.real

SERVE = (
    "import os, socket, time\n"
    "s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
    "s.bind((os.environ['HOST'], int(os.environ['PORT']))); s.listen()\n"
    "os.fork()\n"
    "print('ready', flush=True); time.sleep(600)\n"
)


@pytest.fixture
def start(processes: KeptProcesses, tmp_path: Path) -> Callable[..., TargetProcess]:
    def begin(target: Target, *, port: int | None = None, variables: dict[str, str] | None = None) -> TargetProcess:
        environment = Environment(tmp_path / "environment", "digest")
        return ProcessRuntime().start(
            target,
            environment,
            processes,
            variables=variables or {},
            port=port,
            log=tmp_path / "log",
            confinement=Confinement(),
        )

    return begin


def port_of(running: TargetProcess) -> int:
    return int(running.url.rpartition(":")[2])


def test_a_target_sees_its_variables_its_address_and_little_of_the_runner(
    start: Callable[..., TargetProcess],
    make_target: MakeTarget,
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LANG", "TZ", "TMPDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/dev")
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "1")
    target = make_target(start=["env"], env={"LIBRARIES": "{env}/lib", "POOL_SIZE": "1"})
    running = start(target, variables={"POOL_SIZE": "5"})
    until(lambda: running.exit_code() is not None)
    seen = dict(line.split("=", 1) for line in (tmp_path / "log").read_text().splitlines())
    assert seen == {
        "PATH": "/usr/bin",
        "HOME": "/home/dev",
        "LIBRARIES": f"{tmp_path}/environment/lib",
        "POOL_SIZE": "5",
        "HOST": "127.0.0.1",
        "PORT": str(port_of(running)),
    }


def test_the_start_command_runs_in_the_app_folder(
    start: Callable[..., TargetProcess], make_target: MakeTarget, until: Until, tmp_path: Path
) -> None:
    running = start(make_target(start=["sh", "-c", "pwd; exit 3"]))
    until(lambda: running.exit_code() == 3)
    assert (tmp_path / "log").read_text() == f"{tmp_path}/app\n"


def test_a_target_and_the_workers_it_forked_are_no_strangers_on_its_port(
    start: Callable[..., TargetProcess], make_target: MakeTarget, until: Until, tmp_path: Path
) -> None:
    running = start(make_target(start=["{python}", "-c", SERVE]))
    until(lambda: (tmp_path / "log").read_text() == "ready\nready\n")
    assert running.stranger() is None
    assert running.exit_code() is None
    running.stop()
    assert not any(Path(f"/proc/{pid}").exists() for pid in running.pids())


def test_nobody_on_the_port_is_no_stranger(start: Callable[..., TargetProcess], make_target: MakeTarget) -> None:
    assert start(make_target(start=["sleep", "600"])).stranger() is None


def test_a_stranger_beside_the_target_is_named(
    start: Callable[..., TargetProcess], make_target: MakeTarget, until: Until, tmp_path: Path
) -> None:
    running = start(make_target(start=["{python}", "-c", SERVE]))
    until(lambda: (tmp_path / "log").read_text() == "ready\nready\n")
    with socket.socket() as intruder:
        intruder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        intruder.bind(("127.0.0.1", port_of(running)))
        intruder.listen()
        stranger = running.stranger()
    assert stranger is not None
    assert stranger.startswith(f"pid {os.getpid()} (")


def test_a_given_port_that_is_free_is_used(start: Callable[..., TargetProcess], make_target: MakeTarget) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert start(make_target(start=["sleep", "600"]), port=port).url == f"http://127.0.0.1:{port}"


def test_a_given_port_in_use_names_its_holder(start: Callable[..., TargetProcess], make_target: MakeTarget) -> None:
    with socket.socket() as holder:
        holder.bind(("0.0.0.0", 0))  # noqa: S104 - a listener on every address is the case under test
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(HostError) as caught:
            start(make_target(start=["sleep", "600"]), port=port)
    assert caught.value.who == f"port {port} is in use"
    assert caught.value.seen.startswith(f"it is held by pid {os.getpid()} (")
    assert caught.value.expected == "a free port on 127.0.0.1"


def test_connections_that_linger_after_an_earlier_server_do_not_hold_the_port(
    start: Callable[..., TargetProcess], make_target: MakeTarget
) -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            accepted.close()  # the side that closes first keeps the connection in TIME_WAIT
            assert client.recv(1) == b""
    assert start(make_target(start=["sleep", "600"]), port=port).url.endswith(f":{port}")


def test_a_start_command_that_is_not_there_is_the_targets_fault(
    start: Callable[..., TargetProcess], make_target: MakeTarget, tmp_path: Path
) -> None:
    target = make_target(start=["{env}/bin/serve"])
    with pytest.raises(TargetError) as caught:
        start(target)
    assert caught.value.who == "target 'fast' could not be started"
    assert caught.value.seen == f"no program '{tmp_path}/environment/bin/serve', which `start` in {target.file} names"


def test_the_interpreter_placeholder_is_the_runners(
    start: Callable[..., TargetProcess], make_target: MakeTarget, until: Until, tmp_path: Path
) -> None:
    running = start(make_target(start=["{python}", "-c", "import sys; print(sys.executable)"]))
    until(lambda: running.exit_code() == 0)
    assert (tmp_path / "log").read_text() == f"{sys.executable}\n"
