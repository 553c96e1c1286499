"""``report.html``: what a user shows to colleagues, as one self-contained file that a browser opens without a network.

The same rows as ``report.md`` (``tables.py``, ``trials.py``, ``work.py``, ``capacity.py``), charts that can be asked,
and the flamegraph of every target in place. A table that would make the page unusable is cut, which it says;
what failed is never cut. Leaves out how anything looks (``pages/``) and what charts show (``report_charts.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fwcompare.model.measurement import Trial
from fwcompare.model.ports import Report
from fwcompare.reporting import figures
from fwcompare.reporting.capacity import capacity_grid, level_lines, probe_grid
from fwcompare.reporting.conditions import command, conditions
from fwcompare.reporting.document import Grid
from fwcompare.reporting.errors import error_grid
from fwcompare.reporting.league import Notes
from fwcompare.reporting.markdown import answers
from fwcompare.reporting.profiled import placed_differences, placed_profiles
from fwcompare.reporting.steps_tables import step_tables
from fwcompare.reporting.tables import discarded_grid, league, pair_grid, threshold_grid, verdict_grid
from fwcompare.reporting.threshold_lines import threshold_headline
from fwcompare.reporting.trials import flamegraph_grid, trial_grid
from fwcompare.reporting.work import control_sentences, fact_grid, problem_sentences, work_grid, work_name

if TYPE_CHECKING:
    from fwcompare.reporting.report_charts import Figure

MOST_ROWS: Final = 100
"""So many rows of a table whose rows are all in other documents: pairs, verdicts, flamegraphs, and of steps and trials
those that are ok."""

MOST_OPEN_PROFILES: Final = 4
"""So many flamegraphs stand open; of more, each is folded below its target's name, and drawn when it is unfolded."""


class HtmlReporter:
    """Writes ``report.html``."""

    @property
    def name(self) -> str:
        """The name of the format."""
        return "html"

    def write(self, report: Report) -> Iterable[Path]:
        """Write the page; it links to logs and flamegraphs by relative paths."""
        path = report.folder / "report.html"
        path.write_text(render_page(report), encoding="utf-8")
        return [path]


def render_page(report: Report) -> str:
    """Give the whole page."""
    # Altair and Jinja take a second to import, for which `fwcompare --help` should not wait.
    from fwcompare.reporting.pages.page import Page  # noqa: PLC0415
    from fwcompare.reporting.report_charts import charts  # noqa: PLC0415

    summary = report.summary
    title = figures.one_line(report.scenario.title or summary.scenario)
    profiles = placed_profiles(report)
    notes = Notes()
    return Page(f"{title} - {figures.one_line(report.run)}").render(
        "report.html",
        title=title,
        answers=[figures.one_line(said) for said in answers(report)],
        about=_about(report),
        measured=bool(summary.cells) or not summary.capacities,
        league=league(report, page=True, notes=notes),
        steps=step_tables(report, notes, most_rows=MOST_ROWS),
        capacities=capacity_grid(report),
        probes=probe_grid(report),
        levels=level_lines(report),
        thresholds=threshold_grid(report),
        threshold_headline=threshold_headline(summary.thresholds),
        charts=_by_section(charts(report)),
        errors=_cut(error_grid(report), "results.csv"),
        verdicts=_cut(verdict_grid(report), "summary.json"),
        pairs=_cut(pair_grid(report), "report.md"),
        work=work_grid(report),
        problems=problem_sentences(report.audits),
        controls=control_sentences(report.audits),
        statements=[(work_name(audit), audit.sql) for audit in report.audits if audit.sql],
        facts=fact_grid(report),
        profiles=profiles,
        fold_profiles=sum(bool(profile.path) for profile in profiles) > MOST_OPEN_PROFILES,
        differences=placed_differences(report, profiles),
        flamegraphs=_cut(flamegraph_grid(report), "report.md"),
        trials=_trials(report),
        discarded=discarded_grid(report),
        conditions=conditions(report),
        command=figures.one_line(command(report)),
    )


def _about(report: Report) -> list[str]:
    """Say which run it is, in a line."""
    told = [f"run {report.run}", report.summary.status]
    host = report.environment.get("host")
    if isinstance(host, Mapping):
        told += [str(host["cpu_model"])] if host.get("cpu_model") else []
        told += [figures.count(host["cpus"], "CPU")] if isinstance(host.get("cpus"), int) else []
    told += [f"{name} {report.environment[name]}" for name in ("started", "fwcompare") if report.environment.get(name)]
    return [figures.one_line(one) for one in told]


def _by_section(drawn: Sequence["Figure"]) -> "Mapping[str, list[Figure]]":
    found: dict[str, list[Figure]] = {}
    for figure in drawn:
        found.setdefault(figure.section, []).append(figure)
    return found


def _cut(grid: Grid, whole: str) -> Grid:
    """Keep the first rows; ``whole`` is the document that has them all."""
    if len(grid.rows) <= MOST_ROWS:
        return grid
    told = f"The first {MOST_ROWS} of {len(grid.rows):,} rows; {whole} has all."
    return replace(grid, rows=grid.rows[:MOST_ROWS], explained=f"{told} {grid.explained}".strip())


def _trials(report: Report) -> Grid:
    """Give the table of trials: every one that does not count, and of the others as many as can be read."""
    discarded = {(each.block, each.attempt) for each in report.summary.discarded}
    lost = [trial for trial in report.trials if _is_lost(trial, discarded)]
    left = [trial for trial in report.trials if not _is_lost(trial, discarded)]
    grid = trial_grid(report, (*lost, *left[:MOST_ROWS]))
    if len(left) <= MOST_ROWS:
        return grid
    told = (
        f"{len(report.trials):,} trials were run. Here are the {len(lost):,} that do not count and {MOST_ROWS} of the "
        f"{len(left):,} others; results.csv has all."
    )
    return replace(grid, explained=f"{told} {grid.explained}")


def _is_lost(trial: Trial, discarded: set[tuple[int, int]]) -> bool:
    return trial.outcome != "ok" or (trial.planned.block, trial.planned.attempt) in discarded
