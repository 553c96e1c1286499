"""The steps of flows in every document: which is slow, which fails, and cells that have none stay visible."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import Browse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from fwcompare.model.measurement import Quantiles, StepFigures, Trial
from fwcompare.model.plan import PlannedFlow
from fwcompare.model.ports import Report
from fwcompare.reporting.csv_table import CsvReporter, csv_text
from fwcompare.reporting.document import Content, Words
from fwcompare.reporting.html_page import HtmlReporter, render_page
from fwcompare.reporting.league import Notes
from fwcompare.reporting.markdown import render
from fwcompare.reporting.steps import step_rows, step_workloads
from fwcompare.reporting.steps_tables import step_tables
from fwcompare.reporting.terminal import print_summary
from fwcompare.stats.summarise import summarise

Make = Callable[..., Report]

HOSTILE = "</script><img src=x onerror=alert(1)> | `a` [b](c)\n# d"
NAMES = ("read", "write", "read own")
FLOWS = (PlannedFlow(("read",), 3), PlannedFlow(("write", "read own"), 1))


def times(count: int, ms: float) -> Quantiles:
    return Quantiles(count, ms, ms, ms * 2, ms * 3 if count >= 1000 else None, ms * 4)


def step(name: str, sent: int, ms: float, *, wrong: int = 0, timeouts: int = 0, due: bool = False) -> StepFigures:
    ok = sent - wrong - timeouts
    return StepFigures(
        name, sent, ok, wrong, wrong, 0, timeouts, 0, times(ok, ms), times(ok, ms + 100) if due else None
    )


def stepped(report: Report, names: tuple[str, ...] = NAMES, *, wrong: int = 0, scale: float = 1.0) -> Report:
    """Give a made report steps, of which the second is slow and fails; the third is too seldom for a p99."""

    def filled(trial: Trial) -> Trial:
        if trial.measurement is None:
            return trial
        due = trial.measurement.open_load is not None
        figures = (
            step(names[0], 3000, 2.0 * scale, due=due),
            step(names[1], 1100, 40.0 * scale, wrong=wrong, timeouts=2 if wrong else 0, due=due),
            step(names[2], 900, 3.0 * scale, due=due),
        )
        return replace(trial, measurement=replace(trial.measurement, steps=figures))

    flows = (PlannedFlow((names[0],), 3), PlannedFlow((names[1], names[2]), 1))
    return summed(replace(report, trials=tuple(map(filled, report.trials))), {"users": flows})


def summed(report: Report, flows: Mapping[str, tuple[PlannedFlow, ...]]) -> Report:
    plan = replace(report.plan, flows=flows)
    summary = summarise(
        report.run, plan, report.trials, scenario="users", confidence=0.95, margin=0.02, status="complete"
    )
    return replace(report, plan=plan, summary=summary)


def printed(report: Report, *, width: int = 100, terminal: bool = False) -> str:
    file = io.StringIO()
    print_summary(report, Console(file=file, width=width, force_terminal=terminal, legacy_windows=False))
    return file.getvalue()


def texts(row: Sequence[Content]) -> list[str]:
    return [told if isinstance(told, str) else told.text for told in row]


@pytest.fixture(autouse=True)
def _able_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dumb terminal is taken to have 80 columns, whatever it is told."""
    monkeypatch.setenv("TERM", "xterm")


def test_the_table_says_which_step_is_slow_and_which_fails(make_report: Make) -> None:
    made = step_tables(stepped(make_report(), wrong=100), Notes())
    (grid,), notes = made.grids, dict(made.notes)
    rows = {(row[0], row[2]): row for row in map(texts, grid.rows)}

    assert grid.caption == "Steps of users at 10 connections"
    assert grid.header == (
        *("target", "outcome", "step", "requests", "share", "by weight", "errors"),
        *("service p50 ms", "service p99 ms", "which"),
    )
    read, write, own = (rows["axum", name][3:] for name in NAMES)
    assert read == ["15,000", "60.0 %", "60.0 %", "0 %", "2.00 (2.00 to 2.00)", "6.00 (6.00 to 6.00)", ""]
    assert write[:5] == ["5,500", "22.0 %", "20.0 %", "9.27 %", "40.0 (40.0 to 40.0)"]
    # Of 1,100 requests a trial 998 were ok: too few for a p99.
    assert notes[write[5].removeprefix("n/a ")] == "too few requests for p99: 998 in block 1, 1,000 are needed"
    assert write[6] == "500 unexpected answers, 10 timeouts"
    assert notes[own[5].removeprefix("n/a ")] == "too few requests for p99: 900 in block 1, 1,000 are needed"
    assert own[6] == ""
    assert "95 % intervals" in grid.explained


