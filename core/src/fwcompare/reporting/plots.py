"""``plots/*.png``: the five figures that a user of such comparisons expects, against concurrency.

Says what each plot shows; how it is drawn is in ``charts.py``, which is imported when the first plot is
drawn: matplotlib takes a second to import, and ``fwcompare --help`` should not wait for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, Interval
from fwcompare.reporting.league import Quantile

FOLDER = "plots"


@dataclass(frozen=True)
class Point:
    """A figure to be drawn, with its bounds where it has any. ``lower_bound``: the truth may be higher."""

    value: float
    low: float | None = None
    high: float | None = None
    lower_bound: bool = False


@dataclass(frozen=True)
class Panel:
    """One pair of axes: the figure's name with its unit, and where it comes from; None when it is not known."""

    label: str
    figure: Callable[[CellSummary], Point | None]


@dataclass(frozen=True)
class Plot:
    """One file: its name without the suffix, its title, and its panels from left to right."""

    name: str
    title: str
    panels: tuple[Panel, ...]

    @property
    def path(self) -> str:
        """The file, relative to the run directory."""
        return f"{FOLDER}/{self.name}.png"


class PlotReporter:
    """Writes ``plots/*.png``."""

    @property
    def name(self) -> str:
        """The name of the format."""
        return "plots"

    def write(self, report: Report) -> Iterable[Path]:
        """Draw and write every plot."""
        from fwcompare.reporting.charts import draw  # noqa: PLC0415  (matplotlib; see the header)

        (report.folder / FOLDER).mkdir(exist_ok=True)
        paths = []
        for plot in plots(report):
            path = report.folder / plot.path
            draw(plot, report).savefig(path, dpi=_DPI)
            paths.append(path)
        return paths


_DPI = 110


def plots(report: Report) -> tuple[Plot, ...]:
    """Give the plots of a run: throughput, error_rate, cpu, response_time and total_requests; none of a mere search."""
    if report.summary.capacities and not report.summary.cells:
        return ()
    closed = all(cell.load.model == "closed" for cell in report.summary.cells)
    return (
        Plot("throughput", "Throughput", (Panel("throughput (requests/s)", _throughput),)),
        Plot("error_rate", "Error rate", (Panel("requests without a 2xx answer (%)", _error_rate),)),
        Plot(
            "cpu",
            "CPU of the target",
            (Panel("CPU per request (ms)", _cpu_per_request), Panel("CPU used (cores)", _cores)),
        ),
        Plot(
            "response_time",
            "Service time (closed model: no due time, so no response time)" if closed else "Response time",
            tuple(Panel(f"{quantile} (ms)", _time(quantile, closed=closed)) for quantile in _QUANTILES),
        ),
        Plot("total_requests", "Total requests", (Panel("requests sent in all valid trials", _requests),)),
    )


_QUANTILES: tuple[Quantile, ...] = ("p50", "p90", "p99")


def _throughput(cell: CellSummary) -> Point | None:
    return _point(cell.throughput_rps, lower_bound=cell.throughput_is_lower_bound)


def _cpu_per_request(cell: CellSummary) -> Point | None:
    return _point(cell.cpu_ms_per_request)


def _error_rate(cell: CellSummary) -> Point | None:
    return None if cell.error_rate is None else Point(cell.error_rate * 100)


def _cores(cell: CellSummary) -> Point | None:
    return None if cell.target_cores is None else Point(cell.target_cores)


def _requests(cell: CellSummary) -> Point | None:
    return None if cell.requests is None else Point(cell.requests)


def _time(quantile: Quantile, *, closed: bool) -> Callable[[CellSummary], Point | None]:
    def figure(cell: CellSummary) -> Point | None:
        times = cell.service_ms if closed else cell.response_ms
        value: float | None = None if times is None else getattr(times, quantile)
        return None if value is None else Point(value)

    return figure


def _point(interval: Interval | None, *, lower_bound: bool = False) -> Point | None:
    return None if interval is None else Point(interval.mean, interval.low, interval.high, lower_bound)
