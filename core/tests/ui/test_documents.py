"""Which files are handed out: those of the list, below the run, and no link to anywhere else."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fwcompare.ui.documents import find_document, list_documents

if TYPE_CHECKING:
    from core.tests.ui.conftest import Make, Site

SECRET = "not to be seen"  # noqa: S105 - the content of a file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.log").write_text(SECRET, encoding="utf-8")
    run = tmp_path / "run"
    for name in (
        "report.html",
        "run.json",
        "plots/cpu.png",
        "plots/x.html",
        "trials/a/1/target.log",
        "trials/a/1/x.py",
    ):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(name, encoding="utf-8")
    (run / "report.md").symlink_to(tmp_path / "secret.log")
    (run / "trials" / "b").symlink_to(tmp_path, target_is_directory=True)
    (run / "trials" / "c" / "1").mkdir(parents=True)
    (run / "trials" / "c" / "1" / "target.log").symlink_to(tmp_path / "secret.log")
    return run.resolve()


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("report.html", "text/html; charset=utf-8"),
        ("plots/cpu.png", "image/png"),
        ("trials/a/1/target.log", "text/plain; charset=utf-8"),
    ],
)
def test_a_document_of_the_list_is_found(name: str, media_type: str, folder: Path) -> None:
    found = find_document(folder, name)
    assert found is not None
    assert (found.path, found.media_type) == (folder / name, media_type)


@pytest.mark.parametrize(
    "name",
    [
        "run.json",
        "report.md",
        "results.csv",
        "plots/x.html",
        "trials/a/1/x.py",
        "trials/b/run/target.log",
        "trials/c/1/target.log",
        "../secret.log",
        "trials/../../secret.log",
        "trials/../1/target.log",
        "trials/a/../target.log",
        "plots/../report.png",
        "/etc/passwd",
        "report.html/",
        "report.html\n",
        "report.html\x00",
        "",
        ".",
    ],
)
def test_all_else_is_not(name: str, folder: Path) -> None:
    assert find_document(folder, name) is None


def test_only_what_can_be_had_is_listed(folder: Path) -> None:
    assert list_documents(folder) == ["report.html", "plots/cpu.png"]


LEADING_OUT = (
    "/runs/../../secret.log",
    "/runs/{run}/../../secret.log",
    "/runs/{run}/..%2f..%2fsecret.log",
    "/runs/{run}/trials/%2e%2e/%2e%2e/secret.log",
    "/runs/..%2f{run}/report.md",
    "/runs/%2e%2e/",
    "/runs/./report.md",
    "/runs/elsewhere/",
    "/runs/elsewhere/report.md",
    "/runs/{run}/report.md%00",
)


def test_no_address_leads_out_of_the_results(site: "Site", make_run: "Make") -> None:
    run = make_run()
    outside = site.results.parent / "elsewhere"
    outside.mkdir()
    for place in (site.results.parent / "secret.log", outside / "run.json", outside / "report.md"):
        place.write_text(SECRET, encoding="utf-8")
    (site.results / "elsewhere").symlink_to(outside, target_is_directory=True)
    for path in LEADING_OUT:
        answer = site.get(path.format(run=run.name))
        assert answer.status == 404, path
        assert SECRET not in answer.text


def test_what_a_browser_would_run_comes_in_a_sandbox_and_a_log_as_text(site: "Site", make_run: "Make") -> None:
    run = make_run()
    (run.folder / "report.html").write_text("<script>1</script>", encoding="utf-8")
    for name in ("report.html", "trials/axum-c10/1/flamegraph.svg"):
        policy = site.get(f"/runs/{run.name}/{name}").headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts allow-modals; default-src 'none'")
        assert "allow-same-origin" not in policy
    log = site.get(f"/runs/{run.name}/trials/axum-c10/1/target.log")
    assert log.text == "it is up <b>now</b>\n"
    assert log.headers["content-type"] == "text/plain; charset=utf-8"
