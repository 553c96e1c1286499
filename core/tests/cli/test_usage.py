"""What the program says and how it exits, where no target is started."""

import json
import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program


def test_help_lists_every_command_and_every_exit_code(program: "Program") -> None:
    done = program("--help")
    assert done.returncode == 0
    for word in (
        "run",
        "plan",
        "targets",
        "scenarios",
        "plugins",
        "plugin",
        "verify",
        "up",
        "report",
        "compare",
        "matrix",
        "flamegraph",
        "doctor",
    ):
        assert f"  {word} " in done.stdout
    for code in ("0  done", "1  a threshold", "2  wrong usage", "3  a target", "4  this machine", "5  a measure"):
        assert code in done.stdout
    assert "130  interrupted" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("run", "users.yaml", "--set", "load.duraton=3s"), "did you mean 'duration'?"),
        (("run", "users.yaml", "--target", "soud"), "did you mean 'sound'?"),
        (("run", "nothing.yaml"), "scenario 'nothing.yaml' does not exist"),
        (("run", "users.yaml", "--set", "workload=usres"), "did you mean 'users'?"),
        (("run", "users.yaml", "--set", "runtime=podman"), "runtime 'podman' does not exist"),
        (("run", "users.yaml", "--set", "services.postgresql=moon"), "'moon' in --service postgresql=..., or under"),
        (("run", "users.yaml", "--service", "postgres=moon"), "service 'postgresql' cannot be had that way"),
        (("plan", "users.yaml", "--service", "postgres=dokcer"), "did you mean 'docker'?"),
        (("run", "users.yaml", "--dry-run", "--service", "postgres=url"), "--service postgresql=URL"),
        (
            ("plan", "users.yaml", "--set", "services.mysql=moon"),
            "expected: docker, docker-mysql, local, or a URL",
        ),
        (("plan", "users.yaml", "--set", "services.mongo=docker"), "service 'mongo' does not exist"),
        (("plan", "users.yaml", "--target", "blind"), "target 'blind' names a profiler that does not exist"),
        (("run", "users.yaml", "--target", "blind", "--dry-run"), "next: did you mean 'py-spy'?"),
        (("run", "users.yaml", "--service", "mongo=docker"), "service 'mongo' does not exist"),
        (("verify", "sound", "--service", "mongo=docker"), "service 'mongo' does not exist"),
        (("run", "users.yaml", "--set", "parameters.WORKRES=2"), "parameter WORKRES is understood by no target"),
        (("run",), "Missing argument 'SCENARIO'"),
        (("report", "2001"), "run '2001' does not exist"),
        (("flamegraph", "latest", "sound"), "run 'latest' does not exist"),
        (("nonsense",), "No such command 'nonsense'"),
        (("plugin", "new", "sound", "--language", "go"), "an installed target has that name"),
        (("plugin", "new", "builtin", "--language", "go"), "an installed plugin has that name"),
        (("plugin", "new", "My Own", "--language", "go"), "'My Own' is no name for a target"),
        (("plugin", "new", "My Own", "--language", "node"), "next: fwcompare plugin new my-own --language node\n"),
        (("plugin", "new", "???", "--language", "go"), "next: fwcompare plugin new my-target --language go\n"),
        (("plugin", "new", "sound", "--language", "node"), "next: fwcompare plugin new my-sound --language node    or"),
        (("plugin", "new", "plugins", "--language", "go"), "plugins exists"),
        (("plugin", "new", "mine", "--language", "perl"), "'perl' is not one of 'python', 'rust', 'go',"),
        (("plugin", "new", "mine"), "Missing option '--language'"),
    ],
)
def test_wrong_usage_exits_2_with_what_was_expected(
    arguments: tuple[str, ...], expected: str, program: "Program"
) -> None:
    targets = program.folder / "plugins" / "misfits" / "target.toml"
    sound = targets.read_text().partition("[[targets]]")[2].partition("[[targets]]")[0]
    blind = sound.replace('"sound"', '"blind"', 1).replace('"py-spy"', '"pyspi"', 1)
    targets.write_text(f"{targets.read_text()}\n[[targets]]{blind}", encoding="utf-8")

    done = program(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert not program.results.exists()


def test_a_new_plugin_is_told_with_what_to_do_next_and_can_be_found(program: "Program") -> None:
    done = program("plugin", "new", "mine", "--language", "go", "--into", "own")
    assert (done.returncode, done.stderr) == (0, "")
    first, *after = done.stdout.splitlines()
    assert first == "made own/mine, a plugin of 11 files that works as it is. Next:"
    assert [line.partition("#")[0].strip() for line in after] == [
        "fwcompare verify mine --plugin-dir own",
        "fwcompare run users --target mine --plugin-dir own",
        "pytest own/mine/tests",
    ]
    listed = program("plugins", "--plugin-dir", "own", "--json")
    mine = next(plugin for plugin in json.loads(listed.stdout) if plugin["name"] == "mine")
    assert (mine["state"], mine["targets"]) == ("ok", ["mine"])


def test_what_to_do_next_can_be_typed_though_the_folder_has_a_space_in_its_name(program: "Program") -> None:
    done = program("plugin", "new", "mine", "--language", "go", "--into", "my own")
    assert done.returncode == 0
    commands = [shlex.split(line, comments=True) for line in done.stdout.splitlines()[1:]]
    assert commands == [
        ["fwcompare", "verify", "mine", "--plugin-dir", "my own"],
        ["fwcompare", "run", "users", "--target", "mine", "--plugin-dir", "my own"],
        ["pytest", "my own/mine/tests"],
    ]


def test_a_mistake_in_a_target_file_is_told_by_whoever_misses_the_target(program: "Program") -> None:
    assert program("plugin", "new", "mine", "--language", "go", "--into", "my own").returncode == 0
    file = program.folder / "my own" / "mine" / "target.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\nstart =", "\nstrat ="), encoding="utf-8")
    line = text[: text.index("\nstart =")].count("\n") + 2

    done = program("verify", "mine", "--plugin-dir", "my own")

    assert (done.returncode, done.stdout) == (2, "")
    problem = f"target.toml:{line}: targets.0.strat is not a known key; did you mean 'start'?"
    headline = f"target file {file} has a problem"
    assert done.stderr.splitlines() == [
        f"warning: plugin 'mine' is broken and was left out: {headline}: {problem}",
        "error: target 'mine' does not exist",
        next(line for line in done.stderr.splitlines() if line.startswith("  expected: ")),
        f"  plugin 'mine' is broken: {headline}",
        f"    {problem}",
        "    next: fwcompare schema target    prints what may stand there",
        "  next: fwcompare plugins --plugin-dir 'my own'    lists what is installed",
    ]
    assert f"{headline}\n  {problem}\n" in program("plugins", "--plugin-dir", "my own").stdout


