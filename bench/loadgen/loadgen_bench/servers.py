"""The servers that are put under load: nginx with a body of 10 KiB, and the project's stub server.

nginx runs in one worker. Both end with the block that needs them. Leaves out what is asked of them.
"""

import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil

from loadgen_bench.errors import BenchError
from loadgen_bench.running import SERVER_CORE, pinned

BODY_BYTES: Final = 10 * 1024
_READY_LOOKS, _LOOK_S = 100, 0.05
_OPEN_FILES: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that answers.

    :param url: what to ask of it, without a query.
    :param pids: its processes.
    """

    url: str
    pids: tuple[int, ...]


@contextmanager
def nginx() -> Iterator[Server]:
    """Serve a body of 10 KiB on a free loopback port, from the servers' core.

    :raises BenchError: it does not answer within five seconds.
    """
    with TemporaryDirectory(prefix="bench-nginx-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        (folder / "body").write_bytes(b"x" * BODY_BYTES)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; worker_rlimit_nofile {_OPEN_FILES}; pid {place}/pid;\n"
            f"error_log {place}/error.log; user root;\n"
            f"events {{ worker_connections {_OPEN_FILES - 100}; }}\n"
            "http { access_log off; keepalive_requests 1000000000; open_file_cache max=10;\n"
            f"  server {{ listen 127.0.0.1:{port} backlog=4096; root {place}; }} }}\n",
            encoding="utf-8",
        )
        with pinned(SERVER_CORE):
            process = subprocess.Popen(["nginx", "-p", place, "-c", f"{place}/nginx.conf"], stderr=subprocess.DEVNULL)
        try:
            _wait_until_it_listens(port, folder / "error.log")
            workers = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
            yield Server(url=f"http://127.0.0.1:{port}/body", pids=(process.pid, *workers))
        finally:
            process.terminate()
            process.wait()


@contextmanager
def stub_server(program: Path, *, core: int | None) -> Iterator[Server]:
    """Run the server with a known answer; without a query it is the null server.

    :param core: where it runs; None leaves that to the kernel.
    :raises BenchError: the program is not there, or does not say where it listens.
    """
    if not program.exists():
        raise BenchError(
            "the stub server is not built",
            seen=f"no file {program}",
            expected="the program fwcompare-stub-server, built for release",
            hint="cargo build --release --manifest-path loadgen_rs/Cargo.toml -p fwcompare-stub-server",
        )
    with pinned(core):
        process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:  # leaving it closes the standard input, which ends the server
        url = "" if process.stdout is None else process.stdout.readline().strip()
        if not url:
            raise BenchError("the stub server does not start", seen="its output is empty", hint=f"run it: {program}")
        yield Server(url=url, pids=(process.pid,))


def allow_open_files() -> None:
    """Raise this process's limit of open files, which servers and clients inherit, as far as it may be raised."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _wait_until_it_listens(port: int, log: Path) -> None:
    for _ in range(_READY_LOOKS):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_LOOK_S)
    raise BenchError(
        "nginx does not answer",
        seen=f"nobody listens on port {port} after {_READY_LOOKS * _LOOK_S:.0f} s",
        expected="one worker that serves a file",
        hint="run nginx -t",
        details=log.read_text().splitlines()[-5:] if log.exists() else (),
    )
