"""The canary: what it is held to, and that it speaks of the host in every trial."""

import statistics
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from fwcompare.session.canary import Canary, HashSpin, spin_median_ms
from fwcompare.testing.fakes import Behaviour

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


def canary(*medians_ms: float) -> Canary:
    """Give one whose trials take so long, each of its ten spins alike."""
    spins = [each for median in medians_ms for each in [median] * 10]
    return Canary(lambda: spins.pop(0))


def judged(*medians_ms: float) -> Sequence[bool]:
    bird = canary(*medians_ms)
    return [bird.gate().passed for _ in medians_ms]


def test_a_trial_is_held_to_the_median_of_the_session_from_the_third_on() -> None:
    assert judged(40, 40, 40, 41.9, 42.1, 38.1, 37.9) == [True, True, True, True, False, True, False]
    # With two there is no telling which of them is the disturbed one.
    assert judged(40, 80, 40, 40) == [True, True, True, True]
    assert judged(40, 40, 80, 40, 40) == [True, True, False, True, True]


def test_a_gate_tells_both_times_and_speaks_of_the_host() -> None:
    bird = canary(40, 40, 44)
    first, _, gate = bird.gate(), bird.gate(), bird.gate()
    assert first.seen == "40.0 ms of CPU time, among the first of the session"
    assert gate.seen == "44.0 ms of CPU time, +10.0 % off the session's median of 40.0 ms"
    assert (gate.passed, gate.limit, gate.about) == (False, "within 5% of the session's median", "host")


def test_a_few_slow_spins_of_ten_are_no_sign() -> None:
    spins = [40.0] * 6 + [90.0] * 4
    assert spin_median_ms(lambda: spins.pop(0)) == 40


def test_every_trial_has_the_canarys_word_before_anything_is_started(play: Callable[..., "Play"]) -> None:
    game = play(only=Behaviour())

    def spin() -> float:
        game.machine.events.append("spin")
        return 40.0 if game.machine.events.count("spin") <= 30 else 50.0

    game.change(canary=Canary(spin))
    trials = game.run(repeats=4).report.trials
    assert game.machine.events[2:14] == [*["spin"] * 10, "restore target_only", "start only"]
    assert {trial.gates[0].name for trial in trials} == {"canary"}
    # A block on a host that is not what it was is run again, as often as the scenario lets it.
    disturbed = [(trial.planned.block, trial.planned.attempt) for trial in trials if trial.disturbed]
    assert disturbed == [(4, 1), (4, 2), (4, 3)]


def test_a_failed_trial_keeps_what_the_canary_said(play: Callable[..., "Play"]) -> None:
    trial = play(bad=Behaviour(ready=False)).run(repeats=1).report.trials[0]
    assert trial.outcome == "failed"
    assert [gate.name for gate in trial.gates] == ["canary"]


def test_the_real_spin_is_the_same_work_each_time_and_costs_about_what_it_should() -> None:
    spin = HashSpin()
    spins_ms = [spin() for _ in range(12)]
    # Generous: the first spins may be those of a CPU that is clocked down.
    assert 15 < statistics.median(spins_ms) < 110
    assert min(spins_ms) > 0.4 * statistics.median(spins_ms)


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_a_host_that_changed_by_a_fifth_is_disturbed_until_it_is_the_usual(factor: float) -> None:
    # The median follows once as many trials were of the new kind.
    assert judged(*[40.0] * 3, *[40.0 * factor] * 5) == [True] * 3 + [False] * 2 + [False, True, True]
