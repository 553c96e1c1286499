"""The open model through the binding: a schedule in, times from the due time on out."""

import json
from collections.abc import Callable

import pytest

from fwcompare_loadgen import LoadgenError, LoadResult, LoadSpec, Stage, start

Run = Callable[..., LoadResult]


@pytest.mark.measures
def test_an_open_load_tells_its_times_apart(run: Run) -> None:
    result = run("/?delay_ms=5", rate=200.0, duration_s=0.5, connections=4)

    assert (result.model, result.scheduled, result.sent, result.ok, result.shed) == ("open", 100, 100, 100, 0)
    assert result.offered_rps == pytest.approx(200.0)
    assert result.response is not None
    assert result.wait is not None
    assert result.lag is not None
    assert result.response.count == result.wait.count == result.lag.count == 100
    assert result.response.min_ms is not None
    assert result.response.min_ms >= 4.99
    assert sum(bucket.due for bucket in result.timeline) == 100
    assert (result.backlog_end, result.censored_share) == (0, 0.0)


def test_the_closed_model_says_what_it_cannot_know(run: Run) -> None:
    result = run(think_time_s=0.001, think_time="exponential", spawn_rate=1000.0)

    assert (result.model, result.scheduled, result.offered_rps, result.steady) == ("closed", 20, None, None)
    assert (result.response, result.wait, result.lag) == (None, None, None)
    document = json.loads(result.to_json())
    assert (document["response"], document["model"]) == (None, "closed")


def test_the_seed_and_the_index_alone_decide_the_schedule(run: Run) -> None:
    counts = [run(rate=400.0, arrivals="poisson", seed=seed, duration_s=0.25).scheduled for seed in (-3, -3, 4)]

    assert counts[0] == counts[1]


def test_overload_has_a_verdict_with_its_figures_and_every_request_is_accounted_for(run: Run) -> None:
    result = run("/?delay_ms=10", rate=500.0, duration_s=1.0, connections=1, drain_s=0.1)

    assert result.steady is False
    assert result.verdict != "ok"
    assert result.scheduled == 500
    assert result.scheduled == result.ok + result.http_errors + result.transport_errors + result.timeouts + (
        result.shed + result.censored
    )
    assert result.backlog_end >= 399
    assert result.censored_share > 0.5
    assert json.loads(result.to_json())["verdict_reason"] == result.verdict_reason != ""


def test_the_backlog_may_grow_the_pool_or_be_shed(run: Run) -> None:
    grown = run("/?delay_ms=50", rate=100.0, duration_s=0.3, connections=1, backlog="grow", max_connections=8)
    assert (grown.connections_opened, grown.ok) == (8, 30) or grown.connections_opened < 8

    shed = run("/?delay_ms=50", rate=100.0, duration_s=0.3, connections=1, backlog="shed", shed_after_s=0.01)
    assert shed.shed > 0
    assert shed.sent + shed.shed == 30


def test_stages_change_the_rate(run: Run) -> None:
    stages = (Stage(duration_s=0.2, rate=300.0), Stage(duration_s=0.0, rate=50.0))
    result = run(rate=100.0, stages=stages, duration_s=0.4)

    assert result.scheduled == 40 + 10


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"rate": 0.0}, "rate: is 0/s"),
        ({"rate": float("nan")}, "rate: is NaN/s"),
        ({"rate": 1.0, "arrivals": "uniform"}, 'arrivals: is "uniform"'),
        ({"rate": 1.0, "backlog": "drop"}, 'backlog: is "drop"'),
        ({"rate": 1.0, "backlog": "grow"}, 'backlog: is "grow"'),
        ({"rate": 1.0, "backlog": "shed", "max_connections": 20}, 'backlog: is "shed"'),
        ({"rate": 1.0, "backlog": "grow", "max_connections": 2}, "max_connections: is 2"),
        ({"rate": 1.0, "shed_after_s": 1.0}, 'backlog: is "queue"'),
        ({"rate": 1.0, "think_time_s": 1.0}, "think_time_s: is set beside rate"),
        ({"rate": 1.0, "spawn_rate": 1.0}, "spawn_rate: is set beside rate"),
        ({"rate": 1.0, "stages": (Stage(duration_s=-1.0, rate=1.0),)}, "duration_s of a stage: is -1"),
        ({"rate": 1.0, "stages": (Stage(duration_s=1.0, rate=0.0),)}, "rate of a stage: is 0/s"),
        ({"arrivals": "poisson"}, "arrivals: is set without rate"),
        ({"stages": (Stage(duration_s=1.0, rate=1.0),)}, "stages: is set without rate"),
        ({"spawn_rate": 0.0}, "spawn_rate: is 0/s"),
        ({"think_time": "normal"}, 'think_time: is "normal"'),
    ],
)
def test_a_model_that_makes_no_sense_is_refused_by_name(values: dict[str, object], named: str) -> None:
    spec = LoadSpec(url="http://127.0.0.1:9/", duration_s=1.0, **values)  # type: ignore[arg-type]
    with pytest.raises(LoadgenError) as caught:
        start(spec)
    message = str(caught.value)
    assert named in message
    assert "\n  expected: " in message
    assert "\n  next: " in message
