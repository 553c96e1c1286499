"""The charts of a report page: what each shows, in a specification, in words, and what is absent from it and why.

One way to choose what is drawn serves this and the plots of matplotlib (``charts.py``); here it becomes Vega-Lite.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fwcompare.model.ports import Report
from fwcompare.reporting import chart_measures, chart_notes, figures
from fwcompare.reporting.chart_errors import errors
from fwcompare.reporting.chart_percentiles import percentiles
from fwcompare.reporting.chart_series import Panel, Sweep, sweeps
from fwcompare.reporting.chart_timeseries import STRIPS, TrialStrips, time_series

Section = Literal["throughput", "times", "percentiles", "cpu", "errors", "series"]

_MOST_WORKLOADS = 4
"""So many workloads are drawn; each takes its part of the page."""

_STRIP_TITLES = {
    "throughput": "Throughput",
    "times": "Times",
    "cpu": "CPU",
    "memory": "Memory",
    "connections": "Connections",
}


@dataclass(frozen=True)
class Figure:
    """A chart for a section of the page.

    ``spec`` is Vega-Lite, None where there is nothing to draw: ``note`` then says why. ``words`` tell the main figures
    to those who do not see it; ``note`` says what marks mean, and names what is absent with the reason.
    """

    name: str
    section: Section
    title: str
    spec: dict[str, object] | None
    words: str
    note: str


def charts(report: Report) -> Sequence[Figure]:
    """Give every chart of a run, by section; none of a run that only searched for capacities."""
    return [
        figure for number, sweep in enumerate(sweeps(report)[:_MOST_WORKLOADS]) for figure in _of(report, sweep, number)
    ]


def _of(report: Report, sweep: Sweep, number: int) -> Iterator[Figure]:
    suffix = f"-{number + 1}" if number else ""
    of = f": {figures.one_line(sweep.workload)}" if sweep.workload else ""
    closed = chart_measures.is_closed(report)
    yield _against(report, sweep, chart_measures.throughput(), f"throughput{suffix}", "throughput", f"Throughput{of}")
    for panel in chart_measures.times(report):
        quantile = panel.label.partition(" ")[0]
        title = f"{'Service' if closed else 'Response'} time {quantile}{of}"
        figure = _against(report, sweep, panel, f"times-{quantile}{suffix}", "times", title)
        yield figure
    yield from _percentiles(report, sweep, suffix, of)
    for panel, name, title in (
        (chart_measures.cpu_per_request(), "cpu", "CPU per request"),
        (chart_measures.memory(), "memory", "Memory of the target, at its peak"),
    ):
        yield _against(report, sweep, panel, f"{name}{suffix}", "cpu", f"{title}{of}")
    yield from _errors(report, sweep, suffix, of)
    yield from _series(report, sweep, suffix, of)


def _against(report: Report, sweep: Sweep, panel: Panel, name: str, section: Section, title: str) -> Figure:
    # Altair takes a second to import, and `fwcompare --help` should not wait for it.
    from fwcompare.reporting.chart_vega_lines import against_load, limit_rows  # noqa: PLC0415

    limited = section == "throughput"
    spec = against_load(sweep, panel, limited=limited)
    dashed = " The dashed line is the limit that arithmetic gives." if limited and limit_rows(sweep, panel) else ""
    closed = (
        " Closed model: a request has no due time, and so no response time." if _says_closed(report, section) else ""
    )
    note = chart_notes.note(sweep, [panel], report.summary.confidence) + dashed + closed
    words = chart_notes.words(sweep, panel) if spec else ""
    return Figure(name, section, title, spec, words, note.strip())


def _says_closed(report: Report, section: Section) -> bool:
    return section == "times" and chart_measures.is_closed(report)


def _percentiles(report: Report, sweep: Sweep, suffix: str, of: str) -> Iterator[Figure]:
    from fwcompare.reporting.chart_vega_percentiles import percentile_chart  # noqa: PLC0415  (see above)

    found = percentiles(report, sweep)
    words = found.words if found.curves else ""
    yield Figure(
        f"percentiles{suffix}", "percentiles", f"Percentiles of times{of}", percentile_chart(found), words, found.note
    )


def _errors(report: Report, sweep: Sweep, suffix: str, of: str) -> Iterator[Figure]:
    from fwcompare.reporting.chart_vega_errors import error_chart  # noqa: PLC0415  (see above)

    found = errors(report, sweep)
    yield Figure(f"errors{suffix}", "errors", f"Errors by class{of}", error_chart(found), found.words, found.note)


def _series(report: Report, sweep: Sweep, suffix: str, of: str) -> Iterator[Figure]:
    from fwcompare.reporting.chart_vega_timeseries import strip_charts  # noqa: PLC0415  (see above)

    found = time_series(report, sweep)
    specs = strip_charts(found.trials, f"trial{suffix.replace('-', '_')}")
    for place, (strip, spec) in enumerate(specs.items()):
        without = [trial.name for trial in found.trials if strip not in trial.strips]
        lacking = f"Not recorded: {chart_notes.named(without)}." if without else ""
        note = " ".join(each for each in (found.note if place == 0 else "", lacking) if each)
        title = f"{_STRIP_TITLES[strip]} over time{of}"
        yield Figure(f"series-{strip}{suffix}", "series", title, spec, _strip_words(found.trials, strip), note)
    if not specs:
        yield Figure(f"series{suffix}", "series", f"Over time{of}", None, "", found.note)


def _strip_words(trials: Sequence[TrialStrips], strip: str) -> str:
    """Tell the range of each line of the trial that is shown first."""
    first = next(trial for trial in trials if strip in trial.strips)
    told = []
    for line, values in first.strips[strip].columns:
        known = [value for value in values if value is not None]
        if known:
            told.append(f"{line} {figures.number(min(known))} to {figures.number(max(known))}")
    return f"{first.name}, second by second, {STRIPS[strip]}: {'; '.join(told)}."
