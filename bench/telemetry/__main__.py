"""``python bench/telemetry``: what the sampling of a trial costs, as a share of one core.

Beside it run a target of ten processes with four threads each and a PostgreSQL with ten connections, all of which do a
little all the time. The design allows less than 1 %.
"""

import argparse
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from fwcompare.model.workload import Dataset
from fwcompare.runtimes.processes import KeptProcesses
from fwcompare.services.postgresql import EmbeddedPostgresql
from fwcompare.telemetry.sampler import ProcessTelemetry

PROCESSES, THREADS, BACKENDS = 10, 4, 10
LIMIT = 0.01
DATABASE = "target_bench"
DATASET = Dataset(name="nothing", service="postgresql", seed_sql=(), fingerprint_sql="SELECT 1")
TARGET = f"""
import os, threading, time
for _ in range({PROCESSES - 1}):
    if os.fork() == 0:
        break
def work():
    while os.getppid() != 1:
        sum(range(1000)); time.sleep(0.01)
for _ in range({THREADS - 1}):
    threading.Thread(target=work, daemon=True).start()
work()
"""


def main() -> int:
    """Sample for some seconds; give 1 when it cost more than it may."""
    parser = argparse.ArgumentParser(prog="python bench/telemetry", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        processes = stack.enter_context(KeptProcesses())
        service = EmbeddedPostgresql().start(processes, folder)
        stack.callback(service.stop)
        url = service.restore(DATASET, DATABASE)
        backends = [stack.enter_context(psycopg.connect(url, autocommit=True)) for _ in range(BACKENDS)]
        target = subprocess.Popen([sys.executable, "-c", TARGET])
        stack.callback(target.wait)
        stack.callback(target.kill)
        count = service.counting(DATABASE)
        stack.callback(count.stop)
        watch = ProcessTelemetry().watch(
            {"target": lambda: [target.pid], "postgresql": service.pids}, connections={"postgresql": count.take}
        )
        stack.callback(watch.stop)
        start_s = time.monotonic()
        while time.monotonic() < start_s + seconds:
            for backend in backends:
                backend.execute("SELECT 1")
            time.sleep(0.02)
        end_s = time.monotonic()
        share = watch.own_share(start_s, end_s)
        usage = {name: watch.usage(name, start_s, end_s) for name in ("target", "postgresql")}
    seen = ", ".join(f"{name} {used.processes} processes and {used.threads} threads" for name, used in usage.items())
    if share is None:
        print(f"telemetry: nothing was sampled in {seconds:g} s")
        return 1
    print(f"telemetry: {share:.2%} of a core over {seconds:g} s ({seen}); at most {LIMIT:.0%}")
    return 0 if share <= LIMIT else 1


sys.exit(main())
