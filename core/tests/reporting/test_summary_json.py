"""``summary.json``: the summary, under the schema's own names."""

import json
from collections.abc import Callable
from pathlib import Path

from fwcompare.model.ports import Report
from fwcompare.model.summary import Summary
from fwcompare.model.workload import Bound
from fwcompare.reporting.summary_json import SummaryJsonReporter


def test_it_reads_back_as_the_same_summary(make_report: Callable[..., Report], tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)

    (path,) = SummaryJsonReporter().write(report)

    text = path.read_text(encoding="utf-8")
    assert Summary.model_validate_json(text) == report.summary
    assert json.loads(text)["schema"] == 1
    assert text.endswith("}\n")


def test_a_figure_that_is_not_known_is_null(make_report: Callable[..., Report], tmp_path: Path) -> None:
    (path,) = SummaryJsonReporter().write(make_report(folder=tmp_path))

    django = next(cell for cell in json.loads(path.read_text())["cells"] if cell["target"] == "django")
    assert django["throughput_rps"] is None
    assert django["requests"] is None
    assert django["reasons"]["throughput_rps"] == "no valid trial"


def test_parity_limit_and_audits_are_in_it_and_read_back(make_audited: Callable[..., Report], tmp_path: Path) -> None:
    report = make_audited(bounds={"wsgi-c10": Bound(160.0, "80 threads / 0.5 s")}, folder=tmp_path)

    (path,) = SummaryJsonReporter().write(report)

    text = path.read_text(encoding="utf-8")
    assert Summary.model_validate_json(text) == report.summary
    record = json.loads(text)
    cells = {cell["target"]: cell for cell in record["cells"]}
    assert {name: cell["parity"] for name, cell in cells.items()} == {
        "axum": "same work",
        "django-asgi": "declared deviation",
        "fastapi": "non-comparable",
        "wsgi": "not audited",
        "without": "same work",
    }
    assert cells["wsgi"]["bound"] == {"throughput_rps": 160.0, "reason": "80 threads / 0.5 s"}
    assert cells["axum"]["bound"] is None
    assert cells["axum"]["reasons"]["bound"] == "no arithmetic gives a limit of this workload under this load"
    assert cells["wsgi"]["reasons"]["parity"].startswith("PostgreSQL cannot record statements")
    audits = {audit["target"]: audit for audit in record["audits"]}
    assert audits["fastapi"]["statements"]["CALL"] == 0.3333333
    assert (audits["django-asgi"]["file_events"], audits["without"]["file_events"]) == (None, {})
