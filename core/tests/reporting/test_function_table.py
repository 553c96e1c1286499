"""Rows about functions: figures first, what is left out summed up, and nothing that a frame is called can do harm."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.model.functions import FunctionComparison, FunctionTable, ProfiledTrial
from fwcompare.reporting.function_table import answer_line, change_rows, profile_line, top_rows
from fwcompare.stats.functions import compare_functions, function_table
from fwcompare.stats.packages import Stack

TRIAL = ProfiledTrial(
    run="2026-11-20-users-3f9c",
    cell="fastapi-c10",
    block=2,
    attempt=1,
    target="fastapi",
    title="FastAPI\nand \x1b[31mmore",
    language="python",
    profiler="py-spy",
    samples=0,
    rate_hz=99,
    window_s=4.0,
    busy_threads=0.95,
    profiler_cpu_s=0.214,
    cpu_ms_per_request=2.0,
    cores=0.83,
    cpus=1.0,
)
DJANGO = TRIAL.model_copy(
    update={"cell": "django-c10", "title": "Django", "cpu_ms_per_request": 4.0, "attempt": 2, "cpus": None}
)
ROWS = (("main (app/main.py)", "read (app/db.py)"), ("main (app/main.py)", "load (json/decoder.py)"))
OTHER = (("main (app/main.py)", "build (orm/rows.py)"), ("main (app/main.py)", "load (json/decoder.py)"))


@pytest.fixture
def table() -> FunctionTable:
    return function_table({ROWS[0]: 600, ROWS[1]: 380, ROWS[0][:1]: 20}, TRIAL)


@pytest.fixture
def comparison(table: FunctionTable) -> FunctionComparison:
    return compare_functions(table, function_table({OTHER[0]: 800, OTHER[1]: 200}, DJANGO))


def test_the_dearest_functions_come_first_then_all_others_then_the_whole(table: FunctionTable) -> None:
    header, rows = top_rows(table, 2)
    assert header == ("self ms", "+/-", "self", "total ms", "total", "function")
    assert rows == [
        ("1.20", "0.0620", "60.0 %", "1.20", "60.0 %", "read (app/db.py)"),
        ("0.760", "0.0614", "38.0 %", "0.760", "38.0 %", "load (json/decoder.py)"),
        ("0.0400", "", "2.00 %", "", "", "(1 other function)"),
        ("2.00", "", "100 %", "2.00", "100 %", "the whole of a request"),
    ]
    assert [row[-1] for row in top_rows(table, 9, "packages")[1]] == ["app", "json", "the whole of a request"]


def test_without_cpu_time_the_shares_are_still_told() -> None:
    unknown = function_table({ROWS[0]: 3, ROWS[1]: 1}, TRIAL.model_copy(update={"cpu_ms_per_request": None}))
    assert top_rows(unknown, 1)[1] == [
        ("n/a", "n/a", "75.0 %", "n/a", "75.0 %", "read (app/db.py)"),
        ("n/a", "", "25.0 %", "", "", "(2 other functions)"),
        ("n/a", "", "100 %", "n/a", "100 %", "the whole of a request"),
    ]


def test_differences_are_of_the_second_against_the_first(comparison: FunctionComparison) -> None:
    header, rows = change_rows(comparison, 2)
    assert header == ("self b - a", "+/-", "self a", "self b", "total a", "total b", "function")
    assert [(row[0], *row[2:]) for row in rows] == [
        ("+3.20", "0", "3.20", "0", "3.20", "build (orm/rows.py)"),
        ("-1.20", "1.20", "0", "1.20", "0", "read (app/db.py)"),
        ("0", "0.800", "0.800", "", "", "(2 other functions)"),
        ("+2.00", "2.00", "4.00", "2.00", "4.00", "the whole of a request"),
    ]


def test_the_answer_names_what_explains_the_difference(comparison: FunctionComparison) -> None:
    assert answer_line(comparison) == (
        "b uses 2.00 ms of CPU per request more than a (4.00 against 2.00). Most of it: +3.20 in build (orm/rows.py). "
        "On the other side: -1.20 in read (app/db.py)."
    )


def test_the_answer_says_where_waits_are_in_the_times(comparison: FunctionComparison) -> None:
    crowded = comparison.model_copy(update={"a": comparison.a.model_copy(update={"busy_threads": 4.47, "cores": 1.0})})

    assert answer_line(crowded).startswith(answer_line(comparison))
    assert answer_line(crowded).endswith(
        "Read the functions with care: in a 4.5 threads looked busy on 1.00 cores, so that those in which threads wait "
        "for the interpreter's lock or for a CPU look dearer than they are."
    )


def test_the_answer_names_nothing_that_the_samples_do_not_carry() -> None:
    few = compare_functions(function_table({ROWS[0]: 3, ROWS[1]: 2}, TRIAL), function_table({OTHER[0]: 2}, DJANGO))
    many = compare_functions(function_table({ROWS[0]: 30, ROWS[1]: 20}, TRIAL), function_table({OTHER[0]: 20}, DJANGO))
    assert "+4.00 in build (orm/rows.py)" in answer_line(many)
    assert "load (json/decoder.py)" in answer_line(many)
    assert "load (json/decoder.py)" not in answer_line(few)
    even: dict[Stack, int] = {(f"f{place} (app/x.py)",): 1 for place in range(100)}
    spread = compare_functions(function_table(even, TRIAL), function_table(even, DJANGO))
    assert answer_line(spread).endswith("each difference may be chance at this number of samples, or is small.")


def test_across_languages_the_answer_names_packages() -> None:
    go = TRIAL.model_copy(update={"language": "go", "profiler": "perf-fp", "cpu_ms_per_request": 1.0})
    stacks: dict[Stack, int] = {("t", "runtime.goexit", "net/http.(*conn).serve"): 500, ("t", "runtime.mallocgc"): 500}
    found = compare_functions(function_table(stacks, go), function_table({ROWS[0]: 600, ROWS[1]: 400}, TRIAL))
    assert answer_line(found) == (
        "b uses 1.00 ms of CPU per request more than a (2.00 against 1.00). "
        "Most of it: +1.20 in app and +0.800 in json. "
        "On the other side: -0.500 in [go runtime] and -0.500 in net/http [go std]."
    )


def test_the_answer_of_equal_totals_claims_no_difference_of_the_whole() -> None:
    same = compare_functions(function_table({ROWS[0]: 30, ROWS[1]: 20}, TRIAL), function_table({ROWS[1]: 50}, TRIAL))
    assert answer_line(same) == (
        "a and b use 2.00 ms of CPU per request each. "
        "b less a: +1.20 in load (json/decoder.py) and -1.20 in read (app/db.py)."
    )
    alike = compare_functions(function_table({ROWS[0]: 30}, TRIAL), function_table({ROWS[0]: 30}, TRIAL))
    assert answer_line(alike) == "a and b use 2.00 ms of CPU per request each."


def test_a_profile_is_told_with_what_it_is_worth() -> None:
    assert profile_line(TRIAL.model_copy(update={"samples": 1000})) == (
        "FastAPI and  [31mmore (fastapi-c10, block 2, run 2026-11-20-users-3f9c): 2.00 ms of CPU per request, "
        "0.83 CPUs in use (83.0 % of the 1 it had); 1,000 samples by py-spy at 99 Hz in 4 s, 0.95 threads busy on "
        "average; the profiler used 0.21 s of CPU"
    )
    bare = DJANGO.model_copy(update={"cpu_ms_per_request": None, "profiler_cpu_s": None})
    assert "block 2, attempt 2" in profile_line(bare)
    assert "its CPU time per request is not known, 0.83 CPUs in use; " in profile_line(bare)
    assert profile_line(bare).endswith("the profiler used an unknown amount of CPU")


@given(st.text(min_size=1, max_size=300))
def test_whatever_a_frame_is_called_it_is_one_short_printable_cell(name: str) -> None:
    made = function_table({(name,): 5}, TRIAL)
    for rows in (top_rows(made)[1], change_rows(compare_functions(made, made))[1]):
        assert len(rows[0][-1]) <= 110
        assert rows[0][-1].isprintable()


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    name = f"<{'alloc::boxed::Box<F,A>'.join(['x::'] * 20)} as core::future::Future>::poll"
    (row, _) = top_rows(function_table({(name,): 5}, TRIAL))[1]
    assert re.fullmatch(r"<x::alloc.*\.\.\..*core::future::Future>::poll", row[-1])


def test_a_function_with_a_long_place_keeps_its_name_and_its_file() -> None:
    name = f"Reply.send (@scope/{'deep/' * 30}reply.js)"
    (row, _) = top_rows(function_table({(name,): 5}, TRIAL))[1]
    assert re.fullmatch(r"Reply\.send \(\.\.\.[a-z/]+/deep/reply\.js\)", row[-1])
    assert len(row[-1]) == 110


def test_many_functions_still_add_up() -> None:
    made = function_table({(f"f{place} (app/x.py)",): place + 1 for place in range(100)}, TRIAL)
    _, rows = top_rows(made, 10)
    shown = [float(row[2].removesuffix(" %")) for row in rows[:-1]]
    assert sum(shown) == pytest.approx(100, abs=0.2)
    assert rows[-2][-1] == "(90 other functions)"
