"""Capacities, breaking points and the scalability law in words and tables.

A capacity is a bracket: the target held the objective at its lower end and did not at its upper one. Targets are ranked
by brackets that do not overlap, and never by what lies in the middle of them.
"""

from collections.abc import Mapping

from fwcompare.model.capacity import BreakingPoint, Capacity, Scalability
from fwcompare.model.load_settings import LoadSettings
from fwcompare.model.plan import Plan
from fwcompare.model.ports import Report
from fwcompare.model.quantities import format_duration
from fwcompare.reporting import figures
from fwcompare.reporting.document import Content, Grid, Link, judged
from fwcompare.reporting.league import labels

_STATES: Mapping[str, str] = {"client-bound": "the load generator was the limit", "unfinished": "not finished"}
_HEADER = ("target", "connections", "objective", "capacity req/s", "rank", "probes", "what was found")
_PROBES = ("target", "probe", "rate req/s", "result", "why", "served req/s", "window s", "trial", "flamegraph")


def search_sentences(load: LoadSettings) -> list[str]:
    """Say what a scenario seeks, before anything is known."""
    settings = load.capacity
    if settings is None:
        return []
    length = "0s" if load.duration is None else format_duration(load.duration)
    sought = (
        f"capacity: the highest rate with {settings.slo.words}; at most {settings.probes} probes a target, from "
        f"{settings.from_:g} req/s, each of {length}, or longer where {settings.slo.quantile} needs more requests"
    )
    told = [sought]
    if load.rate_of_capacity is not None:
        told.append(f"rate: {figures.setting_percent(load.rate_of_capacity)} of the slowest capacity, found first")
    return told


def capacity_answer(report: Report) -> str:
    """Say in one sentence which target holds the objective at the highest rate; nothing when none was sought."""
    names = _names(report.plan)
    found = report.summary.capacities
    if not found:
        return ""
    known = [capacity for capacity in found if capacity.state == "bracket"]
    if not known:
        first = found[0]
        return f"No capacity was found: {names[first.key]} is {first.state} ({figures.one_line(first.reason)})."
    best = max(known, key=lambda capacity: capacity.low_rps or 0)
    told = f"{names[best.key]} holds {best.objective} up to {bracket(best)} req/s"
    if len(found) == 1:
        return f"{told}."
    rivals = [capacity for capacity in found if capacity.key != best.key]
    above = [names[rival.key] for rival in rivals if _lies_below(rival, best)]
    doubted = [names[rival.key] for rival in rivals if not _lies_below(rival, best)]
    parts = [told]
    if above:
        parts.append(f"its bracket lies above that of {figures.listing(above)}")
    if doubted:
        parts.append(f"no order is known between it and {figures.listing(doubted)}")
    return "; ".join(parts) + "."


def bracket(capacity: Capacity) -> str:
    """Write a capacity: ``243 to 257``, ``>= 8,000``, or n/a."""
    if capacity.low_rps is None:
        return figures.MISSING
    if capacity.state == "client-bound":
        return f">= {figures.number(capacity.low_rps)}"
    if capacity.state == "bracket" and capacity.high_rps is not None:
        return f"{figures.number(capacity.low_rps)} to {figures.number(capacity.high_rps)}"
    return figures.MISSING


def level_sentences(report: Report) -> list[str]:
    """Give a sentence for each capacity, breaking point and fit of a run, for the terminal."""
    names = _names(report.plan)
    return [
        *(
            f"{names[capacity.key]}: {bracket(capacity)} req/s with {capacity.objective}, "
            f"{figures.count(len(capacity.probes), 'probe')}{_remark(capacity)}"
            for capacity in report.summary.capacities
        ),
        *map(_breaking_point, report.summary.breaking_points),
        *map(_scalability, report.summary.scalability),
    ]


def level_lines(report: Report) -> list[str]:
    """Give a sentence for each breaking point and fit of a run; none for a run that swept nothing."""
    summary = report.summary
    return [*map(_breaking_point, summary.breaking_points), *map(_scalability, summary.scalability)]