def test_a_clash_of_names_is_told_by_every_command_that_lists(program: "Program") -> None:
    for folder in ("one", "two"):
        assert program("plugin", "new", "mine", "--language", "go", "--into", folder).returncode == 0
        (program.folder / folder / "mine").rename(program.folder / folder / f"of-{folder}")
    done = program("targets", "--plugin-dir", "one", "--plugin-dir", "two")
    assert done.returncode == 0
    assert "mine" not in done.stdout
    assert done.stderr == "warning: target 'mine' is left out: it is offered by 'of-one' and 'of-two'\n"


def test_a_misspelt_key_is_shown_with_file_line_and_column(program: "Program") -> None:
    scenario = program.folder / "users.yaml"
    scenario.write_text(scenario.read_text().replace("connections: 2", "conections: 2"), encoding="utf-8")
    done = program("run", "users.yaml")
    assert done.returncode == 2
    assert "users.yaml:4:8: load.conections is not a known key; did you mean 'connections'?" in done.stderr


def test_a_file_that_is_no_text_is_refused_without_a_traceback(program: "Program") -> None:
    (program.folder / "users.yaml").write_bytes(b"name: \xff\xfe")
    done = program("run", "users.yaml")
    assert done.returncode == 2
    assert "scenario users.yaml cannot be read" in done.stderr
    assert "expected: a readable file of YAML in UTF-8" in done.stderr
    assert "Traceback" not in done.stderr


