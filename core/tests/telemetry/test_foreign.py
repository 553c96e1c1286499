"""Who is foreign and what they used, from made-up readings."""

from collections.abc import Collection, Sequence

import pytest

from fwcompare.telemetry.foreign import ENDED, ForeignAccount, foreign_among
from fwcompare.telemetry.procfs import Reading


def reading(
    pid: int, parent: int = 1, *, user: int = 0, waited: int = 0, name: str = "x", kernel: bool = False
) -> Reading:
    return Reading(pid, 0, parent, user, 0, waited, 0, 1, 1, zombie=False, name=name, kernel=kernel)


def looked(*looks: Sequence[Reading]) -> ForeignAccount:
    remaining = iter(looks)

    def read(_ours: Collection[int]) -> Sequence[Reading]:
        return next(remaining)

    account = ForeignAccount(0.01, read)
    for at_s in range(len(looks)):
        account.look(float(at_s), ())
    return account


def test_threads_of_the_kernel_and_what_ours_have_begun_are_not_foreign() -> None:
    readings = [reading(1), reading(2, 0, kernel=True), reading(50, 1), reading(70, 60), reading(71, 70)]
    assert [one.pid for one in foreign_among(readings, ours={60})] == [1, 50]


def test_parents_in_a_ring_end_the_search() -> None:
    assert [one.pid for one in foreign_among([reading(5, 6), reading(6, 5)], ours={60})] == [5, 6]


def test_what_was_used_before_the_first_look_does_not_count() -> None:
    account = looked([reading(5, user=1000)], [reading(5, user=1040)])
    assert account.totals_s[1] - account.totals_s[0] == pytest.approx(0.4)
    assert account.used_s(0.0, 1.0) == pytest.approx({"x": 0.4})


def test_names_get_what_they_used_within_the_window_and_equal_names_are_one() -> None:
    first = [reading(5, name="cc"), reading(6, name="cc"), reading(7, name="sh")]
    second = [reading(5, user=100, name="cc"), reading(6, user=50, name="cc"), reading(7, name="sh")]
    account = looked(first, second)
    assert account.used_s(0.5, 1.0) == pytest.approx({"cc": 0.75})


def test_a_process_that_ended_between_two_looks_is_counted_by_whom_waited_for_it() -> None:
    account = looked([reading(5, user=10)], [reading(5, user=10, waited=30)])
    assert account.totals_s[1] - account.totals_s[0] == pytest.approx(0.3)
    assert account.used_s(0.0, 1.0) == pytest.approx({ENDED: 0.3})


def test_the_time_of_a_child_that_was_known_before_is_not_counted_twice() -> None:
    account = looked([reading(5), reading(6, 5, user=500)], [reading(5, waited=510)])
    assert account.totals_s[1] - account.totals_s[0] == pytest.approx(0.1)
