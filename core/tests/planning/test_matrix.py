import hashlib
import json
from collections import Counter
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwcompare.errors import PluginError, ScenarioError
from fwcompare.model.plan import Plan, PlannedFlow
from fwcompare.model.scenario import Scenario
from fwcompare.model.target import Target
from fwcompare.model.values import Uuid
from fwcompare.model.workload import Bound, Workload, WorkloadFlow, WorkloadStep
from fwcompare.planning.matrix import make_plan
from fwcompare.planning.order import randomised_blocks
from fwcompare.testing.fakes import ECHO, fake_target
from fwcompare.workloads.sleep import SLEEP_WORKLOADS

TARGETS = {
    "a": fake_target("a"),
    "b": fake_target("b", parameters={"WORKERS": 1, "POOL_SIZE": 5}),
    "c": fake_target("c", workloads={"other": "/other"}),
    "d": fake_target("d", workloads={"third": "/third"}, unsupported={"other": "no loop, no other"}),
    "image": fake_target(
        "image",
        build={"inputs": ("x",), "commands": (("true",),), "arguments": {"PYTHON_VERSION": "3.11", "FLAVOUR": "plain"}},
    ),
}
WORKLOADS = {ECHO.name: ECHO, "other": replace(ECHO, name="other")}


def scenario(**changes: object) -> Scenario:
    return Scenario.model_validate(
        {
            "name": "s",
            "workload": ECHO.name,
            "targets": ["a", "b"],
            "load": {"connections": [1, 10], "duration": "5s"},
            **changes,
        }
    )


def find(name: str) -> Target:
    if name not in TARGETS:
        raise ScenarioError(f"target {name!r} does not exist")
    return TARGETS[name]


def plan(**changes: object) -> Plan:
    return make_plan(
        scenario(**changes),
        [WORKLOADS[name] for name in scenario(**changes).workload],
        TARGETS,
        find,
        seed=7,
        building_with_arguments=["docker"],
    )


def test_cells_are_targets_times_load_points() -> None:
    assert [cell.key for cell in plan().cells] == ["a-c1", "a-c10", "b-c1", "b-c10"]


def test_an_open_load_has_a_cell_for_every_rate() -> None:
    load = {"connections": [10], "duration": "5s", "rate": [100, 2000]}
    cells = plan(targets=["a"], load=load).cells
    assert [cell.key for cell in cells] == ["a-c10-r100", "a-c10-r2000"]
    assert [(cell.load.model, cell.load.rate) for cell in cells] == [("open", 100), ("open", 2000)]


def test_matrix_axes_stand_in_the_key_and_in_the_parameters() -> None:
    cells = plan(matrix={"WORKERS": [1, 2]}, targets=["a"]).cells
    assert [cell.key for cell in cells] == ["a-workers1-c1", "a-workers1-c10", "a-workers2-c1", "a-workers2-c10"]
    assert [dict(cell.parameters)["WORKERS"] for cell in cells] == [1, 1, 2, 2]


def test_parameters_of_the_entry_win_over_the_scenario_and_the_target() -> None:
    cells = plan(targets=["a", {"name": "b", "parameters": {"WORKERS": 4}}], parameters={"WORKERS": 3}).cells
    assert {cell.target: dict(cell.parameters)["WORKERS"] for cell in cells} == {"a": 3, "b": 4}


def test_without_targets_every_target_that_offers_the_workload_is_taken() -> None:
    assert {cell.target for cell in plan(targets=[]).cells} == {"a", "b", "image"}


def test_a_target_without_the_workload_stays_visible_as_unsupported() -> None:
    left_out = plan(targets=["a", "c"]).unsupported
    assert [cell.cell.key for cell in left_out] == ["c-c1", "c-c10"]
    assert left_out[0].reason == "c does not offer workload 'echo'; it offers other"


def test_a_reason_that_the_target_gives_itself_is_told_as_it_is_and_needs_no_listing() -> None:
    left_out = plan(workload="other", targets=[], load={"duration": "5s"}).unsupported
    assert [(cell.cell.target, cell.reason) for cell in left_out] == [("d", "no loop, no other")]


