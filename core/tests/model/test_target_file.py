import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from fwcompare.errors import PluginError
from fwcompare.model.target import Argument, Deviation, Prerequisite, Target, target_file_schema

GOOD = """\
schema = 1
framework = "Some"
language = "python"
app = "app"

[build]
inputs = ["requirements.txt"]
commands = [["uv", "venv", "{env}"]]

[[targets]]
name = "some"
title = "Some, plainly"
start = ["{env}/bin/python", "serve.py"]
profiler = "py-spy"
parameters = { WORKERS = 1 }
ready_timeout = "5s"
workloads = { users = "/users" }

[[targets]]
name = "some-fast"
title = "Some, faster"
start = ["{env}/bin/python", "fast.py"]
profiler = "py-spy"
workloads = { users = "/users" }
"""


def write(folder: Path, text: str) -> Path:
    (folder / "app").mkdir(exist_ok=True)
    path = folder / "target.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_target_of_a_file_shares_its_framework_and_build(tmp_path: Path) -> None:
    first, second = Target.from_file(write(tmp_path, GOOD))
    assert (first.name, second.name) == ("some", "some-fast")
    assert first.build == second.build
    assert first.app == tmp_path / "app"
    assert first.ready_timeout == timedelta(seconds=5)
    assert second.ready_timeout == timedelta(seconds=30)
    assert first.parameters == {"WORKERS": 1}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("schema = 1", "schema = 0", "target.toml:1: schema: input should be 1"),
        (
            'title = "Some, plainly"',
            'titel = "x"',
            "target.toml:12: targets.0.titel is not a known key; did you mean 'title'?",
        ),
        (
            'start = ["{env}/bin/python", "serve.py"]',
            'start = "run me"',
            "target.toml:13: targets.0.start: expected a list, not text",
        ),
        (
            'users = "/users"',
            'users = "users"',
            "target.toml:17: targets.0.workloads.users: 'users' does not start with '/'",
        ),
        ("WORKERS = 1", "workers = 1", "target.toml:15: targets.0.parameters.workers: string should match pattern"),
        ('"5s"', "5", "target.toml:16: targets.0.ready_timeout: 5 is no duration"),
        ('title = "Some, faster"', "", "target.toml:19: targets.1.title is missing"),
        ('commands = [["uv", "venv", "{env}"]]', "commands = [[]]", "target.toml:8: build.commands.0: expected one at"),
        ('language = "python"', "language = 3", "target.toml:3: language: expected text, not a number"),
        ('app = "app"', 'app = "nowhere"', "names an app folder that is not there"),
        ("[build]", "[build", "is not TOML"),
    ],
)
def test_a_broken_file_is_named_with_the_key_and_what_was_expected(
    before: str, after: str, expected: str, tmp_path: Path
) -> None:
    path = write(tmp_path, GOOD.replace(before, after, 1))
    with pytest.raises(PluginError) as caught:
        Target.from_file(path)
    assert str(path) in str(caught.value)
    assert expected in str(caught.value)


WITH_ALL = GOOD.replace(
    'workloads = { users = "/users" }\n',
    """workloads = { users = "/users", "sleep-sync" = "/sync" }
unsupported = { sleep-concurrent = "no event loop" }

[[targets.deviations]]
workload = "users"
measure = "SELECT statements"
more = { request = 1, WORKERS = -0.5 }
reason = "asks twice"
""",
    1,
).replace(
    "[[targets]]",
    """[[build.prerequisites]]
check = ["pkg-config", "--exists", "libmariadb"]
install = "apt-get install libmariadb-dev"

[[targets]]""",
    1,
)


def test_what_is_unsupported_what_deviates_and_what_a_build_needs_is_read(tmp_path: Path) -> None:
    first, second = Target.from_file(write(tmp_path, WITH_ALL))
    assert first.unsupported == {"sleep-concurrent": "no event loop"}
    assert first.deviations == (
        Deviation(
            workload="users",
            measure="SELECT statements",
            more={"request": 1, "WORKERS": -0.5},
            reason="asks twice",
        ),
    )
    needed = Prerequisite(check=("pkg-config", "--exists", "libmariadb"), install="apt-get install libmariadb-dev")
    assert first.build.prerequisites == second.build.prerequisites == (needed,)
    assert (second.unsupported, second.deviations) == ({}, ())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "sleep-concurrent =",
            "sleep-sync =",
            "'sleep-sync' stands under both `workloads` and `unsupported`; expected one of them",
        ),
        ('"no event loop"', '""', "targets.0.unsupported.sleep-concurrent: expected some text"),
        (
            'workload = "users"',
            'workload = "sleep-concurrent"',
            "deviation of workload 'sleep-concurrent', which the target does not offer",
        ),
        (
            "request = 1",
            "requests = 1",
            "deviation in 'SELECT statements' counts 'requests'; expected `request` or a parameter",
        ),
        (
            "{ WORKERS = 1 }",
            '{ WORKERS = "one" }',
            "deviation in 'SELECT statements' counts 'WORKERS', which is 'one'; expected a parameter that is a number",
        ),
        (
            "{ WORKERS = 1 }",
            "{ WORKERS = true }",
            "deviation in 'SELECT statements' counts 'WORKERS', which is True; expected a parameter that is a number",
        ),
        (
            "{ request = 1, WORKERS = -0.5 }",
            "{}",
            "targets.0.deviations.0.more: expected one at least",
        ),
        ('"asks twice"', '""', "targets.0.deviations.0.reason: expected some text"),
        ('measure = "SELECT statements"\n', "", "targets.0.deviations.0.measure is missing"),
        (
            'check = ["pkg-config", "--exists", "libmariadb"]',
            "check = []",
            "build.prerequisites.0.check: expected one at least",
        ),
        ('install = "apt-get install libmariadb-dev"', "", "build.prerequisites.0.install is missing"),
    ],
)
def test_a_file_that_contradicts_itself_says_in_what(before: str, after: str, expected: str, tmp_path: Path) -> None:
    assert before in WITH_ALL
    with pytest.raises(PluginError) as caught:
        Target.from_file(write(tmp_path, WITH_ALL.replace(before, after, 1)))
    assert expected in caught.value.seen


