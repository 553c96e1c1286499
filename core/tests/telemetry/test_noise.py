"""What counts as foreign CPU time, from made-up figures of two CPUs over ten seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.telemetry.noise import busiest, foreign_share


def share(*, strangers_s: float = 0.0, ours_s: float = 0.0, busy_s: float = 0.0, window_s: float = 10.0) -> float:
    return foreign_share(strangers_s=strangers_s, ours_s=ours_s, busy_s=busy_s, cpus=2, window_s=window_s, tick_s=0.01)


def test_a_busy_loop_on_one_of_two_cpus_is_half() -> None:
    assert share(strangers_s=10.0, ours_s=5.0, busy_s=15.0) == pytest.approx(0.5)


def test_interrupts_that_the_machine_charges_to_nobody_hide_no_stranger() -> None:
    # As measured: a null server and its client use all but everything, a third of it in interrupts.
    assert share(strangers_s=1.0, ours_s=18.5, busy_s=12.5) == pytest.approx(0.05)


def test_nobody_is_blamed_for_what_is_chance() -> None:
    # Half busy, 2,000 ticks: one standard error is 1.1 % of them.
    assert share(ours_s=10.0, busy_s=10.6) == 0.0


def test_what_cannot_be_seen_shows_in_the_machines_counters() -> None:
    assert share(ours_s=10.0, busy_s=14.0) == pytest.approx(0.2, abs=0.035)
    assert share(ours_s=10.0, busy_s=14.0, window_s=10.0) > 0.02


def test_an_idle_machine_has_none() -> None:
    assert share() == 0.0


@given(st.floats(0, 20), st.floats(0, 20), st.floats(0, 20))
def test_it_is_never_less_than_what_was_seen_of_strangers(strangers_s: float, ours_s: float, busy_s: float) -> None:
    assert share(strangers_s=strangers_s, ours_s=ours_s, busy_s=busy_s) >= min(1.0, strangers_s / 20) - 1e-12


def test_the_three_busiest_are_named_and_who_did_next_to_nothing_is_not() -> None:
    used = {"rustc": 8.0, "cc1plus": 4.0, "bash": 0.001, "python": 2.0, "cron": 1.0}
    assert busiest(used, cpus=2, window_s=10.0) == ("rustc 40.0%", "cc1plus 20.0%", "python 10.0%")
    assert busiest({"bash": 0.001}, cpus=2, window_s=10.0) == ()
