from datetime import timedelta
from pathlib import Path

import pytest

from fwcompare.errors import PluginError
from fwcompare.model.target import Target

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
        ("schema = 1", "schema = 2", "schema: Input should be 1"),
        ('title = "Some, plainly"', 'titel = "x"', "targets.0.titel: Extra inputs are not permitted"),
        ('start = ["{env}/bin/python", "serve.py"]', 'start = "run me"', "targets.0.start"),
        ('users = "/users"', 'users = "users"', "'users' does not start with '/'"),
        ("WORKERS = 1", "workers = 1", "targets.0.parameters.workers"),
        ('"5s"', "5", "5 is no duration"),
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


def test_a_missing_file_is_an_error_of_the_plugin(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="cannot be read"):
        Target.from_file(tmp_path / "target.toml")
