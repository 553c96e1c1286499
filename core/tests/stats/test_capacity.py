"""The search for a capacity, played against targets whose true capacity is known."""

import math
import random
import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from fwcompare.stats.capacity import Ask, Found, Tried, Verdict, next_step


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a simulation that is to be had again


def play(answer: Callable[[float], Verdict], start: float = 100.0, most: int = 35) -> tuple[Found, list[Tried]]:
    tried: list[Tried] = []
    while True:
        step = next_step(start, tried, most_probes=most)
        if isinstance(step, Found):
            return step, tried
        tried.append(Tried(step.rate_rps, answer(step.rate_rps), "busy", "client"))


def below(capacity: float) -> Callable[[float], Verdict]:
    return lambda rate: "pass" if rate <= capacity else "fail"


def by_chance(source: random.Random, capacity: float, scale: float) -> Callable[[float], Verdict]:
    """Pass with a probability of 1/2 at the capacity, and less above it; ``scale`` is in logarithms of the rate."""

    def answer(rate: float) -> Verdict:
        return "pass" if source.random() < 1 / (1 + (rate / capacity) ** (1 / scale)) else "fail"

    return answer


@pytest.mark.parametrize(
    ("scale", "most_rmse", "least_found"), [(0.01, 0.015, 0.97), (0.03, 0.032, 0.9)], ids=["quiet", "noisy"]
)
def test_a_bracket_holds_the_truth_and_takes_at_most_35_probes(
    scale: float, most_rmse: float, least_found: float
) -> None:
    source = seeded(1)
    holds, errors, found = 0, [], 0
    runs = 100
    for _ in range(runs):
        capacity = math.exp(source.uniform(math.log(50), math.log(5000)))
        outcome, tried = play(by_chance(source, capacity, scale), start=capacity * math.exp(source.uniform(-2, 2)))
        assert len(tried) <= 35
        assert outcome.estimate_rps is not None
        errors.append(math.log(outcome.estimate_rps / capacity))
        if outcome.state == "bracket":
            assert outcome.low_rps is not None
            assert outcome.high_rps is not None
            found += 1
            holds += outcome.low_rps <= capacity <= outcome.high_rps
    assert found >= least_found * runs
    assert holds >= 0.95 * found
    assert math.sqrt(math.fsum(error**2 for error in errors) / runs) <= most_rmse


def test_an_answer_that_is_chance_at_every_rate_is_unresolved() -> None:
    source = seeded(2)
    states = [play(lambda _rate: source.choice(["pass", "fail"]))[0].state for _ in range(60)]
    # 4 of 5 on both sides come by chance in at most (6/32 + what widening adds) squared.
    assert states.count("bracket") <= 15


def test_the_bracket_goes_by_factors_of_1_6_up_or_down_until_the_answer_changes() -> None:
    up = [probe.rate_rps for probe in play(below(380), start=100)[1]][:4]
    assert up == pytest.approx([100, 160, 256, 409.6])
    down = [probe.rate_rps for probe in play(below(30), start=100)[1]][:4]
    assert down == pytest.approx([100, 62.5, 39.06, 24.41])


def test_a_first_probe_that_was_chance_does_not_shut_the_truth_out() -> None:
    answers = below(100)
    outcome, _ = play(lambda rate: "fail" if rate == 90 else answers(rate), start=90)
    assert outcome.state == "bracket"
    assert outcome.low_rps is not None
    assert outcome.high_rps is not None
    assert outcome.low_rps <= 100 <= outcome.high_rps


def test_the_confirmation_probes_both_sides_and_stops_early() -> None:
    outcome, tried = play(below(250))
    last = [probe.rate_rps for probe in tried[-8:]]
    assert last == [outcome.low_rps] * 4 + [outcome.high_rps] * 4
    assert outcome.low_rps == pytest.approx(0.95 * (outcome.estimate_rps or 0), rel=1e-3)
    assert outcome.high_rps == pytest.approx(1.05 * (outcome.estimate_rps or 0), rel=1e-3)


