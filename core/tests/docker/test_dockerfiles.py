"""Every Dockerfile of a target, read as text: a plugin, an example or a template that is added is held to the same.

Templates are read as an author gets them. What an engine makes of some of them: ``test_plugins_for_real.py``.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from fwcompare.model.limits import Confinement
from fwcompare.model.quantities import as_variable
from fwcompare.model.target import Build
from fwcompare.runtimes.docker_command import PYTHON, Wanted, run_command
from fwcompare.runtimes.docker_engine import Engine
from fwcompare.runtimes.docker_image import ENV
from fwcompare.scaffold import LANGUAGES, make_plugin
from fwcompare.testing.fakes import fake_target

ROOT = Path(__file__).parents[3]
PLUGINS = sorted(ROOT.glob("plugins/*/Dockerfile"))
THERE = [*PLUGINS, *sorted(ROOT.glob("examples/plugins/*/Dockerfile"))]
OURS = ROOT / "docker" / "fwcompare.Dockerfile"
LOCKS = ("requirements.txt", "Cargo.lock", "go.sum", "package-lock.json", "pom.xml")
CONTRACT = {"HOST", "PORT"}


@dataclass(frozen=True)
class Dockerfile:
    """Instructions in order, each a keyword and its text on one line; stages begin with FROM."""

    path: Path
    instructions: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> "Dockerfile":
        lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
        joined = "\n".join(lines).replace("\\\n", " ")
        parts = (line.split(None, 1) for line in joined.splitlines() if line.strip())
        return cls(path, tuple((keyword.upper(), text.strip()) for keyword, text in parts))

    def of(self, keyword: str) -> list[str]:
        return [text for found, text in self.instructions if found == keyword]

    @property
    def stages(self) -> list[list[tuple[str, str]]]:
        stages: list[list[tuple[str, str]]] = []
        for keyword, text in self.instructions:
            if keyword == "FROM":
                stages.append([])
            if stages:
                stages[-1].append((keyword, text))
        return stages

    @property
    def final(self) -> list[tuple[str, str]]:
        return self.stages[-1]

    def declared(self) -> dict[str, Any]:
        folder = self.path.parent
        # In a new plugin in Python one is a link to the other.
        (file,) = {file.resolve() for file in (*folder.glob("src/*/target.toml"), *folder.glob("target.toml"))}
        return tomllib.loads(file.read_text())

    def targets(self) -> list[dict[str, Any]]:
        targets: list[dict[str, Any]] = self.declared()["targets"]
        return targets


@pytest.fixture(params=[*THERE, *LANGUAGES], ids=lambda one: one if isinstance(one, str) else _named(one))
def dockerfile(request: pytest.FixtureRequest, tmp_path: Path) -> Dockerfile:
    """Give that of a target: a plugin's, an example's, or that of a new plugin in some language."""
    return _read(request.param, tmp_path)


@pytest.fixture(params=[*THERE, OURS, *LANGUAGES], ids=lambda one: one if isinstance(one, str) else _named(one))
def any_dockerfile(request: pytest.FixtureRequest, tmp_path: Path) -> Dockerfile:
    return _read(request.param, tmp_path)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _read(one: Path | str, place: Path) -> Dockerfile:
    return Dockerfile.read(make_plugin("mine", one, place).folder / "Dockerfile" if isinstance(one, str) else one)


def test_every_plugin_has_one() -> None:
    assert [path.parent for path in PLUGINS] == sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))


def test_its_context_is_the_application_alone(dockerfile: Dockerfile) -> None:
    ignored = (dockerfile.path.parent / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert "!app" in ignored
    copied = [text.split()[0] for text in dockerfile.of("COPY") if "--from" not in text]
    assert [place for place in copied if place != "app" and not place.startswith("app/")] == []


def test_base_images_are_public_and_have_a_tag(any_dockerfile: Dockerfile) -> None:
    arguments = dict(text.split("=", 1) for text in any_dockerfile.of("ARG") if "=" in text)
    stages = [match[1] for text in any_dockerfile.of("FROM") if (match := re.search(r"\s[Aa][Ss]\s+(\S+)", text))]
    for text in any_dockerfile.of("FROM"):
        image = text.split()[0]
        for name, value in arguments.items():
            image = image.replace(f"${{{name}}}", value)
        if image in stages:
            continue
        # No host of a registry: a name with a point or a port before its first slash would be one.
        assert re.fullmatch(r"[a-z][a-z0-9-]*(/[a-z][a-z0-9-]*)?:[A-Za-z0-9._-]+", image), image
        assert not image.endswith(":latest"), image


def test_python_can_be_chosen_by_a_matrix(dockerfile: Dockerfile) -> None:
    python = [text for text in dockerfile.of("FROM") if text.startswith("python:")]
    assert all("${PYTHON_VERSION}" in text for text in python)
    assert not python or "PYTHON_VERSION=3.11" in dockerfile.of("ARG")


def test_what_a_matrix_may_choose_is_what_it_has_an_arg_for_with_the_same_default(dockerfile: Dockerfile) -> None:
    arguments = Build.model_validate(dockerfile.declared()["build"]).arguments
    pairs = [text.partition("=") for text in dockerfile.of("ARG")]
    assert {name: one.default for name, one in arguments.items()} == {name: default for name, _, default in pairs}
    assert {one.fact for one in arguments.values()} == {"language.version"}


def test_what_serves_is_neither_root_nor_has_what_builds(dockerfile: Dockerfile) -> None:
    assert len(dockerfile.stages) > 1, "one stage: what builds is in what serves"
    users = [text for keyword, text in dockerfile.final if keyword == "USER"]
    assert users, "it runs as root"
    assert users[-1].split(":")[0] not in {"root", "0"}
    installed = " ".join(text for keyword, text in dockerfile.final if keyword == "RUN")
    assert not re.search(r"\b(gcc|g\+\+|make|cargo|rustc|build-essential|\S+-dev|pip|npm|curl|wget)\b", installed)


def test_signals_reach_the_server(dockerfile: Dockerfile) -> None:
    starting = [text for keyword, text in dockerfile.final if keyword in {"CMD", "ENTRYPOINT"}]
    assert starting
    for text in starting:
        program, *_ = json.loads(text)
        assert program not in {"sh", "bash", "/bin/sh", "/bin/bash"}


def test_its_health_is_asked_with_what_it_holds(dockerfile: Dockerfile) -> None:
    (text,) = (text for keyword, text in dockerfile.final if keyword == "HEALTHCHECK")
    options, _, command = text.partition("CMD")
    assert {"--interval", "--timeout", "--start-period", "--retries"} == set(re.findall(r"--[a-z-]+", options))
    words = " ".join(json.loads(command))
    assert "GET /health" in words
    assert "$PORT" in words
    assert "curl" not in words


def test_nothing_is_fetched_from_an_address(any_dockerfile: Dockerfile) -> None:
    assert not any_dockerfile.of("ADD")
    assert "://" not in " ".join(text for _, text in any_dockerfile.instructions)


def test_both_builders_of_docker_understand_it(any_dockerfile: Dockerfile) -> None:
    text = any_dockerfile.path.read_text()
    assert "# syntax" not in text
    assert "<<" not in text
    assert "--mount" not in text
    assert "--chmod" not in text


def test_dependencies_are_locked_and_have_a_layer_of_their_own(dockerfile: Dockerfile) -> None:
    copies = [text for text in dockerfile.of("COPY") if "--from" not in text]
    locked = [index for index, text in enumerate(copies) if any(lock in text for lock in LOCKS)]
    whole = [index for index, text in enumerate(copies) if not any(lock in text for lock in LOCKS)]
    assert locked
    assert whole
    assert locked[0] < whole[0]
    commands = " ".join(dockerfile.of("RUN"))
    if "pip" in commands:
        assert "--require-hashes" in commands
    if "cargo build" in commands:
        assert commands.count("cargo build") == commands.count("--locked")


def test_it_starts_by_hand_with_what_target_toml_says(dockerfile: Dockerfile) -> None:
    given = dict(pair.split("=", 1) for text in dockerfile.of("ENV") for pair in text.split())
    assert given.keys() >= CONTRACT
    for target in dockerfile.targets():
        declared = {name: as_variable(value) for name, value in target.get("parameters", {}).items()}
        assert {name: value for name, value in given.items() if name in declared} == declared


def test_an_image_is_laid_out_as_the_docker_runtime_starts_it(dockerfile: Dockerfile) -> None:
    assert "/app" in [text for keyword, text in dockerfile.final if keyword == "WORKDIR"]
    copies = [text.split() for keyword, text in dockerfile.final if keyword == "COPY"]
    assert ["app", "/app"] in copies
    made = {to: source for *_, source, to in copies}
    starts = [[part.replace("{env}", "/env") for part in target["start"]] for target in dockerfile.targets()]
    (command,) = (json.loads(text) for keyword, text in dockerfile.final if keyword == "CMD")
    assert command in starts
    for part in {part for start in starts for part in start if part.startswith("/env")}:
        places = {part, *map(str, PurePosixPath(part).parents)}
        assert places.intersection(made), f"nothing is copied to {part}, which `start` in target.toml names"
    assert all(source == to for to, source in made.items() if to.startswith("/env")), "made where it is used"
    assert not dockerfile.of("ENTRYPOINT"), "it would be replaced by `start`"
    given = dict(pair.split("=", 1) for keyword, text in dockerfile.final if keyword == "ENV" for pair in text.split())
    for target in dockerfile.targets():
        for name, value in target.get("env", {}).items():
            assert given[name] == value.replace("{env}", "/env")


def test_the_page_for_authors_names_the_options_and_places_that_a_target_gets() -> None:
    page = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")
    target = fake_target("a", start=("{env}/bin/python", "{python}"))
    wanted = Wanted("c", "i", "s", Path("/log"), 8000, Confinement(), run="r", open_files=(1024, 1024))
    argv = run_command(target, wanted, Engine("28.0", "1.48", cpus=1), {}, {}).argv
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("|")]
    told = re.findall(r"`([^`]+)`", "".join(rows))
    options = {option for option in told if option.startswith("--")}
    assert options >= {"--read-only", "--cap-drop", "--label"}
    assert options <= set(argv)
    assert {argv[argv.index("--workdir") + 1], str(ENV), PYTHON} <= set(told)
    assert {part.partition("=")[0] for part in argv if part.startswith("fwcompare.")} == set(
        re.findall(r"`(fwcompare\.\w+)`", page)
    )


def test_the_engines_socket_is_handed_to_fwcompare_alone(any_dockerfile: Dockerfile) -> None:
    assert "docker.sock" not in any_dockerfile.path.read_text()
    assert "docker.sock" not in (ROOT / "docker" / "compose.yaml").read_text()
    assert "docker.sock" in (ROOT / "docker" / "fwcompare").read_text()