def capacity_grid(report: Report) -> Grid:
    """Give the table of the capacities that were sought, the highest rank first."""
    names = _names(report.plan)
    found = _ranked(report)
    rows: list[list[Content]] = [
        [
            names[one.key],
            str(one.connections),
            one.objective,
            bracket(one),
            figures.MISSING if one.rank is None else str(one.rank),
            str(len(one.probes)),
            _STATES.get(one.state, one.state) + (f": {one.reason}" if one.reason else ""),
        ]
        for one in found
    ]
    explained = (
        "A capacity is the highest rate at which a fresh trial holds the objective more often than not. Of a bracket, "
        "the lower rate held in 4 of 5 trials and the upper one did not in 4 of 5. Ranks count the brackets that lie "
        "wholly above; brackets that overlap are not told apart. An invalid probe says nothing of the target and was "
        "repeated."
    )
    return Grid("The highest rate that each target holds", _HEADER, rows, right=(1, 3, 4, 5), explained=explained)


def probe_grid(report: Report) -> Grid:
    """Give the table of every probe of every search."""
    names = _names(report.plan)
    rows = [row for one in _ranked(report) for row in _probe_rows(one, names[one.key])]
    return Grid("Every probe of every search", _PROBES, rows, right=(1, 2, 5, 6), empty="No probe was run.")


def _ranked(report: Report) -> list[Capacity]:
    least = len(report.summary.capacities) + 1
    return sorted(report.summary.capacities, key=lambda one: (one.rank or least, one.key))


def _probe_rows(capacity: Capacity, name: str) -> list[list[Content]]:
    return [
        [
            name,
            str(probe.number),
            f"{probe.rate_rps:,g}",
            judged(probe.verdict),
            probe.reason,
            _number(probe.achieved_rps),
            _number(probe.window_s),
            f"{probe.key} / {probe.number}",
            Link("flamegraph", probe.flamegraph) if probe.flamegraph else "",
        ]
        for probe in capacity.probes
    ]


def _breaking_point(point: BreakingPoint) -> str:
    if point.level is None:
        return f"{point.target} does not break {point.objective}: {point.reason}"
    held = "held at no lower one" if point.last_held is None else f"last held at {point.last_held:,g}"
    return f"{point.target} breaks {point.objective} from level {point.level:,g} on ({point.reason}); {held}"


def _scalability(fit: Scalability) -> str:
    told = f"{fit.target}, scalability law"
    if fit.gamma is None or fit.sigma is None or fit.kappa is None:
        return f"{told}: none, {fit.reason}"
    parameters = ", ".join(
        f"{name} {value:.4g}" + ("" if bounds is None else f" ({bounds[0]:.4g} to {bounds[1]:.4g})")
        for name, value, bounds in (
            ("gamma", fit.gamma, fit.gamma_interval),
            ("sigma", fit.sigma, fit.sigma_interval),
            ("kappa", fit.kappa, fit.kappa_interval),
        )
    )
    if fit.peak_connections is None or fit.peak_rps is None:
        return f"{told}: {parameters}; no peak is told: {fit.reason}"
    return (
        f"{told}: {parameters}; highest at {figures.number(fit.peak_connections)} connections, "
        f"{figures.number(fit.peak_rps)} req/s"
    )


def _remark(capacity: Capacity) -> str:
    if capacity.state == "bracket":
        return "" if capacity.rank is None else f", rank {capacity.rank}"
    return f"; {_STATES.get(capacity.state, capacity.state)}: {figures.one_line(capacity.reason)}"


def _lies_below(rival: Capacity, best: Capacity) -> bool:
    return (
        rival.state == "bracket"
        and rival.high_rps is not None
        and best.low_rps is not None
        and rival.high_rps < best.low_rps
    )


def _names(plan: Plan) -> Mapping[str, str]:
    """Name every search, by its key."""
    named = labels(plan)
    searches = (*plan.searches, *(entry.cell for entry in plan.unsupported))
    return {cell.search_key: named[cell.key] for cell in searches}


def _number(value: float | None) -> str:
    return figures.MISSING if value is None else figures.number(value)