def test_one_probe_of_a_search_is_profiled_and_it_is_near_the_capacity() -> None:
    _, tried = play(below(250))
    steps = [next_step(100, tried[:number]) for number in range(len(tried))]
    profiled = [step for step in steps if isinstance(step, Ask) and step.profiled]
    assert [step.phase for step in profiled] == ["confirmation"]
    assert profiled[0].rate_rps == pytest.approx(237, abs=10)


def test_a_side_that_is_not_confirmed_is_widened_to_10_percent_and_then_given_up() -> None:
    _, tried = play(below(250))
    # All that passed in the confirmation of the lower side, failed instead.
    bisected = tried[:-8]
    lower = tried[-8].rate_rps
    failed = [*bisected, Tried(lower, "fail"), Tried(lower, "fail")]
    widened = next_step(100, failed)
    assert isinstance(widened, Ask)
    assert widened.rate_rps == pytest.approx(lower * 0.9 / 0.95, rel=1e-3)
    again = Tried(widened.rate_rps, "fail")
    given_up = next_step(100, [*failed, again, again])
    assert isinstance(given_up, Found)
    assert (given_up.state, given_up.reason) == (
        "unresolved",
        f"{widened.rate_rps:g} req/s did not pass 4 of 5 probes",
    )


def test_an_invalid_probe_is_repeated_and_counts_for_nothing() -> None:
    source = seeded(3)
    truth = below(250)
    disturbed, tried = play(lambda rate: "invalid" if source.random() < 0.2 else truth(rate))
    undisturbed, _ = play(truth)
    assert disturbed == undisturbed
    for probe, after in pairwise(tried):
        assert probe.verdict != "invalid" or after.rate_rps == probe.rate_rps


def test_a_client_that_cannot_offer_more_gives_a_lower_bound() -> None:
    outcome, tried = play(lambda rate: "pass" if rate < 1000 else "invalid")
    assert (outcome.state, outcome.low_rps, outcome.high_rps) == ("client-bound", 655.4, None)
    assert outcome.reason == "5 probes in a row were invalid at 1049 req/s: busy"
    assert len(tried) == 10


@pytest.mark.parametrize(
    ("answer", "words"), [("pass", "even .* req/s passed after"), ("fail", "even .* req/s failed after")]
)
def test_a_search_without_an_end_is_given_up(answer: Verdict, words: str) -> None:
    outcome, tried = play(lambda _rate: answer)
    assert outcome.state == "unresolved"
    assert len(tried) < 35
    assert re.match(words, outcome.reason)


def test_a_search_goes_on_from_its_probes_as_if_there_had_been_no_end() -> None:
    whole, tried = play(below(777))
    for number in range(len(tried)):
        step = next_step(100, tried[:number])
        assert isinstance(step, Ask)
        assert step.rate_rps == tried[number].rate_rps
    assert next_step(100, tried) == whole


@pytest.mark.parametrize(("p99_ms", "truth_rps"), [(8.67, 250), (14.97, 350), (22.71, 400)])
def test_the_bracket_of_a_simulated_queue_holds_what_queueing_theory_gives(p99_ms: float, truth_rps: float) -> None:
    # One clerk who takes 2 ms, Poisson arrivals, probes of 60 s: what a real server is asked in the truth test.
    source = np.random.default_rng(6)

    def answer(rate: float) -> Verdict:
        due_ms = np.cumsum(source.exponential(1000 / rate, round(rate * 60)))
        served = 2 * np.arange(len(due_ms))
        # Lindley, unrolled: done(i) is the latest of due(j) + 2 ms for each of j to i.
        response_ms = np.maximum.accumulate(due_ms - served) + served + 2 - due_ms
        return "pass" if np.quantile(response_ms, 0.99) <= p99_ms else "fail"

    outcome, tried = play(answer)
    assert outcome.state == "bracket", outcome.reason
    assert outcome.low_rps is not None
    assert outcome.high_rps is not None
    assert outcome.low_rps <= truth_rps <= outcome.high_rps
    assert len(tried) <= 35
