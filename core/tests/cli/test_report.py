"""``fwcompare report --format``: one document on standard output, and nothing written."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from fwcompare.cli.report import report
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell, LoadPoint, Plan, PlannedTrial
from fwcompare.model.scenario import Scenario
from fwcompare.reporting.formats import FORMATS
from fwcompare.store.run_directory import RunDirectory


@pytest.fixture
def store(tmp_path: Path) -> RunDirectory:
    store = RunDirectory.create(tmp_path, "users", "2026-11-20")
    point = LoadPoint(10, 5.0, None, warmup_s=0, timeout_s=30, drain_s=5, keepalive=True)
    planned = PlannedTrial(Cell("axum", "users", (), (), point), 1, 0)
    scenario = Scenario.model_validate(
        {"name": "users", "workload": "users", "load": {"connections": 10, "duration": "5s"}, "repeats": 1}
    )
    plan = Plan((planned.cell,), (), (planned,), seed=1, repeats=1)
    store.write_run(scenario, plan, "complete", {})
    store.append(Trial(planned, "failed", started_at="2026-11-20T10:00:00Z", elapsed_s=1.0, reason="it did not start"))
    return store


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_form_is_printed_and_nothing_is_written(store: RunDirectory, form: str) -> None:
    before = sorted(store.folder.rglob("*"))
    done = CliRunner().invoke(report, ["latest", "--format", form, "--results", str(store.folder.parent)])

    assert done.exit_code == 0, done.output
    assert "axum" in done.stdout
    assert "it did not start" in done.stdout
    assert done.stderr == ""
    assert sorted(store.folder.rglob("*")) == before


def test_the_form_is_the_document_that_is_written(store: RunDirectory) -> None:
    results = ["--results", str(store.folder.parent)]
    assert CliRunner().invoke(report, ["latest", *results]).exit_code == 0

    for form, name in {"markdown": "report.md", "csv": "results.csv", "json": "summary.json"}.items():
        printed = CliRunner().invoke(report, ["latest", "--format", form, *results]).stdout
        assert printed == (store.folder / name).read_text(encoding="utf-8")


def test_documents_that_cannot_be_written_are_no_success(store: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> list[Path]:
        raise PermissionError(13, "Permission denied", "report.md")

    monkeypatch.setattr("fwcompare.reporting.markdown.MarkdownReporter.write", refuse)
    done = CliRunner().invoke(report, [str(store.folder)], standalone_mode=False)

    assert done.return_value == 4
    assert "reporter 'markdown' failed: PermissionError: [Errno 13] Permission denied: 'report.md'" in done.output


def test_an_unknown_form_is_refused_with_the_known_ones() -> None:
    done = CliRunner().invoke(report, ["latest", "--format", "pdf"])

    assert done.exit_code == 2
    assert "'markdown', 'csv', 'json', 'gfm', 'html', 'text'" in done.output
