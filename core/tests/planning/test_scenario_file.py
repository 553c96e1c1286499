from datetime import timedelta

import pytest

from fwcompare.errors import ScenarioError
from fwcompare.planning.scenario_file import parse_scenario

GOOD = """\
name: users
workload: users
targets:
  - fastapi
  - {name: axum, port: 8001}
load:
  connections: [1, 10]
  duration: 6s
"""


def problem(text: str, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "s.yaml", overrides)
    return str(caught.value)


def test_a_good_file_gets_every_default() -> None:
    scenario = parse_scenario(GOOD, "s.yaml")
    assert [entry.name for entry in scenario.targets] == ["fastapi", "axum"]
    assert scenario.targets[1].port == 8001
    assert scenario.load.connections == (1, 10)
    assert scenario.load.duration == timedelta(seconds=6)
    assert scenario.load.warmup == timedelta(seconds=2)
    assert scenario.repeats == 3


def test_a_misspelt_key_is_shown_with_its_place_and_the_nearest_word() -> None:
    message = problem(GOOD.replace("duration: 6s", "duraton: 6s"))
    assert "s.yaml:8:3: load.duraton is not a known key; did you mean 'duration'?" in message
    assert message.startswith("scenario s.yaml has a problem")
    assert "next: fwcompare schema scenario" in message


def test_every_problem_of_a_file_is_listed() -> None:
    message = problem(GOOD.replace("duration: 6s", "duraton: 6s").replace("workload:", "wokload:"))
    assert message.startswith("scenario s.yaml has 2 problems")
    assert "s.yaml:2:1: wokload is not a known key; did you mean 'workload'?" in message
    # What was meant is not missing as well.
    assert "is missing" not in message


@pytest.mark.parametrize("length", ["duration: 6s\n  requests: 5", "keepalive: true"])
def test_both_lengths_or_none_is_refused(length: str) -> None:
    assert "s.yaml:6:1: load: expected exactly one of `duration` and `requests`" in problem(
        GOOD.replace("duration: 6s", length)
    )


def test_an_unlike_key_is_shown_with_the_keys_there_are() -> None:
    assert "s.yaml:9:1: zzz is not a known key; expected one of name, title, workload" in problem(GOOD + "zzz: 1\n")


def test_a_missing_key_is_named() -> None:
    assert "s.yaml:1:1: workload is missing" in problem(GOOD.replace("workload: users\n", ""))


def test_a_key_inside_a_list_has_its_own_place() -> None:
    assert "s.yaml:5:18: targets.1.prt is not a known key; did you mean 'port'?" in problem(
        GOOD.replace("port: 8001", "prt: 8001")
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("6s", "6", "s.yaml:8:3: load.duration: 6 is no duration; expected a number with a unit"),
        ("6s", "0s", "expected a duration above zero"),
        ("[1, 10]", "[1, 0]", "s.yaml:7:20: load.connections.1: input should be greater than or equal to 1"),
        ("[1, 10]", "ten", "s.yaml:7:3: load.connections.0: input should be a valid integer"),
        ("name: users", "name: Users!", "s.yaml:1:1: name: string should match pattern"),
        ("- fastapi", "- axum", "target 'axum' is listed twice"),
        ("[1, 10]", ".inf", "load.connections.0: input should be a valid integer"),
    ],
)
def test_a_wrong_value_says_where_and_what_was_expected(before: str, after: str, expected: str) -> None:
    assert expected in problem(GOOD.replace(before, after))


def test_workloads_are_one_or_several_in_their_order() -> None:
    assert parse_scenario(GOOD, "s.yaml").workload == ("users",)
    several = GOOD.replace("workload: users", "workload: [sleep-sync, users]")
    assert parse_scenario(several, "s.yaml").workload == ("sleep-sync", "users")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("[users, users]", "s.yaml:2:1: workload: 'users' is listed twice; expected each workload once"),
        ("[a, b, a, b]", "s.yaml:2:1: workload: 'a' is listed twice; expected each workload once"),
        ("[]", "s.yaml:2:1: workload: expected one at least"),
        ("[users, 5]", "s.yaml:2:19: workload.1: expected text, not a number"),
        ("", "s.yaml:2:1: workload.0: expected text, not nothing"),
    ],
)
def test_workloads_that_are_none_or_one_twice_are_refused(after: str, expected: str) -> None:
    assert expected in problem(GOOD.replace("workload: users", f"workload: {after}"))


def test_an_audit_is_made_unless_it_is_refused() -> None:
    assert parse_scenario(GOOD, "s.yaml").audit is True
    assert parse_scenario(GOOD + "audit: false\n", "s.yaml").audit is False
    assert parse_scenario(GOOD, "s.yaml", ["audit=false"]).audit is False
    assert "s.yaml:9:1: audit: input should be a valid boolean" in problem(GOOD + "audit: 'no'\n")


