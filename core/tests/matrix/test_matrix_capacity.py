"""A p99 is comparable at most at 70 % of what a target can bear: what tells that, and what is said otherwise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fwcompare.model.capacity import Capacity
from fwcompare.model.matrix import Matrix, MatrixCell, MatrixColumn
from fwcompare.model.ports import Report
from fwcompare.stats.matrix import make_matrix

if TYPE_CHECKING:
    from core.tests.matrix.conftest import Made, Run

Runs = Callable[..., Report]


@pytest.fixture
def run_of(make_run: "type[Run]") -> Runs:
    """Give a run of these cells."""

    def make(*made: "Made", **options: object) -> Report:
        return make_run(made, **options).report()  # type: ignore[arg-type]

    return make


@pytest.fixture
def two_at(make_cell: "type[Made]") -> "Callable[..., Sequence[Made]]":
    """Give axum and flask at one rate, with which both keep up."""

    def make(rate: float, **options: object) -> "Sequence[Made]":
        return [make_cell(name, rps=rate, rate=rate, **options) for name in ("axum", "flask")]  # type: ignore[arg-type]

    return make


def p99(matrix: Matrix, row: str = "flask") -> MatrixCell:
    (found,) = [one for one in matrix.cells if (one.row, one.figure) == (row, "response_p99_ms")]
    return found


def column(matrix: Matrix) -> MatrixColumn:
    (found,) = [one for one in matrix.columns if one.figure == "response_p99_ms"]
    return found


def words(one: MatrixCell) -> list[str]:
    return [reason.word for reason in one.reasons]


def searched(
    report: Report, lows: Mapping[str, float | None], state: str = "bracket", *, keepalive: bool = True
) -> Report:
    """Add what a search found for each target; its probes had the load of its cells."""
    cells = {cell.target: cell for cell in report.plan.cells if cell.load.model == "open"}
    searches = tuple(
        replace(cells[name], load=replace(cells[name].load, rate=1, probe=True, keepalive=keepalive)) for name in lows
    )
    capacities = [
        Capacity(
            key=search.search_key,
            target=search.target,
            workload=search.workload,
            params={},
            connections=search.load.connections,
            objective="p99 <= 250 ms, errors <= 0.1 %",
            state=state,
            low_rps=lows[search.target],
            high_rps=None,
            estimate_rps=None,
            reason="",
            probes=[],
        )
        for search in searches
    ]
    return replace(
        report,
        plan=replace(report.plan, searches=searches),
        summary=report.summary.model_copy(update={"capacities": capacities}),
    )


def test_where_nothing_tells_the_capacity_that_is_said_and_no_more_claimed(
    run_of: Runs, two_at: "Callable[..., Sequence[Made]]"
) -> None:
    matrix = make_matrix([run_of(*two_at(210))])
    for row in ("axum", "flask"):
        found = p99(matrix, row)
        assert (found.comparable, words(found)) == (True, ["capacity not known"])
        assert found.reasons[0].text == (
            "whether 210 requests/s are at most 70 % of what it can bear is not known: a search for its capacity would "
            "tell, or a rate of 300 that it keeps up with"
        )
    assert not any("capacity" in word for one in matrix.cells if one is not p99(matrix, one.row) for word in words(one))


@pytest.mark.parametrize(("rate", "comparable"), [(350, True), (351, False)])
def test_a_rate_above_70_percent_of_a_sought_capacity_is_not_comparable(
    rate: float, *, comparable: bool, run_of: Runs, two_at: "Callable[..., Sequence[Made]]"
) -> None:
    matrix = make_matrix([searched(run_of(*two_at(rate)), {"axum": 5000, "flask": 500})], baseline="axum")
    found = p99(matrix)
    assert (found.comparable, p99(matrix, "axum").comparable) == (comparable, True)
    assert words(found) == ([] if comparable else ["near capacity"])
    if not comparable:
        assert found.ratio is not None, "it is shown, with a question mark"
        assert "351 requests/s are 70.2 % of what it can bear, 500 requests/s (sought: p99 <= 250 ms" in (
            found.reasons[0].text
        )
        assert "at most 70 % may be" in found.reasons[0].text


def test_a_rate_that_a_scenario_took_as_70_percent_is_not_refused_for_its_rounding(
    run_of: Runs, two_at: "Callable[..., Sequence[Made]]"
) -> None:
    # 70 % of 1,237 are 865.9, which a scenario rounds to 866.
    matrix = make_matrix([searched(run_of(*two_at(866)), {"axum": 5000, "flask": 1237})])
    assert (p99(matrix).comparable, words(p99(matrix))) == (True, [])


def test_a_rate_near_the_baselines_capacity_makes_every_ratio_to_it_doubtful(
    run_of: Runs, two_at: "Callable[..., Sequence[Made]]"
) -> None:
    matrix = make_matrix([searched(run_of(*two_at(400)), {"axum": 500, "flask": 5000})], baseline="axum")
    assert (p99(matrix).comparable, words(p99(matrix))) == (False, ["baseline near capacity"])
    assert words(p99(matrix, "axum")) == ["near capacity"]


@pytest.mark.parametrize(
    ("state", "low", "word"),
    [
        ("client-bound", 500, []),
        ("client-bound", 400, ["capacity not known"]),
        ("unresolved", 5000, ["capacity not known"]),
        ("failed", None, ["capacity not known"]),
    ],
)
def test_a_search_that_the_client_ended_tells_a_lower_bound_and_one_that_failed_nothing(
    state: str, low: float | None, word: list[str], run_of: Runs, two_at: "Callable[..., Sequence[Made]]"
) -> None:
    matrix = make_matrix([searched(run_of(*two_at(350)), {"axum": low, "flask": low}, state)])
    assert (p99(matrix).comparable, words(p99(matrix))) == (True, word)


def test_a_search_over_other_connections_tells_nothing(run_of: Runs, two_at: "Callable[..., Sequence[Made]]") -> None:
    report = searched(run_of(*two_at(400)), {"axum": 500, "flask": 500}, keepalive=False)
    assert words(p99(make_matrix([report]))) == ["capacity not known"]


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        ({"rps": 1000}, []),
        ({"rps": 500}, ["near capacity"]),
        # Fewer connections bear less: that it can bear more over ten is not excluded.
        ({"rps": 1000, "connections": 5}, []),
        ({"rps": 500, "connections": 5}, ["capacity not known"]),
        # Over more connections than the rate had it may have borne what ten could not.
        ({"rps": 1000, "connections": 50}, ["capacity not known"]),
        # What is not steady may be less than it can.
        ({"rps": 500, "unsteady": 0.3}, ["capacity not known"]),
        ({"rps": 1000, "fate": "failed"}, ["capacity not known"]),
    ],
)
def test_a_closed_load_over_as_many_connections_tells_what_a_target_can_bear(
    closed: Mapping[str, object],
    expected: list[str],
    run_of: Runs,
    make_cell: "type[Made]",
    two_at: "Callable[..., Sequence[Made]]",
) -> None:
    cells = [replace(make_cell(name), **closed) for name in ("axum", "flask")]  # type: ignore[arg-type]
    matrix = make_matrix([run_of(*cells, name="closed"), run_of(*two_at(400), name="open", started="2026-11-21")])
    found = p99(matrix, "axum")
    assert (words(found), found.comparable) == (expected, expected != ["near capacity"])
    if expected == ["near capacity"]:
        assert "80 % of what it can bear, 500 requests" in found.reasons[0].text
        assert "carried by 10 connections, closed model" in found.reasons[0].text


def test_where_the_client_was_the_limit_of_a_closed_load_it_tells_a_lower_bound(
    run_of: Runs, make_cell: "type[Made]", two_at: "Callable[..., Sequence[Made]]", gates: Mapping[str, object]
) -> None:
    cells = [make_cell(name, rps=500, gates=(gates["client"],)) for name in ("axum", "flask")]  # type: ignore[arg-type]
    assert words(p99(make_matrix([run_of(*cells, *two_at(400))]))) == ["capacity not known"]
    assert words(p99(make_matrix([run_of(*cells, *two_at(300))]))) == []


@pytest.mark.parametrize(
    "elsewhere", [{"host": {"cpu_model": "Real", "cores": 2}}, {"scenario": {"limits": {"cpus": 1}}}]
)
def test_what_it_bore_on_another_host_or_within_other_limits_tells_nothing(
    elsewhere: Mapping[str, object], run_of: Runs, make_cell: "type[Made]", two_at: "Callable[..., Sequence[Made]]"
) -> None:
    cells = [make_cell(name, rps=1000) for name in ("axum", "flask")]
    reports = [run_of(*cells, name="closed", **elsewhere), run_of(*two_at(400), name="open", started="2026-11-21")]
    assert words(p99(make_matrix(reports))) == ["capacity not known"]


def test_of_several_rates_the_highest_is_shown_that_is_known_to_leave_room(
    run_of: Runs, make_cell: "type[Made]", two_at: "Callable[..., Sequence[Made]]"
) -> None:
    matrix = make_matrix([run_of(*(cell for rate in (100, 200, 400) for cell in two_at(rate)))])
    assert column(matrix).load_key == "c10-r200", "with 400 they kept up, of which 200 are less than 70 %"
    assert column(matrix).reason == "the highest rate that most targets bear with room to spare, as far as is known"
    assert (p99(matrix).comparable, words(p99(matrix))) == (True, [])
    overloaded = [make_cell(name, rps=250, rate=400, saturated=True) for name in ("axum", "flask")]
    matrix = make_matrix([run_of(*two_at(100), *two_at(200), *overloaded)])
    assert column(matrix).load_key == "c10-r100", "200 are 80 % of the 250 that were carried of 400"


def test_a_rate_that_was_asked_for_is_shown_with_what_speaks_against_it(
    run_of: Runs, make_cell: "type[Made]", two_at: "Callable[..., Sequence[Made]]"
) -> None:
    overloaded = [make_cell(name, rps=250, rate=400, saturated=True) for name in ("axum", "flask")]
    matrix = make_matrix([run_of(*two_at(100), *two_at(200), *overloaded)], loads=["c10-r200"])
    assert (p99(matrix).comparable, p99(matrix).reasons[0].word) == (False, "near capacity")
    assert "carried when 400 requests/s were offered" in p99(matrix).reasons[0].text
