"""What a command does not need is not imported for it: a second that everybody would wait for."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

import fwcompare
from fwcompare.cli.app import cli

_HEAVY = ("altair", "jinja2", "matplotlib", "pluggy", "psycopg", "pymysql", "ruamel.yaml", "rich.table", "psutil")
_LOOK = (
    "import sys; from fwcompare.cli.app import cli\n"
    "cli(sys.argv[2:], standalone_mode=False)\n"
    "print('imported:', *(name for name in sys.argv[1].split() if name in sys.modules))"
)


def _imported(among: Sequence[str], *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, " ".join(among), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1].split()[1:]


def test_the_list_of_commands_imports_none_of_them() -> None:
    assert _imported((*_HEAVY, "pydantic", "rich", "fwcompare.model", "fwcompare.cli.run"), "--help") == []


def test_a_list_of_runs_asks_no_plugin_and_reads_no_scenario(tmp_path: Path) -> None:
    heavy = [name for name in _HEAVY if name != "rich.table"]
    assert _imported(heavy, "ls", "--results", str(tmp_path)) == []


def test_plugins_are_asked_without_the_packages_that_only_a_run_needs() -> None:
    heavy = [name for name in _HEAVY if name not in ("rich.table", "pluggy", "psutil")]
    for command in ("targets", "plugins"):
        assert _imported(heavy, command) == []


def test_every_command_of_the_list_is_there_and_every_one_that_is_there_is_listed() -> None:
    context = click.Context(cli)
    folder = Path(fwcompare.__file__).parent / "cli"
    own = {file.stem for file in folder.glob("*.py") if f"\ndef {file.stem}(" in file.read_text(encoding="utf-8")}
    assert set(cli.list_commands(context)) == own
    for name in own:
        command = cli.get_command(context, name)
        assert isinstance(command, click.Command)
        assert command.name == name


def test_every_name_of_the_public_api_is_found_when_it_is_asked_for() -> None:
    assert {name for name in fwcompare.__all__ if getattr(fwcompare, name) is not None} == set(fwcompare.__all__)
    assert set(fwcompare.__all__) <= set(dir(fwcompare))
    assert fwcompare.Target.__module__ == "fwcompare.model.target"
    with pytest.raises(AttributeError, match="module 'fwcompare' has no attribute 'Targett'"):
        fwcompare.Targett  # type: ignore[attr-defined]  # noqa: B018
