"""How one trial of each target went, second by second: throughput, times, CPU, memory, connections.

Of each cell the trial nearest its mean throughput. Long windows are drawn in fewer points than were recorded: several
slices become one, of which a rate is the mean, a median the median, a p99 the highest and a memory the highest. CPU is
the growth of a total between two points, so that nothing of it is lost.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeVar

from fwcompare.model.ports import Report
from fwcompare.model.recordings import TimelineRow
from fwcompare.reporting.chart_notes import named
from fwcompare.reporting.chart_series import Series, Sweep
from fwcompare.reporting.chart_trials import details, measured, name_of, told

MOST_POINTS = 300
_ALL_POINTS = 900
"""What all trials together may have, so that the page stays small."""

_CPU_STEP_S = 0.49
"""Linux counts CPU time in hundredths of a second: over a tenth of a second, that is a tenth of a core up or down.
A little less than half a second, since samples do not come on the dot."""

_MIB = 1024 * 1024
_LEFT_OUT = ("run",)
"""Groups that hold the others."""

Value = float | None
_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Strip:
    """Lines over the seconds of a window: ``columns`` are as long as ``at_s``, None where nothing is known."""

    at_s: tuple[float, ...]
    columns: tuple[tuple[str, tuple[Value, ...]], ...]


@dataclass(frozen=True)
class TrialStrips:
    """One trial in pictures, by the name of the strip; one that was not recorded is absent."""

    name: str
    series: Series
    strips: Mapping[str, Strip]


@dataclass(frozen=True)
class TimeSeries:
    """The trials of one workload that can be looked at."""

    trials: tuple[TrialStrips, ...]
    note: str


STRIPS: Mapping[str, str] = {
    "throughput": "requests/s",
    "times": "ms",
    "cpu": "CPU used (cores)",
    "memory": "resident memory (MiB)",
    "connections": "connections to services",
}
"""What there may be of a trial, with the title of the axis."""


def time_series(report: Report, sweep: Sweep) -> TimeSeries:
    """Read the recordings of the typical trial of each cell of one load."""
    chosen = details(report, sweep)
    most = min(MOST_POINTS, _ALL_POINTS // max(1, len(chosen.details)))
    found, unread = [], []
    for detail in chosen.details:
        strips: dict[str, Strip] = {}
        if report.recordings is not None:
            rows = sorted(report.recordings.timeline(detail.typical), key=lambda row: row.at_s)
            strips |= _of_timeline(rows, most) if rows else {}
            sampled = report.recordings.telemetry(detail.typical)
            strips |= _of_telemetry(sampled, measured(detail.typical).window_s, most) if sampled is not None else {}
        if strips:
            found.append(TrialStrips(name_of(detail), detail.series, strips))
        else:
            unread.append(f"{detail.series.label} (not recorded)")
    sentences = [
        chosen.note,
        "Of each the trial nearest its mean throughput; seconds count from the beginning of the measured window.",
        f"Without a series: {named(unread)}." if unread else "",
    ]
    return TimeSeries(tuple(found), told(sentences))


def _of_timeline(rows: Sequence[TimelineRow], most: int) -> dict[str, Strip]:
    groups = list(_grouped(rows, most))
    at_s = tuple(group[0].at_s for group in groups)
    times: dict[str, tuple[Value, ...]] = {
        "response p50": tuple(_fold(median, (row.response_p50_ms for row in group)) for group in groups),
        "response p99": tuple(_fold(max, (row.response_p99_ms for row in group)) for group in groups),
        "service p50": tuple(_fold(median, (row.service_p50_ms for row in group)) for group in groups),
        "service p99": tuple(_fold(max, (row.service_p99_ms for row in group)) for group in groups),
    }
    known = {name: values for name, values in times.items() if any(value is not None for value in values)}
    strips = {
        "throughput": Strip(
            at_s,
            (
                ("ok answers", tuple(_mean(group, lambda row: row.ok_rps) for group in groups)),
                ("errors", tuple(_mean(group, lambda row: row.errors_rps) for group in groups)),
            ),
        )
    }
    return strips | ({"times": Strip(at_s, tuple(known.items()))} if known else {})


def _of_telemetry(sampled: Mapping[str, object], window_s: float, most: int) -> dict[str, Strip]:
    tables = {
        name: samples
        for name, group in _mapping(sampled.get("groups")).items()
        if name not in _LEFT_OUT and (samples := _mapping(_mapping(group).get("samples")))
    }
    strips: dict[str, Strip] = {}
    cpu = {name: _cores(table, window_s) for name, table in tables.items()}
    memory = {name: _within(table, "rss_bytes", window_s) for name, table in tables.items()}
    held = {
        f"to {name}": _within(_mapping(table), "connections", window_s)
        for name, table in _mapping(sampled.get("connections")).items()
    }
    for name, lines, scale, fold in (
        ("cpu", cpu, 1.0, _average),
        ("memory", memory, 1 / _MIB, max),
        ("connections", held, 1.0, max),
    ):
        known = {line: points for line, points in lines.items() if any(value is not None for _, value in points)}
        if known:
            strips[name] = _strip(known, most, fold, scale)
    return strips


def _cores(table: Mapping[str, object], window_s: float) -> list[tuple[float, Value]]:
    """Give the CPUs that a group used since the point before."""
    user, system = _within(table, "user_s", window_s), _within(table, "system_s", window_s)
    totals: list[tuple[float, Value]] = []
    for (at_s, one), (_, other) in zip(user, system, strict=False):
        if not totals or at_s >= totals[-1][0] + _CPU_STEP_S:
            totals.append((at_s, None if one is None or other is None else one + other))
    return [
        (
            at_s,
            None if total is None or before is None or at_s <= then_s else max(0.0, total - before) / (at_s - then_s),
        )
        for (then_s, before), (at_s, total) in pairwise(totals)
    ]


def _within(table: Mapping[str, object], column: str, window_s: float) -> list[tuple[float, Value]]:
    """Give a column with its times, of the measured window."""
    rows = zip(_numbers(table.get("at_s")), _numbers(table.get(column)), strict=False)
    return [(at_s, value) for at_s, value in rows if at_s is not None and 0 <= at_s <= window_s]


def _strip(
    lines: Mapping[str, Sequence[tuple[float, Value]]], most: int, fold: Callable[[list[float]], float], scale: float
) -> Strip:
    """Bring lines of equal times into one table, and thin it."""
    times = sorted({at_s for points in lines.values() for at_s, _ in points})
    known = {name: dict(points) for name, points in lines.items()}
    groups = list(_grouped(times, most))
    columns = []
    for name, points in known.items():
        folded = (_fold(fold, (points.get(at_s) for at_s in group)) for group in groups)
        columns.append((name, tuple(None if value is None else value * scale for value in folded)))
    return Strip(tuple(group[0] for group in groups), tuple(columns))


def _grouped(rows: Sequence[_Row], most: int) -> Iterator[Sequence[_Row]]:
    size = -(-len(rows) // most)
    for start in range(0, len(rows), max(1, size)):
        yield rows[start : start + size]


def _mean(rows: Sequence[TimelineRow], figure: Callable[[TimelineRow], float]) -> float:
    """Give the mean of a rate, each slice by its width."""
    width_s = sum(row.width_s for row in rows)
    if width_s <= 0:
        return figure(rows[0])
    return sum(figure(row) * row.width_s for row in rows) / width_s


def _fold(fold: Callable[[list[float]], float], values: Iterable[Value]) -> Value:
    known = [value for value in values if value is not None]
    return fold(known) if known else None


def _average(values: list[float]) -> float:
    return sum(values) / len(values)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _numbers(value: object) -> list[Value]:
    if not isinstance(value, list):
        return []
    return [float(each) if isinstance(each, int | float) and not isinstance(each, bool) else None for each in value]
