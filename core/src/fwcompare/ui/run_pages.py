"""The list of runs, the page of one run, and the page that watches one. Pure: given what was read, they give HTML."""

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fwcompare.model.history import IndexedRun
from fwcompare.model.measurement import Trial
from fwcompare.reporting import figures
from fwcompare.reporting.answer import answer
from fwcompare.reporting.pages.page import Page
from fwcompare.ui import links
from fwcompare.ui.following import Moment
from fwcompare.ui.library import Reading, block_text
from fwcompare.ui.watching import as_points, live_texts, share_done

_STYLE: Final = "ui.css"
_LIVE: Final = "ui_live.js"


@dataclass(frozen=True)
class Wanted:
    """Which runs of the list are shown; None is any."""

    scenario: str | None = None
    target: str | None = None
    tag: str | None = None

    def fits(self, run: IndexedRun) -> bool:
        """Tell whether a run is wanted."""
        return (
            self.scenario in (None, run.scenario)
            and (self.target is None or self.target in run.targets)
            and (self.tag is None or self.tag in run.tags)
        )


@dataclass(frozen=True)
class CellRow:
    """A cell as the page of its run lists it; ``profiled`` are the blocks that have a flamegraph."""

    key: str
    target: str
    throughput: str
    outcome: str
    trials: str
    profiled: tuple[str, ...]
    unprofiled: str


def runs_page(runs: Sequence[IndexedRun], wanted: Wanted, results: str) -> str:
    """List runs, as many as are wanted."""
    page = Page("Runs - fwcompare", live=True, extras=[_STYLE])
    return page.render(
        "ui_runs.html",
        links=links,
        runs=[run for run in runs if wanted.fits(run)],
        total=len(runs),
        results=results,
        scenarios=sorted({run.scenario for run in runs if run.scenario}),
        targets=sorted({target for run in runs for target in run.targets}),
        tags=sorted({tag for run in runs for tag in run.tags}),
        scenario=wanted.scenario or "",
        target=wanted.target or "",
        tag=wanted.tag or "",
        historied=with_history(runs),
    )


def with_history(runs: Iterable[IndexedRun]) -> frozenset[str]:
    """Give the targets that have figures in a run, so that there is a history of them."""
    return frozenset(target for run in runs if run.summarised for target in run.targets)


def run_page(
    run: IndexedRun,
    reading: Reading,
    moment: Moment,
    now: datetime,
    *,
    documents: Sequence[str],
    historied: Container[str],
) -> str:
    """Show one run: its answer, and where everything about it is.

    :param documents: its files, as they are named below it.
    :param historied: the targets that have a history.
    """
    report = reading.report
    trials = (*report.probes, *report.trials)
    cells = _cell_rows(reading)
    page = Page(f"{run.name} - fwcompare", live=True, extras=[_STYLE, _LIVE])
    html = page.render(
        "ui_run.html",
        links=links,
        name=run.name,
        answer=answer(report),
        title=report.scenario.title or report.scenario.name,
        state=_STATES.get(run.state, run.state),
        started=(run.started or figures.MISSING)[:16].replace("T", " "),
        tags=run.tags,
        problems=[*([run.problem] if run.problem else []), *reading.torn],
        going_on=moment.going_on,
        cells=cells,
        historied=historied,
        profiled=[cell.key for cell in cells if cell.profiled],
        documents=documents,
        logs=[trial.log for trial in trials if trial.log],
        **_live(moment, now),
    )
    return links.with_trail(html, [links.HOME], run.name)


def live_page(name: str, moment: Moment, now: datetime) -> str:
    """Show how a run goes on, or what it told while it did."""
    page = Page(f"{name}, live - fwcompare", live=True, extras=[_STYLE, _LIVE])
    html = page.render("ui_live.html", links=links, run=name, **_live(moment, now))
    return links.with_trail(html, [links.HOME, (name, links.run_link(name))], "live")


def problem_page(headline: str, lines: Sequence[str], *, again: links.Step | None = None) -> str:
    """Say what is wrong.

    :param again: a link to what can be done about it: what it says, and where it leads.
    """
    words, where = again or ("", "")
    page = Page(f"{headline} - fwcompare", live=True, extras=[_STYLE])
    html = page.render("ui_problem.html", headline=headline, lines=lines, again=where, again_words=words)
    return links.with_trail(html, [links.HOME], "a problem")


def live_message(moment: Moment, now: datetime) -> dict[str, object]:
    """Give what the page's script shows: texts by field, and what is new of points, results and lines."""
    watched = moment.watched
    return {
        "texts": _texts(moment, now),
        "share": share_done(watched),
        "points": as_points(watched.points),
        "results": [
            [result.cell, result.block, result.outcome, result.throughput, result.errors, result.text]
            for result in watched.results
        ],
        "lines": list(watched.lines),
    }


def _live(moment: Moment, now: datetime) -> dict[str, object]:
    return {
        "moment": moment,
        "texts": _texts(moment, now),
        "share": share_done(moment.watched),
        "points": json.dumps(as_points(moment.watched.points)),
    }


def _texts(moment: Moment, now: datetime) -> dict[str, str]:
    watched = moment.watched
    if moment.going_on:
        state = "It has ended, and is being closed." if watched.status else "Running."
    elif watched.status:
        state = f"It has ended: {watched.status}."
    elif not watched.since:
        state = "Nothing runs, and it told nothing."
    else:
        # Whoever ran it was killed, or the machine went down.
        state = "It died: nothing runs any more, and it told no end. fwcompare run --resume goes on with it."
    return {**live_texts(watched if moment.going_on else watched.stopped(), now), "state": state}


def _cell_rows(reading: Reading) -> list[CellRow]:
    report = reading.report
    trials: dict[str, list[Trial]] = {}
    for trial in (*report.probes, *report.trials):
        trials.setdefault(trial.planned.cell.key, []).append(trial)
    rows = []
    for cell in report.summary.cells:
        least = ">= " if cell.throughput_is_lower_bound else ""
        throughput = figures.MISSING if cell.throughput_rps is None else least + figures.interval(cell.throughput_rps)
        reason = cell.reasons.get("outcome", "")
        rows.append(
            CellRow(
                key=cell.key,
                target=cell.target,
                throughput=throughput,
                outcome=figures.one_line(cell.verdict or cell.outcome if cell.outcome == "ok" else cell.outcome)
                + (f", {cell.parity}" if cell.parity not in (None, "same work") else "")
                + (f": {figures.one_line(reason)}" if reason else ""),
                trials=str(cell.trials) + (f", {cell.failed_trials} failed" if cell.failed_trials else ""),
                profiled=tuple(block_text(trial) for trial in trials.get(cell.key, []) if _svg(trial)),
                unprofiled=_why_unprofiled(trials.get(cell.key, [])),
            )
        )
    return rows


def _svg(trial: Trial) -> str | None:
    return None if trial.flamegraph is None else trial.flamegraph.svg


def _why_unprofiled(trials: Sequence[Trial]) -> str:
    reasons = dict.fromkeys(trial.flamegraph.reason for trial in trials if trial.flamegraph is not None)
    return figures.one_line("; ".join(reason for reason in reasons if reason))


_STATES: Final = {
    "running": "running now",
    "died": "died: whoever ran it was killed; it can be resumed",
    "complete": "complete",
    "interrupted": "interrupted; it can be resumed",
    "failed": "ended early by a failure; it can be resumed",
}
