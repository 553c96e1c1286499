"""The stream of events: it begins where the browser stands, goes on while the run does, and ends with it."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fwcompare.model.events import Live, RunBegan, RunEnded, Said, TrialBegan
from fwcompare.store.events import EVENTS

if TYPE_CHECKING:
    from core.tests.ui.conftest import Make, Site

Read = Callable[[Mapping[str, str]], Any]

BEGAN = RunBegan("r", "users", 2, 4, "2 cells in 2 blocks")
TRIAL = TrialBegan("axum-c10", "axum", 1, 1, 1, 4, 1, 2, 2, None, "[1/2] axum-c10", "measuring")


def live(rps: float) -> Live:
    return Live("axum-c10", "measure", 1.0, rps, None, 0, 100)


def test_events_come_as_they_are_told_and_the_stream_ends_with_the_run(
    site: "Site", make_run: "Make", message_of: Read
) -> None:
    run = make_run(status="running")
    with run.store.held():
        run.tell(BEGAN, TRIAL, live(100))
        with site.stream(f"/runs/{run.name}/events") as events:
            first = next(events)
            assert "event" not in first
            assert message_of(first)["texts"]["throughput"] == "100 req/s"
            where = run.tell(live(200), Said("half-way"))
            second = next(event for event in events if message_of(event)["points"])
            assert second["id"] == str(where)
            message = message_of(second)
            assert [point["throughput_rps"] for point in message["points"]] == [200]
            assert message["lines"] == ["10:00:00 half-way"]
    with site.stream(f"/runs/{run.name}/events") as events:
        run.tell(RunEnded("r", "complete"))
        *_, last = events
    assert last["event"] == "ended"


def test_a_browser_that_comes_back_gets_only_what_it_missed(site: "Site", make_run: "Make", message_of: Read) -> None:
    run = make_run(status="running")
    with run.store.held():
        run.tell(BEGAN, TRIAL)
        seen = run.tell(live(100))
        run.tell(live(200), live(300))
        for path, headers in ((f"events?from={seen}", {}), ("events?from=0", {"Last_Event_ID": str(seen)})):
            with site.stream(f"/runs/{run.name}/{path}", **headers) as events:
                message = message_of(next(events))
            assert [point["throughput_rps"] for point in message["points"]] == [200, 300]
            # What was told before is known all the same.
            assert message["texts"]["cell"] == "axum-c10, block 1"
            assert message["points"][0]["trial"] == "axum-c10 1"


def test_a_place_that_makes_no_sense_breaks_nothing(site: "Site", make_run: "Make") -> None:
    run = make_run()
    run.tell(BEGAN, RunEnded("r", "complete"))
    for odd in ("x", "-1", "999999999999", "9" * 5000, "1e3", ""):
        with site.stream(f"/runs/{run.name}/events", Last_Event_ID=odd) as events:
            assert [event["event"] for event in events] == ["ended"]


def test_a_run_that_died_is_told_to_be_dead(site: "Site", make_run: "Make", message_of: Read) -> None:
    run = make_run(status="running")
    run.tell(BEGAN, TRIAL, live(100))
    with site.stream(f"/runs/{run.name}/events") as events:
        (only,) = events
    assert only["event"] == "ended"
    assert message_of(only)["texts"]["state"].startswith("It died")
    assert "died" in site.get("/").text
    assert "died: whoever ran it was killed" in site.get(f"/runs/{run.name}/").text


def test_a_run_under_way_is_listed_as_running_and_shows_how_it_goes(site: "Site", make_run: "Make") -> None:
    run = make_run(status="running")
    run.tell(BEGAN, TRIAL, live(100))
    with run.store.held():
        assert "running: watch" in site.get("/").text
        page = site.get(f"/runs/{run.name}/").text
    assert 'data-live-going="yes"' in page
    assert "100 req/s" in page


def test_a_run_without_events_and_one_with_torn_ones_are_shown(site: "Site", make_run: "Make") -> None:
    run = make_run()
    assert "told nothing" in site.get(f"/runs/{run.name}/live").text
    run.tell(BEGAN)
    with (run.folder / EVENTS).open("ab") as file:
        file.write(b'{"at": "x"}\n{"at": "2026')
    page = site.get(f"/runs/{run.name}/live")
    assert page.status == 200
    assert "2 cells in 2 blocks" in page.text


def test_the_server_ends_at_once_though_somebody_watches(site: "Site", make_run: "Make") -> None:
    run = make_run(status="running")
    with run.store.held():
        run.tell(BEGAN)
        with site.stream(f"/runs/{run.name}/events") as events:
            next(events)
            began = time.monotonic()
            threading.Timer(0.05, site.service.end).start()
            for _ in events:
                pass
            assert time.monotonic() - began < 10
