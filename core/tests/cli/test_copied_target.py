"""A target is added by a folder: no line of anything else changes."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.cli.conftest import Program

EXAMPLE = Path(__file__).parents[3] / "examples" / "plugins" / "go"


@pytest.mark.real
@pytest.mark.skipif(shutil.which("go") is None, reason="no Go on PATH")
def test_an_example_under_another_name_is_a_target_beside_all_others(program: "Program") -> None:
    own = program.folder / "own"
    shutil.copytree(EXAMPLE, own / "another")
    file = own / "another" / "target.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count('name = "go"') == 1
    file.write_text(text.replace('name = "go"', 'name = "another"'), encoding="utf-8")

    done = replace(program, own_cache=False)("verify", "another", "--plugin-dir", "own", "--workload", "users")
    assert done.returncode == 0, done.stderr + done.stdout
    assert ["another", "pass"] in [line.split() for line in done.stdout.splitlines()]
    assert "same work" in done.stdout
