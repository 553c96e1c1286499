"""``summary.json``: the summary, under the schema's own names."""

import json
from collections.abc import Callable
from pathlib import Path

from fwcompare.model.ports import Report
from fwcompare.model.summary import Summary
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
