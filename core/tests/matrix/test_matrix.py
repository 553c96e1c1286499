"""A matrix: what stands where, what it is worth, and what must not be said of it."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fwcompare.errors import ScenarioError
from fwcompare.model.matrix import Matrix, MatrixCell, MatrixColumn, MatrixFigure, MatrixOverall
from fwcompare.model.measurement import Gate
from fwcompare.model.ports import Report
from fwcompare.stats.matrix import make_matrix

if TYPE_CHECKING:
    from core.tests.matrix.conftest import Made, Run

THROUGHPUT: MatrixFigure = "throughput_rps"
P99: MatrixFigure = "response_p99_ms"
CPU: MatrixFigure = "cpu_ms_per_request"
MEMORY: MatrixFigure = "peak_rss_mib"


def cell(matrix: Matrix, row: str, workload: str = "users", figure: MatrixFigure = THROUGHPUT) -> MatrixCell:
    (found,) = [one for one in matrix.cells if (one.row, one.workload, one.figure) == (row, workload, figure)]
    return found


def column(matrix: Matrix, workload: str = "users", figure: MatrixFigure = THROUGHPUT) -> MatrixColumn:
    (found,) = [one for one in matrix.columns if (one.workload, one.figure) == (workload, figure)]
    return found


def overall(matrix: Matrix, row: str, figure: MatrixFigure = THROUGHPUT) -> MatrixOverall:
    (found,) = [one for one in matrix.overall if (one.row, one.figure) == (row, figure)]
    return found


def words(one: MatrixCell) -> list[str]:
    return [reason.word for reason in one.reasons]


@pytest.fixture
def matrix_of(make_run: "type[Run]") -> "Callable[..., Matrix]":
    def make(*made: "Made", **options: object) -> Matrix:
        return make_matrix([make_run(made).report()], **options)  # type: ignore[arg-type]

    return make


def test_every_figure_is_over_the_baselines(matrix_of: Callable[..., Matrix], make_cell: "type[Made]") -> None:
    made = matrix_of(make_cell("axum", rps=1000, cpu_ms=0.5, rss_mib=10), make_cell("flask", rps=250, cpu_ms=2))
    assert made.baseline == "axum"
    for figure, ratio in ((THROUGHPUT, 0.25), (CPU, 4), (MEMORY, 5)):
        found = cell(made, "flask", figure=figure)
        assert found.ratio is not None
        assert found.ratio.ratio == pytest.approx(ratio, rel=0.01)
        assert found.ratio.low is not None
        assert found.ratio.high is not None
        assert found.ratio.low < ratio < found.ratio.high
        assert (found.comparable, found.ratio.paired, found.differs, found.better) == (True, True, True, False)
    value = cell(made, "flask", figure=MEMORY).value
    assert value is not None
    assert value.mean == pytest.approx(50, rel=0.01)


def test_what_changed_from_block_to_block_for_both_is_cancelled(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    drift = (1.0, 1.3, 1.6, 1.9, 2.2)
    # Names of one length begin at one block, so that both drift alike.
    made = matrix_of(make_cell("aaa", rps=100, scatter=drift), make_cell("bbb", rps=50, scatter=drift))
    ratio = cell(made, "bbb").ratio
    assert ratio is not None
    assert ratio.low == pytest.approx(0.5)
    assert ratio.high == pytest.approx(0.5)


def test_two_runs_of_one_host_are_not_paired_and_that_is_said(make_run: "type[Run]", make_cell: "type[Made]") -> None:
    first = make_run([make_cell("axum", rps=100)], name="one")
    second = make_run([make_cell("flask", rps=50)], name="two", started="2026-11-21")
    found = cell(make_matrix([second.report(), first.report()]), "flask")
    assert found.ratio is not None
    assert not found.ratio.paired
    assert found.ratio.ratio == pytest.approx(0.5, rel=0.01)
    assert found.ratio.low is not None
    assert found.ratio.low < 0.5
    assert found.comparable
    assert words(found) == ["other run"]
    assert "of run two, and the baseline's of run one" in found.reasons[0].text


def test_a_host_that_was_not_recorded_may_be_another(make_run: "type[Run]", make_cell: "type[Made]") -> None:
    first = make_run([make_cell("axum")], name="one")
    second = make_run([make_cell("flask")], name="two", started="2026-11-21", host={})
    found = cell(make_matrix([first.report(), second.report()], baseline="axum"), "flask")
    assert (found.comparable, words(found)) == (True, ["other run", "host not known"])


@pytest.mark.parametrize(
    ("changed", "word", "told"),
    [
        ({"host": {"cpu_model": "Real", "cores": 2}}, "other host", "cpu_model: Imaginary and Real"),
        ({"scenario": {"limits": {"cpus": 1}}}, "other limits", "limits.cpus: None and 1"),
    ],
)
def test_another_host_or_other_limits_have_no_ratio(
    changed: Mapping[str, object], word: str, told: str, make_run: "type[Run]", make_cell: "type[Made]"
) -> None:
    first = make_run([make_cell("axum")], name="one")
    second = replace(make_run([make_cell("flask")], name="two", started="2026-11-21"), **changed)  # type: ignore[arg-type]
    found = cell(make_matrix([first.report(), second.report()], baseline="axum"), "flask")
    assert (found.ratio, found.comparable, words(found)) == (None, False, [word])
    assert told in found.reasons[0].text
    assert found.value is not None


def test_another_setting_of_the_load_has_no_ratio(make_run: "type[Run]", make_cell: "type[Made]") -> None:
    first = make_run([make_cell("axum")], name="one")
    second = make_run([make_cell("flask", duration_s=6)], name="two", started="2026-11-21")
    found = cell(make_matrix([first.report(), second.report()], baseline="axum"), "flask")
    assert (found.ratio, words(found)) == (None, ["other load"])
    assert "duration_s: 5 and 6" in found.reasons[0].text


@pytest.mark.parametrize(
    ("fault", "outcome", "word", "has_ratio"),
    [
        ({"fate": "failed"}, "failed", "failed", False),
        ({"fate": "invalid"}, "invalid", "invalid", False),
        ({"fate": "unsupported"}, "unsupported", "unsupported", False),
        ({"parity": "non-comparable"}, "ok", "other work", False),
        ({"parity": "declared deviation"}, "ok", "declared deviation", False),
        ({"unsteady": 0.3}, "ok", "unstable", True),
        ({"scatter": (1.0,)}, "ok", "single trial", True),
        ({"scatter": (1.0, 1.01)}, "ok", "too few repeats", True),
        ({"errors": 100}, "ok", "errors", True),
    ],
)
def test_a_cell_that_is_not_comparable_says_why(
    fault: Mapping[str, object],
    outcome: str,
    word: str,
    *,
    has_ratio: bool,
    matrix_of: Callable[..., Matrix],
    make_cell: "type[Made]",
) -> None:
    made = matrix_of(make_cell("axum"), replace(make_cell("flask"), **fault), make_cell("good"), baseline="axum")  # type: ignore[arg-type]
    for figure in (THROUGHPUT, CPU, MEMORY):
        found = cell(made, "flask", figure=figure)
        assert (found.outcome, found.comparable, words(found)[0]) == (outcome, False, word)
        assert (found.ratio is not None) == has_ratio
        assert not found.differs
        assert overall(made, "flask", figure).ratio is None
        assert f"users ({word})" in overall(made, "flask", figure).reason
        assert cell(made, "good", figure=figure).comparable


def test_a_noisy_run_is_comparable_nowhere(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]", gates: Mapping[str, Gate]
) -> None:
    made = matrix_of(make_cell("axum", gates=(gates["host"],)), make_cell("flask"))
    assert [one.comparable for one in made.cells] == [False] * len(made.cells)
    assert words(cell(made, "flask"))[0] == "noisy"


@pytest.mark.parametrize(("bound", "end"), [(("flask",), "more"), (("axum",), "less"), (("axum", "flask"), None)])
def test_a_lower_bound_leaves_one_end_open_and_two_leave_nothing(
    bound: Sequence[str],
    end: str | None,
    matrix_of: Callable[..., Matrix],
    make_cell: "type[Made]",
    gates: Mapping[str, Gate],
) -> None:
    made = matrix_of(
        *(make_cell(name, gates=(gates["client"],) if name in bound else ()) for name in ("axum", "flask")),
        baseline="axum",
    )
    found = cell(made, "flask")
    assert not found.comparable
    assert (found.ratio.open_end if found.ratio else None) == end
    assert any(word.endswith("client-bound") for word in words(found))
    # A busy client holds back the throughput, not the CPU time of a request.
    assert cell(made, "flask", figure=CPU).comparable


def test_where_the_baseline_is_doubtful_so_is_everything_over_it(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    doubtful = cell(matrix_of(make_cell("axum", unsteady=0.2), make_cell("flask"), baseline="axum"), "flask")
    assert (doubtful.comparable, words(doubtful)) == (False, ["baseline unstable"])
    assert doubtful.ratio is not None
    none = cell(matrix_of(make_cell("axum", fate="failed"), make_cell("flask"), baseline="axum"), "flask")
    assert (none.ratio, words(none)) == (None, ["baseline failed"])
    assert "the baseline axum: failed in blocks" in none.reasons[0].text


def test_a_p99_is_held_against_another_at_an_equal_rate_only(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    closed = cell(matrix_of(make_cell("axum"), make_cell("flask")), "flask", figure=P99)
    assert (closed.value, closed.ratio, words(closed)) == (None, None, ["closed model"])
    made = matrix_of(
        make_cell("axum", rate=500, p99_ms=10),
        make_cell("flask", rate=500, p99_ms=25),
        make_cell("slow", rate=500, rps=300, saturated=True),
    )
    found = cell(made, "flask", figure=P99)
    assert found.ratio is not None
    assert found.ratio.ratio == pytest.approx(2.5, rel=0.01)
    assert (found.comparable, found.differs, found.better) == (True, True, False)
    assert words(cell(made, "slow", figure=P99)) == ["saturated"]
    assert words(cell(made, "flask")) == ["open load"], "a throughput that was offered tells nothing"


def test_each_figure_is_shown_at_a_load_that_it_can_be_told_at(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    targets = ("axum", "flask")
    made = matrix_of(
        *(make_cell(name, rps=900, connections=level) for name in targets for level in (10, 50)),
        make_cell("axum", rps=900, connections=99),
        *(make_cell(name, rps=rate, rate=rate) for name in targets for rate in (100, 200)),
        make_cell("axum", rps=400, rate=400),
        make_cell("flask", rps=300, rate=400, saturated=True),
    )
    assert column(made).load_key == "c50"
    assert column(made).reason == "the largest load that most targets have"
    assert column(made).other_loads == ["c10", "c99", "c10-r100", "c10-r200", "c10-r400"]
    assert column(made, figure=CPU).load_key == "c50"
    assert column(made, figure=P99).load_key == "c10-r200", "at 400 flask is saturated"


def test_a_load_that_is_asked_for_is_shown_where_it_is(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    cells = [
        *(make_cell(name, "users", connections=level) for name in ("axum", "flask") for level in (10, 50)),
        make_cell("axum", "sleep", connections=300),
    ]
    made = matrix_of(*cells, loads=["c10"])
    assert [column(made, workload).load_key for workload in ("users", "sleep")] == ["c10", "c300"]
    assert column(made).reason == "as asked for"
    with pytest.raises(ScenarioError, match="no cell has load 'c11'") as caught:
        matrix_of(*cells, loads=["c11"])
    assert caught.value.seen == "loads of the runs: c10, c50, c300"


def test_an_overall_mean_is_over_every_workload_or_none(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    made = matrix_of(
        *(make_cell("axum", workload, rps=100) for workload in ("a", "b")),
        make_cell("flask", "a", rps=400),
        make_cell("flask", "b", rps=25),
        make_cell("half", "a", rps=50),
        baseline="axum",
    )
    assert overall(made, "axum").ratio == 1
    assert overall(made, "flask").ratio == pytest.approx(1, rel=0.02), "sqrt(4 x 1/4)"
    assert (overall(made, "half").ratio, overall(made, "half").reason) == (None, "not comparable in b (absent)")
    assert cell(made, "half", "b").reasons[0].text == "in none of these runs"


def test_rows_are_grouped_by_language_and_parameters_that_vary_make_rows(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    made = matrix_of(
        make_cell("zope"),
        make_cell("axum"),
        *(make_cell("flask", rps=workers, parameters=(("T", 1), ("WORKERS", workers))) for workers in (1, 2)),
    )
    assert [(row.language, row.key) for row in made.rows] == [
        ("python", "flask WORKERS=1"),
        ("python", "flask WORKERS=2"),
        ("python", "zope"),
        ("rust", "axum"),
    ]
    assert made.rows[1].params == {"WORKERS": 2}
    value = cell(made, "flask WORKERS=2").value
    assert value is not None
    assert value.mean == pytest.approx(2, rel=0.01)


def test_a_parameter_that_is_another_for_another_workload_is_warned_of(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    made = matrix_of(
        make_cell("flask", "a", parameters=(("WORKERS", 1),)), make_cell("flask", "b", parameters=(("WORKERS", 2),))
    )
    assert [row.key for row in made.rows] == ["flask"]
    assert made.warnings == ["flask: WORKERS is 1 in a, 2 in b"]


def test_the_baseline_is_who_has_most_and_then_the_fastest(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    cells = [
        *(make_cell(name, workload, rps=rps) for name, rps in (("b", 10), ("c", 20)) for workload in ("x", "y")),
        make_cell("fast", "x", rps=1000),
        *(make_cell("cheat", workload, rps=999, parity="non-comparable") for workload in ("x", "y")),
    ]
    assert matrix_of(*cells).baseline == "c"
    assert matrix_of(*cells, baseline="b").baseline == "b"
    with pytest.raises(ScenarioError, match="baseline 'z' is in none of the runs") as caught:
        matrix_of(*cells, baseline="z")
    assert caught.value.seen == "rows: b, c, cheat, fast"


def test_at_one_rate_for_all_nobody_is_the_fastest(matrix_of: Callable[..., Matrix], make_cell: "type[Made]") -> None:
    made = matrix_of(*(make_cell(name, rate=100) for name in "cb"), make_cell("a", rate=100, rps=99, saturated=True))
    assert (made.baseline, made.baseline_reason) == (
        "b",
        "the first by name of those that have a figure under the most workloads",
    )


def test_a_baseline_of_several_rows_must_be_one_of_them(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    cells = [make_cell("flask", parameters=(("WORKERS", workers),)) for workers in (1, 2)]
    with pytest.raises(ScenarioError, match="baseline 'flask' is not one row") as caught:
        matrix_of(*cells, baseline="flask")
    assert caught.value.seen == "rows: flask WORKERS=1, flask WORKERS=2"
    assert matrix_of(*cells, baseline="flask WORKERS=2").baseline == "flask WORKERS=2"


def test_a_cell_of_two_runs_is_refused_unless_the_latest_is_wanted(
    make_run: "type[Run]", make_cell: "type[Made]"
) -> None:
    old = make_run([make_cell("axum", rps=1), make_cell("flask", rps=5)], name="old")
    new = make_run([make_cell("axum", rps=9)], name="new", started="2026-11-21")
    reports = [new.report(), old.report()]
    with pytest.raises(ScenarioError, match="the runs hold some cells twice") as caught:
        make_matrix(reports)
    assert caught.value.seen == "axum-c10 (users) in old and new"
    assert "--latest" in caught.value.hint
    made = make_matrix(reports, latest=True)
    assert {one.row: one.run for one in made.cells} == {"axum": "new", "flask": "old"}
    assert "of run old, newer runs replace axum-c10" in made.warnings


def test_what_differs_between_the_runs_is_warned_of(make_run: "type[Run]", make_cell: "type[Made]") -> None:
    def run(name: str, version: str) -> Report:
        workload = f"w{version}"
        return make_run(
            [make_cell("axum", workload)],
            name=name,
            started=version,
            environment={"fwcompare": version, "services": {f"db{version}": {"version": "1"}}},
            scenario={"workload": workload},
        ).report()

    made = make_matrix([run("one", "1"), run("two", "2")])
    assert made.warnings == [
        "runs one and two differ in fwcompare: what stands side by side of both may differ for that"
    ]


def test_no_run_and_no_cell_are_refused(make_run: "type[Run]") -> None:
    with pytest.raises(ScenarioError, match="nothing to make a matrix of") as caught:
        make_matrix([make_run([], name="empty").report()])
    assert caught.value.seen == "no cell in empty"


@pytest.mark.parametrize("order", range(15))
def test_the_order_of_runs_targets_and_trials_changes_nothing(
    order: int, kinds: list[Report], kinds_in_order: Callable[[int], list[Report]]
) -> None:
    assert make_matrix(kinds_in_order(order)) == make_matrix(kinds)


_FATES = st.sampled_from(["", "", "", "failed", "invalid", "unsupported", "absent"])


@settings(max_examples=30)
@given(data=st.data())
def test_what_became_of_a_cell_never_shifts_another(
    data: st.DataObject, make_run: "type[Run]", make_cell: "type[Made]"
) -> None:
    targets, workloads = ("axum", "b", "c", "d"), ("u", "v", "w")
    places = [(target, workload) for target in targets for workload in workloads]
    fates = {place: "" if place[0] == "axum" else data.draw(_FATES) for place in places}
    rps = {place: 10.0 * (number + 1) for number, place in enumerate(places)}
    of_run = {workload: data.draw(st.integers(0, 1)) for workload in workloads}
    made = [
        make_cell(target, workload, rps=rps[target, workload], fate=fates[target, workload])
        for target, workload in places
        if fates[target, workload] != "absent"
    ]
    runs = [
        make_run(
            [one for one in made if of_run[one.workload] == number], name=f"r{number}", order=data.draw(st.integers())
        )
        for number in (0, 1)
    ]
    matrix = make_matrix([run.report() for run in data.draw(st.permutations(runs)) if run.made], baseline="axum")
    for target, workload in places:
        if target not in {row.key for row in matrix.rows}:
            continue
        found = cell(matrix, target, workload)
        assert found.outcome == (fates[target, workload] or "ok")
        if found.outcome == "ok":
            assert found.value is not None
            assert found.ratio is not None
            assert found.value.mean == pytest.approx(rps[target, workload], rel=0.01)
            assert math.isclose(found.ratio.ratio, rps[target, workload] / rps["axum", workload], rel_tol=0.01)
        else:
            assert (found.value, found.ratio) == (None, None)


def test_equal_targets_are_told_apart_in_at_most_5_percent_of_the_columns(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    draw = random.Random(7)  # noqa: S311 - a simulation, to be had again
    columns, wrong = 300, 0
    for _ in range(columns):
        made = matrix_of(
            *(make_cell(name, scatter=[draw.lognormvariate(0, 0.03) for _ in range(5)]) for name in "abcde"),
            baseline="a",
        )
        wrong += any(one.differs for one in made.cells if one.figure == THROUGHPUT)
    # Of 300 at 5 %, 26 are exceeded once in a thousand.
    assert wrong <= 26


def test_a_tenth_less_is_told_apart_on_the_right_side(
    matrix_of: Callable[..., Matrix], make_cell: "type[Made]"
) -> None:
    draw = random.Random(8)  # noqa: S311 - a simulation, to be had again
    found = [
        cell(
            matrix_of(
                make_cell("a", rps=100, scatter=[draw.lognormvariate(0, 0.01) for _ in range(5)]),
                make_cell("b", rps=90, scatter=[draw.lognormvariate(0, 0.01) for _ in range(5)]),
                baseline="a",
            ),
            "b",
        )
        for _ in range(50)
    ]
    assert sum(one.differs and not one.better for one in found) >= 48
    assert not any(one.differs and one.better for one in found)
