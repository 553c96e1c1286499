"""Self and total of stacks whose samples are known; nothing is lost, and nothing counts twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.errors import MeasurementError
from fwcompare.model.functions import FunctionTable, ProfiledTrial
from fwcompare.stats.functions import compare_functions, function_table
from fwcompare.stats.packages import NATIVE, Stack

TRIAL = ProfiledTrial(
    run="2026-11-20-users-3f9c",
    cell="fastapi-c10",
    block=1,
    attempt=1,
    target="fastapi",
    workload="users",
    title="FastAPI",
    language="python",
    profiler="py-spy",
    samples=0,
    rate_hz=99,
    window_s=4.0,
    busy_threads=0.9,
    profiler_cpu_s=0.2,
    cpu_ms_per_request=2.0,
    cores=0.9,
)
RUST = TRIAL.model_copy(
    update={"target": "axum", "cell": "axum-c10", "language": "rust", "profiler": "perf", "cpu_ms_per_request": 0.1}
)

frames = st.sampled_from(
    [
        "main (app/main.py)",
        "read (app/db.py)",
        "all (sqlalchemy/orm/query.py)",
        "tokio::run",
        "do_syscall_64",
        "[unknown]",
    ]
)
profiles = st.dictionaries(
    st.lists(frames, min_size=1, max_size=6).map(tuple), st.integers(min_value=1, max_value=500), min_size=1, max_size=9
)


@given(profiles, st.sampled_from(["py-spy", "perf"]))
def test_self_times_add_up_to_the_whole_and_no_total_exceeds_it(stacks: dict[Stack, int], profiler: str) -> None:
    table = function_table(stacks, TRIAL.model_copy(update={"profiler": profiler}))
    whole = sum(stacks.values())
    assert table.trial.samples == whole
    for times in (table.functions, table.packages):
        assert sum(time.self_samples for time in times) == whole
        assert sum(time.self_ms or 0 for time in times) == pytest.approx(2.0)
        assert all(time.self_samples <= time.total_samples <= whole for time in times)


@given(profiles, profiles)
def test_differences_add_up_to_the_difference_of_the_whole_and_turn_with_the_sides(
    a: dict[Stack, int], b: dict[Stack, int]
) -> None:
    first, second = function_table(a, TRIAL), function_table(b, TRIAL.model_copy(update={"cpu_ms_per_request": 5.0}))
    there, back = compare_functions(first, second), compare_functions(second, first)
    for changes, turned in ((there.functions, back.functions), (there.packages, back.packages)):
        assert sum(change.self_ms for change in changes) == pytest.approx(3.0)
        assert [(one.name, one.self_ms) for one in turned] == [(one.name, -one.self_ms) for one in changes]
        sizes = [abs(change.self_ms) for change in changes]
        assert sizes == sorted(sizes, reverse=True)


def test_a_function_that_calls_itself_counts_once_in_total() -> None:
    table = function_table({("walk (app/tree.py)",) * 3: 6, ("walk (app/tree.py)", "leaf (app/tree.py)"): 4}, TRIAL)
    (walk, leaf) = table.functions
    assert (walk.name, walk.self_samples, walk.total_samples) == ("walk (app/tree.py)", 6, 10)
    assert [walk.self_ms, walk.total_ms, leaf.self_ms] == pytest.approx([1.2, 2.0, 0.8])
    assert [(package.name, package.total_samples) for package in table.packages] == [("app", 10)]


def test_the_name_of_a_thread_is_no_function() -> None:
    table = function_table({("tokio-rt-worker", "tokio::run", "ring::sign"): 3, ("tokio-rt-worker",): 1}, RUST)
    assert [time.name for time in table.functions] == ["ring::sign", "tokio-rt-worker", "tokio::run"]
    assert [(time.name, time.total_samples) for time in table.packages] == [("ring", 3), (NATIVE, 1), ("tokio", 3)]


def test_packages_are_told_as_the_language_of_the_target_has_them() -> None:
    stacks: dict[Stack, int] = {("fwc-go", "runtime.goexit", "net/http.(*conn).serve", "main.users"): 4}
    of_go = function_table(stacks, RUST.model_copy(update={"language": "go", "profiler": "perf-fp"}))
    assert [time.name for time in of_go.packages] == ["main", "[go runtime]", "net/http [go std]"]
    assert [time.name for time in function_table(stacks, RUST).packages] == [NATIVE]


def table(stacks: dict[Stack, int], trial: ProfiledTrial = TRIAL) -> FunctionTable:
    return function_table(stacks, trial)


def test_a_difference_of_few_samples_has_a_large_error_and_one_of_many_a_small_one() -> None:
    a, b = ("parse (json/decoder.py)",), ("read (app/db.py)",)
    few = compare_functions(table({a: 9, b: 1}), table({a: 8, b: 2}))
    many = compare_functions(table({a: 9000, b: 1000}), table({a: 8000, b: 2000}))
    assert few.functions[0].self_ms == pytest.approx(many.functions[0].self_ms)
    assert few.functions[0].self_error_ms > abs(few.functions[0].self_ms)
    # sqrt(0.9 x 0.1 / 10000 + 0.8 x 0.2 / 10000) of 2 ms
    assert many.functions[0].self_error_ms == pytest.approx(0.01, rel=0.01)


def test_what_one_side_never_showed_took_nothing_there_within_an_error() -> None:
    (gone, _) = compare_functions(
        table({("x (a/b.py)",): 50, ("y (a/b.py)",): 50}), table({("y (a/b.py)",): 50})
    ).functions
    assert (gone.a_self_ms, gone.b_self_ms) == (1.0, 0.0)
    assert gone.self_error_ms > 0


def test_a_comparison_across_languages_says_what_can_be_held_side_by_side() -> None:
    found = compare_functions(table({("read (app/db.py)",): 50}), table({("w", "tokio::run"): 50}, RUST))
    assert found.notes[0].startswith("a is in python, b in rust: no function of one is in the other")
    assert "py-spy counts C code and the kernel" in found.notes[1]
    assert compare_functions(table({("x",): 1}), table({("x",): 1})).notes == []


def test_samples_of_threads_that_only_wanted_to_run_are_told() -> None:
    crowded = TRIAL.model_copy(update={"busy_threads": 2.1, "cores": 0.92})
    (note,) = compare_functions(table({("x",): 1}), table({("x",): 1}, crowded)).notes
    assert note.startswith("In the profile of b, 2.10 threads were busy on average, and the kernel counted 0.92 cores")


def test_without_cpu_time_there_are_shares_and_no_comparison() -> None:
    unknown = table({("x",): 3}, TRIAL.model_copy(update={"cpu_ms_per_request": None}))
    assert (unknown.functions[0].self_samples, unknown.functions[0].self_ms) == (3, None)
    with pytest.raises(MeasurementError, match=r"fastapi-c10 in run .* cannot be compared"):
        compare_functions(table({("x",): 1}), unknown)
    with pytest.raises(MeasurementError, match="no samples"):
        compare_functions(table({}), table({("x",): 1}))
