"""``report.html``: self-contained, the same text as the Markdown, and nothing of a target comes alive in it."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from fwcompare.model.ports import Report
from fwcompare.reporting.html_page import HtmlReporter, render_page
from fwcompare.reporting.plots import PlotReporter

Make = Callable[..., Report]

HOSTILE = '</style></script><script>alert(1)</script><img src=x onerror="alert(2)"> [b](javascript:alert(3))'


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str, name: str) -> list[str]:
        return [attrs.get(name) or "" for seen, attrs in self.tags if seen == tag]


def test_the_plots_are_inside_and_the_network_is_forbidden(make_report: Make, tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)
    plots = [path for path in PlotReporter().write(report) if path.suffix == ".png"]
    (path,) = HtmlReporter().write(report)
    page = Page(path.read_text(encoding="utf-8"))

    sources = page.attributes("img", "src")
    assert len(sources) == len(plots)
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert any("default-src 'none'" in content for content in page.attributes("meta", "content"))
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", path.read_text(encoding="utf-8"))
    assert path.stat().st_size < 1_500_000


def test_a_plot_that_was_not_drawn_is_said_to_be_missing(make_report: Make, tmp_path: Path) -> None:
    page = Page(render_page(make_report(folder=tmp_path)))
    assert page.attributes("img", "src") == []
    assert "was not drawn" in page.text


def test_every_target_flamegraph_and_reason_is_in_it(make_report: Make, tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)
    page = Page(render_page(report))
    links = page.attributes("a", "href")
    for cell in report.summary.cells:
        assert cell.target in page.text
        assert set(cell.flamegraphs) <= set(links)
    assert "a WSGI target has no event loop" in page.text


def test_hostile_text_stays_text(make_report: Make, make_target: Callable[..., Any], tmp_path: Path) -> None:
    made = (
        make_target("axum", 100, parameters=(("NAME", HOSTILE),)),
        make_target("bad", 100, failed_blocks={1: HOSTILE, 2: HOSTILE, 3: HOSTILE}),
    )
    report = make_report(made, blocks=3, title=HOSTILE, folder=tmp_path)
    report = replace(report, run=HOSTILE, environment={"command": HOSTILE, HOSTILE: HOSTILE})
    page = Page(render_page(report))
    assert "script" not in [tag for tag, _ in page.tags]
    assert page.attributes("img", "src") == []
    assert not any(link.startswith("javascript:") for link in page.attributes("a", "href"))
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert "alert(1)" in page.text
