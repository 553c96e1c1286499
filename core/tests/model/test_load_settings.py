"""Which keys under `load` make sense together, and what becomes of them; where messages point is planning's."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fwcompare.model.load_settings import LoadSettings
from fwcompare.model.plan import Cell, LoadPoint, Stage
from fwcompare.planning.matrix import load_points

OPEN = {"duration": "10s", "rate": 100, "connections": [5, 20]}
CLOSED = {"duration": "10s", "connections": [5, 20]}


def points(**keys: object) -> list[LoadPoint]:
    return load_points(LoadSettings.model_validate(keys))


def refusal(**keys: object) -> str:
    with pytest.raises(ValidationError) as caught:
        LoadSettings.model_validate(keys)
    (problem,) = caught.value.errors()
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].removeprefix('Value error, ')}"


def test_a_load_is_as_it_was_unless_told_otherwise() -> None:
    (point,) = points(duration="5s", connections=3)
    assert (point.backlog, point.stages, point.spawn_rate, point.think_time_s) == ("queue", (), None, 0)


def test_a_backlog_is_a_word_or_its_limit() -> None:
    assert {point.backlog for point in points(**OPEN, backlog="queue")} == {"queue"}
    assert {(point.backlog, point.max_connections) for point in points(**OPEN, backlog={"grow": 20})} == {("grow", 20)}
    assert {(p.backlog, p.shed_after_s) for p in points(**OPEN, backlog={"shed": "250ms"})} == {("shed", 0.25)}
    assert {(p.backlog, p.shed_after_s) for p in points(**OPEN, backlog={"shed": "0s"})} == {("shed", 0)}


def test_stages_follow_the_rate_and_a_step_needs_no_duration() -> None:
    (point, _) = points(**OPEN, stages=[{"duration": "4s", "rate": 300}, {"rate": 50.5}])
    assert point.stages == (Stage(4, 300), Stage(0, 50.5))
    assert point.label == "c5-r100-staged"


def test_a_think_time_is_a_duration_or_a_mean_with_its_spread() -> None:
    (point, _) = points(**CLOSED, think_time="100ms")
    assert (point.think_time_s, point.think_time) == (0.1, "constant")
    (point, _) = points(**CLOSED, think_time={"mean": "2s", "spread": "exponential"})
    assert (point.think_time_s, point.think_time) == (2, "exponential")


def test_connections_may_be_started_until_the_warm_up_ends_and_no_later() -> None:
    # The first starts at once, so that 20 at 10 a second take 1.9 s.
    assert {point.spawn_rate for point in points(**CLOSED, spawn_rate=10, warmup="1900ms")} == {10}
    assert refusal(**CLOSED, spawn_rate=10, warmup="1800ms") == (
        "spawn_rate: starting 20 connections at 10 a second takes (20 - 1) / 10 = 1.9 s, and the warm-up is 1.8s; "
        "expected a `warmup` of at least that, or a higher `spawn_rate`"
    )


def test_a_warm_up_is_a_length_or_bounds_between_which_it_ends_by_itself() -> None:
    def bounds(warmup: object) -> set[tuple[float, float | None]]:
        return {(point.warmup_s, point.warmup_ceiling_s) for point in points(**CLOSED, warmup=warmup)}

    assert bounds("3s") == {(3, None)}
    assert bounds("auto") == bounds({"auto": {}}) == {(5, 30)}
    assert bounds({"auto": {"least": "2s", "most": "1m"}}) == {(2, 60)}


def test_the_schema_lets_a_word_a_duration_or_bounds_stand_for_a_warm_up() -> None:
    forms = LoadSettings.model_json_schema()["properties"]["warmup"]["anyOf"]
    assert forms == [
        {"type": "string"},
        {"anyOf": [{"const": "auto", "type": "string"}, {"$ref": "#/$defs/AutoWarmup"}]},
    ]


def test_connections_are_started_within_the_least_of_a_warm_up_that_ends_by_itself() -> None:
    warmup = {"auto": {"least": "1900ms"}}
    assert {point.spawn_rate for point in points(**CLOSED, spawn_rate=10, warmup=warmup)} == {10}
    assert "and the warm-up is 5s; expected a `warmup` of at least that" in refusal(
        **CLOSED, spawn_rate=3, warmup="auto"
    )


def test_a_load_after_a_warm_up_of_its_own_leads_in_for_half_a_second() -> None:
    assert [point.lead_s for point in points(duration="5s", warmup="3s")] == [3]
    assert [point.lead_s for point in points(duration="5s", warmup="auto")] == [0.5]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({**CLOSED, "backlog": {"grow": 50}}, "backlog: the closed model has no `backlog`"),
        ({**CLOSED, "stages": [{"rate": 5}]}, "stages: the closed model has no `stages`"),
        ({**OPEN, "spawn_rate": 5}, "spawn_rate: the open model has no `spawn_rate`"),
        ({**OPEN, "think_time": "1s"}, "think_time: the open model has no `think_time`"),
        (
            {**OPEN, "backlog": {"grow": 19}},
            "backlog: grow: 19 is less than the 20 `connections`; expected at least 20",
        ),
        ({**OPEN, "backlog": {"grow": 30, "shed": "1s"}}, "backlog: expected one of `grow` and `shed`"),
        ({**OPEN, "backlog": "grow"}, "backlog: 'grow' is no backlog; expected queue, {grow: 200} or {shed: 250ms}"),
        ({**OPEN, "backlog": {}}, "backlog: {} is no backlog"),
        ({**OPEN, "backlog": None}, "backlog: None is no backlog"),
        ({**OPEN, "backlog": {"shed": 250}}, "backlog.shed: 250 is no duration"),
        ({**OPEN, "backlog": {"grow": 0}}, "backlog.grow: Input should be greater than or equal to 1"),
        ({**OPEN, "stages": [{"rate": 0}]}, "stages.0.rate: Input should be greater than or equal to 0.001"),
        ({**OPEN, "stages": [{"duration": "5s"}]}, "stages.0.rate: Field required"),
        ({**OPEN, "rate": [1, 2], "stages": [{"rate": 5}]}, "stages: stages beside 2 rates would give loads that are"),
        ({**CLOSED, "warmup": "Auto"}, "warmup.[fixed]: 'Auto' is no duration"),
        ({**CLOSED, "warmup": {"auto": {"least": 2}}}, "warmup.[auto].auto.least: 2 is no duration"),
        (
            {**CLOSED, "warmup": {"auto": {"most": "4s"}}},
            "warmup.[auto].auto: most: 4s is too short to tell whether the throughput is steady: that takes 20 x",
        ),
        (
            {**CLOSED, "warmup": {"auto": {"least": "31s"}}},
            "warmup.[auto].auto: most: 30s is less than least: 31s; expected at least that",
        ),
        ({**CLOSED, "spawn_rate": 0}, "spawn_rate: Input should be greater than or equal to 0.001"),
        ({**CLOSED, "think_time": 100}, "think_time.mean: 100 is no duration"),
        ({**CLOSED, "think_time": {"mean": "1s", "spread": "normal"}}, "think_time.spread: Input should be 'constant'"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused_at_its_place(keys: dict[str, object], expected: str) -> None:
    assert refusal(**keys).startswith(expected)


def test_stages_that_would_not_all_come_are_refused_with_what_is_missing() -> None:
    late = [{"duration": "8s", "rate": 300}, {"duration": "2500ms", "rate": 50}]
    assert refusal(**OPEN, stages=late) == (
        "stages: the stages take 10.5 s, 0.5 s more than the `duration` of 10s; expected them to fit in it"
    )
    at_the_end = [{"duration": "10s", "rate": 300}, {"rate": 50}]
    assert "stages: the last stage is a step at the end of the `duration` of 10s" in refusal(**OPEN, stages=at_the_end)
    assert points(**OPEN, stages=at_the_end[:1])


def test_stages_that_need_more_requests_than_there_are_to_be_are_refused() -> None:
    # 4 s from 100 to 300 a second are 800 requests.
    stages = [{"duration": "4s", "rate": 300}, {"rate": 50}]
    assert points(rate=100, requests=801, stages=stages)
    assert refusal(rate=100, requests=800, stages=stages) == (
        "stages: 800 requests are due before the last stage is reached, and `requests` is 800; expected more "
        "`requests`, or shorter stages"
    )


@pytest.mark.parametrize(
    "keys",
    [
        {**OPEN, "backlog": {"grow": 30}, "stages": [{"duration": "1500ms", "rate": 7.5}, {"rate": 3}]},
        {**OPEN, "backlog": {"shed": "250ms"}},
        {**CLOSED, "warmup": "auto"},
        {**CLOSED, "warmup": {"auto": {"least": "2s", "most": "90s"}}},
        {**CLOSED, "spawn_rate": 50, "think_time": {"mean": "100ms", "spread": "exponential"}},
        CLOSED,
    ],
)
def test_what_is_recorded_is_read_back_equal_and_every_cell_has_a_digest_of_its_own(keys: dict[str, object]) -> None:
    load = LoadSettings.model_validate(keys)
    assert LoadSettings.model_validate_json(load.model_dump_json()) == load
    point = load_points(load)[0]
    assert json.loads(json.dumps(asdict(point)))["stages"] == [asdict(stage) for stage in point.stages]
    plain = LoadPoint(point.connections, 10.0, None, 2.0, 30.0, 5.0, keepalive=True, model=point.model, rate=point.rate)
    digests = {Cell("a", "w", (), (), each).digest for each in (point, plain)}
    assert len(digests) == (1 if keys is CLOSED else 2)
    assert hash(point) != hash(plain) or point == plain


@given(
    stages=st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 1000)), min_size=1, max_size=5),
    duration_ms=st.integers(1, 20_000),
)
def test_stages_are_taken_if_and_only_if_time_is_left_for_all_of_them(
    stages: list[tuple[int, int]], duration_ms: int
) -> None:
    keys = {
        "rate": 10,
        "duration": f"{duration_ms}ms",
        "stages": [{"duration": f"{length}ms", "rate": rate} for length, rate in stages],
    }
    needed_ms = sum(length for length, _ in stages) + (stages[-1][0] == 0)
    if needed_ms <= duration_ms:
        assert len(points(**keys)[0].stages) == len(stages)
    else:
        assert refusal(**keys).startswith("stages: ")