def test_cells_of_several_runtimes_are_named_by_them() -> None:
    cells = plan(runtime=["process", "docker"], load={"connections": 10, "duration": "5s"}).cells
    assert [cell.key for cell in cells] == ["a-process-c10", "a-docker-c10", "b-process-c10", "b-docker-c10"]
    assert [cell.environment for cell in cells[:2]] == ["a", "a (docker)"]
    assert dict(cells[1].settings) == {"WORKERS": 1, "runtime": "docker"}


def test_a_cell_of_another_runtime_has_the_same_key_and_is_another_cell() -> None:
    process, docker = (plan(targets=["a"], runtime=name).cells[0] for name in ("process", "docker"))
    assert process.key == docker.key == "a-c1"
    assert process.digest != docker.digest


def test_a_cell_of_a_plain_process_is_the_one_that_it_was_before_there_was_a_choice() -> None:
    cell = plan(targets=["a"]).cells[0]
    since = {"runtime", "runtime_varies", "arguments"}
    fields = {name: value for name, value in asdict(cell).items() if name not in since}
    text = json.dumps(fields, sort_keys=True)
    assert cell.digest == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_a_runtime_that_is_listed_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'docker' is listed twice; expected each runtime once"):
        scenario(runtime=["docker", "docker"])


IN_DOCKER = {"targets": ["image"], "runtime": "docker", "load": {"duration": "5s"}}


def test_a_build_argument_is_an_axis_and_no_variable_of_the_target() -> None:
    cells = plan(**IN_DOCKER, matrix={"PYTHON_VERSION": ["3.11", "3.12"]}).cells
    assert [cell.key for cell in cells] == ["image-python_version3.11-c10", "image-python_version3.12-c10"]
    assert [cell.arguments for cell in cells] == [(("PYTHON_VERSION", "3.11"),), (("PYTHON_VERSION", "3.12"),)]
    assert {cell.parameters for cell in cells} == {(("WORKERS", 1),)}
    assert cells[1].values == {"WORKERS": 1, "PYTHON_VERSION": "3.12"}
    assert dict(cells[1].settings) == {"WORKERS": 1, "PYTHON_VERSION": "3.12", "runtime": "docker"}


def test_each_value_of_a_build_argument_is_built_on_its_own_and_parameters_share_it() -> None:
    cells = plan(**IN_DOCKER, matrix={"PYTHON_VERSION": ["3.11", "3.12"], "WORKERS": [1, 2]}).cells
    assert len(cells) == 4
    assert sorted({cell.environment for cell in cells}) == [
        "image (docker, PYTHON_VERSION=3.11)",
        "image (docker, PYTHON_VERSION=3.12)",
    ]
    assert len({cell.served for cell in cells}) == 4


def test_only_arguments_that_are_given_count_and_those_of_the_entry_win() -> None:
    (plain,) = plan(**IN_DOCKER).cells
    assert (plain.arguments, plain.environment) == ((), "image (docker)")
    entry = {"name": "image", "parameters": {"FLAVOUR": "rich"}}
    (cell,) = plan(**{**IN_DOCKER, "targets": [entry]}, parameters={"FLAVOUR": "poor", "PYTHON_VERSION": "3.12"}).cells
    assert cell.arguments == (("FLAVOUR", "rich"), ("PYTHON_VERSION", "3.12"))
    assert cell.how_built == "docker, FLAVOUR=rich, PYTHON_VERSION=3.12"
    assert cell.key == "image-c10"


def test_no_value_of_a_build_argument_passes_for_two() -> None:
    one = plan(**IN_DOCKER, parameters={"FLAVOUR": "rich, PYTHON_VERSION=3.12"}).cells[0]
    two = plan(**IN_DOCKER, parameters={"FLAVOUR": "rich", "PYTHON_VERSION": "3.12"}).cells[0]
    assert one.environment != two.environment


def test_a_cell_without_build_arguments_is_the_one_that_it_was_before_there_were_any() -> None:
    (cell,) = plan(**IN_DOCKER).cells
    fields = {name: value for name, value in asdict(cell).items() if name != "arguments"}
    text = json.dumps(fields, sort_keys=True)
    assert cell.digest == hashlib.sha256(text.encode()).hexdigest()[:16]
    (other,) = plan(**IN_DOCKER, parameters={"FLAVOUR": "plain"}).cells
    assert other.digest != cell.digest