def test_errors_are_named_by_what_they_were(make_report: Make) -> None:
    report = stepped(make_report())
    step = StepFigures("read", 10, 1, 4, None, 3, 1, 1, times(1, 2.0))
    trials = tuple(
        replace(trial, measurement=replace(trial.measurement, steps=(step, *trial.measurement.steps[1:])))
        for trial in report.trials
        if trial.measurement is not None
    )
    grid = step_tables(summed(replace(report, trials=trials), report.plan.flows), Notes()).grids[0]

    row = next(row for row in map(texts, grid.rows) if (row[0], row[2]) == ("axum", "read"))
    assert row[-1] == "20 HTTP errors, 15 transport errors, 5 timeouts, 5 unfinished"


def test_cells_without_a_figure_have_a_row_with_the_reason(make_report: Make) -> None:
    notes = Notes()
    (grid,) = step_tables(stepped(make_report()), notes).grids
    rows = {row[0]: row for row in map(texts, grid.rows) if row[2] == "-"}
    told = dict(notes.lines())

    assert grid.header[-1] == "service p99 ms", "without errors there is no column of them"
    assert rows["django"][2:] == ["-"] * 7
    assert "99 elements, expected 100" in told[rows["django"][1].removeprefix("failed ")]
    assert told[rows["wsgi-sync"][1].removeprefix("unsupported ")] == "a WSGI target has no event loop"
    kinds = {row[0]: row[1].kind for row in grid.rows if isinstance(row[1], Words)}
    assert (kinds["django"], kinds["wsgi-sync"], kinds["axum"]) == ("bad", "doubt", "doubt")


def test_reasons_go_on_where_the_league_table_ended_and_every_mark_leads_to_one(make_report: Make) -> None:
    report = stepped(make_report(), wrong=100)
    page, text = render_page(report), render(report)

    ids = re.findall(r'<li id="note-(\d+)">', page)
    assert ids == [str(number) for number in range(1, len(ids) + 1)]
    assert set(re.findall(r'href="#note-(\d+)"', page)) == set(ids)
    assert re.findall(r"^- \[(\d+)\] ", text, re.MULTILINE) == ids
    assert page.count("too few requests for p99: 998 in block 1") == 1


def test_a_load_has_a_column_where_there_are_several(make_report: Make) -> None:
    (grid,) = step_tables(stepped(make_report(connections=(10, 50))), Notes()).grids

    assert grid.caption == "Steps of users"
    assert grid.header[:4] == ("target", "load", "outcome", "step")
    assert {texts(row)[1] for row in grid.rows} == {"10 connections", "50 connections"}
    assert [grid.header[place] for place in grid.right] == list(grid.header[4:10])


def test_under_an_open_load_times_are_from_the_due_time_and_the_rate_is_of_flows(make_report: Make) -> None:
    report = stepped(make_report(rate=200.0))
    (grid,) = step_tables(report, Notes()).grids
    row = next(row for row in map(texts, grid.rows) if row[0] == "fastapi" and row[2] == "read")

    assert grid.header[7:] == ("response p50 ms", "response p99 ms")
    assert grid.caption == "Steps of users at 200 flows/s, 10 connections"
    assert row[7].startswith("102 ")
    assert "due" in grid.explained
    assert "200 flows/s" in render(report)
    assert "req/s, 10 connections" not in render_page(report)
    assert "200 flows/s" not in render(make_report(rate=200.0))


