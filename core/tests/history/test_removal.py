"""What is removed is the run that is meant, and nothing else ever."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from fwcompare.cli.rm import rm
from fwcompare.errors import FwcompareError, HostError, ScenarioError
from fwcompare.store.index import Index
from fwcompare.store.run_directory import RunDirectory, find_run
from fwcompare.store.tags import write_tags

if TYPE_CHECKING:
    from core.tests.history.conftest import MadeRun

RunOf = Callable[..., "MadeRun"]


def asked(results: Path, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(rm, [*arguments, "--results", str(results)], input=answer, catch_exceptions=False)


def names(results: Path) -> list[str]:
    return sorted(path.name for path in results.iterdir() if not path.name.startswith((".index", "index")))


@pytest.fixture
def three(results: Path, run_of: RunOf) -> list[Path]:
    folders = [run_of(number).write(results) for number in (1, 2, 3)]
    (results / "latest").symlink_to(folders[2].name)
    return folders


def test_a_run_goes_with_all_that_it_holds_and_the_others_stay(results: Path, three: list[Path]) -> None:
    done = asked(results, "0001", three[1].name, "--yes")
    assert done.exit_code == 0
    assert names(results) == [three[2].name, "latest"]
    assert [run.name for run in Index.open(results).runs()] == [three[2].name]


def test_it_asks_first_and_a_no_removes_nothing(results: Path, three: list[Path]) -> None:
    before = names(results)
    done = asked(results, "0001", answer="n\n")
    assert done.exit_code == 1
    assert three[0].name in done.output
    assert names(results) == before
    assert asked(results, "0001", answer="y\n").exit_code == 0
    assert three[0].name not in names(results)


def test_latest_points_at_the_newest_run_that_is_left_and_goes_with_the_last(results: Path, three: list[Path]) -> None:
    asked(results, "latest", "--yes")
    assert find_run(results, "latest").folder == three[1]
    asked(results, "0001", "--yes")
    assert (results / "latest").readlink() == Path(three[1].name)
    asked(results, "latest", "--yes")
    assert names(results) == []
    assert not (results / "latest").is_symlink()


def test_a_run_that_is_under_way_stays(results: Path, three: list[Path]) -> None:
    with RunDirectory(three[0]).held(), pytest.raises(ScenarioError, match="is under way"):
        asked(results, "0001", "--yes")
    assert three[0].is_dir()


def test_a_run_with_tags_wants_force(results: Path, three: list[Path]) -> None:
    write_tags(three[0], ["keep"])
    with pytest.raises(ScenarioError, match="is not removed") as caught:
        asked(results, "0002", "keep", "--yes")
    assert caught.value.seen == "it is tagged keep"
    assert "--force" in caught.value.hint
    assert three[1].is_dir()
    (three[1] / "tags.json").write_text("torn", encoding="utf-8")
    with pytest.raises(ScenarioError, match="is not removed"):
        asked(results, "0002", "--yes")
    asked(results, "keep", "0002", "--yes", "--force")
    assert names(results) == [three[2].name, "latest"]


def test_a_run_that_cannot_be_read_is_removed_by_its_whole_name(results: Path, three: list[Path]) -> None:
    (three[0] / "run.json").unlink()
    asked(results, three[0].name, "--yes")
    assert not three[0].exists()


@pytest.fixture
def outside(tmp_path: Path, run_of: RunOf) -> Iterator[Path]:
    """Give a run that is none of the results folder; it must be whole at the end."""
    folder = run_of(9).write(tmp_path / "other")
    (tmp_path / "precious").write_text("precious", encoding="utf-8")
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("other/**/*"))
    yield folder
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.glob("other/**/*")) == before
    assert (tmp_path / "precious").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "",
        "../other",
        "../other/2026-11-09-users-0009",
        "/",
        "notes",
        "linked",
        "linked-folder",
        "trials",
        "2026-11-01-users-0001/trials",
        "index.sqlite",
        "*",
        "\n",
    ],
)
def test_what_is_no_run_of_the_folder_is_not_removed(
    results: Path, three: list[Path], outside: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (results / "notes").mkdir()
    (results / "linked").symlink_to(outside)
    (results / "linked-folder").symlink_to(outside.parent)
    monkeypatch.chdir(results)
    before = names(results)
    with pytest.raises(FwcompareError):
        asked(results, name, "--yes", "--force")
    assert names(results) == before
    with pytest.raises(FwcompareError):
        asked(results, str(outside), "--yes", "--force")


def test_one_that_may_not_go_keeps_all_the_others(results: Path, three: list[Path], outside: Path) -> None:
    with pytest.raises(ScenarioError, match="elsewhere"):
        asked(results, "0001", str(outside), "--yes")
    assert three[0].is_dir()


def test_a_latest_that_points_elsewhere_leads_nobody_there(results: Path, three: list[Path], outside: Path) -> None:
    (results / "latest").unlink()
    (results / "latest").symlink_to(outside)
    with pytest.raises(ScenarioError, match="elsewhere"):
        asked(results, "latest", "--yes", "--force")


def test_links_within_a_run_are_removed_and_not_followed(results: Path, three: list[Path], outside: Path) -> None:
    (three[0] / "trials" / "away").symlink_to(outside)
    (three[0] / "precious").symlink_to(outside.parent.parent / "precious")
    asked(results, "0001", "--yes")
    assert not three[0].exists()


def test_a_results_folder_that_is_itself_a_link_is_used_as_any_other(
    tmp_path: Path, results: Path, three: list[Path]
) -> None:
    (tmp_path / "way").symlink_to(results)
    asked(tmp_path / "way", "0001", "--yes")
    assert not three[0].exists()


def test_a_run_that_the_disk_does_not_let_go_is_an_error_that_says_what_is_left(
    results: Path, three: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", refuse)
        with pytest.raises(HostError, match="cannot be removed") as caught:
            asked(results, "0003", "--yes")
    assert ".removed-" in caught.value.hint
    with pytest.raises(ScenarioError, match="does not exist"):
        find_run(results, caught.value.hint.rpartition("-")[2])
    assert len(Index.open(results).runs()) == 2
    assert find_run(results, "latest").folder == three[1]
