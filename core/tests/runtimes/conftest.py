"""What the tests of this room share: waiting for a condition, and a keeper that is closed at the end."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from fwcompare.model.target import Target
from fwcompare.runtimes.processes import KeptProcesses

DEADLINE_S = 20.0

Until = Callable[[Callable[[], bool]], None]
Marked = Callable[[str], dict[int, str]]
MakeTarget = Callable[..., Target]


@pytest.fixture
def until() -> Until:
    """Wait until a condition holds; fail when it does not within a deadline that suits a busy machine."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, f"did not become true within {DEADLINE_S:g} s"
            time.sleep(0.01)

    return wait


@pytest.fixture
def marked() -> Marked:
    """Find every process whose environment holds a text, wherever it was reparented to."""

    def find(mark: str) -> dict[int, str]:
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    if mark.encode() in (entry / "environ").read_bytes():
                        found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
                except (OSError, ProcessLookupError):
                    continue
        return found

    return find


@pytest.fixture
def processes() -> Iterator[KeptProcesses]:
    with KeptProcesses() as kept:
        yield kept


@pytest.fixture
def make_target(tmp_path: Path) -> MakeTarget:
    """Write a target file with one target, and an app of one file; keywords replace keys of the file."""

    def make(**changes: object) -> Target:
        keys: dict[str, object] = {
            "framework": "Fast Framework",
            "inputs": ["requirements.txt"],
            "commands": [["{python}", "build.py", "{env}"]],
            "start": ["{python}", "serve.py"],
            "env": {},
            "prerequisites": [],
        }
        keys |= changes
        app = tmp_path / "app"
        app.mkdir(exist_ok=True)
        (app / "requirements.txt").write_text("framework==1\n")
        file = tmp_path / "target.toml"
        env = "".join(f"{name} = {json.dumps(value)}\n" for name, value in cast("dict[str, str]", keys["env"]).items())
        needed = "".join(
            f"[[build.prerequisites]]\ncheck = {json.dumps(check)}\ninstall = {json.dumps(install)}\n"
            for check, install in cast("list[tuple[list[str], str]]", keys["prerequisites"])
        )
        file.write_text(
            f'schema = 1\nframework = "{keys["framework"]}"\nlanguage = "python"\napp = "app"\n'
            f"[build]\ninputs = {json.dumps(keys['inputs'])}\ncommands = {json.dumps(keys['commands'])}\n{needed}"
            f'[[targets]]\nname = "fast"\ntitle = "Fast"\nstart = {json.dumps(keys["start"])}\nprofiler = "none"\n'
            f'[targets.workloads]\nusers = "/users"\n[targets.env]\n{env}'
        )
        return Target.from_file(file)[0]

    return make


@pytest.fixture
def path_only() -> dict[str, str]:
    return {"PATH": os.environ["PATH"]}
