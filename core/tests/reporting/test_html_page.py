"""``report.html``: self-contained, the same rows as the Markdown, and nothing of a target comes alive in it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from fwcompare.model.ports import Report
from fwcompare.model.recordings import Recordings
from fwcompare.model.summary import DiscardedBlock
from fwcompare.reporting.html_page import MOST_OPEN_PROFILES, MOST_ROWS, HtmlReporter, render_page
from fwcompare.reporting.report_charts import charts
from fwcompare.telemetry.host import Host

Make = Callable[..., Report]

HOSTILE = '</style></script><script>alert(1)</script><img src=x onerror="alert(2)"> [b](javascript:alert(3))'


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._hidden = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = self._hidden and tag not in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data

    def attributes(self, tag: str, name: str) -> list[str]:
        return [attrs.get(name) or "" for seen, attrs in self.tags if seen == tag]


def test_it_is_one_small_file_that_may_not_use_the_network(make_report: Make, tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)
    (path,) = HtmlReporter().write(report)
    text = path.read_text(encoding="utf-8")
    page = Page(text)

    assert HtmlReporter().name == "html"
    assert any("default-src 'none'" in content for content in page.attributes("meta", "content"))
    assert not any(page.attributes("script", "src") + page.attributes("link", "href"))
    assert not any(address.startswith(("http:", "https:", "//")) for address in page.attributes("a", "href"))
    assert path.stat().st_size < 1_500_000


def test_parts_stand_in_their_order_and_the_contents_lead_to_each(
    make_audited: Make, recordings: Callable[[], Recordings], tmp_path: Path
) -> None:
    report = replace(make_audited(connections=(1, 10), folder=tmp_path), recordings=recordings())
    page = Page(render_page(report))
    parts = page.attributes("h2", "id")

    order = ["league", "throughput", "times", "percentiles", "cpu", "errors", "series", "verdicts", "pairs", "work"]
    assert parts[: len(order)] == order
    assert parts[len(order) :] == ["flamegraphs", "trials", "discarded", "conditions", "reproduce"]
    assert [link for link in page.attributes("a", "href") if link.startswith("#") and "note" not in link] == [
        "#content",
        *(f"#{part}" for part in parts),
    ]


def test_it_says_on_which_machine_with_the_names_that_a_run_records(make_report: Make) -> None:
    recorded = {field.name for field in fields(Host)}
    report = make_report()
    host = report.environment["host"]

    assert isinstance(host, Mapping)
    assert set(host) <= recorded
    assert "AMD EPYC 7B13 · 2 CPUs" in Page(render_page(report)).text


def test_every_workload_is_answered_and_has_a_table(make_report: Make, recordings: Callable[[], Recordings]) -> None:
    text = render_page(replace(make_report(workloads=("users", "io")), recordings=recordings()))

    assert text.count("<p>On users, axum is fastest") == text.count("<p>On io, axum is fastest") == 1
    assert text.count("<caption>users: every cell,") == text.count("<caption>io: every cell,") == 1
    # Below each heading that has no chart, the reason.
    assert text.count("Errors by class: ") == text.count("there are no errors to draw.") == 2


def test_many_flamegraphs_are_folded_and_few_are_not(make_report: Make, make_target: Callable[..., Any]) -> None:
    made = tuple(make_target(f"t{number}", 100 + number) for number in range(MOST_OPEN_PROFILES + 1))

    assert '<details class="profile">' not in render_page(make_report(made[1:], blocks=1))
    folded = render_page(make_report((*made, make_target("none", 1, unsupported="no")), blocks=1))
    assert folded.count('<details class="profile">') == MOST_OPEN_PROFILES + 1
    # That there is none, and why, is seen without unfolding.
    assert "<h3>none</h3>" in folded


def test_every_target_flamegraph_and_reason_is_in_it(make_report: Make, tmp_path: Path) -> None:
    report = make_report(folder=tmp_path)
    page = Page(render_page(report))
    links = page.attributes("a", "href")
    for cell in report.summary.cells:
        assert cell.target in page.text
        assert set(cell.flamegraphs) <= set(links)
    assert "a WSGI target has no event loop" in page.text
    assert "conformance: body: 99 elements, expected 100" in page.text


def test_a_mark_leads_to_its_reason(make_report: Make, tmp_path: Path) -> None:
    text = render_page(make_report(folder=tmp_path))
    marks = set(re.findall(r'href="#(note-\d+)"', text))

    assert marks
    assert marks == set(re.findall(r'<li id="(note-\d+)"', text))


def test_what_one_request_is_stands_beside_each_cell(make_audited: Make, tmp_path: Path) -> None:
    page = Page(render_page(make_audited(folder=tmp_path)))

    assert "work per request" in page.text
    assert "30 INSERT, 36 SELECT, 15 UPDATE, 30 DELETE, 3 commits, 1,234,567 bytes" in page.text
    assert "no SQL, 48 bytes" in page.text


def test_hostile_text_stays_text(make_report: Make, make_target: Callable[..., Any], tmp_path: Path) -> None:
    made = (
        make_target("axum", 100, parameters=(("NAME", HOSTILE),)),
        make_target("bad", 100, failed_blocks={1: HOSTILE, 2: HOSTILE, 3: HOSTILE}),
    )
    report = make_report(made, blocks=3, title=HOSTILE, folder=tmp_path)
    facts = [{"debug": HOSTILE if place else "off"} for place, _ in enumerate(report.trials)]
    trials = tuple(replace(trial, facts=fact) for trial, fact in zip(report.trials, facts, strict=True))
    report = replace(
        report, run=HOSTILE, trials=trials, environment={"command": HOSTILE, HOSTILE: {HOSTILE: [HOSTILE]}}
    )
    page = Page(render_page(report))
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]
    drawn = [attrs for attrs in scripts if "data-spec" in attrs]

    assert len(scripts) == len(drawn) + 2, "the bundle and the page's own"
    assert page.attributes("img", "src") == []
    assert not any(link.startswith("javascript:") for link in page.attributes("a", "href"))
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert page.text.count("alert(1)") > 10


def test_trials_are_cut_except_those_that_do_not_count(
    make_report: Make, make_target: Callable[..., Any], tmp_path: Path
) -> None:
    made = (
        *(make_target(f"steady-{place}", 100 + place) for place in range(3)),
        make_target("shaky", 100, failed_blocks={100: "ran out of luck"}),
    )
    report = make_report(made, blocks=100, folder=tmp_path)
    discarded = [DiscardedBlock(block=99, attempt=1, reason="foreign CPU")]
    report = replace(report, summary=report.summary.model_copy(update={"discarded": discarded}))
    section = render_page(report).partition('id="trials"')[2].partition("<h2")[0]

    assert section.count("<th>") == MOST_ROWS + 5
    assert "ran out of luck" in section
    assert f"400 trials were run. Here are the 5 that do not count and {MOST_ROWS} of the 395 others" in section
    assert section.count("<td>99<td>") == 4
    assert section.count("ok, discarded") == 4
    assert "<td>98<td>" not in section


def test_pairs_are_cut_and_the_page_says_where_they_all_are(
    make_report: Make, make_target: Callable[..., Any], tmp_path: Path
) -> None:
    made = tuple(make_target(f"target-{place}", 100 + place) for place in range(16))
    section = render_page(make_report(made, folder=tmp_path)).partition('id="pairs"')[2].partition("<h2")[0]

    assert section.count("<th>") == MOST_ROWS
    assert f"The first {MOST_ROWS} of 240 rows; report.md has all." in section


def test_a_run_that_stopped_before_its_first_trial_has_a_page(make_report: Make, tmp_path: Path) -> None:
    page = Page(render_page(make_report(blocks=0, folder=tmp_path)))

    assert "No target gave a valid result" in page.text
    assert "No trial was run." in page.text


def test_the_rows_of_charts_are_written_without_their_names_and_none_is_lost(make_report: Make, tmp_path: Path) -> None:
    report = make_report(connections=(1, 10, 50), folder=tmp_path)
    text = render_page(report)
    drawn = {figure.name: figure.spec for figure in charts(report) if figure.spec is not None}
    specs = dict(re.findall(r'data-spec="([^"]+)">(.*?)</script>', text))

    assert set(specs) == set(drawn)
    for name, spec in drawn.items():
        written = json.loads(specs[name])
        for dataset, rows in spec.pop("datasets").items():  # type: ignore[attr-defined]
            packed = written["datasets"][dataset]
            unpacked = [dict(zip(packed["fields"], row, strict=False)) for row in packed["rows"]]
            assert [{field: value for field, value in row.items() if value is not None} for row in unpacked] == rows
        del written["datasets"]
        assert written == spec
