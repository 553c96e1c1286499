"""What a differential flamegraph cannot show, of stacks whose samples are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.functions import ProfiledTrial
from fwcompare.profilers.folded import Stack
from fwcompare.profilers.undrawn import undrawn, undrawn_line

TRIAL = ProfiledTrial(
    run="2026-11-20-users-3f9c",
    cell="go-c10",
    block=1,
    attempt=1,
    target="go",
    title="net/http",
    language="go",
    profiler="perf-fp",
    samples=100,
    rate_hz=99,
    window_s=4.0,
    busy_threads=0.5,
    profiler_cpu_s=0.2,
    cpu_ms_per_request=2.0,
)
stacks = st.dictionaries(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple), st.integers(1, 9), min_size=1, max_size=9
)


@given(stacks, stacks)
def test_it_is_what_lies_below_the_frames_where_the_first_leaves_the_second(
    a: dict[Stack, int], b: dict[Stack, int]
) -> None:
    found = undrawn(TRIAL, a, b)
    assert found is not None
    assert found.ms == pytest.approx(sum(ms for _, ms in found.below))
    assert 0 <= found.ms <= 2.000001
    hidden = sum(count for stack, count in a.items() if not any(other[: len(stack)] == stack for other in b))
    assert found.ms == pytest.approx(2.0 * hidden / sum(a.values()))


@given(stacks)
def test_nothing_of_a_profile_is_missing_in_itself(a: dict[Stack, int]) -> None:
    found = undrawn(TRIAL, a, a)
    assert found is not None
    assert found.below == ()
    assert undrawn_line(TRIAL, TRIAL, found) == ""


def test_without_cpu_time_or_samples_there_is_nothing_to_say() -> None:
    unknown = TRIAL.model_copy(update={"cpu_ms_per_request": None})
    assert undrawn(unknown, {("a",): 1}, {("b",): 1}) is None
    assert undrawn(TRIAL, {}, {("b",): 1}) is None
    assert undrawn_line(TRIAL, TRIAL, None) == ""


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"target": "axum"}, ("go", "axum")),
        ({"cell": "go-c50"}, ("go-c10", "go-c50")),
        ({"run": "2026-11-21-users-0000"}, ("run 2026-11-20-users-3f9c", "run 2026-11-21-users-0000")),
        ({"block": 3}, ("block 1", "block 3")),
    ],
)
def test_the_two_are_named_by_what_tells_them_apart(change: dict[str, object], names: tuple[str, str]) -> None:
    found = undrawn(TRIAL, {("a",): 3, ("b",): 1}, {("b",): 1})
    assert undrawn_line(TRIAL, TRIAL.model_copy(update=change), found) == (
        f"not drawn: 1.5 ms per request that {names[0]} spends in calls never seen in {names[1]}: 1.5 from a on"
    )


def test_only_as_many_frames_are_named_as_a_line_has_room_for() -> None:
    found = undrawn(TRIAL, {("a",): 3, ("x" * 200,): 2, ("c",): 1}, {("z",): 1})
    assert undrawn_line(TRIAL, TRIAL.model_copy(update={"target": "b"}), found).endswith("in b: 1 from a on")
