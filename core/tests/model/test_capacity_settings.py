"""What a scenario may say of a capacity, and what does not go with it."""

import pytest

from fwcompare.model.load_settings import LoadSettings


def settings(**keys: object) -> LoadSettings:
    return LoadSettings.model_validate(keys)


CAPACITY = {"slo": {"p99": "250ms"}}


def test_a_capacity_makes_the_load_open_and_needs_no_rate() -> None:
    load = settings(capacity={**CAPACITY, "from": 50}, connections=[4], duration="5s")
    assert (load.model, load.rate) == ("open", None)
    assert load.capacity is not None
    assert (load.capacity.from_, load.capacity.slo.limit_ms, load.capacity.slo.errors) == (50, 250, 0.001)
    assert load.capacity.slo.words == "p99 <= 250 ms, errors <= 0.1 %"


def test_a_capacity_is_read_back_as_it_was_written() -> None:
    load = settings(capacity={**CAPACITY, "from": 50}, rate="70% of slowest capacity", duration="5s")
    assert load.rate_of_capacity == pytest.approx(0.7)
    assert LoadSettings.model_validate_json(load.model_dump_json()) == load


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"capacity": {"slo": {}}}, "none given; expected exactly one of p50, p90 and p99"),
        ({"capacity": {"slo": {"p50": "1ms", "p99": "2ms"}}}, "p50 and p99 given"),
        ({"capacity": {"slo": {"p99": "0ms"}}}, "p99 is no time"),
        ({"capacity": CAPACITY, "rate": 100}, "`rate` beside `capacity`"),
        ({"capacity": CAPACITY, "slo": {"p99": "1ms"}}, "`slo` beside `capacity`"),
        ({"capacity": CAPACITY, "connections": [1, 2], "rate": "70% of slowest capacity"}, "several `connections`"),
        ({"rate": "70% of slowest capacity"}, "needs `capacity"),
        ({"rate": "70% of fastest capacity"}, "valid number"),
        ({"capacity": {"slo": {"p99": "1ms"}, "probes": 5}}, "greater than or equal to 25"),
    ],
)
def test_what_does_not_go_with_a_capacity_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(duration="5s", **given)


def test_a_capacity_is_sought_for_a_time_and_not_for_a_number_of_requests() -> None:
    with pytest.raises(ValueError, match="`requests` beside `capacity`; expected `duration`, of one probe"):
        settings(capacity=CAPACITY, requests=1000)