@pytest.mark.parametrize("flows", [{}, {"users": (PlannedFlow(("update",), 1),)}, {"users": ()}])
def test_a_workload_of_one_step_has_no_table_anywhere(
    make_report: Make, tmp_path: Path, flows: Mapping[str, tuple[PlannedFlow, ...]]
) -> None:
    bare = make_report(folder=tmp_path)
    report = summed(bare, flows)

    assert step_workloads(report) == []
    assert render(report) == render(bare)
    assert printed(report) == printed(bare)
    assert 'id="steps"' not in render_page(report)
    assert [path.name for path in CsvReporter().write(report)] == ["results.csv"]


def test_documents_have_one_section_and_the_terminal_one_table(make_report: Make, tmp_path: Path) -> None:
    report = stepped(make_report(folder=tmp_path), wrong=100)

    text = render(report)
    assert text.index("## League table") < text.index("## Steps") < text.index("## Verdicts")
    assert text.count("### Steps of users at 10 connections") == 1
    page = render_page(report)
    assert page.count('id="steps"') == 1
    assert "<caption>Steps of users at 10 connections</caption>" in page
    lines = printed(report).splitlines()
    (head,) = [place for place, line in enumerate(lines) if line.startswith("step (service ms)")]
    table = lines[head + 1 : lines.index("", head)]
    # Best throughput first; a figure that is not known has its note.
    assert [line.split("  ")[0] for line in table[:3]] == ["axum: read", "axum: write", "axum: read own"]
    assert re.search(r"axum: write +5,500 +22\.0 % +20\.0 % +40\.0 +n/a \[\d\]  9\.27 %, client-bound", table[1])
    assert re.search(r"django +- +- +- +- +-  failed \[\d\]", "\n".join(table))
    note = re.search(r"write .*n/a (\[\d\])", table[1])
    assert note is not None
    assert f"{note[1]} too few requests for p99: 998 in block 1" in "\n".join(lines)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", ["axum", "a-framework-with-a-rather-long-name"])
def test_a_terminal_cuts_no_figure(make_report: Make, make_target: Callable[..., Any], width: int, name: str) -> None:
    report = stepped(make_report((make_target(name, 900.0),), connections=(10, 50)), wrong=20)
    lines = printed(report, width=width, terminal=True).splitlines()
    begin = next(place for place, line in enumerate(lines) if "step (service ms)" in line)
    table = lines[begin : next(place for place, line in enumerate(lines) if "throughput: mean" in line)]

    assert max(len(re.sub(r"\x1b\[\d*m", "", line)) for line in table) <= width
    for figure in ("15,000", "60.0 %", "22.0 %", "2.00", "40.0", "3.00"):
        assert any(figure in line for line in table), figure


def test_a_long_table_is_cut_in_the_terminal_and_says_so(make_report: Make, make_target: Callable[..., Any]) -> None:
    report = stepped(make_report(tuple(make_target(f"t{number}", 100 + number) for number in range(20))))

    text = printed(report)
    assert "20 more steps in report.md" in text
    assert render(report).count("| read |") == 20


def test_a_page_of_many_steps_keeps_all_that_tell_of_something_wrong(
    make_report: Make, make_target: Callable[..., Any]
) -> None:
    many = tuple(make_target(f"t{number}", 100 + number) for number in range(4))
    report = stepped(make_report((*many, make_target("broken", 1, failed_blocks=dict.fromkeys(range(1, 6), "no")))))
    whole, few = (step_tables(report, Notes(), most_rows=most).grids[0] for most in (None, 2))

    assert (len(whole.rows), len(few.rows)) == (13, 3)
    assert "10 of 13 steps are left out here; summary.json has all." in few.explained
    assert "left out" not in whole.explained
    assert texts(few.rows[-1])[0] == "broken"
    wrong = step_tables(stepped(report, wrong=1), Notes(), most_rows=2).grids[0]
    assert [texts(row)[2] for row in wrong.rows].count("write") == 4


