"""Our load generator behind its port, against the stub server with known answers."""

import pytest

import fwcompare_loadgen as loadgen
from fwcompare.errors import HostError
from fwcompare.load.native import NativeLoadGenerator, build_profile, interval_s, is_level
from fwcompare.model.plan import LoadPoint, Stage
from fwcompare.model.ports import LoadOrder, LoadOutcome
from fwcompare.model.workload import Request


def point(**changes: object) -> LoadPoint:
    fields: dict[str, object] = {
        "connections": 2,
        "duration_s": None,
        "requests": 400,
        "warmup_s": 0.0,
        "timeout_s": 5.0,
        "drain_s": 5.0,
        "keepalive": True,
        **changes,
    }
    return LoadPoint(**fields)  # type: ignore[arg-type]


def load(script: str, **changes: object) -> LoadOutcome:
    with loadgen.StubServer() as server:
        order = LoadOrder(server.url(f"/?{script}"), Request(), point(**changes))
        outcome = NativeLoadGenerator().start(order).wait()
    assert outcome is not None
    assert outcome.counts.conserved
    return outcome


def test_every_request_is_counted_and_timed() -> None:
    outcome = load("size=100")
    assert (outcome.counts.sent, outcome.counts.ok) == (400, 400)
    assert outcome.counts.by_status == {"200": 400}
    assert outcome.service_ms.count == 400
    assert outcome.throughput_rps == pytest.approx(400 / (outcome.window_end_s - outcome.window_start_s))
    assert sum(int(str(row["ok"])) for row in outcome.timeline) == 400
    assert loadgen.Histogram.from_v2_bytes(outcome.service_hdr).count == 400


def test_a_quantile_is_given_only_with_ten_samples_beyond_it() -> None:
    few = load("size=1", requests=999).service_ms
    enough = load("size=1", requests=1000).service_ms
    assert few.p90 is not None
    assert few.p99 is None
    assert enough.p99 is not None
    assert load("size=1", requests=100).service_ms.p90 is not None


def test_errors_are_counted_by_status_and_class() -> None:
    assert load("status=500").counts.by_status == {"500": 400}
    assert load("fault=reset", requests=5).counts.by_error == {"reset": 5}
    assert load("fault=hang", requests=2, timeout_s=0.05).counts.timeouts == 2


def test_waiting_for_a_load_that_goes_on_gives_nothing_and_stopping_it_gives_what_was_recorded() -> None:
    with loadgen.StubServer() as server:
        under_way = NativeLoadGenerator().start(
            LoadOrder(server.url("/?delay_ms=1"), Request(), point(requests=None, duration_s=600.0))
        )
        assert under_way.wait(0.05) is None
        seen = under_way.progress()
        assert seen.phase in ("warm-up", "measuring")
        # Of two connections, at most two requests are under way.
        assert 0 < seen.ok >= seen.sent - 2
        # An answer that is counted is timed a moment later, and none is faster than its delay.
        later = under_way.progress()
        assert sum(count for _, count in later.times_ms) >= seen.ok
        assert all(edge_ms > 1 for edge_ms, _ in later.times_ms)
        under_way.stop()
        outcome = under_way.wait()
    assert outcome is not None
    assert outcome.interrupted


def test_rows_of_the_timeline_have_response_times_in_the_open_model_alone() -> None:
    # One connection and 20 ms an answer: in half a second of 100 a second, each waits longer than the one before.
    busy = {"requests": None, "duration_s": 0.5, "connections": 1, "model": "open", "rate": 100.0}
    rows = [row for row in load("delay_ms=20", **busy).timeline if row["response_count"]]
    assert rows
    assert all(row["response_p99_ms"] >= row["response_p50_ms"] >= 20 for row in rows)  # type: ignore[operator]
    assert rows[-1]["response_p99_ms"] > 100  # type: ignore[operator]
    closed = load("delay_ms=1").timeline
    assert {(row["response_count"], row["response_p50_ms"], row["response_p99_ms"]) for row in closed} == {
        (None, None, None)
    }


def test_a_host_that_is_not_loopback_is_refused() -> None:
    with pytest.raises(HostError, match="load generator refused to start"):
        NativeLoadGenerator().start(LoadOrder("http://192.0.2.1:9/", Request(), point()))


def test_the_extension_is_a_release_build() -> None:
    assert build_profile() == "release"


