"""Which source a package runs from, in repositories made for the purpose."""

import shutil
import subprocess
from pathlib import Path

import pytest

from fwcompare.session.source import source_of

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> None:
    names = ("-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "repository" / "src" / "package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("one = 1\n")
    return folder


@pytest.fixture
def kept(package: Path) -> Path:
    repository = package.parent.parent
    git(repository, "init", "--quiet")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "first")
    return package


@needs_git
def test_a_package_in_a_repository_has_its_commit(kept: Path) -> None:
    source = source_of(kept)
    assert source.commit is not None
    assert len(source.commit) == 40
    assert source.dirty is False


@needs_git
def test_a_changed_or_a_new_file_of_the_package_is_dirty_and_one_beside_it_is_not(kept: Path) -> None:
    (kept.parent / "beside.py").write_text("")
    assert source_of(kept).dirty is False
    (kept / "new.py").write_text("")
    assert source_of(kept).dirty is True
    (kept / "new.py").unlink()
    (kept / "__init__.py").write_text("one = 2\n")
    assert source_of(kept).dirty is True


@needs_git
def test_a_package_that_only_lies_within_a_repository_is_not_of_its_commit(kept: Path) -> None:
    installed = kept.parent.parent / ".venv" / "package"
    shutil.copytree(kept, installed)
    source = source_of(installed)
    assert (source.commit, source.dirty) == (None, None)
    assert source.digest == source_of(kept).digest


def test_without_a_repository_or_without_git_there_is_the_hash_of_its_files(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(package.parent))
    monkeypatch.setenv("PATH", "")
    source = source_of(package)
    assert (source.commit, source.dirty) == (None, None)
    (package / "notes.txt").write_text("no source")
    assert source_of(package) == source
    (package / "__init__.py").write_text("one = 2\n")
    assert source_of(package).digest != source.digest
    (package / "__init__.py").write_text("one = 1\n")
    (package / "__init__.py").rename(package / "other.py")
    assert source_of(package).digest != source.digest
