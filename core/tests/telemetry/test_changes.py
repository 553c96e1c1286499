"""Who ended or began within a window, from made-up lives."""

from fwcompare.telemetry.changes import Life, changes_between


def test_processes_that_live_throughout_are_no_change() -> None:
    assert changes_between([Life(1, began_s=0.0), Life(2, 9.9)], 10.0, 20.0) == ()


def test_a_worker_that_is_recycled_is_named_with_its_successor_in_the_order_of_time() -> None:
    lives = [Life(4719, began_s=13.3), Life(4711, 0.0, seen_s=13.1, gone_s=13.2)]
    assert changes_between(lives, 10.0, 20.0) == (
        "process 4711 ended 3.2 s into the window",
        "process 4719 began 3.3 s into the window",
    )


def test_what_ends_or_begins_before_or_after_the_window_is_no_change() -> None:
    before, after = Life(1, 1.0, seen_s=9.8, gone_s=9.9), Life(2, 1.0, seen_s=20.0, gone_s=20.1)
    assert changes_between([before, after, Life(3, 20.1)], 10.0, 20.0) == ()


def test_a_beginning_that_may_have_been_within_counts_as_start_times_are_whole_ticks() -> None:
    assert changes_between([Life(3, 9.995)], 10.0, 20.0) == ("process 3 began 0.0 s into the window",)
    assert changes_between([Life(3, 9.985)], 10.0, 20.0) == ()


def test_an_end_that_may_have_been_within_counts() -> None:
    across_the_start, across_the_end = Life(1, 1.0, seen_s=9.95, gone_s=10.05), Life(2, 1.0, seen_s=19.95, gone_s=20.05)
    assert changes_between([across_the_start, across_the_end], 10.0, 20.0) == (
        "process 1 ended 0.1 s into the window",
        "process 2 ended 10.0 s into the window",
    )


def test_a_process_that_came_and_went_is_named_twice() -> None:
    assert changes_between([Life(7, 12.0, seen_s=12.4, gone_s=12.5)], 10.0, 20.0) == (
        "process 7 began 2.0 s into the window",
        "process 7 ended 2.5 s into the window",
    )
