"""Plugins without Python, and the choice of plugins."""

from pathlib import Path

import pytest

from fwcompare.errors import ScenarioError
from fwcompare.plugins import Selection, discover, folder_plugins

TOML = """
schema = 1
framework = "None"
language = "{language}"
app = "app"

[build]
inputs = ["serve"]
commands = [["true"]]

[[targets]]
name = "{name}"
title = "{name}"
start = ["./serve"]
profiler = "perf"

[targets.workloads]
users = "/users"
"""


def write_plugin(folder: Path, name: str, language: str = "go") -> Path:
    (folder / "app").mkdir(parents=True)
    (folder / "target.toml").write_text(TOML.format(name=name, language=language), encoding="utf-8")
    return folder


def test_a_folder_with_a_target_file_is_a_plugin_and_so_is_each_right_below_one(tmp_path: Path) -> None:
    one, two = write_plugin(tmp_path / "all" / "one", "one"), write_plugin(tmp_path / "all" / "two", "two")
    (tmp_path / "all" / "notes").mkdir()
    assert folder_plugins([tmp_path / "all"]) == (one, two)
    assert folder_plugins([two, tmp_path / "all"]) == (two, one)


def test_its_targets_and_its_scenarios_are_offered_under_its_folders_name(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path / "mine", "go-http")
    (folder / "scenarios").mkdir()
    found = discover([], Selection(folders=(tmp_path,)))
    info = next(info for info in found.plugins if info.name == "mine")
    assert (info.state, info.targets, info.origin) == ("ok", ("go-http",), str(folder))
    assert found.targets.get("go-http").app == folder / "app"
    assert folder / "scenarios" in found.scenario_folders


def test_a_folder_whose_target_file_is_no_good_is_broken_and_the_others_work(tmp_path: Path) -> None:
    write_plugin(tmp_path / "good", "good")
    bad = write_plugin(tmp_path / "bad", "bad")
    (bad / "target.toml").write_text("schema = 1\nframework = 3\n", encoding="utf-8")
    found = discover([], Selection(folders=(tmp_path,)))
    states = {info.name: (info.state, info.reason) for info in found.plugins}
    assert states["good"] == ("ok", "")
    assert states["bad"][0] == "broken"
    # It is read and not imported.
    assert states["bad"][1].startswith(f"target file {bad / 'target.toml'} has 5 problems\n  target.toml:1: ")


def test_a_target_file_of_a_newer_form_says_so(tmp_path: Path) -> None:
    folder = write_plugin(tmp_path / "new", "new")
    text = (folder / "target.toml").read_text(encoding="utf-8").replace("schema = 1", "schema = 9")
    (folder / "target.toml").write_text(text, encoding="utf-8")
    (info,) = [info for info in discover([], Selection(folders=(folder,))).plugins if info.name == "new"]
    assert info.state == "broken"
    assert "made for a newer fwcompare" in info.reason
    assert "schema = 9" in info.reason


@pytest.mark.parametrize(("made", "told"), [(False, "does not exist"), (True, "holds no plugin")])
def test_a_folder_that_is_none_is_refused(tmp_path: Path, *, made: bool, told: str) -> None:
    folder = tmp_path / "empty"
    if made:
        folder.mkdir()
    with pytest.raises(ScenarioError, match=told):
        discover([], Selection(folders=(folder,)))


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_that_is_none_is_said_to_come_from_the_environment(tmp_path: Path, *, made: bool) -> None:
    folder = tmp_path / "empty"
    if made:
        folder.mkdir()
    with pytest.raises(ScenarioError) as caught:
        discover([], Selection.of({"FWCOMPARE_PLUGIN_DIRS": str(folder)}))
    assert caught.value.seen.startswith("it is named in FWCOMPARE_PLUGIN_DIRS")
    assert caught.value.hint == "mend FWCOMPARE_PLUGIN_DIRS, or unset it"


def test_a_plugin_that_was_left_out_is_blocked_with_the_reason(tmp_path: Path) -> None:
    write_plugin(tmp_path / "go", "go")
    found = discover([], Selection(folders=(tmp_path,), without=frozenset({"go"})))
    (info,) = [info for info in found.plugins if info.name == "go"]
    assert (info.state, info.reason, info.targets) == ("blocked", "left out with --no-plugin", ())
    assert "go" not in found.targets.usable()


def test_the_environment_names_plugins_and_folders(tmp_path: Path) -> None:
    chosen = Selection.of(
        {"FWCOMPARE_PLUGINS": " a, b,", "FWCOMPARE_PLUGIN_DIRS": f"{tmp_path}:{tmp_path}"}, [tmp_path]
    )
    assert chosen == Selection(frozenset({"a", "b"}), frozenset(), (tmp_path,), frozenset({tmp_path}))
    assert chosen.blocked("c") == "not named in FWCOMPARE_PLUGINS"
    assert chosen.blocked("c", installed=False) == ""
    assert Selection.of({"FWCOMPARE_PLUGINS": ""}).blocked("a")
    assert Selection.of({}).blocked("a") == ""


def test_a_name_that_no_plugin_has_is_refused_wherever_it_stands() -> None:
    with pytest.raises(ScenarioError, match="plugin 'gone' does not exist"):
        discover([], Selection(only=frozenset({"gone"})))
    with pytest.raises(ScenarioError, match="--no-plugin"):
        discover([], Selection(without=frozenset({"gone"})))
