"""``plots/*.png`` and ``*.svg``: the figures that a user of such comparisons expects.

Says what each plot shows; how it is drawn is in ``charts.py`` and ``plot_details.py``, which are imported when the
first plot is drawn: matplotlib takes a second to import, and ``fwcompare --help`` should not wait for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from fwcompare.model.ports import Report
from fwcompare.reporting import chart_measures
from fwcompare.reporting.beside import beside
from fwcompare.reporting.chart_errors import classes
from fwcompare.reporting.chart_series import Panel
from fwcompare.reporting.chart_trials import counted_trials, measured

FOLDER = "plots"

PlotKind = Literal["load", "percentiles", "errors", "series"]


@dataclass(frozen=True)
class Plot:
    """One picture: its files' name without the suffix, its title, and its panels from left to right.

    A plot against the ``load`` has panels; the other kinds say themselves what they show.
    """

    name: str
    title: str
    panels: tuple[Panel, ...] = ()
    kind: PlotKind = "load"

    @property
    def path(self) -> str:
        """The PNG, relative to the run directory."""
        return f"{FOLDER}/{self.name}.png"

    @property
    def svg_path(self) -> str:
        """The SVG, relative to the run directory."""
        return f"{FOLDER}/{self.name}.svg"


class PlotReporter:
    """Writes ``plots/*.png`` and ``plots/*.svg``."""

    @property
    def name(self) -> str:
        """The name of the format."""
        return "plots"

    def write(self, report: Report) -> Iterable[Path]:
        """Begin to draw every plot, in a process of its own; who asks for the first path waits for all of them.

        :raises BesideError: as the first path is asked for, when drawing failed.
        """
        return beside(partial(_draw, report))


def _draw(report: Report) -> list[Path]:
    from fwcompare.reporting import charts, plot_details  # noqa: PLC0415  (matplotlib; see the header)
    from fwcompare.reporting.plot_frame import save  # noqa: PLC0415

    (report.folder / FOLDER).mkdir(exist_ok=True)
    paths = []
    for plot in plots(report):
        written = [report.folder / plot.path, report.folder / plot.svg_path]
        draw = charts.draw if plot.kind == "load" else plot_details.draw
        save(draw(plot, report), *written)
        paths += written
    return paths


def plots(report: Report) -> tuple[Plot, ...]:
    """Give the plots of a run; none of a mere search.

    Always throughput, error_rate, cpu, response_time and total_requests; percentiles, errors and series where there is
    anything to draw.
    """
    if report.summary.capacities and not report.summary.cells:
        return ()
    return (
        Plot("throughput", "Throughput", (chart_measures.throughput(),)),
        Plot("error_rate", "Error rate", (chart_measures.error_rate(),)),
        Plot("cpu", "CPU of the target", (chart_measures.cpu_per_request(), chart_measures.cores())),
        Plot("response_time", chart_measures.times_title(report), chart_measures.times(report)),
        Plot("total_requests", "Total requests", (chart_measures.requests(),)),
        *_details(report),
    )


def _details(report: Report) -> Iterator[Plot]:
    counted = counted_trials(report).values()
    trials = [trial for of_cell in counted for trial in of_cell]
    recordings = report.recordings
    # One recording is enough to know that there is something to draw, and one trial of a cell is like the others.
    first = [of_cell[0] for of_cell in counted]
    if recordings is not None and any(recordings.curve([trial], "service") for trial in first):
        yield Plot("percentiles", "Percentiles of times", kind="percentiles")
    if any(classes(measured(trial).counts) for trial in trials):
        yield Plot("errors", "Errors by class", kind="errors")
    if recordings is not None and any(recordings.timeline(trial) for trial in first):
        yield Plot("series", "Over time", kind="series")