def test_a_backlog_that_sheds_drops_what_would_wait_too_long() -> None:
    # One connection and 20 ms an answer serve 50 a second, of 500 that are due.
    busy = {"requests": 100, "connections": 1, "model": "open", "rate": 500.0}
    shed = load("delay_ms=20", **busy, backlog="shed", shed_after_s=0.03)
    assert shed.counts.shed > 50
    assert shed.counts.sent == 100 - shed.counts.shed
    assert load("delay_ms=20", **busy).counts.shed == 0


def test_a_backlog_that_grows_opens_connections_up_to_its_limit() -> None:
    busy = {"requests": 100, "connections": 1, "model": "open", "rate": 500.0}
    assert load("delay_ms=20", **busy).connections_opened == 1
    assert 1 < load("delay_ms=20", **busy, backlog="grow", max_connections=6).connections_opened <= 6


def test_stages_change_how_many_requests_are_due_and_the_offered_rate_is_their_mean() -> None:
    level = {"requests": None, "duration_s": 0.5, "model": "open", "rate": 200.0}
    assert load("size=1", **level).counts.due == 100
    # 0.2 s from 200 to 600 a second, then 0.3 s at 1,000: 80 + 300.
    staged = load("size=1", **level, stages=(Stage(0.2, 600.0), Stage(0.0, 1000.0)))
    assert staged.counts.due == pytest.approx(380, abs=1)
    assert staged.open_load is not None
    assert staged.open_load.offered_rps == pytest.approx(760, abs=2)


@pytest.mark.parametrize("spread", ["constant", "exponential"])
def test_a_think_time_slows_a_closed_load_down(spread: str) -> None:
    thinking = load("size=1", requests=None, duration_s=0.5, think_time_s=0.02, think_time=spread)
    # Two connections, each of at most 25 requests in the mean.
    assert 10 < thinking.counts.sent < 100
    assert load("size=1", requests=None, duration_s=0.5).counts.sent > 200


def test_connections_are_started_one_by_one() -> None:
    def opened(**changes: object) -> int:
        return load("size=1", requests=None, duration_s=0.2, connections=8, **changes).connections_opened

    assert opened() == 8
    # At 0, 0.1 and, at the edge of the window, 0.2 s.
    assert 1 < opened(spawn_rate=10.0) <= 3


def test_each_seed_draws_arrivals_of_its_own() -> None:
    def due(seed: int) -> int:
        drawn = point(requests=None, duration_s=0.3, model="open", rate=1000.0, arrivals="poisson")
        with loadgen.StubServer() as server:
            outcome = NativeLoadGenerator().start(LoadOrder(server.url("/"), Request(), drawn, seed)).wait()
        assert outcome is not None
        return outcome.counts.due

    counts = [due(seed) for seed in (1, 2, 3)]
    assert len(set(counts)) > 1
    assert due(1) == counts[0]


def test_buckets_are_a_quarter_of_a_second_in_a_short_window_and_full_ones_alone() -> None:
    outcome = load("delay_ms=1", requests=None, duration_s=0.9)
    assert [row["width_s"] for row in outcome.timeline] == pytest.approx([0.25, 0.25, 0.25, 0.15])
    assert outcome.buckets == tuple(int(str(row["ok"])) / 0.25 for row in outcome.timeline[:3])


def test_long_and_counted_windows_have_coarse_buckets() -> None:
    assert interval_s(point(duration_s=39.9)) == 0.25
    assert interval_s(point(duration_s=40.0)) == 1.0
    assert interval_s(point(duration_s=None, requests=10)) == 1.0


def test_a_load_that_changes_by_design_has_no_buckets() -> None:
    level = {"requests": None, "duration_s": 0.5, "model": "open", "rate": 200.0}
    assert len(load("size=1", **level).buckets) == 2
    assert load("size=1", **level, stages=(Stage(0.2, 600.0),)).buckets == ()
    assert is_level(point(connections=10, spawn_rate=5.0, warmup_s=2.0))
    assert not is_level(point(connections=10, spawn_rate=5.0, warmup_s=1.9))


def test_the_generator_says_why_it_was_the_limit_in_the_open_model() -> None:
    # More than any machine sends over one connection, to a server that answers at once.
    outcome = load("size=1", requests=None, duration_s=0.3, connections=1, model="open", rate=2_000_000.0)
    assert outcome.open_load is not None
    assert bool(outcome.generator_reason) == (outcome.open_load.verdict == "generator-limited")
