"""Two runs that were played, compared by the command as a user would."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from fwcompare.cli.compare import compare
from fwcompare.errors import ScenarioError
from fwcompare.testing.fakes import Behaviour

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


@pytest.fixture
def two_runs(play: Callable[..., "Play"]) -> tuple["Play", str, str]:
    """Play one target twice, the second time at twice the rate, into one results folder."""
    game = play(only=Behaviour(rate_rps=200))
    first = game.run().report.run
    game.machine.behaviours["only"].rate_rps = 400
    return game, first, game.run().report.run


def asked(game: "Play", *arguments: str) -> Result:
    return CliRunner().invoke(compare, [*arguments, "--results", str(game.results)], catch_exceptions=False)


def test_the_second_run_is_held_against_the_first(two_runs: tuple["Play", str, str]) -> None:
    game, first, second = two_runs
    done = asked(game, first, second)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[:2] == [f"a: {first}", f"b: {second}"]
    assert [line.split()[0] for line in lines if line.startswith("only-c10  ")] == ["only-c10", "only-c10"]
    assert "2.00x" in done.stdout
    assert "Nothing that is recorded differs." in done.stdout


def test_as_json_it_is_the_comparison(two_runs: tuple["Play", str, str]) -> None:
    game, first, second = two_runs
    record = json.loads(asked(game, second, first, "--json").stdout)
    assert (record["schema"], record["a"], record["b"]) == (1, second, first)
    assert {cell["metric"]: cell["verdict"] for cell in record["cells"]} == {
        "throughput_rps": "worse",
        "cpu_ms_per_request": "worse",
    }


def test_a_run_that_is_not_there_is_named(two_runs: tuple["Play", str, str]) -> None:
    game, first, _ = two_runs
    with pytest.raises(ScenarioError, match="run '1999' does not exist"):
        asked(game, first, "1999")


def test_a_run_of_another_load_is_refused_unless_forced(two_runs: tuple["Play", str, str]) -> None:
    game, first, _ = two_runs
    longer = game.run(load={"connections": 10, "duration": "11s"}).report.run
    with pytest.raises(ScenarioError, match="cannot be compared") as caught:
        asked(game, first, longer)
    assert caught.value.seen == "scenario load.duration: 10s and 11s"
    done = asked(game, first, longer, "--force")
    assert done.exit_code == 0
    assert "warning: forced: scenario load.duration: 10s and 11s" in done.stderr
    assert "scenario.load.duration" in done.stdout


def test_it_is_written_as_a_page_and_printed_in_other_forms(two_runs: tuple["Play", str, str]) -> None:
    game, first, second = two_runs
    path = game.results / "compare.html"
    done = asked(game, first, second, "--html", str(path))
    assert "2.00x" in done.stdout
    assert f"written: {path}" in done.stderr
    assert "2.00x" in path.read_text(encoding="utf-8")
    assert asked(game, first, second, "--format", "csv").stdout.startswith("cell,metric,")
    assert asked(game, first, second, "--format", "markdown").stdout.startswith("# ")


def test_two_forms_at_once_are_refused(two_runs: tuple["Play", str, str]) -> None:
    game, first, second = two_runs
    done = asked(game, first, second, "--format", "csv", "--json")
    assert done.exit_code == 2
    assert "--json and --format csv are two forms" in done.stderr
