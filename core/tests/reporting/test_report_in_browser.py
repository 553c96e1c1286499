"""``report.html`` in a real browser: it draws, asks nobody for anything, and can be read on any screen by anybody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browsing import Browse
from playwright.sync_api import Page

from fwcompare.model.functions import FunctionComparison, FunctionTable
from fwcompare.model.measurement import Trial
from fwcompare.model.ports import Profile, Report
from fwcompare.model.recordings import Curve, Recordings, TimeKind, TimelineRow
from fwcompare.model.workload import Bound
from fwcompare.profilers.flamegraph import render
from fwcompare.reporting.html_page import HtmlReporter

Make = Callable[..., Report]

HOSTILE = '</script><img src=x onerror=document.title="taken">'


@dataclass(frozen=True)
class WithGraphs:
    """Made recordings with a flamegraph for every trial."""

    others: Recordings

    def curve(self, trials: Sequence[Trial], times: TimeKind) -> Curve | None:
        return self.others.curve(trials, times)

    def timeline(self, trial: Trial) -> Sequence[TimelineRow]:
        return self.others.timeline(trial)

    def telemetry(self, trial: Trial) -> Mapping[str, object] | None:
        return self.others.telemetry(trial)

    def functions(self, trial: Trial) -> FunctionTable | None:
        return None

    def difference(self, a: Trial, b: Trial) -> FunctionComparison | None:
        return None

    def flamegraph(self, trial: Trial) -> str | None:
        profile = Profile(f"main;work 30\nmain;{HOSTILE} 10\n", 40, 99, 1.0, None)
        return render(profile, title=trial.planned.cell.target, subtitle=HOSTILE)


@pytest.fixture
def page_file(
    make_report: Make, make_target: Callable[..., Any], recordings: Callable[[], Recordings], tmp_path: Path
) -> Path:
    broken = dict.fromkeys(range(1, 4), HOSTILE)
    made = (
        make_target("axum", 9740, 1.02, 0.0871, 10.2, client_bound=True, requests=48_000),
        make_target("fastapi", 1640, 5.94, 0.612, errors=0.02),
        make_target(HOSTILE, 305, 30.0, 3.17, 83.4),
        make_target("broken", 1, failed_blocks=broken),
        make_target("elsewhere", 1, unsupported=HOSTILE),
    )
    report = make_report(made, blocks=3, connections=(1, 10, 50), title=HOSTILE, folder=tmp_path)
    (path,) = HtmlReporter().write(replace(report, recordings=WithGraphs(recordings())))
    return path


@pytest.mark.parametrize(("width", "dark"), [(1400, False), (1400, True), (400, False)])
def test_it_draws_without_complaint_or_request_and_overflows_nowhere(
    page_file: Path, browse: Browse, *, width: int, dark: bool
) -> None:
    seen = browse(page_file, width=width, dark=dark)

    assert seen.page.locator("[data-chart] svg").count() >= 8
    assert seen.overflow_px == 0
    assert seen.requests == [page_file.as_uri()]
    assert seen.complaints == []


@pytest.fixture
def full_league(make_audited: Callable[..., Report], tmp_path: Path) -> Path:
    """Write a page whose main table has every column: limits, ties, intervals, and the work of a request."""
    keys = [cell.key for cell in make_audited().plan.cells]
    report = make_audited(bounds={key: Bound(12_000, "10 / 0.1 s") for key in keys}, folder=tmp_path)
    tied = [cell.model_copy(update={"group": "ab"}) for cell in report.summary.cells]
    (path,) = HtmlReporter().write(replace(report, summary=report.summary.model_copy(update={"cells": tied})))
    return path


def widths(page: Page) -> tuple[int, int, int]:
    """Give the width of what the main table's place holds, of the place itself, and of the table's first column."""
    found = page.evaluate(
        """() => {
            const place = document.querySelector("section[aria-labelledby=league] .wide");
            const first = place.querySelector("tbody th");
            return [place.scrollWidth, place.clientWidth, first.getBoundingClientRect().width];
        }"""
    )
    return tuple(map(round, found))


@pytest.mark.parametrize("width", [1280, 1400, 1440])
def test_the_main_table_is_read_without_scrolling(full_league: Path, browse: Browse, width: int) -> None:
    page = browse(full_league, width=width).page
    heads = page.locator("section[aria-labelledby=league] thead th").all_inner_texts()
    needed, given, _ = widths(page)

    assert {"group", "limit (reached)", "target, and its work per request"} <= set(heads)
    assert needed <= given


def test_on_a_narrow_screen_the_main_table_scrolls_beside_the_names(full_league: Path, browse: Browse) -> None:
    seen = browse(full_league, width=400)
    needed, given, first = widths(seen.page)

    assert needed > given
    assert first < given / 2
    assert seen.overflow_px == 0


def test_hostile_names_titles_and_reasons_stay_text(page_file: Path, browse: Browse) -> None:
    page = browse(page_file).page

    assert page.title().startswith(HOSTILE)
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("tbody th", has_text=HOSTILE).count() > 3
    assert page.locator("img").count() == 0


def test_a_folded_flamegraph_opens_from_the_keyboard_and_is_drawn(
    make_report: Make,
    make_target: Callable[..., Any],
    recordings: Callable[[], Recordings],
    tmp_path: Path,
    browse: Browse,
) -> None:
    made = tuple(make_target(f"t{number}", 100 + number) for number in range(5))
    report = make_report(made, blocks=1, folder=tmp_path)
    (path,) = HtmlReporter().write(replace(report, recordings=WithGraphs(recordings())))
    seen = browse(path, width=400)
    summary = seen.page.locator("details.profile > summary").first
    frame = seen.page.locator("details.profile iframe.flamegraph").first
    assert not frame.is_visible()

    summary.focus()
    seen.page.keyboard.press("Enter")

    frame.scroll_into_view_if_needed()
    assert seen.page.frame_locator("iframe.flamegraph").first.get_by_role("button", name="Find").is_visible()
    assert seen.overflow_px == 0
    assert seen.complaints == []


def test_a_flamegraph_in_place_zooms_and_finds(page_file: Path, browse: Browse) -> None:
    seen = browse(page_file)
    seen.page.locator("iframe.flamegraph").first.scroll_into_view_if_needed()
    frame = seen.page.frame_locator("iframe.flamegraph").first
    work = frame.locator("#frames > *").filter(has=frame.locator("title", has_text="work")).first
    before = work.locator("rect").bounding_box()

    frame.get_by_label("Find").fill("wor")
    frame.get_by_role("button", name="Find").click()
    assert frame.get_by_role("status").inner_text() == "Matched: 75.0%"
    assert work.locator("rect").get_attribute("fill") == "rgb(230,0,230)"
    frame.get_by_label("Find").fill("((")
    frame.get_by_label("Find").press("Enter")
    assert frame.get_by_role("status").inner_text() == "not a regular expression"
    frame.get_by_label("Find").fill("nothing like it")
    frame.get_by_label("Find").press("Enter")
    assert frame.get_by_role("status").inner_text() == "no frame matches"
    work.click()
    zoomed = work.locator("rect").bounding_box()
    frame.get_by_role("button", name="Whole graph").click()
    after = work.locator("rect").bounding_box()

    assert before is not None
    assert zoomed is not None
    assert after is not None
    assert zoomed["width"] > before["width"] * 1.2
    assert after["width"] == pytest.approx(before["width"], abs=1)
    assert seen.complaints == []


def test_the_keyboard_reaches_contents_tables_and_links(page_file: Path, browse: Browse) -> None:
    page = browse(page_file).page
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.getAttribute('href') ?? document.activeElement.className"))

    assert stops[0] == "#content"
    assert stops[1] == "#league"
    assert "wide" in stops
    assert any(stop.startswith("#note-") for stop in stops)


def test_every_table_has_a_name_and_headings_leave_no_level_out(page_file: Path, browse: Browse) -> None:
    page = browse(page_file).page
    levels = [
        int(name[1]) for name in page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => h.tagName)")
    ]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert page.locator("table").count() == page.locator("table > caption").count()
    assert page.locator("main").count() == page.locator("nav[aria-label]").count() == 1


def test_an_outcome_is_told_by_a_sign_too(page_file: Path, browse: Browse) -> None:
    page = browse(page_file).page
    sign = "getComputedStyle(document.querySelector('{}'), '::before').content"

    assert len({page.evaluate(sign.format(kind)) for kind in (".good", ".bad", ".doubt")}) == 3
    assert page.locator(".bad", has_text="failed").count() > 0


def test_on_paper_everything_is_unfolded_and_the_flamegraph_is_a_link(page_file: Path, browse: Browse) -> None:
    seen = browse(page_file, dark=True)
    seen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    seen.page.emulate_media(media="print")

    assert seen.page.locator("details:not([open])").count() == 0
    assert not seen.page.locator("iframe.flamegraph").first.is_visible()
    assert seen.page.get_by_role("link", name="trials/axum-c50").first.is_visible()
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    seen.page.emulate_media(media="screen")
    seen.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert seen.page.locator("details:not([open])").count() > 0
