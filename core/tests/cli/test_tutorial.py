"""docs/tutorial.md: its commands do what it says, in an empty folder; the same way for other languages."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fwcompare.errors import MeasurementError
from fwcompare.scaffold import TEMPLATES

CLONE = Path(__file__).parents[3]
TUTORIAL = CLONE / "docs" / "tutorial.md"
LIMIT_S = 280

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Step:
    """A command of the page, and the lines that it is said to print, among others; or a file and its lines."""

    command: str
    said: tuple[str, ...]
    is_file: bool = False


def steps(text: str) -> Iterator[Step]:
    for kind, block in re.findall(r"^```(console|yaml)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        if kind == "yaml":
            name, *lines = block.splitlines()
            yield Step(name.removeprefix("# "), tuple(lines), is_file=True)
            continue
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *said = step.splitlines()
            yield Step(command, tuple(said))


def missing(said: Sequence[str], printed: str) -> list[str]:
    """Give the lines that were not printed, or not in that order; figures may differ, and `...` is anything."""
    rest, found = printed.splitlines(), []
    for line in said:
        form = re.compile(_form(line))
        place = next((number for number, candidate in enumerate(rest) if form.fullmatch(candidate.rstrip())), None)
        if place is None:
            found.append(line)
        else:
            rest = rest[place + 1 :]
    return found


def _form(line: str) -> str:
    parts = (
        # Columns are as wide as their figures.
        re.sub(r"(\\?[ ])+", r"\\s+", re.sub(r"\d[\d,.]*", "NUMBER", re.escape(part).replace(r"\.", ".")))
        for part in line.split("...")
    )
    return ".*".join(part.replace("NUMBER", r"[\d,.]+") for part in parts)


def fine(command: str) -> tuple[int, ...]:
    """Give the exit codes of a command that did well: how quiet this host was is no matter of a target's."""
    return (0, MeasurementError.exit_code) if command.startswith("fwcompare run ") else (0,)


def unfit(reason: str, *, needed_in_ci: bool) -> None:
    """Skip for want of a language; fail in CI, which is to have those that a new plugin is promised in."""
    if needed_in_ci and os.environ.get("CI") == "true":
        pytest.fail(f"CI must have it: {reason}")
    pytest.skip(reason)


class Shell:
    """A new user's: an empty folder, and the program on PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._code = 0
        bins = folder / "bin"
        bins.mkdir()
        for name, module in (("fwcompare", "fwcompare.cli"), ("pytest", "pytest")):
            script = bins / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8")
            script.chmod(0o755)
        self.home = folder / "empty"
        self.home.mkdir()
        self._variables = {**os.environ, "PATH": f"{bins}{os.pathsep}{os.environ['PATH']}"}

    def __call__(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a line; the next one sees its exit code as `$?`."""
        done = subprocess.run(
            ["bash", "-c", f"(exit {self._code})\n{command}"],
            cwd=self.home,
            env=self._variables,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT_S,
            check=False,
        )
        self._code = done.returncode
        return done


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_line_is_found_whatever_its_figures_and_widths() -> None:
    printed = "noise\nhello  1  10,407  same work\nmore\nwell done\n"
    assert missing(["hello 2 9 same work", "... done"], printed) == []
    assert missing(["hello 2 9 other work"], printed) == ["hello 2 9 other work"]
    assert missing(["well done", "hello ..."], printed) == ["hello ..."]


def test_ci_fails_for_want_of_a_language_that_it_must_have_and_others_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI must have it: no go on PATH"):
        unfit("no go on PATH", needed_in_ci=True)
    with pytest.raises(pytest.skip.Exception):
        unfit("no mvn on PATH", needed_in_ci=False)
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception):
        unfit("no go on PATH", needed_in_ci=True)


@pytest.mark.parametrize("page", [TUTORIAL, TEMPLATES / "common" / "README.md"], ids=["tutorial", "template"])
def test_what_is_to_be_installed_out_of_a_clone_is_there(page: Path) -> None:
    named = re.findall(r"[~.]/fwcompare/([\w/]+)", page.read_text(encoding="utf-8"))
    assert {"core", "loadgen_rs"} <= set(named)
    assert all((CLONE / name / "pyproject.toml").is_file() for name in named), named


@pytest.mark.real
def test_the_tutorial_does_what_it_says(shell: Shell) -> None:
    found = list(steps(TUTORIAL.read_text(encoding="utf-8")))
    assert len(found) > 8
    for number, step in enumerate(found):
        if step.is_file:
            (shell.home / step.command).write_text("\n".join(step.said), encoding="utf-8")
            continue
        done = shell(step.command)
        assert missing(step.said, done.stdout) == [], (step.command, done.stdout)
        # A failure is one that the page goes on to ask about.
        asked = number + 1 < len(found) and found[number + 1].command == "echo $?"
        assert (done.returncode not in fine(step.command)) == asked, (step.command, done.stdout)


# Said with the reason, and for whoever changed one of them: a first build takes minutes.
SLOW = {"rust": "it compiles for 150 s on two CPUs", "java": "Maven downloads its plugins"}
SHORTLY = (
    "--repeats 1 --set audit=false --set disturbed.retries=0"
    " --set load.duration=1s --set load.warmup=300ms --set profile.duration=500ms"
)


# Whose absence is a fault of CI, and not a reason to skip.
IN_CI = ("go", "node")


@pytest.mark.real
@pytest.mark.parametrize(
    ("language", "tools"), [("go", ["go"]), ("node", ["node", "npm"]), ("rust", ["cargo"]), ("java", ["javac", "mvn"])]
)
def test_a_new_plugin_passes_and_runs_with_nothing_edited(language: str, tools: Sequence[str], shell: Shell) -> None:
    if language in SLOW and "FWCOMPARE_SLOW_TEMPLATES" not in os.environ:
        pytest.skip(f"{SLOW[language]}: FWCOMPARE_SLOW_TEMPLATES=1 runs it")
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    if lacking:
        unfit(f"no {' and no '.join(lacking)} on PATH", needed_in_ci=language in IN_CI)
    run = f"fwcompare run users --target mine --plugin-dir . {SHORTLY}"
    for command, said in (
        (f"fwcompare plugin new mine --language {language}", "made mine, ... that works as it is. Next:"),
        ("fwcompare verify mine --plugin-dir .", "mine   pass"),
        (run, "mine ..."),
    ):
        done = shell(command)
        assert done.returncode in fine(command), done.stdout
        assert missing([said], done.stdout) == [], done.stdout
