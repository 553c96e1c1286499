"""Every page: it stands alone, draws its charts, lets nothing else run, and keeps text text."""

from pathlib import Path
from typing import Any

import pytest
from browsing import Browse
from jinja2 import ChoiceLoader, DictLoader

from fwcompare.model.ports import Profile
from fwcompare.profilers.flamegraph import render
from fwcompare.reporting.pages import page as pages
from fwcompare.reporting.pages.page import Page

HOSTILE = '</script><script>document.title = "taken"</script><img src=x onerror=document.title="taken">'
CHART: dict[str, Any] = {
    "data": {"values": [{"x": 1, "y": 2, "name": HOSTILE}, {"x": 2, "y": 3, "name": HOSTILE}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "x", "type": "ordinal"},
        "y": {"field": "y", "type": "quantitative"},
        "color": {"field": "name"},
    },
}
TEMPLATE = "<h1>{{ name }}</h1>{{ page.chart('one', chart, 'bars') }}{{ page.flamegraph(svg, name) }}"


@pytest.fixture
def page_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    environment = pages._environment()
    loader = environment.loader
    assert loader is not None
    monkeypatch.setattr(environment, "loader", ChoiceLoader([loader, DictLoader({"sample": TEMPLATE})]))
    profile = Profile(f"main;work 30\nmain;{HOSTILE} 10\n", 40, 99, 1.0, None)
    svg = render(profile, title=HOSTILE, subtitle="py-spy")
    path = tmp_path / "page.html"
    path.write_text(Page(HOSTILE).render("sample", name=HOSTILE, chart=CHART, svg=svg), encoding="utf-8")
    return path


def test_a_page_draws_and_asks_the_network_for_nothing(page_file: Path, browse: Browse) -> None:
    seen = browse(page_file)
    assert seen.page.locator("[data-chart] .mark-rect path").count() == 2
    assert seen.requests == [page_file.as_uri()]
    assert seen.complaints == []


def test_hostile_text_stays_text(page_file: Path, browse: Browse) -> None:
    seen = browse(page_file)
    assert seen.page.title() == HOSTILE
    assert seen.page.locator("h1").inner_text() == HOSTILE
    assert seen.page.locator("img").count() == 0


def test_a_flamegraph_zooms_at_a_click_and_finds_a_frame(page_file: Path, browse: Browse) -> None:
    seen = browse(page_file)
    frame = seen.page.frame_locator("iframe.flamegraph")
    work = frame.locator("#frames > g, #frames > a").filter(has=frame.locator("title", has_text="work")).first
    before = work.locator("rect").bounding_box()
    work.click()
    after = work.locator("rect").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] * 1.2
