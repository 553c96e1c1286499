"""Tools that answer in ways of their own when they are asked for their version."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fwcompare.cli.doctor_tools import tool_version

Tool = Callable[[str, str], str]


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """Put a program of a name and a script of the shell on the path."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def make(name: str, script: str) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return name

    return make


@pytest.mark.parametrize(
    ("name", "script", "told"),
    [
        ("cargo", 'test "$1" = --version && echo "cargo 1.95.0"', "cargo 1.95.0"),
        ("go", 'test "$*" = version && echo "go version go1.26.8 linux/amd64"', "go version go1.26.8 linux/amd64"),
        ("mvn", r"printf '\033[1mApache Maven 3.8.7\033[m\nMaven home: /x\n'", "Apache Maven 3.8.7"),
        ("perl", r"printf '\n  This is perl 5\t(v5.36.0)\n'", "This is perl 5 (v5.36.0)"),
        ("javac", 'echo "javac 17.0.15" >&2', "javac 17.0.15"),
        ("bell", r"printf 'v1\a.2\377\n'", "v1 .2\ufffd"),
        ("odd", "echo usage >&2; exit 2", "version not known: exit code 2 of: odd --version"),
        ("mute", "exit 0", "version not known: nothing is told by: mute --version"),
    ],
)
def test_the_first_line_that_a_tool_writes_is_its_version(tool: Tool, name: str, script: str, told: str) -> None:
    assert tool_version(tool(name, script)) == told


def test_a_tool_that_does_not_end_or_start_is_told_of(tool: Tool, tmp_path: Path) -> None:
    assert tool_version(tool("slow", "exec sleep 30"), timeout_s=0.2) == (
        "version not known: no end within 0.2 s of: slow --version"
    )
    (tmp_path / "slow").write_bytes(b"\x7fELF")
    assert tool_version("slow") == "version not known: it cannot be started: Exec format error"
