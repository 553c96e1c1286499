"""The p99 of what was answered between two looks."""

from hypothesis import given
from hypothesis import strategies as st

from fwcompare.stats.recent import ENOUGH, recent_p99_ms


def test_only_what_came_between_the_looks_counts() -> None:
    before = ((1.0, 5_000), (400.0, 5_000))
    now = ((1.0, 5_980), (2.0, 10), (4.0, 10), (400.0, 5_000))
    assert recent_p99_ms(before, now) == 2.0


def test_of_fewer_than_a_hundred_answers_there_is_none() -> None:
    assert recent_p99_ms((), ((1.0, ENOUGH - 1),)) is None
    assert recent_p99_ms((), ((1.0, ENOUGH),)) == 1.0
    assert recent_p99_ms(((1.0, ENOUGH),), ((1.0, ENOUGH),)) is None
    assert recent_p99_ms((), ()) is None


@given(st.lists(st.integers(0, 50), min_size=100, max_size=300), st.lists(st.integers(0, 50), max_size=300))
def test_it_is_the_time_that_99_of_100_answers_did_not_exceed(new: list[int], old: list[int]) -> None:
    def counted(times: list[int]) -> list[tuple[float, int]]:
        return [(float(ms), times.count(ms)) for ms in sorted(set(times))]

    p99 = recent_p99_ms(counted(old), counted(old + new))
    assert p99 is not None
    assert sum(ms <= p99 for ms in new) >= 0.99 * len(new)
    assert sum(ms < p99 for ms in new) < 0.99 * len(new)
