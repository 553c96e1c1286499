"""The cells of a search, and of what is measured after it."""

from dataclasses import replace

import pytest

from fwcompare.errors import ScenarioError
from fwcompare.model.capacity import CapacitySettings
from fwcompare.model.plan import Cell, LoadPoint, Plan
from fwcompare.model.scenario import Scenario
from fwcompare.planning.matrix import make_plan
from fwcompare.planning.scenario_file import parse_scenario
from fwcompare.planning.searches import measured_at, probe_cell
from fwcompare.testing.fakes import ECHO, fake_target

TARGETS = {name: fake_target(name) for name in ("a", "b")}


def plan() -> Plan:
    scenario = Scenario.model_validate(
        {
            "name": "s",
            "workload": ECHO.name,
            "load": {"capacity": {"slo": {"p99": "250ms"}, "from": 40}, "duration": "5s"},
        }
    )
    return make_plan(scenario, [ECHO], TARGETS, TARGETS.__getitem__, seed=7)


def test_a_search_is_planned_and_nothing_is_measured_before_it() -> None:
    made = plan()
    assert [(cell.search_key, cell.load.rate, cell.load.probe) for cell in made.searches] == [
        ("a-c10", 40, True),
        ("b-c10", 40, True),
    ]
    assert (made.cells, made.trials) == ((), ())


def test_what_is_measured_after_it_has_one_rate_and_is_told_from_a_probe_of_the_same() -> None:
    made = plan()
    after = measured_at(made, 40, made.searches[:1])
    assert [cell.key for cell in after.cells] == ["a-c10-r40"]
    assert after.searches[0].key == "a-c10-r40-probe"
    assert [trial.block for trial in after.trials] == [1, 2, 3]


@pytest.mark.parametrize(
    ("slo", "arrivals", "rate", "window_s"),
    [
        ({"p99": "1s"}, "constant", 50, 20.4),
        ({"p99": "1s"}, "poisson", 50, 25),
        ({"p99": "1s"}, "poisson", 5000, 5),
        ({"p90": "1s"}, "constant", 10, 10.2),
        ({"p50": "1s"}, "constant", 50, 5),
    ],
)
def test_a_probe_lasts_at_least_as_long_as_its_quantile_needs(
    slo: dict[str, str], arrivals: str, rate: float, window_s: float
) -> None:
    point = LoadPoint(10, 5.0, None, 1, 30, 5, keepalive=True, model="open", rate=100, probe=True)
    search = Cell("a", "echo", (), (), replace(point, arrivals="poisson" if arrivals == "poisson" else "constant"))
    cell = probe_cell(search, rate, CapacitySettings.model_validate({"slo": slo}))
    assert (cell.load.rate, cell.load.duration_s) == (rate, window_s)


def test_a_wrong_objective_is_told_with_its_place() -> None:
    text = (
        "name: s\nworkload: echo\nload:\n  duration: 5s\n  capacity:\n    slo: {p99: 250ms, errors: 1}\n    form: 5\n"
    )
    with pytest.raises(ScenarioError, match="has 2 problems") as caught:
        parse_scenario(text, "s.yaml")
    assert "s.yaml:6:23: load.capacity.slo.errors: 1 is no percentage" in str(caught.value)
    assert "s.yaml:7:5: load.capacity.form is not a known key; did you mean 'from'?" in str(caught.value)
