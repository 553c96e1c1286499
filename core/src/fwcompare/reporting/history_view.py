"""Runs and trends in words: the rows of ``fwcompare ls`` and ``fwcompare history``, the same for terminal and page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from fwcompare.model.comparison import Factor
from fwcompare.model.history import History, IndexedRun, Trend, TrendGap, TrendPoint, TrendStep
from fwcompare.model.quantities import as_variable
from fwcompare.model.summary import LoadSummary
from fwcompare.reporting import figures
from fwcompare.reporting.league import LoadGroup, Notes

RUN_HEADER: Final = ("run", "scenario", "state", "started", "host", "targets", "winner", "tags")
UNITS: Final[Mapping[str, str]] = {
    "throughput_rps": "req/s",
    "cpu_ms_per_request": "CPU ms/req.",
    "response_p99_ms": "response p99 ms",
    "service_p99_ms": "service p99 ms",
}
_LONGEST: Final = 40
_LONGEST_HOST: Final = 20
_DIGEST: Final = 8
_BARS: Final = "▁▂▃▄▅▆▇█"
_LEVEL: Final = 1.05
"""Figures that differ by no more than this factor are drawn level: a line that jumps would say more than they do."""
_LEAST_ROOM: Final = 0.1
_NO_FIGURE: Final = "·"
_OF_THE_LOAD: Final = frozenset({"connections", "rate", "stages", "model"})
"""What the label of a load says anyway."""


def run_row(run: IndexedRun) -> tuple[str, ...]:
    """Give the row of a run under :data:`RUN_HEADER`."""
    return tuple(
        figures.one_line(text) or "-"
        for text in (
            run.name,
            run.scenario or "",
            _state(run),
            moment(run.started),
            host_label(run.host_name, run.host),
            _short(", ".join(run.targets), _LONGEST),
            run.winner or "",
            ", ".join(run.tags),
        )
    )


def problems_of(runs: Iterable[IndexedRun]) -> list[str]:
    """Give a line for every run of which something cannot be read."""
    return [figures.one_line(f"{run.name}: {run.problem}") for run in runs if run.problem]


def _state(run: IndexedRun) -> str:
    if not run.summarised:
        ended = sum(run.outcomes.values())
        return f"{run.state}, {figures.count(ended, 'trial')}" if ended else run.state
    lost = [f"{amount} {outcome}" for outcome, amount in run.outcomes.items() if outcome != "ok"]
    return ", ".join([run.state, *lost])


def moment(iso: str | None) -> str:
    """Write a time to the minute: ``2026-11-21 15:35``; in UTC, as it was recorded."""
    return figures.MISSING if iso is None else iso[:16].replace("T", " ")


def host_label(name: str, digest: str | None) -> str:
    """Name a host by its CPU and the beginning of its digest, since many have the same."""
    known = [_short(name, _LONGEST_HOST), "" if digest is None else digest[:_DIGEST]]
    return " ".join(part for part in known if part) or figures.MISSING


@dataclass(frozen=True)
class TrendRow:
    """One run of a trend. ``kind`` is better, worse, same, inconclusive, first or none (of a run without a figure)."""

    kind: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TrendView:
    """A trend, laid out: ``rows`` under ``header``, oldest first; ``sparkline`` has a sign for each of them."""

    name: str
    host: str
    header: tuple[str, ...]
    rows: Sequence[TrendRow]
    sparkline: str


@dataclass(frozen=True)
class HistoryView:
    """A history, laid out. ``notes`` are marks with what they stand for; ``caption`` says how to read it."""

    title: str
    answer: str
    trends: Sequence[TrendView]
    notes: Sequence[tuple[str, str]]
    caption: str


def history_view(history: History) -> HistoryView:
    """Lay out a history."""
    notes = Notes()
    names = trend_names(history)
    target = figures.one_line(history.target)
    return HistoryView(
        title=f"{target}: {METRIC_WORDS[history.metric]} from run to run",
        answer=_answer(history, names),
        trends=[_trend(trend, name, notes) for trend, name in zip(history.trends, names, strict=True)],
        notes=notes.lines(),
        caption=_caption(history),
    )


METRIC_WORDS: Final[Mapping[str, str]] = {
    "throughput": "throughput",
    "cpu": "CPU time per request",
    "p99": "99th percentile",
}


def trend_names(history: History) -> list[str]:
    """Name each trend by its workload and load, and by what else tells it from those of the same name."""
    plain = [_plain_name(trend) for trend in history.trends]
    return [
        ", ".join(
            [
                name,
                *_told_apart(trend, [one for one, other in zip(history.trends, plain, strict=True) if other == name]),
            ]
        )
        for trend, name in zip(history.trends, plain, strict=True)
    ]


def _plain_name(trend: Trend) -> str:
    label = LoadGroup(trend.workload, LoadSummary.of(trend.load), ()).label
    return figures.one_line(f"{trend.workload}, {label}")


def _told_apart(trend: Trend, alike: Sequence[Trend]) -> list[str]:
    mine = _settings(trend)
    others = [_settings(one) for one in alike]
    differing = [name for name in mine if any(other.get(name) != mine[name] for other in others)]
    return [figures.one_line(f"{name} {mine[name]}") for name in differing]


def _settings(trend: Trend) -> dict[str, str]:
    load = {name: value for name, value in asdict(trend.load).items() if name not in _OF_THE_LOAD}
    return {name: as_variable(value) for name, value in {**trend.params, "runtime": trend.runtime}.items()} | {
        name.replace("_", " "): "none" if value is None else str(value) for name, value in load.items()
    }


def _trend(trend: Trend, name: str, notes: Notes) -> TrendView:
    seen: list[TrendPoint | TrendGap] = sorted(
        [*trend.points, *trend.gaps], key=lambda one: (one.started or one.run, one.run)
    )
    steps = {step.after: step for step in trend.steps}
    return TrendView(
        name=name,
        host=figures.one_line(host_label(trend.host_name, trend.host)),
        header=("started", "run", UNITS[trend.figure], "trials", "/ before", "interval", "verdict", "what changed"),
        rows=[
            _gap(one, notes) if isinstance(one, TrendGap) else _point(one, steps.get(one.run), notes) for one in seen
        ],
        sparkline=sparkline([one.figure.mean if isinstance(one, TrendPoint) else None for one in seen]),
    )


def _gap(gap: TrendGap, notes: Notes) -> TrendRow:
    cells = (moment(gap.started), gap.run, f"{figures.MISSING} {notes.mark(gap.reason)}", "", "", "", "", "")
    return TrendRow("none", tuple(map(figures.one_line, cells)))


def _point(point: TrendPoint, step: TrendStep | None, notes: Notes) -> TrendRow:
    figure = (">= " if point.lower_bound else "") + figures.interval(point.figure)
    start = (moment(point.started), point.run, figure, str(point.trials))
    if step is None:
        return TrendRow("first", tuple(map(figures.one_line, (*start, "", "", "", ""))))
    mark = f" {notes.mark(step.reason)}" if step.reason and step.verdict == "inconclusive" else ""
    cells = (
        *start,
        figures.times(step.ratio),
        figures.bounds(step.low, step.high).strip(" ()") or figures.MISSING,
        step.verdict + mark,
        "; ".join(changed(step)) or "nothing recorded",
    )
    return TrendRow(step.verdict, tuple(map(figures.one_line, cells)))


def changed(step: TrendStep) -> list[str]:
    """Name what changed before a point, each thing with its version before and after where it has one."""
    return [_change(thing, [one for one in step.changes if one.thing == thing]) for thing in step.things]


def _change(thing: str, found: Sequence[Factor]) -> str:
    told = next((one for one in found if one.path.endswith(("version", "fwcompare"))), found[0])
    values = [_short(_value(one), _LONGEST // 2) for one in (told.a, told.b)]
    # Two digests tell nothing but that they differ, and two long texts may begin alike.
    telling = len(set(values)) > 1 and not told.path.endswith(("digest", "commit"))
    return f"{thing} {values[0]} to {values[1]}" if telling else thing


def _value(value: object) -> str:
    return "none" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def sparkline(values: Sequence[float | None]) -> str:
    """Draw figures as small bars from the lowest to the highest; a dot where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return _NO_FIGURE * len(values)
    low, high = min(known), max(known)
    level = low <= 0 or high <= low * _LEVEL

    def bar(value: float) -> str:
        return _BARS[len(_BARS) // 2 if level else round((value - low) / (high - low) * (len(_BARS) - 1))]

    return "".join(_NO_FIGURE if value is None else bar(value) for value in values)


def _answer(history: History, names: Sequence[str]) -> str:
    """Say in a sentence where the latest run of each trend stands to the one before."""
    hosts = {trend.host for trend in history.trends}
    last = [
        (trend.steps[-1], name if len(hosts) == 1 else f"{name} on {host_label(trend.host_name, trend.host)}")
        for trend, name in zip(history.trends, names, strict=True)
        if trend.steps
    ]
    told = [
        f"{name}: {step.verdict}, {figures.times(step.ratio)}{figures.bounds(step.low, step.high)}"
        for step, name in last
        if step.verdict in ("better", "worse")
    ]
    if told:
        return f"The latest run against the one before: {'; '.join(told)}."
    if not last:
        return "There are no two runs of one cell on one host yet, so nothing can have changed."
    return f"No change is told between the latest run and the one before, in {figures.count(len(last), 'trend')}."


def _caption(history: History) -> str:
    confidence = " or ".join(map(figures.setting_percent, sorted({trend.confidence for trend in history.trends})))
    return (
        f"Means with {confidence} intervals over trials; '/ before' is over "
        "the run before; its interval is Welch's on logarithms, adjusted for the number of steps of the trend. In "
        "reasons, a is the run before and b the run itself. Every trend is of one host. Runs were taken at different "
        "times: a step holds what changed on the host meanwhile."
    )


@dataclass(frozen=True)
class TrendPanel:
    """The trends that are drawn on one pair of axes: of one workload, one host and one unit."""

    title: str
    unit: str
    trends: tuple[tuple[str, Trend], ...]


def trend_panels(history: History) -> list[TrendPanel]:
    """Put trends together, each with its name, as far as they may share axes; a point without a time is left out."""
    found: dict[tuple[str, str, str], list[tuple[str, Trend]]] = {}
    for name, trend in zip(trend_names(history), history.trends, strict=True):
        points = [point for point in trend.points if point.started is not None]
        if points:
            place = trend.workload, host_label(trend.host_name, trend.host), UNITS[trend.figure]
            drawn = trend.model_copy(update={"points": points})
            found.setdefault(place, []).append((name.removeprefix(f"{trend.workload}, "), drawn))
    return [
        TrendPanel(figures.one_line(f"{workload} on {host}"), unit, tuple(trends))
        for (workload, host, unit), trends in found.items()
    ]


def axis_of(panel: TrendPanel) -> tuple[float, float]:
    """Give the reach of the figures: all points with their intervals, and never so little that noise fills the axes."""
    reached = [
        value
        for _, trend in panel.trends
        for point in trend.points
        for value in (point.figure.mean, point.figure.low, point.figure.high)
        if value is not None
    ]
    low, high = min(reached), max(reached)
    room = max(0.05 * (high - low), _LEAST_ROOM * high)
    return max(0.0, low - room), high + room


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
