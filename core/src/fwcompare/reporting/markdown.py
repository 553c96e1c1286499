"""``report.md``: the run on one page, for a reader on a code host.

Order: the answer, the league table, the steps of flows, the verdicts, the pairs, the thresholds, the work, the facts
that differ, the plots, every trial with its gates, the blocks that do not count, the flamegraphs, the conditions, how
to reproduce. Text that came from outside is escaped by ``gfm.py``.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from fwcompare.model.ports import Report
from fwcompare.reporting.answer import answer_parts
from fwcompare.reporting.capacity import capacity_answer, capacity_grid, level_lines, probe_grid
from fwcompare.reporting.conditions import command, conditions
from fwcompare.reporting.document import Grid
from fwcompare.reporting.gfm import bullets, code_block, escape, grid, image, paragraph
from fwcompare.reporting.league import Notes
from fwcompare.reporting.plots import plots
from fwcompare.reporting.steps_tables import StepTables, step_tables
from fwcompare.reporting.tables import discarded_grid, league, pair_grid, threshold_grid, verdict_grid
from fwcompare.reporting.threshold_lines import threshold_headline
from fwcompare.reporting.trials import flamegraph_grid, trial_grid
from fwcompare.reporting.work import control_sentences, fact_grid, problem_sentences, work_grid, work_name


class MarkdownReporter:
    """Writes ``report.md``."""

    @property
    def name(self) -> str:
        """The name of the format."""
        return "markdown"

    def write(self, report: Report) -> Iterable[Path]:
        """Write the report; it links to plots and flamegraphs by relative paths."""
        path = report.folder / "report.md"
        path.write_text(render(report), encoding="utf-8")
        return [path]


def render(report: Report) -> str:
    """Give the whole document."""
    summary = report.summary
    drawn = plots(report)
    facts = fact_grid(report)
    levels = level_lines(report)
    measured = bool(summary.cells) or not summary.capacities
    notes = Notes()
    table = league_lines(report, notes)
    steps = step_tables(report, notes)
    sections = [
        [f"# {paragraph(report.scenario.title or summary.scenario)}", "", *_paragraphs(answers(report))],
        *([["## League table", "", *table]] if measured else []),
        *([["## Steps", *_steps(steps)]] if steps.grids else []),
        *([["## Verdicts", "", *grid(verdict_grid(report))]] if measured else []),
        *([["## Pairs", "", *grid(pair_grid(report))]] if measured else []),
        *(
            [["## Capacity", "", *grid(capacity_grid(report)), "", *grid(probe_grid(report))]]
            if summary.capacities
            else []
        ),
        *([["## Levels", "", *(f"- {escape(sentence)}" for sentence in levels)]] if levels else []),
        *([["## Thresholds", "", *_thresholds(report)]] if summary.thresholds else []),
        *([["## Work", "", *_work(report)]] if report.audits else []),
        *([["## Facts that differ", "", *grid(facts)]] if facts.rows else []),
        *([["## Plots", *(line for plot in drawn for line in ("", image(plot.title, plot.path)))]] if drawn else []),
        *([["## Trials", "", *grid(trial_grid(report, report.trials))]] if measured else []),
        *([["## Discarded blocks", "", *grid(discarded_grid(report))]] if summary.discarded else []),
        ["## Flamegraphs", "", *grid(flamegraph_grid(report))],
        ["## Conditions", "", *bullets(conditions(report))],
        ["## How to reproduce", "", *code_block(command(report))],
    ]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def answers(report: Report) -> list[str]:
    """Say what the run found: the capacity and the winner, whichever was sought, the latter of each workload."""
    return [said for said in (capacity_answer(report), *answer_parts(report)) if said]


def league_lines(report: Report, notes: Notes | None = None) -> list[str]:
    """Give the league table alone with the reasons behind its marks, to be pasted into an issue.

    :param notes: those that a table below it goes on with.
    """
    made = league(report, notes=notes)
    return [*_headed(made.grids), "", *_reasons(made.notes)]


def _paragraphs(told: Sequence[str]) -> list[str]:
    return [line for said in told for line in (paragraph(said), "")][:-1]


def _headed(grids: Sequence[Grid]) -> list[str]:
    """Lay out tables, each below its caption where there are several."""
    if len(grids) == 1:
        return grid(grids[0])
    return [line for made in grids for line in ("", f"**{escape(made.caption)}**", "", *grid(made))][1:]


def _steps(made: StepTables) -> list[str]:
    lines = [line for one in made.grids for line in ("", f"### {paragraph(one.caption)}", "", *grid(one))]
    return [*lines, *(["", *_reasons(made.notes)] if made.notes else [])]


def _reasons(notes: Iterable[tuple[str, str]]) -> list[str]:
    return [f"- {mark} {escape(reason)}" for mark, reason in notes]


def _thresholds(report: Report) -> list[str]:
    return [threshold_headline(report.summary.thresholds), "", *grid(threshold_grid(report))]


def _work(report: Report) -> list[str]:
    return [
        *grid(work_grid(report)),
        "",
        *(f"- {escape(sentence)}" for sentence in problem_sentences(report.audits)),
        *(f"- added by the driver: {escape(sentence)}" for sentence in control_sentences(report.audits)),
        *(f"- SQL of one request of {escape(work_name(audit))}: `{audit.sql}`" for audit in report.audits if audit.sql),
    ]