def test_steps_have_a_table_of_their_own_and_that_of_trials_is_what_it_was(make_report: Make, tmp_path: Path) -> None:
    report = stepped(make_report(folder=tmp_path, rate=200.0), wrong=7)
    trials, steps = CsvReporter().write(report)

    assert (trials.name, steps.name) == ("results.csv", "steps.csv")
    assert trials.read_text(encoding="utf-8") == csv_text(make_report(folder=tmp_path, rate=200.0))
    with steps.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # Three for each trial that was measured, one for each other, one for the cell that is not supported.
    measured = sum(trial.measurement is not None for trial in report.trials)
    assert len(rows) == measured * 3 + len(report.trials) - measured + 1
    (row,) = [row for row in rows if (row["cell"], row["block"], row["step"]) == ("fastapi-c10-r200", "2", "write")]
    assert (row["sent"], row["ok"], row["unexpected"], row["timeouts"]) == ("1100", "1091", "7", "2")
    assert (row["service_p50_ms"], row["response_p50_ms"]) == ("40.0", "140.0")
    failed = next(row for row in rows if row["outcome"] == "failed")
    assert (failed["step"], failed["sent"], failed["service_p50_ms"]) == ("", "", "")
    assert (rows[-1]["outcome"], rows[-1]["block"]) == ("unsupported", "")


def test_names_of_steps_stay_text(make_report: Make, tmp_path: Path) -> None:
    report = stepped(make_report(folder=tmp_path), names=(HOSTILE, "x", "y"))

    assert "<img" not in render(report)
    # As the script of the charts has it, which is no target's.
    assert "<img src=x" not in render_page(report)
    for line in render(report).splitlines():
        if line.startswith("|") and "onerror" in line:
            assert len(re.findall(r"(?<!\\)\|", line)) == 10
    assert len([line for line in printed(report).splitlines() if "onerror" in line]) >= 1


@pytest.mark.parametrize(("width", "dark"), [(1400, False), (400, True)])
def test_a_browser_shows_the_steps_and_their_reasons(
    make_report: Make, browse: Browse, tmp_path: Path, *, width: int, dark: bool
) -> None:
    report = stepped(make_report(folder=tmp_path, rate=200.0), names=(HOSTILE, "write", "read own"), wrong=100)
    (path,) = HtmlReporter().write(report)
    seen = browse(path, width=width, dark=dark)
    section = seen.page.locator("section[aria-labelledby=steps]")

    assert section.locator("tbody tr").count() == 11
    assert section.locator("td", has_text="</script><img src=x").count() == 3
    assert section.locator("tr", has_text="write").first.locator("span.doubt", has_text="9.27 %").count() == 1
    mark = section.locator("tr", has_text="fastapi").first.locator("xpath=following::a[starts-with(@href,'#note-')][1]")
    assert seen.page.locator(str(mark.get_attribute("href"))).inner_text().startswith(mark.inner_text())
    assert (seen.overflow_px, seen.complaints, seen.requests) == (0, [], [path.as_uri()])
    assert seen.page.locator("img").count() == 0


def test_a_page_is_the_same_for_the_same_run(make_report: Make, tmp_path: Path) -> None:
    report = stepped(make_report(folder=tmp_path), wrong=3)

    assert render_page(report) == render_page(stepped(make_report(folder=tmp_path), wrong=3))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(fates=st.lists(st.sampled_from(["ok", "failed", "unsupported", "half"]), min_size=1, max_size=6))
def test_no_cell_is_lost_or_shifted_by_another(
    make_report: Make, make_target: Callable[..., Any], fates: list[str]
) -> None:
    broken = {"failed": dict.fromkeys(range(1, 6), "gone"), "half": {1: "gone"}}
    made = tuple(
        make_target(
            f"t{number}",
            100.0 + number,
            failed_blocks=broken.get(fate),
            unsupported="cannot" if fate == "unsupported" else "",
        )
        for number, fate in enumerate(fates)
    )
    report = stepped(make_report(made))
    found: dict[str, list[str]] = {}
    for row in step_rows(report, "users"):
        found.setdefault(row.name, []).append(row.step.name if row.step else row.cell.outcome)
        assert row.cell.target == row.name

    measured = {f"t{number}" for number, fate in enumerate(fates) if fate in ("ok", "half")}
    assert found == {
        f"t{number}": list(NAMES) if f"t{number}" in measured else [fate] for number, fate in enumerate(fates)
    }
    for row in step_rows(report, "users"):
        if row.step is not None:
            blocks = 4 if fates[int(row.name[1:])] == "half" else 5
            assert row.step.requests == blocks * {"read": 3000, "write": 1100, "read own": 900}[row.step.name]
