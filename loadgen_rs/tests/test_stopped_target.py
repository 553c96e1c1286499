"""A target that stands still for a while: what its users saw, and what its service time says.

The target is a process of its own, stopped by a signal. No host is too busy for the first test: it asks for times from
below, and for the order of two times of one run. The second one has the figure itself, and looks at the host first.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from fwcompare_loadgen import LoadResult, LoadSpec, start

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


def through_a_pause(target: tuple[str, int], *, after_s: float, pause_s: float, **values: float) -> LoadResult:
    """Make a load, and stop the target for a while in its window."""
    url, pid = target
    load = start(LoadSpec(url=url, warmup_s=0.2, connections=10, **values))  # type: ignore[arg-type]
    time.sleep(0.2 + after_s)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(pause_s)
    os.kill(pid, signal.SIGCONT)
    return load.wait(60)


@pytest.mark.parametrize("limit", [{"duration_s": 3.0}, {"requests": 1500}], ids=["timed", "counted"])
def test_a_pause_of_the_target_is_in_the_response_times_and_hardly_in_the_service_times(
    target: tuple[str, int], limit: dict[str, float]
) -> None:
    result = through_a_pause(target, after_s=1.0, pause_s=0.6, rate=500.0, **limit)

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


@pytest.mark.truth
def test_p99_of_a_pause_of_one_second_in_ten_is_nine_tenths_of_it(target: tuple[str, int]) -> None:
    result = through_a_pause(target, after_s=4.5, pause_s=1.0, rate=1000.0, duration_s=10.0)

    assert result.response is not None
    assert result.lag is not None
    lag_p99 = result.lag.quantile_ms(0.99)
    assert lag_p99 is not None
    if lag_p99 > 1.0:
        pytest.skip(f"host unfit: generator lag {lag_p99:.3f} ms at p99, expected at most 1 ms")
    assert result.response.quantile_ms(0.99) == pytest.approx(900, rel=0.05)
    service_p99 = result.service.quantile_ms(0.99)
    assert service_p99 is not None
    assert service_p99 < 50
    assert (result.scheduled, result.ok, result.steady) == (10_000, 10_000, True)