def test_a_measure_is_declared_once_for_a_workload_and_may_be_again_for_another(tmp_path: Path) -> None:
    again = WITH_ALL[WITH_ALL.index("[[targets.deviations]]") : WITH_ALL.index('\n[[targets]]\nname = "some-fast"')]
    second = WITH_ALL.index('[[targets]]\nname = "some-fast"')
    twice = f"{WITH_ALL[:second]}{again}\n{WITH_ALL[second:]}"
    with pytest.raises(PluginError) as caught:
        Target.from_file(write(tmp_path, twice))
    expected = "'SELECT statements' of workload 'users' is declared twice; expected one with all that comes on top"
    assert expected in caught.value.seen
    head, _, tail = twice.rpartition('workload = "users"')
    first, _ = Target.from_file(write(tmp_path, f'{head}workload = "sleep-sync"{tail}'))
    assert [deviation.workload for deviation in first.deviations] == ["users", "sleep-sync"]


def test_the_schema_of_a_target_file_names_every_key_and_refers_to_nothing_that_is_not_there() -> None:
    schema = target_file_schema()
    text = json.dumps(schema)
    assert json.loads(text) == schema
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert set(re.findall(r'"#/\$defs/(\w+)"', text)) == definitions.keys()
    table = next(definition for definition in definitions.values() if "ready_timeout" in definition["properties"])
    assert {"unsupported", "deviations", "workloads", "parameters"} <= table["properties"].keys()
    assert table["required"] == ["name", "title", "start", "profiler", "workloads"]
    assert set(definitions["Deviation"]["required"]) == {"workload", "measure", "more", "reason"}
    assert set(definitions["Prerequisite"]["required"]) == {"check", "install"}
    assert definitions["Build"]["properties"].keys() == {"inputs", "commands", "prerequisites", "arguments"}
    assert definitions["Argument"]["required"] == ["default"]
    assert all(definition["additionalProperties"] is False for definition in definitions.values())


def test_every_problem_is_told_once_and_none_in_the_words_of_a_programmer(tmp_path: Path) -> None:
    text = GOOD.replace("start =", "strat =").replace("inputs =", "input =")
    with pytest.raises(PluginError) as caught:
        Target.from_file(write(tmp_path, text))
    assert str(caught.value).splitlines() == [
        f"target file {tmp_path / 'target.toml'} has 3 problems",
        "  target.toml:7: build.input is not a known key; did you mean 'inputs'?",
        "  target.toml:13: targets.0.strat is not a known key; did you mean 'start'?",
        "  target.toml:22: targets.1.strat is not a known key; did you mean 'start'?",
        "  next: fwcompare schema target    prints what may stand there",
    ]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes(b'framework = "\xff"')
    with pytest.raises(PluginError, match="cannot be read") as caught:
        Target.from_file(path)
    assert caught.value.expected == "a readable file of TOML in UTF-8"


def test_a_missing_file_is_an_error_of_the_plugin(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="cannot be read"):
        Target.from_file(tmp_path / "target.toml")


WITH_ARGUMENTS = GOOD.replace(
    "[[targets]]",
    """[build.arguments]
PYTHON_VERSION = { default = "3.11", fact = "language.version" }
FLAVOUR = "plain"

[[targets]]""",
    1,
)


def test_a_build_argument_is_its_default_and_may_name_the_fact_that_tells_it(tmp_path: Path) -> None:
    first, second = Target.from_file(write(tmp_path, WITH_ARGUMENTS))
    assert first.build.arguments == {
        "PYTHON_VERSION": Argument(default="3.11", fact="language.version"),
        "FLAVOUR": Argument(default="plain"),
    }
    assert second.build.arguments == first.build.arguments


def test_values_of_build_arguments_are_of_one_build_and_no_part_of_what_a_target_is(tmp_path: Path) -> None:
    target = Target.from_file(write(tmp_path, WITH_ARGUMENTS))[0]
    chosen = target.built_with({"FLAVOUR": "rich"})
    assert (target.arguments, chosen.arguments) == ({}, {"FLAVOUR": "rich"})
    assert chosen.model_dump() == target.model_dump()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("FLAVOUR =", "WORKERS =", "parameter WORKERS of 'some' stands under `build.arguments` too"),
        ("FLAVOUR =", "flavour =", "build.arguments.flavour"),
        ('"plain"', "3.10", "the default 3.1 is no text; expected quotes"),
        ('"language.version"', '"Language version"', "build.arguments.PYTHON_VERSION.fact"),
    ],
)
def test_a_build_argument_that_cannot_be_one_is_named(before: str, after: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError) as caught:
        Target.from_file(write(tmp_path, WITH_ARGUMENTS.replace(before, after, 1)))
    assert expected in str(caught.value)