def test_a_rate_makes_the_model_open_and_may_be_a_list() -> None:
    load = parse_scenario(GOOD + "  rate: 1000\n", "s.yaml").load
    assert (load.model, load.rate, load.arrivals) == ("open", (1000,), "constant")
    load = parse_scenario(GOOD + "  rate: [100, 250.5]\n  arrivals: poisson\n", "s.yaml").load
    assert (load.rate, load.arrivals) == ((100, 250.5), "poisson")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("  model: open\n", "load: expected a `rate` in the open model, such as rate: 1000"),
        ("  model: closed\n  rate: 5\n", "load: the closed model has no `rate`"),
        ("  arrivals: poisson\n", "load: the closed model has no `arrivals`"),
        ("  rate: 0\n", "load.rate.0: input should be greater than 0"),
    ],
)
def test_a_load_that_is_half_open_is_refused(lines: str, expected: str) -> None:
    assert expected in problem(GOOD + lines)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("  backlog: {grow: 50}\n", "s.yaml:9:3: load.backlog: the closed model has no `backlog`"),
        ("  rate: 5\n  backlog: {grow: 9}\n", "s.yaml:10:3: load.backlog: grow: 9 is less than the 10 `connections`"),
        (
            "  rate: 5\n  backlog: {shedd: 1s}\n",
            "s.yaml:10:13: load.backlog.shedd is not a known key; did you mean 'shed'?",
        ),
        ("  rate: 5\n  stages: [{duration: 9s, rate: 1}]\n", "s.yaml:10:3: load.stages: the stages take 9 s, 3 s more"),
        ("  rate: 5\n  stages: [{rat: 1, rate: 1}]\n", "s.yaml:10:13: load.stages.0.rat is not a known key; did you"),
        ("  warmup: 3\n", "s.yaml:9:3: load.warmup: 3 is no duration; expected a number with a unit"),
        ("  warmup: {auto: {most: 4s}}\n", "s.yaml:9:12: load.warmup.auto: most: 4s is too short to tell"),
        (
            "  warmup: {auto: {mots: 9s}}\n",
            "s.yaml:9:19: load.warmup.auto.mots is not a known key; did you mean 'most'?",
        ),
        ("  think_time: {men: 1s}\n", "s.yaml:9:16: load.think_time.men is not a known key; did you mean 'mean'?"),
        ("  spawn_rate: 4\n", "s.yaml:9:3: load.spawn_rate: starting 10 connections at 4 a second takes"),
    ],
)
def test_a_load_that_cannot_come_about_is_pointed_at(lines: str, expected: str) -> None:
    assert expected in problem(GOOD + lines)


def test_a_duplicate_key_is_refused_with_its_place() -> None:
    message = problem(GOOD + "name: again\n")
    assert "s.yaml:9:1" in message
    assert 'duplicate key "name"' in message


def test_broken_yaml_says_where() -> None:
    assert "scenario s.yaml is not valid YAML" in problem("name: [1,\nload: }")


@pytest.mark.parametrize("text", ["", "- a\n", "just words"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert "expected: keys and values" in problem(text)


def test_yaml_1_2_words_stay_words() -> None:
    scenario = parse_scenario(GOOD + "parameters: {MODE: no, LEVEL: 012, AT: 22:30}\n", "s.yaml")
    assert scenario.parameters == {"MODE": "no", "LEVEL": 12, "AT": "22:30"}


def test_set_changes_a_key_and_knows_that_duration_and_requests_exclude_each_other() -> None:
    scenario = parse_scenario(GOOD, "s.yaml", ["load.requests=500", "repeats=1", "parameters.WORKERS=2"])
    assert scenario.load.requests == 500
    assert scenario.load.duration is None
    assert scenario.repeats == 1
    assert scenario.parameters == {"WORKERS": 2}


def test_a_problem_that_set_made_points_at_the_option() -> None:
    assert "--set load.duration=fast: load.duration: 'fast' is no duration" in problem(GOOD, "load.duration=fast")
    assert "--set repaets=2: repaets is not a known key; did you mean 'repeats'?" in problem(GOOD, "repaets=2")


@pytest.mark.parametrize("override", ["repeats", "=3", "name.x=3", "name=2020-13-45"])
def test_a_set_that_is_no_assignment_is_refused(override: str) -> None:
    assert f"--set {override!r}" in problem(GOOD, override)


@pytest.mark.parametrize(
    "override",
    [
        "srvices=postgresql://admin:secret@host/d",
        "name.postgresql=postgresql://admin:secret@host/d",
        "=postgresql://admin:secret@host/d",
        "services.postgresql=[postgresql://admin:secret@host/d",
    ],
)
def test_a_password_on_the_command_line_is_not_repeated(override: str) -> None:
    message = problem(GOOD, override)
    assert "postgresql" in message
    assert "secret" not in message
