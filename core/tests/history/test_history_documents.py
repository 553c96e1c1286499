"""A history as it is shown: in the terminal, as a plot, and as a page in a real browser."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import Browse
from click.testing import CliRunner, Result

from fwcompare.cli.app import cli
from fwcompare.errors import FwcompareError, ScenarioError
from fwcompare.model.history import History
from fwcompare.reporting.history_page import history_page
from fwcompare.reporting.history_plot import draw_history
from fwcompare.reporting.history_view import history_view, sparkline, trend_names
from fwcompare.stats.history import make_history
from fwcompare.store.index import Index

if TYPE_CHECKING:
    from core.tests.history.conftest import MadeRun

RunOf = Callable[..., "MadeRun"]
HOSTILE = "</script><img src=x onerror=alert(1)> $x$"


def asked(results: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--results", str(results)], catch_exceptions=False)


def history_of(results: Path, target: str = "axum") -> History:
    index = Index.open(results)
    cells = index.cells(target=target)
    return make_history(target, "throughput", cells, index.conditions({cell.run for cell in cells}))


@pytest.fixture
def told(results: Path, run_of: RunOf) -> Path:
    """Give a folder with five runs of two hosts: one failed, one was faster with another version."""
    run_of(1).write(results)
    run_of(2, targets={"axum": None, "fastapi": 50.0}).write(results)
    run_of(3, targets={"axum": 150.0}, version="0.2.0").write(results)
    run_of(4, targets={"axum": 149.0}, version="0.2.0").write(results)
    run_of(5, targets={"axum": 500.0}, host={"id": "two", "cpu_model": "Other"}).write(results)
    return results


def test_history_prints_every_run_of_a_cell_with_what_changed(told: Path) -> None:
    lines = asked(told, "history", "axum").stdout.splitlines()
    rows = [re.split(r"\s{2,}", line) for line in lines if line.startswith("2026-")]
    assert [row[1] for row in rows] == [f"2026-11-{day:02}-users-{day:04}" for day in (5, 1, 2, 3, 4)]
    assert rows[2][2] == "n/a [1]"
    assert rows[3][4:] == ["1.50x", "1.46 to 1.54", "better", "fwcompare 0.1.0 to 0.2.0"]
    assert rows[4][-1] == "nothing recorded"
    assert any(line.startswith("[1] failed: failed in blocks 1, 2, 3") for line in lines)
    assert any(line.endswith("▁·██") for line in lines)


def test_history_as_json_is_the_history(told: Path) -> None:
    record = json.loads(asked(told, "history", "axum", "--json").stdout)
    assert record == json.loads(history_of(told).model_dump_json(by_alias=True))
    assert (record["schema"], record["target"], len(record["trends"])) == (1, "axum", 2)


def test_history_is_of_the_host_and_the_workload_that_are_asked_for(told: Path) -> None:
    host = history_of(told).trends[1].host
    assert host is not None
    record = json.loads(asked(told, "history", "axum", "--json", "--host", host[:6], "--workload", "users").stdout)
    assert [trend["host"] for trend in record["trends"]] == [host]
    with pytest.raises(ScenarioError, match="no run has figures of target 'axum' with workload 'sleep'"):
        asked(told, "history", "axum", "--workload", "sleep")
    with pytest.raises(ScenarioError, match="no run has figures of target 'nobody'") as caught:
        asked(told, "history", "nobody")
    assert caught.value.expected == "one of axum, fastapi"
    with pytest.raises(ScenarioError, match="with host 'zzz'") as caught:
        asked(told, "history", "axum", "--host", "zzz")
    assert host in caught.value.expected


def test_ls_lists_the_newest_first_and_only_what_is_asked_for(told: Path, run_of: RunOf) -> None:
    run_of(6, status="running", scenario="other").write(told)
    asked(told, "tag", "0003", "keep", "v2")
    lines = asked(told, "ls").stdout.splitlines()
    assert [line.split()[0][-4:] for line in lines] == ["run", "0006", "0005", "0004", "0003", "0002", "0001"]
    assert "died, 3 trials" in lines[1]
    assert lines[4].endswith("keep, v2")
    assert "complete, 1 failed" in lines[5]

    def names(*arguments: str) -> list[str]:
        return [run["name"][-4:] for run in json.loads(asked(told, "ls", "--json", *arguments).stdout)]

    assert names("-n", "2") == ["0006", "0005"]
    assert names("--tag", "keep") == ["0003"]
    assert names("--target", "fastapi") == ["0002"]
    assert names("--scenario", "other") == ["0006"]
    assert names("--scenario", "none") == []


def test_a_list_that_is_empty_says_why(told: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert "with scenario 'nope'; scenarios there are: users" in asked(told, "ls", "--scenario", "nope").output
    assert "with tag 'nope'; tags there are: none" in asked(told, "ls", "--tag", "nope").output
    assert "with target 'nope'; targets there are: axum, fastapi" in asked(told, "ls", "--target", "nope").output
    assert "no run in" in asked(tmp_path / "empty", "ls").output
    with pytest.raises(ScenarioError, match="mistyped does not exist"):
        asked(tmp_path / "mistyped", "ls")


def test_a_run_is_not_compared_with_itself(told: Path) -> None:
    with pytest.raises(ScenarioError, match="not compared with itself"):
        asked(told, "compare", "0003", "2026-11-03")


def test_a_tag_is_put_on_and_taken_off(told: Path) -> None:
    asked(told, "tag", "0003", "keep", "v2")
    assert "no tags" not in asked(told, "tag", "keep", "keep", "--remove").output
    with pytest.raises(ScenarioError, match="has no tag keep"):
        asked(told, "tag", "v2", "keep", "--remove")
    with pytest.raises(ScenarioError, match="cannot be a tag"):
        asked(told, "tag", "v2", "a/b")
    assert Index.open(told).runs()[2].tags == ("v2",)


def test_a_hostile_name_is_printed_on_one_line_without_control_characters(results: Path, run_of: RunOf) -> None:
    run_of(1, targets={"a\x1b[31m\nb": 5.0}).write(results)
    for done in (asked(results, "ls"), asked(results, "history", "a\x1b[31m\nb")):
        assert "\x1b" not in done.stdout
    assert len(asked(results, "ls").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([1.0, 2.0, 8.0], "▁▂█"),
        ([100.0, None, 101.0], "▅·▅"),
        ([None], "·"),
        ([0.0, 5.0], "▅▅"),
        ([], ""),
    ],
)
def test_a_sparkline_draws_from_the_lowest_to_the_highest_and_small_differences_level(
    values: list[float | None], drawn: str
) -> None:
    assert sparkline(values) == drawn


def test_trends_of_one_name_say_what_tells_them_apart(results: Path, run_of: RunOf) -> None:
    usual = run_of(1)
    usual.write(results)
    run_of(2, point=replace(usual.point, duration_s=60.0)).write(results)
    run_of(3, point=replace(usual.point, connections=50)).write(results)
    assert sorted(trend_names(history_of(results))) == [
        "users, 10 connections, duration s 5.0",
        "users, 10 connections, duration s 60.0",
        "users, 50 connections",
    ]


def test_what_was_built_otherwise_is_a_trend_of_its_own_and_says_how(results: Path, run_of: RunOf) -> None:
    run_of(1).write(results)
    for number, version in ((2, "1.83"), (3, "1.84")):
        run_of(number, runtime="docker", arguments=(("RUST_VERSION", version),)).write(results)
    assert sorted(trend_names(history_of(results))) == [
        "users, 10 connections, RUST_VERSION 1.83, runtime docker",
        "users, 10 connections, RUST_VERSION 1.84, runtime docker",
        "users, 10 connections, runtime process",
    ]


def test_the_answer_names_the_latest_change_or_says_that_there_is_none(results: Path, run_of: RunOf) -> None:
    run_of(1).write(results)
    assert history_view(history_of(results)).answer.startswith("There are no two runs of one cell")
    run_of(2).write(results)
    assert history_view(history_of(results)).answer.startswith("No change is told")
    run_of(3, targets={"axum": 50.0}).write(results)
    answer = history_view(history_of(results)).answer
    assert answer.startswith("The latest run against the one before: users, 10 connections: worse, 0.500x (")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_plot_is_the_same_bytes_for_the_same_runs(told: Path, tmp_path: Path, kind: str) -> None:
    files = [tmp_path / f"{number}.{kind}" for number in (1, 2)]
    for file in files:
        asked(told, "history", "axum", "--plot", str(file))
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes()[:5] in (b"<?xml", b"\x89PNG\r")


def test_a_plot_has_axes_for_each_host_and_keeps_names_text(results: Path, run_of: RunOf) -> None:
    for number, host in ((1, "one"), (2, "one"), (3, "two")):
        run_of(number, targets={HOSTILE: 5.0}, host={"id": host, "cpu_model": f"CPU {host} $y$"}).write(results)
    drawn = draw_history(history_of(results, HOSTILE), "svg").decode()
    assert "users on CPU one $y$" in drawn
    assert "users on CPU two $y$" in drawn
    assert "&lt;img src=x onerror=alert(1)&gt; $x$" in drawn
    assert "<img" not in drawn


def test_a_plot_of_no_figure_says_so(results: Path, run_of: RunOf) -> None:
    run_of(1, targets={"axum": None, "fastapi": 5.0}).write(results)
    assert "no figure is known" in draw_history(history_of(results), "svg").decode()


def test_another_kind_of_plot_and_a_place_that_cannot_be_written_are_refused(told: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["history", "axum", "--results", str(told), "--plot", "x.pdf"])
    assert done.exit_code == 2
    assert "expected a name that ends with .svg or .png" in done.output
    with pytest.raises(FwcompareError, match="cannot be written"):
        asked(told, "history", "axum", "--html", str(tmp_path / "none" / "page.html"))


@pytest.mark.parametrize("width", [1400, 400])
def test_the_page_draws_its_trends_and_asks_the_network_for_nothing(
    told: Path, tmp_path: Path, browse: Browse, width: int
) -> None:
    path = tmp_path / "history.html"
    asked(told, "history", "axum", "--html", str(path))
    seen = browse(path, width=width, dark=width == 400)
    assert (seen.complaints, seen.requests) == ([], [path.as_uri()])
    assert seen.overflow_px <= 0
    marks = [chart.locator(".mark-symbol.role-mark path").count() for chart in seen.page.locator("[data-chart]").all()]
    assert marks == [1, 3]
    assert seen.page.locator("tbody tr").count() == 5
    assert seen.page.locator("tr.none td").nth(2).inner_text() == "n/a [1]"


def test_hostile_names_stay_text_on_the_page(results: Path, tmp_path: Path, run_of: RunOf, browse: Browse) -> None:
    for number in (1, 2):
        run_of(
            number,
            targets={HOSTILE: 5.0 * number},
            version=HOSTILE * number,
            workload=HOSTILE,
            host={"id": "one", "cpu_model": HOSTILE},
        ).write(results)
    path = tmp_path / "history.html"
    path.write_text(history_page(history_of(results, HOSTILE)), encoding="utf-8")
    seen = browse(path, width=400)
    assert seen.page.locator("h1").inner_text().startswith(HOSTILE)
    assert seen.page.locator("img").count() == 0
    assert (seen.complaints, seen.requests) == ([], [path.as_uri()])
    assert seen.overflow_px <= 0


def test_a_page_without_any_figure_has_no_chart_and_names_why(
    results: Path, tmp_path: Path, run_of: RunOf, browse: Browse
) -> None:
    run_of(1, targets={"axum": None, "fastapi": 5.0}).write(results)
    path = tmp_path / "history.html"
    path.write_text(history_page(history_of(results)), encoding="utf-8")
    seen = browse(path)
    assert seen.page.locator("[data-chart]").count() == 0
    assert "exited with code 3" in seen.page.locator("main").inner_text()
    assert seen.complaints == []


def test_equal_histories_give_equal_pages(told: Path) -> None:
    assert history_page(history_of(told)) == history_page(history_of(told))
