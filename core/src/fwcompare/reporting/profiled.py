"""Which flamegraph stands for a target: that of the trial nearest the cell's mean, at its highest load that is ok.

One for each target and its varying parameters, for each workload. Leaves out what is in it.
"""

from dataclasses import dataclass
from typing import Final

from fwcompare.model.measurement import Flamegraph, Trial
from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, LoadSummary
from fwcompare.reporting import figures
from fwcompare.reporting.chart_trials import counted_trials
from fwcompare.reporting.league import labels
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

    @property
    def load(self) -> str:
        """Name the load under which it was taken: ``10 connections``."""
        connections = figures.count(self.cell.load.connections, "connection")
        return ", ".join(filter(None, (offered(self.cell.load), connections)))


def chosen_profiles(report: Report) -> list[Chosen]:
    """Choose for each target; the fastest first, those without a profile last."""
    names = labels(report.plan)
    trials = counted_trials(report)
    targets: dict[tuple[str, str], list[CellSummary]] = {}
    for cell in report.summary.cells:
        targets.setdefault((cell.workload, names[cell.key]), []).append(cell)
    chosen = []
    for (workload, name), cells in targets.items():
        ranked = sorted(cells, key=lambda cell: (cell.outcome == "ok", _amount(cell.load)), reverse=True)
        found = [
            (cell, drawn)
            for cell in ranked
            if cell.outcome == "ok"
            and (drawn := [each for each in trials.get(cell.key, ()) if each.flamegraph and each.flamegraph.svg])
        ]
        if found:
            cell, drawn = found[0]
            chosen.append(Chosen(name, workload, cell, min(drawn, key=lambda trial: _distance(trial, cell))))
        else:
            cell = ranked[0]
            reason = cell.reasons.get("flamegraphs" if cell.outcome == "ok" else "outcome", "")
            chosen.append(Chosen(name, workload, cell, None, reason or "none was taken"))
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
    directory; ``svg`` is the graph itself, where it stands in the page.
    """

    chosen: Chosen
    title: str
    said: str
    path: str = ""
    svg: str | None = None


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
        linked = (
            "" if svg else (" Its file is not here:" if room else f" Not among the first {MOST_IN_PLACE}, in its file:")
        )
        said = f"{chosen.load}, trial {trial_words(chosen.trial)}: {worth(flamegraph)}.{linked}"
        placed.append(PlacedProfile(chosen, title, said, flamegraph.svg or "", svg))
    return placed


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
