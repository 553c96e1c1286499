"""Which changes of a target change its digests, and which do not."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare.errors import PluginError
from fwcompare.model.target import Argument, Target
from fwcompare.runtimes.digest import build_digest, target_digest

MakeTarget = Callable[..., Target]
TOOLS = {"python": "3.11", "uv": "0.9"}


def test_digests_stay_the_same_when_a_clone_lies_elsewhere(make_target: MakeTarget, tmp_path: Path) -> None:
    target = make_target()
    shutil.copytree(tmp_path / "app", tmp_path / "clone" / "app")
    shutil.copy(target.file, tmp_path / "clone")
    clone = Target.from_file(tmp_path / "clone" / "target.toml")[0]
    assert target_digest(clone) == target_digest(target)
    assert build_digest(clone, TOOLS) == build_digest(target, TOOLS)


def test_a_target_digest_covers_every_file_of_the_app(make_target: MakeTarget) -> None:
    target = make_target()
    before = target_digest(target)
    (target.app / "views").mkdir()
    (target.app / "views" / "users.py").write_text("a = 1\n")
    added = target_digest(target)
    (target.app / "views" / "users.py").write_text("a = 2\n")
    changed = target_digest(target)
    (target.app / "views" / "users.py").rename(target.app / "views" / "people.py")
    assert len({before, added, changed, target_digest(target)}) == 4


@pytest.mark.parametrize("product", ["__pycache__/users.pyc", "views/__pycache__/users.pyc", "target/release/app"])
def test_a_target_digest_leaves_out_what_building_and_running_leave_behind(
    make_target: MakeTarget, product: str
) -> None:
    target = make_target()
    before = target_digest(target)
    path = target.app / product
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\0")
    assert target_digest(target) == before


def test_a_target_digest_covers_what_the_target_declares(make_target: MakeTarget) -> None:
    assert target_digest(make_target()) != target_digest(make_target(env={"LOG_LEVEL": "debug"}))


def test_a_target_has_the_digest_that_it_had_before_there_could_be_build_arguments(make_target: MakeTarget) -> None:
    target = make_target()
    declared = target.model_dump(mode="json", exclude={"file", "app"}, exclude_none=True)
    before = {**declared, "build": {name: declared["build"][name] for name in ("inputs", "commands", "prerequisites")}}
    content = hashlib.sha256((target.app / "requirements.txt").read_bytes()).digest()
    total = json.dumps(before, sort_keys=True).encode() + b"\nrequirements.txt\0" + content
    assert target_digest(target) == hashlib.sha256(total).hexdigest()


def test_neither_a_declared_build_argument_nor_a_chosen_value_changes_what_a_target_is(make_target: MakeTarget) -> None:
    target = make_target()
    build = target.build.model_copy(update={"arguments": {"FLAVOUR": Argument(default="plain")}})
    declared = target.model_copy(update={"build": build})
    chosen = declared.built_with({"FLAVOUR": "rich"})
    assert target_digest(chosen) == target_digest(declared) == target_digest(target)
    assert build_digest(chosen, TOOLS) == build_digest(target, TOOLS), "a plain process is built without them"


def test_a_build_digest_covers_commands_inputs_and_tools_but_not_the_rest_of_the_app(make_target: MakeTarget) -> None:
    target = make_target()
    before = build_digest(target, TOOLS)
    (target.app / "users.py").write_text("a = 1\n")
    assert build_digest(target, TOOLS) == before
    assert build_digest(target, {**TOOLS, "uv": "0.10"}) != before
    assert build_digest(make_target(commands=[["true"]]), TOOLS) != before
    (target.app / "requirements.txt").write_text("framework==2\n")
    assert build_digest(target, TOOLS) != before


def test_inputs_that_overlap_count_once(make_target: MakeTarget) -> None:
    one = build_digest(make_target(inputs=["*.txt"]), TOOLS)
    assert build_digest(make_target(inputs=["*.txt", "requirements.*", "**/*"]), TOOLS) == one


def test_an_input_that_matches_nothing_is_the_plugins_fault(make_target: MakeTarget) -> None:
    target = make_target(inputs=["requirements.txt", "src/**/*.rs"])
    with pytest.raises(PluginError) as caught:
        build_digest(target, TOOLS)
    assert caught.value.lines()[:3] == [
        f"target file {target.file} names a build input that is not there",
        f"  build.inputs: 'src/**/*.rs': no file below {target.app} matches",
        "  expected: a glob, relative to the app folder, that matches at least one file",
    ]


@pytest.mark.parametrize("pattern", ["/etc/passwd", ""])
def test_an_input_that_is_no_relative_pattern_is_the_plugins_fault(make_target: MakeTarget, pattern: str) -> None:
    with pytest.raises(PluginError, match="no pattern for files"):
        build_digest(make_target(inputs=[pattern]), TOOLS)