def test_a_runtime_that_builds_without_arguments_cannot_serve_such_a_cell() -> None:
    laid_out = plan(**{**IN_DOCKER, "runtime": ["process", "docker"]}, matrix={"PYTHON_VERSION": ["3.12"]})
    assert [cell.key for cell in laid_out.cells] == ["image-docker-python_version3.12-c10"]
    (left_out,) = laid_out.unsupported
    assert left_out.cell.key == "image-process-python_version3.12-c10"
    assert left_out.reason == (
        "PYTHON_VERSION is an argument of image's Dockerfile, and runtime process builds without one"
    )


def test_a_target_without_the_build_argument_is_unsupported_beside_one_that_has_it() -> None:
    laid_out = plan(**{**IN_DOCKER, "targets": ["a", "image"]}, matrix={"PYTHON_VERSION": ["3.12"]})
    assert [cell.target for cell in laid_out.cells] == ["image"]
    assert [(one.cell.key, one.reason) for one in laid_out.unsupported] == [
        ("a-python_version3.12-c10", "a does not understand parameter PYTHON_VERSION")
    ]


@pytest.mark.parametrize("value", [3.1, 3, True])
def test_a_build_argument_is_text_since_a_number_would_lose_a_nought(value: object) -> None:
    with pytest.raises(
        ScenarioError, match="build argument PYTHON_VERSION of target 'image' has a wrong value"
    ) as told:
        plan(**IN_DOCKER, matrix={"PYTHON_VERSION": [value]})
    assert repr(value) in told.value.seen
    assert "such as the default '3.11'" in told.value.expected


def test_a_build_argument_that_a_workload_sets_as_a_parameter_is_told() -> None:
    clash = replace(ECHO, parameters={"FLAVOUR": "sweet"})
    made = make_plan(scenario(**IN_DOCKER), [clash], TARGETS, find, seed=7, building_with_arguments=["docker"])
    assert [one.reason for one in made.unsupported] == [
        "workload 'echo' sets FLAVOUR, which is a build argument of image"
    ]


def test_a_misspelt_build_argument_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(ScenarioError, match="did you mean PYTHON_VERSION"):
        plan(**IN_DOCKER, parameters={"PYTHON_VERSIONS": "3.12"})


def test_cells_of_several_workloads_are_named_by_them() -> None:
    laid_out = plan(workload=["echo", "other"], targets=["a", "c"], load={"duration": "5s"})
    assert [cell.key for cell in laid_out.cells] == ["a-echo-c10", "c-other-c10"]
    assert [cell.cell.key for cell in laid_out.unsupported] == ["c-echo-c10", "a-other-c10"]


def limited(**load: object) -> dict[str, Bound]:
    """Plan a workload whose limit is ten a connection and WORKERS, under a load, beside one without a limit."""
    slow = replace(
        ECHO, bound=lambda given, connections: Bound(10.0 * connections * int(given["WORKERS"]), f"x{connections}")
    )
    laid_out = scenario(
        workload=["echo", "other"],
        targets=["a", "b"],
        matrix={"WORKERS": [1, 2]},
        load={"connections": [1, 10], "duration": "5s", **load},
    )
    both = {"a": fake_target("a", workloads={"echo": "/e", "other": "/o"}), "b": fake_target("b")}
    return dict(make_plan(laid_out, [slow, WORKLOADS["other"]], both, both.__getitem__, seed=7).bounds)


def test_every_cell_of_a_limited_workload_has_the_limit_of_its_parameters_and_connections() -> None:
    assert limited() == {
        f"{target}-echo-workers{workers}-c{connections}": Bound(10.0 * connections * workers, f"x{connections}")
        for target in "ab"
        for workers in (1, 2)
        for connections in (1, 10)
    }


def test_starting_the_connections_one_by_one_leaves_the_limit() -> None:
    assert limited(spawn_rate=100) == limited()


@pytest.mark.parametrize("load", [{"rate": 100}, {"think_time": "1s"}])
def test_an_open_load_and_one_that_rests_have_no_limit(load: dict[str, object]) -> None:
    assert limited(**load) == {}


