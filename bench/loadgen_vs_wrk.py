"""Requests per CPU second of the client: our load generator against wrk, on nginx, in turn.

Both clients run pinned to one core and nginx to the other, closed model, one client thread. CPU time is the kernel's
own account of the client: of wrk as a whole process, of ours for the thread that sends, the start of Python left out.
"""

import argparse
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import fwcompare_loadgen as loadgen

BODY_BYTES = 10 * 1024
SERVER_CORE, CLIENT_CORE = 1, 0
CASES = [
    ("keep-alive, 10 connections", 10, True),
    ("keep-alive, 64 connections", 64, True),
    ("a connection per request, 10 at once", 10, False),
]


def main() -> None:
    """Run every case and print its ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each load (default 4)")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of loads per case (default 5)")
    options = parser.parse_args()
    missing = [tool for tool in ("wrk", "nginx") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"{' and '.join(missing)} not on PATH\n  next: apt-get install wrk nginx-light")
    if len(os.sched_getaffinity(0)) < max(SERVER_CORE, CLIENT_CORE) + 1:
        sys.exit("this benchmark wants two cores: one for nginx, one for the client")
    with nginx() as url:
        os.sched_setaffinity(0, {CLIENT_CORE})
        print(f"{'case':<38}{'ours /CPU s':>13}{'wrk /CPU s':>13}{'ratio (min to max)':>24}")
        for name, connections, keepalive in CASES:
            pairs = [
                (ours(url, connections, keepalive, options.seconds), wrk(url, connections, keepalive, options.seconds))
                for _ in range(options.pairs)
            ]
            ratios = sorted(mine / theirs for mine, theirs in pairs)
            mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
            spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            print(f"{name:<38}{mine:>13,.0f}{theirs:>13,.0f}{spread:>24}")


def ours(url: str, connections: int, keepalive: bool, seconds: float) -> float:  # noqa: FBT001 - a case's fields
    """Give requests per CPU second of our client thread."""
    spec = loadgen.LoadSpec(
        url=url, connections=connections, keepalive=keepalive, duration_s=seconds, warmup_s=0.5, threads=1
    )
    result = loadgen.start(spec).wait()
    if result.ok != result.sent:
        sys.exit(f"ours: {result.sent - result.ok} of {result.sent} requests failed: {result.error_counts}")
    return result.ok / result.client.cpu_s


def wrk(url: str, connections: int, keepalive: bool, seconds: float) -> float:  # noqa: FBT001 - a case's fields
    """Give requests per CPU second of wrk, its histograms included."""
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{round(seconds)}s", "--latency"]
    argv += [] if keepalive else ["-H", "Connection: close"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run([*argv, url], capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = re.search(r"(\d+) requests in", said)
    if done is None or "Non-2xx" in said:
        sys.exit(f"wrk: not understood, or requests failed:\n{said}")
    return int(done[1]) / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


@contextmanager
def nginx() -> Iterator[str]:
    """Serve a body of 10 KiB on a free loopback port from one worker, pinned to its core."""
    with TemporaryDirectory(prefix="bench-nginx-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        (folder / "body").write_bytes(b"x" * BODY_BYTES)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; worker_cpu_affinity {1 << SERVER_CORE:b}; pid {place}/pid;\n"
            f"error_log {place}/error.log; user root;\n"
            "events { worker_connections 4096; }\n"
            "http { access_log off; keepalive_requests 1000000000; open_file_cache max=10;\n"
            f"  server {{ listen 127.0.0.1:{port} backlog=4096; root {place}; }} }}\n",
            encoding="utf-8",
        )
        server = subprocess.Popen(["nginx", "-p", place, "-c", f"{place}/nginx.conf"], stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/body"
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
