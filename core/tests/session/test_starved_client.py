"""A load generator that is held to a tenth of a CPU, for real: the blame is its own, never the target's."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fwcompare_loadgen as loadgen
from fwcompare.session import gates

pytestmark = [pytest.mark.real, pytest.mark.measures]

CGROUPS = Path("/sys/fs/cgroup")
CLIENT = """
import json, os, sys
from pathlib import Path
url, rate, group = sys.argv[1], float(sys.argv[2]) or None, Path(sys.argv[3])
(group / "cgroup.procs").write_text(str(os.getpid()))
from fwcompare.load.native import NativeLoadGenerator
from fwcompare.model.plan import LoadPoint
from fwcompare.model.ports import LoadOrder
from fwcompare.model.workload import Request
from fwcompare.telemetry.sampler import ProcessTelemetry
model = "open" if rate else "closed"
point = LoadPoint(20, 2.0, None, 0.2, 5.0, 5.0, keepalive=True, model=model, rate=rate)
watch = ProcessTelemetry().watch({})
seen = NativeLoadGenerator().start(LoadOrder(url, Request(), point)).wait()
used = watch.usage("client", seen.window_start_s, seen.window_end_s)
watch.stop()
window_s = seen.window_end_s - seen.window_start_s
print(json.dumps([seen.client_cpu_s / window_s, used.throttled_s, window_s, seen.generator_reason]))
"""


@pytest.fixture
def tenth() -> Iterator[Path]:
    name = f"fwcompare-test-{os.getpid()}"
    first = CGROUPS / "cpu"
    group = (first if first.is_dir() else CGROUPS) / name
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no cgroup can be made here: {error}")
    try:
        if (group / "cpu.cfs_quota_us").exists():
            (group / "cpu.cfs_quota_us").write_text("10000")
        elif (group / "cpu.max").exists():
            (group / "cpu.max").write_text("10000 100000")
        else:
            pytest.skip("the cgroups of this host have no CPU quota")
        yield group
    finally:
        group.rmdir()


@pytest.mark.parametrize("rate", [0, 50_000], ids=["closed", "open"])
def test_a_client_starved_to_a_tenth_of_a_cpu_is_blamed_itself(tenth: Path, rate: int) -> None:
    with loadgen.StubServer() as server:
        ended = subprocess.run(
            [sys.executable, "-c", CLIENT, server.url("/"), str(rate), str(tenth)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=120,
        )
    share, throttled_s, window_s, reason = json.loads(ended.stdout)
    found = (gates.client_cpu(share), *gates.client_quota(throttled_s, window_s), gates.generator(reason))
    assert [gate for gate in found if gate.about == "client" and not gate.passed], found
