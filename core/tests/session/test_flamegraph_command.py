"""The command ``flamegraph`` on runs that were played: functions, differences, and why there are none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from fwcompare.cli.flamegraph import flamegraph
from fwcompare.cli.schema import schema
from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.functions import FunctionComparison, FunctionTable
from fwcompare.store.run_directory import RunDirectory
from fwcompare.testing.fakes import Behaviour, FakeProfiler, fake_target

if TYPE_CHECKING:
    from core.tests.session.conftest import Play

QUICK = "main (app/main.py);read (app/db.py) 60\nmain (app/main.py) 40\n"
SLOW = "main (app/main.py);read (app/db.py);build (orm/rows.py) 150\nmain (app/main.py) 50\n"


@pytest.fixture
def game(play: Callable[..., "Play"]) -> "Play":
    return play(quick=Behaviour(rate_rps=400), slow=Behaviour(rate_rps=200))


def played(game: "Play", **changes: object) -> RunDirectory:
    """Play a run and give its targets profiles of their own."""
    store = RunDirectory(game.run(**changes).report.folder)
    for target, folded in (("quick", QUICK), ("slow", SLOW)):
        for path in store.folder.glob(f"trials/{target}-*/*/profile.folded"):
            path.write_text(folded, encoding="utf-8")
    return store


def asked(game: "Play", *arguments: str) -> Result:
    return CliRunner().invoke(flamegraph, [*arguments, "--results", str(game.results)], catch_exceptions=False)


def test_without_an_option_it_prints_where_the_graphs_are(game: "Play") -> None:
    store = played(game)
    printed = asked(game, "latest", "quick").stdout.splitlines()
    assert sorted(printed) == sorted(map(str, store.folder.glob("trials/quick-*/*/flamegraph.svg")))
    assert printed


def test_top_prints_the_functions_of_one_trial_in_ms_per_request(game: "Play") -> None:
    store = played(game)
    done = asked(game, "latest", "slow", "--top", "1")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert "(slow-c10, block " in lines[0]
    assert "200 samples by fake-profiler at" in lines[0]
    assert lines[1].startswith("chosen: ")
    rows = [line.split() for line in lines if line.endswith("build (orm/rows.py)")]
    table = FunctionTable.model_validate_json(asked(game, store.name, "slow", "--json").stdout)
    assert table.functions[0].name == "build (orm/rows.py)"
    assert table.functions[0].self_ms is not None
    assert table.functions[0].self_ms == pytest.approx(0.75 * (table.trial.cpu_ms_per_request or 0))
    assert [row[2:4] for row in rows] == [["75.0", "%"]]
    assert float(rows[0][0]) == pytest.approx(table.functions[0].self_ms, rel=0.01)
    assert any(line.endswith("(2 other functions)") for line in lines)


def test_a_difference_names_the_function_that_explains_it_and_is_drawn(game: "Play") -> None:
    store = played(game)
    done = asked(game, "latest", "quick", "--diff", "slow")
    assert done.exit_code == 0
    answer = next(line for line in done.stdout.splitlines() if line.startswith("b uses "))
    assert "more than a" in answer
    assert "in build (orm/rows.py)" in answer
    drawn = Path(done.stdout.splitlines()[-1].removeprefix("differential flamegraph: "))
    assert drawn.parent == store.folder / "flamegraphs"
    assert drawn.name.startswith("quick-c10-")
    assert "ns of CPU per request" in drawn.read_text(encoding="utf-8")
    again = drawn.read_bytes()
    asked(game, "latest", "quick", "--diff", "slow")
    assert drawn.read_bytes() == again


def test_both_sides_are_under_the_same_load(game: "Play") -> None:
    played(game, load={"connections": [2, 10], "duration": "10s", "warmup": "0s"})
    comparison = FunctionComparison.model_validate_json(
        asked(game, "latest", "quick", "--diff", "slow", "--cell", "quick-c2", "--block", "1", "--json").stdout
    )
    assert [(side.cell, side.block) for side in (comparison.a, comparison.b)] == [("quick-c2", 1), ("slow-c2", 1)]
    of_cells = FunctionComparison.model_validate_json(
        asked(game, "latest", "quick-c2", "--diff", "quick-c10", "--json").stdout
    )
    assert (of_cells.a.cell, of_cells.b.cell) == ("quick-c2", "quick-c10")


def test_json_is_alone_on_standard_output(game: "Play", tmp_path: Path) -> None:
    played(game)
    done = asked(game, "latest", "quick", "--diff", "slow", "--json", "--svg", str(tmp_path / "d.svg"))
    record = json.loads(done.stdout)
    assert (record["schema"], record["a"]["target"], record["b"]["target"]) == (1, "quick", "slow")
    assert (tmp_path / "d.svg").read_text().startswith("<?xml")
    assert "d.svg" in done.stderr
    with pytest.raises(HostError, match="cannot be written"):
        asked(game, "latest", "quick", "--diff", "slow", "--svg", str(tmp_path / "mistyped" / "d.svg"))


def test_the_other_side_may_be_of_another_run(game: "Play") -> None:
    first, second = played(game), played(game)
    for path in second.folder.glob("trials/slow-*/*/profile.folded"):
        path.write_text("main (app/main.py);retry (app/db.py) 10\n", encoding="utf-8")
    done = asked(game, first.name, "slow", "--diff", f"{second.name}:slow")
    assert "in retry (app/db.py)" in done.stdout
    assert f"--{second.name}-slow-c10-" in done.stdout.splitlines()[-1]
    with pytest.raises(ScenarioError, match="run '1999' does not exist"):
        asked(game, first.name, "slow", "--diff", "1999:slow")


def test_across_languages_the_tables_are_given_and_no_graph(game: "Play", tmp_path: Path) -> None:
    game.change(targets={"quick": fake_target("quick"), "slow": fake_target("slow", language="rust")})
    store = played(game)
    done = asked(game, "latest", "quick", "--diff", "slow")
    assert done.exit_code == 0
    assert "a is in python, b in rust" in done.stdout
    assert "build (orm/rows.py)" in done.stdout
    assert "warning: no differential flamegraph of quick and slow" in done.stderr
    assert not (store.folder / "flamegraphs").exists()
    with pytest.raises(ScenarioError, match="expected: two targets in one language"):
        asked(game, "latest", "quick", "--diff", "slow", "--svg", str(tmp_path / "d.svg"))
    assert not (tmp_path / "d.svg").exists()


def test_a_file_for_speedscope_holds_both_sides(game: "Play", tmp_path: Path) -> None:
    played(game)
    place = tmp_path / "both.json"
    done = asked(game, "latest", "quick", "--diff", "slow", "--speedscope", str(place))
    assert f"speedscope: {place}" in done.stdout
    names = [profile["name"] for profile in json.loads(place.read_text())["profiles"]]
    assert [": quick-c10, block " in names[0], ": slow-c10, block " in names[1], len(names)] == [True, True, 2]
    alone = asked(game, "latest", "quick", "--speedscope", str(place))
    assert alone.stdout == f"speedscope: {place}\n"
    assert len(json.loads(place.read_text())["profiles"]) == 1


def test_a_target_without_a_profile_is_told_with_the_reason(game: "Play") -> None:
    game.change(profilers={"fake-profiler": FakeProfiler(reason="the kernel forbids it")})
    game.run()
    for options in (["--top"], ["--diff", "slow"], []):
        with pytest.raises(HostError, match=r"target 'quick' has no flamegraph in run .*\n  the kernel forbids it"):
            asked(game, "latest", "quick", *options)


def test_names_that_are_not_there_are_told_with_those_that_are(game: "Play") -> None:
    played(game)
    with pytest.raises(ScenarioError, match=r"has no target 'django'\n  expected: quick, slow"):
        asked(game, "latest", "quick", "--diff", "django")
    with pytest.raises(ScenarioError, match=r"no profile of a cell 'quick-c99' .*\n  expected: quick-c10"):
        asked(game, "latest", "quick", "--top", "--cell", "quick-c99")
    with pytest.raises(ScenarioError, match=r"cell quick-c10 has no profile of block 77\n  expected: block 1"):
        asked(game, "latest", "quick", "--top", "--block", "77")
    with pytest.raises(ScenarioError, match="--svg is for a difference"):
        asked(game, "latest", "quick", "--svg", "x.svg")


def test_a_torn_profile_is_named(game: "Play") -> None:
    store = played(game)
    for path in store.folder.glob("trials/quick-*/*/profile.folded"):
        path.write_text("main;re", encoding="utf-8")
    with pytest.raises(HostError, match=r"the profile of quick-c10, block \d, cannot be read"):
        asked(game, "latest", "quick", "--top")


def test_a_place_that_cannot_be_written_to_is_named(game: "Play", tmp_path: Path) -> None:
    played(game)
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError, match=r"file/d\.svg cannot be written"):
        asked(game, "latest", "quick", "--diff", "slow", "--svg", str(tmp_path / "file" / "d.svg"))


def test_the_form_of_the_json_is_published() -> None:
    printed = CliRunner().invoke(schema, ["functions"], catch_exceptions=False).stdout
    assert {"FunctionTable", "FunctionComparison", "ProfiledTrial"} <= set(json.loads(printed)["$defs"])
