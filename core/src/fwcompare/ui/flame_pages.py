"""The flamegraph of a trial, and what one trial spends that another does not, with the functions of both."""

from collections.abc import Mapping
from dataclasses import dataclass

from fwcompare.errors import FwcompareError, HostError, MeasurementError, ScenarioError
from fwcompare.model.functions import FunctionTable
from fwcompare.model.measurement import Flamegraph, Trial
from fwcompare.model.ports import Report
from fwcompare.profilers.flamegraph import render_change
from fwcompare.profilers.folded import Stack
from fwcompare.reporting import figures
from fwcompare.reporting import function_table as tables
from fwcompare.reporting.pages.page import Page
from fwcompare.session.recordings import FileRecordings
from fwcompare.stats.functions import compare_functions
from fwcompare.stats.profiled import Chosen, choose
from fwcompare.store.run_directory import RunDirectory
from fwcompare.ui import links
from fwcompare.ui.library import NoSuchRunError, block_text

_FUNCTIONS = 40
_PACKAGES = 12


@dataclass(frozen=True)
class Grid:
    """A table as a page lays it out."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Side:
    report: Report
    chosen: Chosen
    table: FunctionTable
    stacks: Mapping[Stack, int]


def flamegraph_page(report: Report, trial: Trial) -> str:
    """Show the flamegraph of a trial, and its functions.

    :raises NoSuchRunError: when it has none, with the reason that was recorded.
    """
    title = f"{trial.planned.cell.key}, block {block_text(trial)}"
    graph, recordings = trial.flamegraph, _recordings(report)
    svg = recordings.flamegraph(trial)
    if graph is None or graph.svg is None or svg is None:
        reason = trial.reason if graph is None else graph.reason or f"{graph.svg} cannot be read"
        raise NoSuchRunError(f"{title} has no flamegraph", seen=reason)
    table = recordings.functions(trial)
    page = Page(f"{title} - fwcompare", live=True, extras=["ui.css"])
    html = page.render(
        "ui_flamegraph.html",
        title=title,
        lines=[_worth(graph) if table is None else tables.profile_line(table.trial)],
        svg=svg,
        alone=links.document_link(report.run, graph.svg),
        grids=[] if table is None else _top_grids(table),
        notes=[] if table is None else [tables.ERROR_NOTE],
    )
    return links.with_trail(html, [links.HOME, (report.run, links.run_link(report.run))], title)


def difference_page(a: tuple[Report, str], b: tuple[Report, str]) -> str:
    """Show what ``b`` spends that ``a`` does not: both are a run and the target or cell in it that is meant.

    Of a cell, the trial nearest its mean throughput stands for it.

    :raises ScenarioError: when there is no such target or cell.
    :raises HostError: when one has no profile, with the reason.
    :raises MeasurementError: when the CPU time per request of one is not known.
    """
    first, second = _side(*a), _side(*b)
    comparison = compare_functions(first.table, second.table)
    svg, without = None, ""
    try:
        svg = render_change(first.table.trial, first.stacks, second.table.trial, second.stacks)
    except (ScenarioError, MeasurementError) as error:
        without = _in_one_line(error)
    title = f"{comparison.b.cell} against {comparison.a.cell}"
    page = Page(f"{title} - fwcompare", live=True, extras=["ui.css"])
    html = page.render(
        "ui_flamegraph.html",
        title=title,
        lines=[
            tables.answer_line(comparison),
            *(
                f"{letter}: {tables.profile_line(side.table.trial)}. Chosen: {figures.one_line(side.chosen.why)}"
                for letter, side in (("a", first), ("b", second))
            ),
            *([without] if without else []),
        ],
        svg=svg,
        alone="",
        grids=[
            Grid("Packages", *_frozen(tables.change_rows(comparison, _PACKAGES, "packages"))),
            Grid("Functions", *_frozen(tables.change_rows(comparison, _FUNCTIONS))),
        ],
        notes=[tables.ERROR_NOTE, *comparison.notes],
    )
    runs = dict.fromkeys((first.report.run, second.report.run))
    return links.with_trail(html, [links.HOME, *((run, links.run_link(run)) for run in runs)], "difference")


def _recordings(report: Report) -> FileRecordings:
    return FileRecordings(RunDirectory(report.folder), report.environment)


def _side(report: Report, name: str) -> _Side:
    chosen, recordings = choose(report, name), _recordings(report)
    table, stacks = recordings.functions(chosen.trial), recordings.stacks(chosen.trial)
    if table is None or stacks is None:
        raise HostError(
            f"the profile of {chosen.trial.planned.cell.key} in run {report.run} cannot be read",
            seen="its file is missing, empty or torn",
            expected="folded stacks, one 'frame;frame;frame samples' a line",
        )
    return _Side(report, chosen, table, stacks)


def _top_grids(table: FunctionTable) -> list[Grid]:
    return [
        Grid("Packages", *_frozen(tables.top_rows(table, _PACKAGES, "packages"))),
        Grid("Functions", *_frozen(tables.top_rows(table, _FUNCTIONS))),
    ]


def _frozen(made: tuple[tables.Header, tables.Rows]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    header, rows = made
    return tuple(header), tuple(tuple(row) for row in rows)


def _worth(graph: Flamegraph) -> str:
    """Say what a profile is worth whose stacks cannot be read; what was not recorded is left out."""
    told = [
        graph.profiler,
        None if graph.samples is None else f"{graph.samples:,} samples",
        None if graph.rate_hz is None else f"at {graph.rate_hz} Hz",
        None if graph.window_s is None else f"over {figures.number(graph.window_s)} s",
    ]
    return ", ".join(part for part in told if part)


def _in_one_line(error: FwcompareError) -> str:
    return figures.one_line(": ".join(part for part in (error.who, error.seen) if part))
