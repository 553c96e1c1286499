import math

import pytest

from loadgen_bench import truths
from loadgen_bench.tools import TOOLS
from loadgen_bench.truth_trials import NAMES, STALL, trials


def test_the_stalling_server_has_the_times_of_method() -> None:
    assert truths.stall_ms(0.5, 200, 1000, 500) == {
        "p50": pytest.approx(0.5),
        "p90": pytest.approx(125.5),
        "p99": pytest.approx(193.0),
        "mean": pytest.approx(0.5 + 200**2 / 1500),
    }


def test_a_queue_serves_one_after_the_other_from_when_each_is_due() -> None:
    # Served until 3, 6, 7 and 23: times 3, 5, 5 and 3.
    times = truths.queue_ms([0.0, 1.0, 2.0, 20.0], [3.0, 3.0, 1.0, 3.0])

    assert times == {"p50": 3.0, "p90": 5.0, "p99": 5.0, "mean": 4.0}


def test_a_queue_in_front_of_two_clerks_goes_to_the_one_who_is_free_first() -> None:
    # Served until 3, 4, 4 and 23: times 3, 3, 2 and 3.
    times = truths.queue_ms([0.0, 1.0, 2.0, 20.0], [3.0, 3.0, 1.0, 3.0], clerks=2)

    assert times == {"p50": 3.0, "p90": 3.0, "p99": 3.0, "mean": 2.75}


def test_constant_arrivals_are_due_at_multiples_of_the_gap() -> None:
    assert truths.constant_due_ms(500.0, 3) == [0.0, 2.0, 4.0]


def test_drawn_arrivals_and_services_have_their_means() -> None:
    due_ms = truths.poisson_due_ms(100.0, 11, 20_000)

    assert due_ms[-1] / len(due_ms) == pytest.approx(10.0, rel=0.03)
    assert math.fsum(truths.drawn_service_ms(10.0, 7, 20_000)) / 20_000 == pytest.approx(10.0, rel=0.03)


@pytest.mark.parametrize(
    ("name", "truth", "said", "right"),
    [
        ("p99", 193.0, 196.8, True),
        ("p99", 193.0, 197.0, False),
        ("p50", 0.5, 0.69, True),
        ("p50", 0.5, 0.71, False),
        ("connections", 8, 8.07, True),
        ("connections", 8, 8.09, False),
    ],
)
def test_a_figure_is_right_within_two_per_cent_or_the_way_over_loopback(
    name: str,
    truth: float,
    said: float,
    right: bool,  # noqa: FBT001 - the expected answer
) -> None:
    assert truths.within(name, truth, said) is right


def test_every_tool_has_a_trial_of_every_truth() -> None:
    for name in NAMES:
        for tool in TOOLS:
            assert [trial for trial in trials(name, tool) if trial.truth], (name, tool.name)


def test_every_tool_shows_what_it_reports_of_the_stalling_server_in_a_mode_that_it_has() -> None:
    for tool in TOOLS:
        assert [one for one in trials(STALL, tool) if not one.truth and tool.refusal(one.load) is None], tool.name
