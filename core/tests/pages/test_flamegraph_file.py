"""A flamegraph opened as a file of its own: it zooms, it finds frames, and nothing that a frame is called can act."""

from pathlib import Path

import pytest
from browsing import Browse
from playwright.sync_api import Dialog, expect

from fwcompare.model.functions import ProfiledTrial
from fwcompare.model.ports import Profile
from fwcompare.profilers import folded
from fwcompare.profilers.flamegraph import render, render_change

HOSTILE = "</text></svg><script>document.documentElement.id='taken'</script><img src=x onerror=alert(1)>"
STACKS: dict[folded.Stack, int] = {
    ("main", "work"): 30,
    ("main", HOSTILE): 10,
    ("main", "]]><script>alert(1)</script>"): 40,
}
TRIAL = ProfiledTrial(
    run="2026-11-20-users-3f9c",
    cell=HOSTILE,
    block=1,
    attempt=1,
    target=HOSTILE,
    title=HOSTILE,
    language="python",
    profiler="py-spy",
    samples=80,
    rate_hz=99,
    window_s=4.0,
    busy_threads=0.5,
    profiler_cpu_s=0.2,
    cpu_ms_per_request=2.0,
)


@pytest.fixture(params=["one", "difference"])
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    profile = Profile(folded.write(STACKS), 80, 99, 4.0, None)
    drawn = {
        "one": lambda: render(profile, title=HOSTILE, subtitle=HOSTILE, on_cpu=HOSTILE),
        "difference": lambda: render_change(TRIAL, {("main", "work"): 5}, TRIAL, STACKS),
    }
    path = tmp_path / "flamegraph.svg"
    path.write_text(drawn[request.param](), encoding="utf-8")
    return path


def test_a_search_marks_the_frames_it_finds_and_says_how_much_they_are(graph: Path, browse: Browse) -> None:
    seen = browse(graph)
    work = seen.page.locator("#frames > g").filter(has=seen.page.locator("title", has_text="work (")).locator("rect")
    before = work.get_attribute("fill")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept("^wor")

    seen.page.on("dialog", answer)
    seen.page.locator("#search").click()

    expect(seen.page.locator("#matched")).to_have_text("Matched: 37.5%")
    assert asked == ["prompt"]
    assert work.get_attribute("fill") != before
    seen.page.locator("#search").click()
    assert work.get_attribute("fill") == before


def test_a_click_zooms_to_a_frame(graph: Path, browse: Browse) -> None:
    seen = browse(graph)
    work = seen.page.locator("#frames > g").filter(has=seen.page.locator("title", has_text="work (")).locator("rect")
    before = work.bounding_box()
    work.click()
    after = work.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == pytest.approx(before["width"] * 80 / 30, rel=0.05)


def test_a_hostile_name_stays_text_and_nothing_is_asked_of_the_network(graph: Path, browse: Browse) -> None:
    seen = browse(graph)
    dialogs: list[str] = []
    seen.page.on("dialog", lambda dialog: dialogs.append(dialog.type))
    seen.page.mouse.move(400, 100)
    assert seen.page.locator("#taken").count() == 0
    assert seen.page.locator("img").count() == 0
    assert seen.page.locator("script").count() == 1
    assert seen.page.locator("title", has_text=HOSTILE).count() == 1
    assert (dialogs, seen.requests, seen.complaints) == ([], [graph.as_uri()], [])