def test_a_plan_records_the_flows_of_its_workloads() -> None:
    steps = (WorkloadStep(name="write", method="POST"), WorkloadStep(path="/{id}"))
    notes = Workload(
        name="other",
        title="notes",
        flows=(WorkloadFlow(steps=steps), WorkloadFlow(steps=(WorkloadStep(name="idle"),), weight=3)),
        values={"id": Uuid()},
    )
    target = fake_target("a", workloads={"echo": "/e", "other": "/o"})
    laid_out = scenario(workload=["echo", "other"], targets=["a"])

    made = make_plan(laid_out, [ECHO, notes], ["a"], lambda _: target, seed=7)
    assert made.flows == {"other": (PlannedFlow(("write", "GET /{id}"), 1), PlannedFlow(("idle",), 3))}


def test_the_limits_of_the_sleeps_are_in_the_plan_and_a_target_without_a_loop_has_one_alone() -> None:
    sleeps = {workload.name: workload for workload in SLEEP_WORKLOADS}
    target = fake_target(
        "wsgi",
        parameters={"WORKERS": 2, "THREADS": 40, "SLEEP_SECONDS": 0.5},
        workloads={"sleep-sync": "/sync"},
        unsupported=dict.fromkeys(set(sleeps) - {"sleep-sync"}, "no event loop"),
    )
    laid_out = scenario(
        workload=list(sleeps),
        targets=["wsgi"],
        parameters={"SLEEP_SECONDS": 5},
        load={"connections": 500, "duration": "300s"},
    )
    made = make_plan(laid_out, list(sleeps.values()), ["wsgi"], lambda _: target, seed=7)
    assert made.bounds == {"wsgi-sleep-sync-c500": Bound(80 / 15, "2 workers x 40 threads / 15 s")}
    assert [cell.reason for cell in made.unsupported] == ["no event loop"] * 3


def test_a_parameter_that_one_workload_alone_sets_reaches_its_cells_alone() -> None:
    counted = replace(WORKLOADS["other"], parameters={"UNITS": 3})
    target = fake_target("a", workloads={"echo": "/e", "other": "/o"})
    made = make_plan(
        scenario(workload=["echo", "other"], targets=["a"], load={"duration": "5s"}),
        [ECHO, counted],
        ["a"],
        lambda _: target,
        seed=7,
    )
    assert {cell.key: dict(cell.parameters) for cell in made.cells} == {
        "a-echo-c10": {"WORKERS": 1},
        "a-other-c10": {"WORKERS": 1, "UNITS": 3},
    }


def test_a_target_that_lacks_a_shared_parameter_is_unsupported() -> None:
    left_out = plan(parameters={"POOL_SIZE": 5}).unsupported
    assert {cell.cell.target for cell in left_out} == {"a"}
    assert "POOL_SIZE" in left_out[0].reason


def test_a_parameter_that_nobody_understands_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(ScenarioError, match="did you mean WORKERS") as caught:
        plan(matrix={"WORKER": [1]})
    assert caught.value.exit_code == 2


def test_a_parameter_of_the_wrong_kind_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="expected: int, such as the default 1"):
        plan(parameters={"WORKERS": "two"})


def test_an_unknown_target_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="'zzz' does not exist"):
        plan(targets=["zzz"])


@given(seed=st.integers(0, 2**32), repeats=st.integers(1, 6), count=st.integers(1, 5))
def test_every_block_holds_every_cell_once_and_the_seed_replays(seed: int, repeats: int, count: int) -> None:
    cells = plan(targets=["a", "b"], matrix={"WORKERS": list(range(1, count + 1))}).cells
    trials = randomised_blocks(cells, repeats, seed)
    assert trials == randomised_blocks(cells, repeats, seed)
    assert [trial.position for trial in trials] == list(range(len(trials)))
    for block in range(1, repeats + 1):
        assert Counter(trial.cell for trial in trials if trial.block == block) == Counter(cells)


def test_the_order_depends_on_the_seed_and_differs_between_blocks() -> None:
    cells = plan(matrix={"WORKERS": [1, 2, 3]}).cells
    trials = randomised_blocks(cells, 2, seed=1)
    first, second = ([trial.cell for trial in trials if trial.block == block] for block in (1, 2))
    assert first != second
    assert [trial.cell for trial in randomised_blocks(cells, 2, seed=2)] != [trial.cell for trial in trials]


def test_a_clash_in_the_registry_is_passed_on() -> None:
    def clash(name: str) -> Target:
        raise PluginError(f"target {name!r} is offered by several plugins")

    with pytest.raises(PluginError, match="several plugins"):
        make_plan(scenario(), [ECHO], TARGETS, clash, seed=1)
