"""What the pages say of runs: whole ones, ones that cannot be read, and ones that are not there."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.tests.ui.conftest import Make, Site


def test_runs_are_listed_newest_first_and_filtered(site: "Site", make_run: "Make") -> None:
    make_run("2026-11-18-users-aaaa", started="2026-11-18T10:00:00Z")
    make_run("2026-11-19-sleep-bbbb", scenario="sleep", targets={"django": 5.0}, started="2026-11-19T10:00:00Z")
    page = site.get("/").text
    assert page.index("sleep-bbbb</a>") < page.index("users-aaaa</a>")
    for query, shown, hidden in (("scenario=sleep", "bbbb", "aaaa"), ("target=axum", "aaaa", "bbbb")):
        page = site.get(f"/?{query}").text
        assert f"-{shown}</a>" in page
        assert f"-{hidden}</a>" not in page
    assert "No run fits" in site.get("/?tag=none").text


def test_an_empty_or_missing_folder_says_how_to_begin(site: "Site") -> None:
    assert "There is none yet" in site.get("/").text
    for file in site.results.iterdir():
        file.unlink()
    site.results.rmdir()
    assert "There is none yet" in site.get("/").text


def test_a_run_shows_its_answer_and_leads_to_all_about_it(site: "Site", make_run: "Make") -> None:
    run = make_run()
    page = site.get(f"/runs/{run.name}/").text
    assert "axum is fastest at 10 connections" in page
    assert f'href="/runs/{run.name}/report"' in page
    assert f'href="/runs/{run.name}/flamegraph?cell=fastapi-c10&amp;block=2"' in page
    assert f'href="/runs/{run.name}/trials/fastapi-c10/2/target.log"' in page


def test_a_report_is_made_though_there_is_no_file(site: "Site", make_run: "Make") -> None:
    run = make_run()
    answer = site.get(f"/runs/{run.name}/report")
    assert answer.status == 200
    assert "axum is fastest" in answer.text
    assert '<nav class="trail"' in answer.text
    assert not (run.folder / "report.html").exists()


def test_a_run_that_cannot_be_read_is_listed_and_says_why(site: "Site", make_run: "Make") -> None:
    broken, sound = make_run("2026-11-18-users-aaaa"), make_run("2026-11-19-users-bbbb")
    (broken.folder / "run.json").write_text("{", encoding="utf-8")
    listed = site.get("/").text
    assert "users-aaaa" in listed
    assert "unreadable" in listed
    for path in ("", "report", "flamegraph?cell=axum-c10&block=1"):
        answer = site.get(f"/runs/{broken.name}/{path}")
        assert answer.status == 422
        assert "cannot be read" in answer.text
    assert site.get(f"/runs/{sound.name}/").status == 200


def test_a_torn_trial_is_told(site: "Site", make_run: "Make") -> None:
    run = make_run()
    with (run.folder / "trials.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"planned"')
    assert "trials.jsonl line 7 of 7 is torn" in site.get(f"/runs/{run.name}/").text


def test_a_page_is_of_the_files_as_they_are(site: "Site", make_run: "Make") -> None:
    run = make_run()
    before = site.get(f"/runs/{run.name}/").text
    (run.folder / "trials.jsonl").write_text("", encoding="utf-8")
    after = site.get(f"/runs/{run.name}/").text
    assert "axum is fastest" in before
    assert "axum is fastest" not in after


NOT_THERE = (
    "/runs/none/",
    "/runs/none/live",
    "/runs/none/events",
    "/runs/{run}/nothing",
    "/runs/{run}/flamegraph?cell=axum-c10&block=9",
    "/runs/{run}/flamegraph?cell=none&block=1",
    "/history?target=none",
    "/nothing",
)
WITHOUT_SENSE = (
    "/history?target=axum&metric=beauty",
    "/runs/{run}/flamegraph",
    "/compare?force=maybe",
    "/difference?run={run}&a=axum&b=none",
)


def test_what_is_not_there_or_makes_no_sense_is_told_in_words(site: "Site", make_run: "Make") -> None:
    run = make_run()
    for status, paths in ((404, NOT_THERE), (422, WITHOUT_SENSE)):
        for path in paths:
            answer = site.get(path.format(run=run.name))
            assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), path


def test_a_difference_names_the_functions_in_ms_per_request(site: "Site", make_run: "Make") -> None:
    run = make_run()
    page = site.get(f"/difference?run={run.name}&a=axum&b=fastapi").text
    assert "b uses" in page
    assert "ms of CPU per request more than a" in page
    assert "work (app.py)" in page
    assert "data-svg" in page


def test_a_trial_without_a_flamegraph_says_why(site: "Site", make_run: "Make") -> None:
    run = make_run()
    (run.folder / "trials/axum-c10/1/flamegraph.svg").unlink()
    answer = site.get(f"/runs/{run.name}/flamegraph?cell=axum-c10&block=1")
    assert answer.status == 404
    assert "axum-c10, block 1 has no flamegraph" in answer.text
    assert "trials/axum-c10/1/flamegraph.svg cannot be read" in answer.text


def test_the_later_of_two_runs_is_held_against_the_earlier(site: "Site", make_run: "Make") -> None:
    make_run("2026-11-18-users-aaaa", started="2026-11-18T10:00:00Z")
    make_run("2026-11-19-users-bbbb", started="2026-11-19T10:00:00Z", targets={"axum": 18000.0, "fastapi": 400.0})
    for query in ("run={0}&run={1}", "run={1}&run={0}"):
        asked = query.format("2026-11-18-users-aaaa", "2026-11-19-users-bbbb")
        answer = site.get(f"/compare?{asked}")
        assert answer.status == 200
        assert "2.00x" in answer.text


def test_runs_of_two_kinds_are_compared_only_when_insisted_on(site: "Site", make_run: "Make") -> None:
    make_run("2026-11-18-users-aaaa", started="2026-11-18T10:00:00Z")
    make_run("2026-11-19-sleep-bbbb", scenario="sleep")
    query = "run=2026-11-18-users-aaaa&run=2026-11-19-sleep-bbbb"
    refused = site.get(f"/compare?{query}")
    assert refused.status == 422
    assert f"/compare?{query.replace('&', '&amp;')}&amp;force=true" in refused.text
    assert site.get(f"/compare?{query}&force=true").status == 200


def test_too_few_chosen_runs_are_told(site: "Site", make_run: "Make") -> None:
    run = make_run()
    for path in ("/compare", "/compare?run={run}", "/compare?run={run}&run={run}", "/matrix"):
        answer = site.get(path.format(run=run.name))
        assert answer.status == 422
        assert "go back" in answer.text


def test_a_matrix_lets_the_baseline_be_chosen(site: "Site", make_run: "Make") -> None:
    run = make_run()
    answer = site.get(f"/matrix?run={run.name}")
    assert answer.status == 200
    assert f'href="/matrix?run={run.name}&amp;baseline=fastapi"' in answer.text
    assert site.get(f"/matrix?run={run.name}&baseline=fastapi").status == 200
    assert site.get(f"/matrix?run={run.name}&baseline=none").status == 422


def test_a_name_that_has_signs_of_addresses_in_it_is_reached(site: "Site", make_run: "Make") -> None:
    run = make_run("2026-11-20-a?b#c%25&d=é-3f9c")
    page = site.get("/").text
    (link,) = [part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("/runs/")]
    assert site.get(link).status == 200
    assert run.name in site.get(link).text.replace("&amp;", "&")
