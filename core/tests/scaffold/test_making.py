"""What a new plugin is made of: complete, under its own name, and never over something that is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.target import Target
from fwcompare.plugins import Selection, discover
from fwcompare.runtimes.docker_image import recipe_of
from fwcompare.scaffold import LANGUAGES, TEMPLATES, make_plugin

LOCKS = {
    "python": "app/requirements.txt",
    "rust": "app/Cargo.lock",
    "go": "app/go.sum",
    "node": "app/package-lock.json",
    "java": "app/pom.xml",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plugin_has_all_that_one_needs_and_no_other_name_than_its_own(language: str, tmp_path: Path) -> None:
    made = make_plugin("my.go-2", language, tmp_path)
    there = {str(file.relative_to(made.folder)) for file in made.folder.rglob("*") if not file.is_dir()}
    links = {file for file in made.files if (made.folder / file).is_symlink()}
    assert there | links == set(made.files)
    wanted = {"target.toml", "README.md", "Dockerfile", ".dockerignore", ".gitignore", "tests/test_target.py"}
    wanted.add(LOCKS[language])
    assert wanted <= there
    for file in there - links:
        text = (made.folder / file).read_text(encoding="utf-8")
        assert "newcomer" not in text + file
    (target,) = Target.from_file(made.folder / "target.toml")
    assert (target.name, target.app, dict(target.workloads)) == ("my.go-2", made.folder / "app", {"users": "/users"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_a_folder_plugin_with_its_inputs_there(language: str, tmp_path: Path) -> None:
    make_plugin("mine", language, tmp_path)
    found = discover([], Selection(folders=(tmp_path,)))
    target = found.targets.get("mine")
    assert [info.state for info in found.plugins] == ["ok", "ok"]
    for pattern in target.build.inputs:
        assert list(target.app.glob(pattern)), pattern


def test_in_python_it_is_a_package_as_well_that_declares_the_same_target(tmp_path: Path) -> None:
    made = make_plugin("my.own", "python", tmp_path)
    package = made.folder / "src" / "fwcompare_my_own"
    assert '"my.own" = "fwcompare_my_own"' in (made.folder / "pyproject.toml").read_text(encoding="utf-8")
    assert Target.from_file(package / "target.toml") == Target.from_file(made.folder / "target.toml")
    # As an archive or a wheel has it: with files in place of the links.
    shutil.copytree(package, tmp_path / "installed")
    (target,) = Target.from_file(tmp_path / "installed" / "target.toml")
    assert (target.app / "serve.py").is_file()
    recipe = recipe_of(target)
    assert recipe.dockerfile.read_text(encoding="utf-8") == (made.folder / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lock_has_digests_and_no_address(language: str, tmp_path: Path) -> None:
    text = (make_plugin("mine", language, tmp_path).folder / LOCKS[language]).read_text(encoding="utf-8")
    pinned = {
        "python": r"--hash=sha256:[0-9a-f]{64}",
        "rust": r'checksum = "[0-9a-f]{64}"',
        "go": r" h1:[A-Za-z0-9+/]{43}=",
        "node": r'"integrity": "sha512-',
        "java": r"<version>[0-9.]+</version>",
    }
    assert len(re.findall(pinned[language], text)) > 2
    # Cargo writes the name of its index for each crate, wherever it came from; an XML file names its form.
    text = re.sub(r'(?m)^source = "registry\+.*"$|xmlns="[^"]*"', "", text)
    assert re.findall(r"https?://\S+", text) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(ScenarioError, match="mine exists"):
        make_plugin("mine", "go", tmp_path)
    (tmp_path / "linked").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ScenarioError, match="linked exists"):
        make_plugin("linked", "go", tmp_path)
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("name", ["", "Mine", "-mine", "mine-", "my mine", "../mine", "my--mine", "größe", "m" * 41])
def test_what_is_no_name_of_a_target_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="is no name for a target"):
        make_plugin(name, "go", tmp_path / "into")
    assert not (tmp_path / "into").exists()


def test_one_that_cannot_be_finished_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(HostError, match="No space left on device"):
        make_plugin("mine", "go", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("gofmt", ("-l", "go/app")),
        ("cargo", ("fmt", "--check", "--manifest-path", "rust/app/Cargo.toml")),
        ("node", ("--check", "node/app/src/main.js")),
    ],
)
def test_a_template_is_written_as_its_languages_own_tool_has_it(tool: str, arguments: tuple[str, ...]) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} on PATH")
    told = subprocess.run([tool, *arguments], cwd=TEMPLATES, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stdout) == (0, ""), told.stderr
