"""Ground truths: loads whose right answer is known from arithmetic (METHOD.md, "Response time, exactly").

The times are real, so that each test first looks whether the host is fit for them, and is skipped with the reason if it
is not. The tolerances are fixed: 2 %, or 0.2 ms for the way over loopback where that is more. The arithmetic is that of
``bench/loadgen truths``, which asks other tools the same.
"""

import math
import time
from pathlib import Path

import pytest

from fwcompare.stats.host_fitness import MOST_ANSWER_LATE_MS, known_answer_late, truth_disturbed
from fwcompare_loadgen import Histogram, LoadResult, LoadSpec, StubServer, start
from loadgen_bench import truths

pytestmark = pytest.mark.truth

_LOOPBACK_MS = 0.2
_ATTEMPTS = 5


def measure(script: str, **values: object) -> LoadResult:
    """Make a load on a host that is fit for it; skip the test where the host's own doings would be measured instead.

    The host is judged by its own signs before, during and after the load, and never by the outcome. A load that it
    disturbed is discarded and made again, a few times, against a server that begins with its first draw.
    """
    unfit: str | None = None
    for _ in range(_ATTEMPTS):
        with StubServer() as server:
            unfit = _lateness(server)
            if unfit:
                continue
            result, unfit = _watched(server, script, values)
            unfit = unfit or _lateness(server)
            if not unfit:
                return result
    pytest.skip(f"host unfit, {_ATTEMPTS} times: {unfit}")


def _lateness(server: StubServer) -> str | None:
    seen = _run(server, "/?service_us=500", connections=2, rate=200.0, duration_s=1.0, warmup_s=0.2)
    return known_answer_late({q: _quantile(seen.response, q) - 0.5 for q in MOST_ANSWER_LATE_MS})


def _watched(server: StubServer, script: str, values: dict[str, object]) -> tuple[LoadResult, str | None]:
    before_s, waited_s = time.monotonic(), _cpu_wait_s()
    result = _run(server, script, **values)
    share = (_cpu_wait_s() - waited_s) / (time.monotonic() - before_s)
    lag_ms = None if result.lag is None else _quantile(result.lag, 0.99)
    return result, truth_disturbed(pressure_share=share, lag_p99_ms=lag_ms)


def _run(server: StubServer, script: str, **values: object) -> LoadResult:
    values = {"warmup_s": 0.0, **values}
    return start(LoadSpec(url=server.url(script), **values)).wait(60)  # type: ignore[arg-type]


def _cpu_wait_s() -> float:
    """Seconds in which some task of the host waited for a CPU; 0 where the kernel does not tell."""
    pressure = Path("/proc/pressure/cpu")
    return int(pressure.read_text().split("total=")[1].split()[0]) / 1e6 if pressure.exists() else 0.0


def _quantile(histogram: Histogram | None, q: float) -> float:
    assert histogram is not None
    value = histogram.quantile_ms(q)
    assert value is not None
    return value


def _close_to(expected_ms: float) -> object:
    return pytest.approx(expected_ms, rel=0.02, abs=_LOOPBACK_MS)


@pytest.mark.parametrize("limit", [{"duration_s": 4.0}, {"requests": 2000}], ids=["timed", "counted"])
def test_a_stalling_server_is_seen_as_its_users_see_it(limit: dict[str, float]) -> None:
    # Three connections, so that the clerk's next request is there when he is done with one.
    script = "/?service_us=500&stall_every_ms=1000&stall_ms=200"
    result = measure(script, rate=500.0, warmup_s=1.0, connections=3, **limit)

    truth = truths.stall_ms(0.5, 200.0, 1000.0, 500.0)
    seen = {q: _quantile(result.response, q / 100) for q in (50, 90, 99)}
    assert seen == {q: _close_to(truth[f"p{q}"]) for q in seen}
    assert result.response is not None
    assert result.response.max_ms == _close_to(200.5)
    assert result.response.mean_ms == _close_to(truth["mean"])
    # The lie: the same run, by its service time.
    assert _quantile(result.service, 0.99) < 2.0
    assert (result.scheduled, result.ok, result.steady) == (2000, 2000, True)


def test_a_queue_with_known_arrivals_and_services_has_the_waits_of_lindley() -> None:
    rate, seed, service_ms, count = 350.0, 11, 2.0, 1500
    script = f"/?service_us={service_ms * 1000:.0f}&service_seed=7"
    result = measure(script, rate=rate, arrivals="poisson", seed=seed, requests=count, connections=4)

    due_ms = truths.poisson_due_ms(rate, seed, count)
    truth = truths.queue_times_ms(due_ms, truths.drawn_service_ms(service_ms, 7, count))
    expected = {q: truth[math.ceil(q * count / 100) - 1] for q in range(1, 100)}
    seen = {q: _quantile(result.response, q / 100) for q in expected}
    assert {q: seen[q] for q in (50, 90, 99)} == {q: _close_to(expected[q]) for q in (50, 90, 99)}
    residuals = sorted(abs(seen[q] - expected[q]) for q in expected)
    assert residuals[49] <= 0.1


def test_ten_clerks_of_varying_speed_are_seen_as_one_queue_in_front_of_them() -> None:
    rate, service_ms, count, clerks = 800.0, 10.0, 4000, 10
    script = f"/?clerks={clerks}&service_us={service_ms * 1000:.0f}&service_seed=7"
    result = measure(script, rate=rate, requests=count, connections=clerks)

    # Any idle connection takes the oldest request that is due: ten clerks, one queue. A schedule for each connection
    # would make ten queues, and p99 three times as long.
    services_ms = truths.drawn_service_ms(service_ms, 7, count)
    truth = truths.queue_times_ms(truths.constant_due_ms(rate, count), services_ms, clerks=clerks)
    expected = {q: truth[math.ceil(q * count / 100) - 1] for q in (50, 90, 99)}
    assert {q: _quantile(result.response, q / 100) for q in expected} == {q: _close_to(expected[q]) for q in expected}


def test_little_s_law_holds_in_the_closed_model() -> None:
    result = measure("/?service_us=1000", connections=8, think_time_s=0.01, duration_s=4.0, warmup_s=0.5)

    assert result.throughput_rps is not None
    assert result.service.mean_ms is not None
    users = result.throughput_rps * (result.service.mean_ms / 1000 + 0.01)
    assert users == pytest.approx(8, rel=0.01)
