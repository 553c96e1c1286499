"""Runs that were played, laid out by the command as a user would."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from fwcompare.cli.matrix import matrix
from fwcompare.cli.schema import schema
from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.matrix import Matrix
from fwcompare.testing.fakes import Behaviour

if TYPE_CHECKING:
    from core.tests.session.conftest import Play


@pytest.fixture
def game(play: Callable[..., "Play"]) -> "Play":
    """Play two targets of which one serves four times as much."""
    made = play(fast=Behaviour(rate_rps=400), slow=Behaviour(rate_rps=100))
    made.run()
    return made


def asked(game: "Play", *arguments: str) -> Result:
    return CliRunner().invoke(matrix, [*arguments, "--results", str(game.results)], catch_exceptions=False)


def test_it_prints_a_table_for_each_figure(game: "Play") -> None:
    done = asked(game, "latest")
    assert done.exit_code == 0
    assert "The baseline is fast, the fastest" in " ".join(done.stdout.split())
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  slow") and "0.250x" in line]
    assert "0.250x" in line
    assert [line for line in done.stdout.splitlines() if line.startswith("Throughput")]


def test_a_run_named_twice_is_one_run(game: "Play") -> None:
    name = game.results.joinpath("latest").resolve().name
    assert asked(game, "latest", name).stdout == asked(game, name).stdout


def test_two_runs_of_the_same_need_the_latest(game: "Play") -> None:
    first = game.results.joinpath("latest").resolve().name
    second = game.run().report.run
    with pytest.raises(ScenarioError, match="the runs hold some cells twice"):
        asked(game, first, second)
    done = asked(game, first, second, "--latest", "--baseline", "slow")
    assert done.exit_code == 0
    assert "4.00x" in done.stdout


def test_each_format_says_the_same(game: "Play", tmp_path: Path) -> None:
    made = Matrix.model_validate_json(asked(game, "latest", "--format", "json").stdout)
    (cell,) = [one for one in made.cells if (one.row, one.figure) == ("slow", "throughput_rps")]
    assert cell.ratio is not None
    rows = list(csv.DictReader(StringIO(asked(game, "latest", "--format", "csv").stdout)))
    assert [row["ratio"] for row in rows if (row["target"], row["figure"]) == ("slow", "throughput_rps")] == [
        str(cell.ratio.ratio),
        str(cell.ratio.ratio),
    ], "the cell, and the mean over the only workload"
    assert "0.250x" in asked(game, "latest", "--format", "markdown").stdout
    path = tmp_path / "m.html"
    done = asked(game, "latest", "--format", "html", "--output", str(path))
    assert (done.stdout, "0.250x" in path.read_text(encoding="utf-8")) == ("", True)


def test_a_page_is_written_beside_the_runs_where_no_file_is_given(game: "Play") -> None:
    done = asked(game, "latest", "--format", "html")
    assert "matrix.html" in done.stderr
    assert game.results.joinpath("matrix.html").is_file()


def test_a_file_that_cannot_be_written_is_named(game: "Play", tmp_path: Path) -> None:
    with pytest.raises(HostError, match="cannot be written"):
        asked(game, "latest", "--output", str(tmp_path / "nowhere" / "m.txt"))


def test_its_schema_is_printed() -> None:
    printed = json.loads(CliRunner().invoke(schema, ["matrix"]).stdout)
    assert {"schema", "baseline", "cells", "overall"} <= printed["properties"].keys()
