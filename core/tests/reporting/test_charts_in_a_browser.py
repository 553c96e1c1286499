"""Every chart of the report in a real browser: drawn without complaint, with as many marks as there are figures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import Browse
from jinja2 import ChoiceLoader, DictLoader

from fwcompare.model.ports import Report
from fwcompare.model.workload import Bound
from fwcompare.reporting.pages import page as pages
from fwcompare.reporting.pages.page import Page
from fwcompare.reporting.report_charts import charts

Make = Callable[..., Report]
HOSTILE = '</script><img src=x onerror=document.title="taken">'
TEMPLATE = """{% for figure in figures if figure.spec %}
<h2>{{ figure.title }}</h2>
<section id="{{ figure.name }}">{{ page.chart(figure.name, figure.spec, figure.words) }}</section>
{% endfor %}"""

WritePage = Callable[[Report], Path]


@pytest.fixture
def write_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritePage:
    """Write a page of all charts of a report."""
    environment = pages._environment()
    loader = environment.loader
    assert loader is not None
    monkeypatch.setattr(environment, "loader", ChoiceLoader([loader, DictLoader({"charts": TEMPLATE})]))

    def write(report: Report) -> Path:
        path = tmp_path / "charts.html"
        path.write_text(Page("charts").render("charts", figures=charts(report)), encoding="utf-8")
        return path

    return write


@pytest.fixture
def made(make_target: Callable[..., Any]) -> tuple[Any, ...]:
    return (
        make_target("axum", 9740, 1.02, 0.0871, client_bound=True),
        make_target(HOSTILE, 900, 9.0, errors=0.02),
        make_target("flux", 800, 8.0),
        make_target("wsgi", 1, unsupported="no event loop"),
    )


def test_a_sweep_is_drawn_without_complaint(
    make_report: Make, made: tuple[Any, ...], recordings: Callable[..., Any], browse: Browse, write_page: WritePage
) -> None:
    path = write_page(replace(make_report(made, connections=(10, 50, 500)), recordings=recordings()))

    seen = browse(path)

    def count(figure: str, marks: str) -> int:
        return seen.page.locator(f"#{figure} {marks}").count()

    assert seen.complaints == []
    assert seen.requests == [path.as_uri()]
    for figure in ("throughput", "times-p50", "times-p90", "times-p99", "cpu"):
        assert count(figure, ".mark-line.role-mark path") == 3, figure
        assert count(figure, ".mark-symbol.role-mark path") == 9, figure
        assert count(figure, ".mark-area.role-mark path") == 3, figure
        assert count(figure, ".mark-rule.role-mark line") == 9, figure
    assert count("memory", ".mark-symbol.role-mark path") == 9
    assert count("memory", ".mark-area") == 0  # peaks have no intervals
    assert count("percentiles", ".mark-line.role-mark path") == 3
    assert count("percentiles", ".mark-symbol.role-mark path") == 12  # 50, 90, 99 and 99.9 % of three
    labels = seen.page.locator("#percentiles .role-axis-label text").all_text_contents()
    assert [label for label in labels if "%" in label] == ["0 %", "50 %", "90 %", "99 %", "99.9 %"]
    assert count("errors", ".mark-rect.role-mark path") == 3
    assert count("series-cpu", ".mark-line.role-mark path") == 3


def test_a_single_load_is_drawn_as_bars_with_limit(
    make_audited: Callable[..., Report], browse: Browse, write_page: WritePage
) -> None:
    keys = [cell.key for cell in make_audited().plan.cells]

    seen = browse(write_page(make_audited(bounds={key: Bound(12_000, "10 / 0.1 s") for key in keys})), dark=True)

    assert seen.complaints == []
    assert seen.page.locator("#throughput .mark-rect.role-mark path[aria-roledescription=bar]").count() == 5
    assert seen.page.locator("#throughput .mark-text.role-mark text").all_text_contents() == [
        *("9,732", "305", "1,639", "151", "98.9")
    ]
    assert seen.page.locator("#throughput .mark-rule.role-mark line").count() == 6  # five intervals and the limit


def test_an_open_model_shows_both_times(
    make_report: Make,
    make_target: Callable[..., Any],
    recordings: Callable[..., Any],
    browse: Browse,
    write_page: WritePage,
) -> None:
    made = (make_target("slow", 100, 30.0), make_target("fast", 2000, 2.0))

    seen = browse(write_page(replace(make_report(made, rate=1000), recordings=recordings())))

    assert seen.complaints == []
    assert seen.page.locator("#times-p99 .mark-text.role-mark text").count() == 1
    lines = seen.page.locator("#percentiles .mark-line.role-mark path")
    widths = [lines.nth(place).get_attribute("stroke-width") for place in range(lines.count())]
    assert sorted(widths, key=str) == ["1", "1", "2.6"]


def test_the_reader_chooses_the_trial_once_for_all_strips(
    make_report: Make, made: tuple[Any, ...], recordings: Callable[..., Any], browse: Browse, write_page: WritePage
) -> None:
    seen = browse(write_page(replace(make_report(made), recordings=recordings())))
    names = ("throughput", "times", "memory")
    shapes = [seen.page.locator(f"#series-{name} .mark-line.role-mark path").first for name in names]
    before = [shape.get_attribute("aria-label") for shape in shapes]
    select = seen.page.locator("select")

    assert select.locator("option").all_text_contents()[1].startswith(HOSTILE)
    select.select_option(index=1)
    seen.page.wait_for_timeout(500)

    assert [shape.get_attribute("aria-label") for shape in shapes] != before
    drawn = [seen.page.locator(f"#series-{name} .role-axis-label text").all_text_contents() for name in names]
    assert "10,000" not in drawn[0]  # axum's
    assert seen.page.locator("img").count() == 0
    assert seen.page.title() == "charts"
    assert seen.complaints == []


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("connections", [(10,), (10, 50)])
def test_charts_are_as_wide_as_the_page_and_no_wider(
    make_report: Make,
    made: tuple[Any, ...],
    recordings: Callable[..., Any],
    browse: Browse,
    write_page: WritePage,
    width: int,
    connections: tuple[int, ...],
) -> None:
    path = write_page(replace(make_report(made, connections=connections), recordings=recordings()))

    seen = browse(path, width=width)

    assert seen.overflow_px <= 0
    widest = seen.page.evaluate("Math.max(...[...document.querySelectorAll('svg')].map(e => e.clientWidth))")
    assert widest > 0.75 * min(width, 1100)
    assert seen.complaints == []