def test_dry_run_and_plan_print_the_same_and_start_nothing(program: "Program") -> None:
    arguments = ("users.yaml", "--set", "seed=5", "--repeats", "2")
    planned = program("plan", *arguments)
    assert planned.returncode == 0
    assert "sound-c2" in planned.stdout
    assert "2 trials in 2 randomised blocks, seed 5" in planned.stdout
    assert "1 s after 0.2 s, keep-alive" in planned.stdout
    assert program("run", *arguments, "--dry-run").stdout == planned.stdout
    assert not program.results.exists()


def test_a_plan_shows_the_bounds_of_a_warm_up_that_ends_by_itself(program: "Program") -> None:
    planned = program("plan", "users.yaml", "--set", "load.warmup={auto: {most: 20s}}")
    assert "1 s after 5 to 20 s, keep-alive" in planned.stdout


def test_a_broken_plugin_is_listed_with_its_reason_and_the_others_work(program: "Program") -> None:
    module = program.folder / "plugins" / "misfits" / "__init__.py"
    module.write_text("import a_module_that_is_not_there\n")
    listed = json.loads(program("plugins", "--json").stdout)
    states = {plugin["name"]: (plugin["state"], plugin["reason"]) for plugin in listed}
    assert states["misfits"] == (
        "broken",
        f"import failed: ModuleNotFoundError: No module named 'a_module_that_is_not_there', at {module}:1",
    )
    assert states["builtin"] == ("ok", "")
    done = program("targets")
    assert done.returncode == 0
    assert "warning: plugin 'misfits' is broken and was left out" in done.stderr
    assert program("--help").returncode == 0


def test_targets_and_scenarios_are_listed(program: "Program") -> None:
    targets = {target["name"] for target in json.loads(program("targets", "--json").stdout)}
    assert {"sound", "ninety-nine", "exits", "hangs"} <= targets
    listed = program("scenarios").stdout
    assert listed.splitlines()[0].split() == ["scenario", "workload", "title", "file"]
    assert "users-sweep" in listed


@pytest.mark.parametrize("name", ["scenario", "flows", "target", "summary", "comparison", "history"])
def test_schemas_are_json(name: str, program: "Program") -> None:
    assert json.loads(program("schema", name).stdout)["type"] == "object"


def test_doctor_lists_each_check(program: "Program") -> None:
    checks = json.loads(program("doctor", "--json").stdout)
    names = {check["name"] for check in checks}
    assert {"plugins", "load generator", "py-spy", "perf", "MySQL", "Docker", "open files", "CPU pressure"} <= names
    assert all(check["fix"] or check["state"] == "ok" for check in checks)


def test_doctor_names_a_prerequisite_by_its_whole_command_and_tells_who_needs_it(program: "Program") -> None:
    targets = program.folder / "plugins" / "misfits" / "target.toml"
    needed = (
        '[[build.prerequisites]]\ncheck = ["sh", "-c", "exit 0"]\ninstall = "nothing"\n\n'
        '[[build.prerequisites]]\ncheck = ["no-such-checker", "--version"]\ninstall = "apt-get install checker"\n\n'
    )
    targets.write_text(targets.read_text().replace("[[targets]]", f"{needed}[[targets]]", 1), encoding="utf-8")

    done = program("doctor", "--json")

    assert done.returncode == 4
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    needed_by = "needed by sound, remembers, recycles, ninety-nine, exits, hangs"
    assert checks["sh -c exit 0"] == {"name": "sh -c exit 0", "state": "ok", "seen": needed_by, "fix": ""}
    assert checks["no-such-checker --version"] == {
        "name": "no-such-checker --version",
        "state": "missing",
        "seen": f"no-such-checker is not on PATH; {needed_by}",
        "fix": "apt-get install checker",
    }
    assert "\nno-such-checker --version: apt-get install checker\n" in program("doctor").stdout
