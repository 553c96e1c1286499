"""Which flamegraph stands for a target: that of the trial nearest the cell's mean, at its highest load that is ok.

One for each target and its varying parameters, for each workload. Leaves out what is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from fwcompare.model.functions import FunctionTable
from fwcompare.model.measurement import Flamegraph, Trial
from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, LoadSummary
from fwcompare.reporting import figures
from fwcompare.reporting.chart_trials import counted_trials
from fwcompare.reporting.document import Grid
from fwcompare.reporting.function_table import ERROR_NOTE, answer_line, change_rows, profile_line, top_rows
from fwcompare.reporting.league import labels, rate_unit
from fwcompare.reporting.load_point import offered
from fwcompare.reporting.trials import trial_words


@dataclass(frozen=True)
class Chosen:
    """The profile of one target, or, with no ``trial``, the ``reason`` why there is none."""

    name: str
    workload: str
    cell: CellSummary
    trial: Trial | None
    reason: str = ""
    unit: str = "req/s"

    @property
    def load(self) -> str:
        """Name the load under which it was taken: ``10 connections``."""
        connections = figures.count(self.cell.load.connections, "connection")
        return ", ".join(filter(None, (offered(self.cell.load, unit=self.unit), connections)))


def chosen_profiles(report: Report) -> list[Chosen]:
    """Choose for each target; the fastest first, those without a profile last."""
    names = labels(report.plan)
    trials = counted_trials(report)
    targets: dict[tuple[str, str], list[CellSummary]] = {}
    for cell in report.summary.cells:
        targets.setdefault((cell.workload, names[cell.key]), []).append(cell)
    chosen = []
    for (workload, name), cells in targets.items():
        unit = rate_unit(report.plan, workload)
        ranked = sorted(cells, key=lambda cell: (cell.outcome == "ok", _amount(cell.load)), reverse=True)
        found = [
            (cell, drawn)
            for cell in ranked
            if cell.outcome == "ok"
            and (drawn := [each for each in trials.get(cell.key, ()) if each.flamegraph and each.flamegraph.svg])
        ]
        if found:
            cell, drawn = found[0]
            typical = min(drawn, key=lambda trial: _distance(trial, cell))
            chosen.append(Chosen(name, workload, cell, typical, unit=unit))
        else:
            cell = ranked[0]
            reason = cell.reasons.get("flamegraphs" if cell.outcome == "ok" else "outcome", "")
            chosen.append(Chosen(name, workload, cell, None, reason or "none was taken", unit))
    return sorted(chosen, key=_place)


def _amount(load: LoadSummary) -> tuple[float, int]:
    return load.rate or 0.0, load.connections


def _distance(trial: Trial, cell: CellSummary) -> float:
    if trial.measurement is None or cell.throughput_rps is None:
        return 0.0
    return abs(trial.measurement.throughput_rps - cell.throughput_rps.mean)


def _place(chosen: Chosen) -> tuple[str, bool, float]:
    throughput = chosen.cell.throughput_rps
    return chosen.workload, chosen.trial is None, -(throughput.mean if throughput else 0.0)


MOST_IN_PLACE: Final = 12
"""So many flamegraphs stand in a page; the others are linked."""


@dataclass(frozen=True)
class PlacedProfile:
    """What a page shows of a target's profile.

    ``said`` is what the profile is worth, or why there is none; ``path`` is the flamegraph's file, relative to the run
    directory; ``svg`` is the graph itself and ``functions`` the table of it, where they stand in the page.
    """

    chosen: Chosen
    title: str
    said: str
    path: str = ""
    svg: str | None = None
    table: FunctionTable | None = None

    @property
    def functions(self) -> Grid | None:
        """The functions that take most of the CPU time; None where they are not known."""
        if self.table is None:
            return None
        header, rows = top_rows(self.table)
        caption = f"Functions of {self.title}, the greatest self time first"
        return _function_grid(caption, header, rows)


@dataclass(frozen=True)
class PlacedDifference:
    """Where one target spends CPU time that another of its language does not."""

    title: str
    said: str
    grid: Grid


def placed_profiles(report: Report) -> list[PlacedProfile]:
    """Give what stands under the heading of flamegraphs: every target, as many graphs in place as are allowed."""
    several = len({cell.workload for cell in report.summary.cells}) > 1
    placed: list[PlacedProfile] = []
    for chosen in chosen_profiles(report):
        title = f"{chosen.name}, {chosen.workload}" if several and chosen.workload not in chosen.name else chosen.name
        flamegraph = None if chosen.trial is None else chosen.trial.flamegraph
        if chosen.trial is None or flamegraph is None:
            placed.append(PlacedProfile(chosen, title, f"No flamegraph: {figures.one_line(chosen.reason)}."))
            continue
        room = sum(one.svg is not None for one in placed) < MOST_IN_PLACE
        svg = report.recordings.flamegraph(chosen.trial) if room and report.recordings else None
        table = report.recordings.functions(chosen.trial) if svg and report.recordings else None
        told = f"trial {trial_words(chosen.trial)}: {worth(flamegraph)}" if table is None else profile_line(table.trial)
        full = f"{MOST_IN_PLACE} flamegraphs stand in this page; this one is in its file:"
        linked = "File:" if svg else ("It could not be read:" if room else full)
        said = f"{chosen.load}: {told}. {linked}"
        placed.append(PlacedProfile(chosen, title, said, flamegraph.svg or "", svg, table))
    return placed


def placed_differences(report: Report, profiles: Sequence[PlacedProfile]) -> list[PlacedDifference]:
    """Give what the second fastest target of a language spends more than the fastest, workload by workload."""
    languages: dict[tuple[str, str], list[PlacedProfile]] = {}
    for one in profiles:
        if one.table is not None:
            languages.setdefault((one.chosen.workload, one.table.trial.language), []).append(one)
    differences = []
    for leaders in languages.values():
        if len(leaders) > 1 and report.recordings is not None:
            a, b = leaders[:2]
            found = (
                None
                if a.chosen.trial is None or b.chosen.trial is None
                else report.recordings.difference(a.chosen.trial, b.chosen.trial)
            )
            if found is not None:
                header, rows = change_rows(found)
                title = f"Where {b.title} spends what {a.title} does not"
                caption = f"Functions of a ({a.title}) and b ({b.title}), the greatest difference first"
                said = f"a is {a.title}, b is {b.title}: {answer_line(found)}"
                grid = _function_grid(caption, header, rows)
                differences.append(PlacedDifference(title, said, replace(grid, explained=ERROR_NOTE)))
    return differences


def _function_grid(caption: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Grid:
    """Lay out rows whose name is last."""
    last = len(header) - 1
    return Grid(caption, header, rows, right=range(last), name=last)


def worth(seen: Flamegraph) -> str:
    """Say what a profile is worth: samples, rate, window, how busy the target was, and what the profiler cost."""
    told = [
        f"{seen.samples:,} samples" if seen.samples is not None else "samples not known",
        *([f"at {seen.rate_hz} Hz"] if seen.rate_hz is not None else []),
        *([f"in {figures.number(seen.window_s)} s"] if seen.window_s is not None else []),
    ]
    busy = [] if seen.busy_threads is None else [f"{figures.number(seen.busy_threads)} threads busy on average"]
    cost = "an unknown amount of" if seen.profiler_cpu_s is None else f"{figures.number(seen.profiler_cpu_s)} s of"
    return ", ".join([f"{seen.profiler}, {' '.join(told)}", *busy, f"the profiler used {cost} CPU"])
