"""Every page in a real browser: it draws, complains of nothing, asks nobody else, and keeps text text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from fwcompare.model.events import Live, RunBegan, RunEnded, Said, TimeLeft, TrialBegan, TrialEnded

if TYPE_CHECKING:
    from browsing import Browse, Seen
    from core.tests.ui.conftest import Made, Make, Site

HOSTILE = "<img src=x onerror=document.title='taken'>"
WORSE = f"</script>{HOSTILE}"
RUNS = ("2026-11-18-users-aaaa", "2026-11-19-users-bbbb")
PAGES = {
    "runs": "/",
    "filtered": "/?target=axum",
    "run": f"/runs/{RUNS[0]}/",
    "live": f"/runs/{RUNS[0]}/live",
    "report": f"/runs/{RUNS[0]}/report",
    "flamegraph": f"/runs/{RUNS[0]}/flamegraph?cell=fastapi-c10&block=2",
    "difference": f"/difference?run={RUNS[0]}&a=axum&b=fastapi-c10",
    "comparison": f"/compare?run={RUNS[0]}&run={RUNS[1]}",
    "matrix": f"/matrix?run={RUNS[0]}",
    "history": "/history?target=axum",
}


def tell_some(run: "Made") -> None:
    place = "[block 1 of 2, 1/2] axum-c10"
    run.tell(
        RunBegan(run.name, "users", 2, 4, "2 cells in 2 blocks"),
        TrialBegan("axum-c10", "axum", 1, 1, 1, 4, 1, 2, 2, None, place, "measuring"),
        Live("axum-c10", "measure", 1.0, 9000, 2.5, 0, 9000),
        TrialEnded("axum-c10", "axum", 1, 1, "ok", 9000.0, 0, False, TimeLeft(60, 60), place, "9,000 req/s, 0 errors"),
        TrialBegan("fastapi-c10", "fastapi", 1, 1, 2, 4, 2, 2, 2, TimeLeft(60, 60), place, "measuring"),
        Live("fastapi-c10", "measure", 1.0, 400, None, 0, 400),
        Live("fastapi-c10", "measure", 1.5, 410, 30.5, 0, 600),
    )


def enter(site: "Site", browse: "Browse", path: str, *, width: int = 1400, dark: bool = False) -> "Seen":
    """Come in by the printed address, then go to a page; what the first page asked for is forgotten."""
    seen = browse(site.service.address, width=width, dark=dark)
    assert seen.page.url == f"{site.base}/"
    seen.requests.clear()
    seen.page.goto(site.base + path)
    seen.page.wait_for_function("[...document.querySelectorAll('[data-chart]')].every(box => box.querySelector('svg'))")
    return seen


def links_of(seen: "Seen") -> list[str]:
    """Give where the links of a page lead to, but for those within it."""
    found = seen.page.locator("a[href^='/']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return list(dict.fromkeys(found))


@contextmanager
def two_runs(make_run: "Make") -> Iterator[None]:
    for name, started in zip(RUNS, ("2026-11-18T10:00:00Z", "2026-11-19T10:00:00Z"), strict=True):
        tell_some(make_run(name, started=started))
    yield


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_complaint_and_fits_narrow_and_wide(
    name: str, site: "Site", make_run: "Make", browse: "Browse"
) -> None:
    with two_runs(make_run):
        for width, dark in ((1400, False), (400, True)):
            seen = enter(site, browse, PAGES[name], width=width, dark=dark)
            expect(seen.page.locator("h1")).to_have_count(1)
            assert seen.complaints == []
            assert seen.overflow_px <= 0
            assert seen.requests
            assert [url for url in seen.requests if not url.startswith((f"{site.base}/", "about:srcdoc"))] == []


def test_two_runs_are_chosen_and_compared_by_hand(site: "Site", make_run: "Make", browse: "Browse") -> None:
    with two_runs(make_run):
        seen = enter(site, browse, "/")
        for run in RUNS:
            seen.page.get_by_label(f"choose {run}").check()
        seen.page.get_by_role("button", name="Compare two").click()
        expect(seen.page.locator("h1")).to_contain_text(RUNS[1])
        seen.page.get_by_role("navigation", name="where you are").get_by_role("link", name="runs").click()
        expect(seen.page.locator("h1")).to_have_text("Runs")
        assert seen.complaints == []


def test_every_link_of_the_list_and_of_a_run_leads_somewhere(site: "Site", make_run: "Make", browse: "Browse") -> None:
    with two_runs(make_run):
        seen = enter(site, browse, "/")
        for path in ("/", PAGES["run"]):
            seen.page.goto(site.base + path)
            found = links_of(seen)
            assert len(found) > 1
            for href in found:
                assert site.get(href).status == 200, href


def test_hostile_names_stay_text_on_every_page(site: "Site", make_run: "Make", browse: "Browse") -> None:
    targets = {f"a {HOSTILE}": 9000.0, f"b {HOSTILE}": 400.0}
    names = [f"2026-11-{day}-{HOSTILE}-aaaa" for day in (18, 19)]
    for name in names:
        run = make_run(name, targets=targets, scenario="users", title=WORSE)
        tell_some(run)
        run.tell(Said(WORSE))
    seen = enter(site, browse, "/")
    assert seen.page.locator("tbody th").first.inner_text() == names[1]
    assert seen.page.get_by_label(f"choose {names[0]}").count() == 1
    seen.page.get_by_role("link", name=names[0]).first.click()
    several = "&".join(f"run={quote(name)}" for name in names)
    links = ["/", *links_of(seen), f"/compare?{several}", f"/matrix?{several}&latest=true"]
    visited = [link for link in dict.fromkeys(links) if not link.endswith((".log", ".svg"))]
    assert len(visited) > 8
    for link in visited:
        seen.page.goto(site.base + link)
        assert seen.page.locator("img[src=x]").count() == 0, link
        assert seen.page.title() != "taken", link
    assert seen.complaints == []


def test_a_run_is_watched_while_it_goes_on_and_its_end_is_seen(
    site: "Site", make_run: "Make", browse: "Browse"
) -> None:
    run = make_run(RUNS[0], status="running")
    tell_some(run)
    with run.store.held():
        seen = enter(site, browse, PAGES["live"])
        throughput = seen.page.locator("[data-live=throughput]")
        expect(throughput).to_have_text("410 req/s")
        expect(seen.page.locator("[data-live=state]")).to_have_text("Running.")
        before = seen.page.locator("[data-live-line=throughput_rps] path").get_attribute("d")
        place = "[block 1 of 2, 2/2] fastapi-c10"
        run.tell(Live("fastapi-c10", "measure", 2.0, 777, 12.5, 4, 1000), Said(WORSE))
        expect(throughput).to_have_text("777 req/s")
        expect(seen.page.locator("[data-live=p99]")).to_have_text("12.5 ms")
        expect(seen.page.locator("[data-live=errors]")).to_have_text("4 of 1,000")
        expect(seen.page.locator("[data-live-lines]")).to_contain_text(WORSE)
        assert seen.page.locator("[data-live-line=throughput_rps] path").get_attribute("d") != before
        assert seen.page.locator("[data-live-results] tr").count() == 1
        run.tell(TrialEnded("fastapi-c10", "fastapi", 1, 1, "failed", None, None, False, None, place, WORSE))
        expect(seen.page.locator("[data-live-results] tr")).to_have_count(2)
        first = seen.page.locator("[data-live-results] tr").first
        expect(first).to_contain_text("failed")
        expect(first).to_contain_text(WORSE)
        run.tell(RunEnded(run.name, "complete"))
    expect(seen.page.locator("[data-live=state]")).to_have_text("It has ended: complete.")
    assert seen.page.locator("img").count() == 0
    assert seen.complaints == []
    streams = [url for url in seen.requests if "/events?" in url]
    seen.page.wait_for_timeout(1500)
    assert [url for url in seen.requests if "/events?" in url] == streams


def test_a_picture_that_runs_scripts_has_no_part_in_the_site(site: "Site", make_run: "Make", browse: "Browse") -> None:
    run = make_run(RUNS[0])
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg"><script>'
        "let seen; try { seen = document.cookie + localStorage.length } catch (error) { seen = error.name }"
        "document.documentElement.setAttribute('data-seen', seen);"
        "fetch('/').catch(() => document.documentElement.setAttribute('data-fetched', 'no'))"
        "</script></svg>"
    )
    (run.folder / "trials/axum-c10/1/flamegraph.svg").write_text(svg, encoding="utf-8")
    seen = enter(site, browse, f"/runs/{run.name}/trials/axum-c10/1/flamegraph.svg")
    root = seen.page.locator("svg")
    expect(root).to_have_attribute("data-seen", "SecurityError")
    expect(root).to_have_attribute("data-fetched", "no")


def test_whoever_comes_from_another_site_is_in_after_one_more_click(
    site: "Site", browse: "Browse", tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.html"
    elsewhere.write_text(f'<a href="{site.service.address}">look</a>', encoding="utf-8")
    page = browse(elsewhere).page
    page.get_by_role("link", name="look").click()
    if page.locator("h1").inner_text() == "Not shown":
        page.get_by_role("link", name="go on to the runs").click()
    expect(page.locator("h1")).to_have_text("Runs")
