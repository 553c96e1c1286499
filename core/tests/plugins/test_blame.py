"""Where a plugin raised, in the words for its author."""

import importlib
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fwcompare.errors import HostError
from fwcompare.plugins.blame import describe
from fwcompare.plugins.contained import contained

NAME = "blamed_plugin"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / NAME
    folder.mkdir()
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def what_importing_raises() -> str:
    raised = contained(partial(importlib.import_module, NAME)).raised
    assert raised is not None
    return describe(raised)


def test_the_file_and_line_are_of_the_module_that_raised_and_not_of_who_imported_it(package: Path) -> None:
    (package / "__init__.py").write_text("import blamed_plugin.inner\n", encoding="utf-8")
    (package / "inner.py").write_text("a = {}\n\na['nope']\n", encoding="utf-8")
    assert what_importing_raises() == f"KeyError: 'nope', at {package / 'inner.py'}:3"


def test_of_what_a_library_raised_they_are_of_the_plugins_call(package: Path) -> None:
    (package / "__init__.py").write_text("import json\njson.loads('{')\n", encoding="utf-8")
    assert what_importing_raises().endswith(f", at {package / '__init__.py'}:2")


def test_a_plugin_of_one_file_is_not_all_that_stands_beside_it(tmp_path: Path, package: Path) -> None:
    package.rmdir()
    (tmp_path / "beside.py").write_text("def fail():\n    raise ValueError\n", encoding="utf-8")
    (tmp_path / f"{NAME}.py").write_text("import beside\nbeside.fail()\n", encoding="utf-8")
    assert what_importing_raises() == f"ValueError, at {tmp_path / NAME}.py:2"
    del sys.modules["beside"]


def test_what_cannot_be_compiled_has_no_call_and_is_placed_all_the_same(package: Path) -> None:
    (package / "__init__.py").write_text("a = 1\nb = = 2\n", encoding="utf-8")
    assert what_importing_raises() == f"SyntaxError: invalid syntax, at {package / '__init__.py'}:2"


def test_a_plugin_that_is_not_there_has_no_place() -> None:
    assert what_importing_raises() == f"ModuleNotFoundError: No module named '{NAME}'"


def test_an_error_of_ours_speaks_for_itself() -> None:
    assert describe(HostError("no disk", hint="buy one")) == "no disk\n  next: buy one"
