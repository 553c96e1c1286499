"""A target that stands still for a while: what its users saw, and what its service time says.

The target is a process of its own, stopped by a signal. No host is too busy for these tests: they ask for times from
below, and for the order of two times of one run.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from fwcompare_loadgen import LoadSpec, start

_SERVE = """
import sys
from fwcompare_loadgen import StubServer

with StubServer() as server:
    print(server.url(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def target() -> Iterator[tuple[str, int]]:
    """Serve the null answer from another process; its URL and its id."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as one:
        assert one.stdout is not None
        yield one.stdout.readline().strip(), one.pid
        os.kill(one.pid, signal.SIGCONT)
        one.communicate()


@pytest.mark.parametrize("limit", [{"duration_s": 3.0}, {"requests": 1500}], ids=["timed", "counted"])
def test_a_pause_of_the_target_is_in_the_response_times_and_hardly_in_the_service_times(
    target: tuple[str, int], limit: dict[str, float]
) -> None:
    url, pid = target
    load = start(LoadSpec(url=url, rate=500.0, warmup_s=0.2, connections=10, **limit))  # type: ignore[arg-type]
    time.sleep(1.2)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.6)
    os.kill(pid, signal.SIGCONT)
    result = load.wait(30)

    assert result.response is not None
    assert (result.scheduled, result.ok) == (1500, 1500)
    # A fifth of the requests was due in the pause of 0.6 s: p99 is 0.6 s less a hundredth of the 3 s.
    response_p99, service_p90 = result.response.quantile_ms(0.99), result.service.quantile_ms(0.9)
    assert response_p99 is not None
    assert service_p90 is not None
    assert response_p99 >= 0.95 * 570
    # Ten requests were under way when it stopped, and ten alone say so.
    assert service_p90 < response_p99 / 2
    assert (result.steady, result.censored) == (True, 0)
