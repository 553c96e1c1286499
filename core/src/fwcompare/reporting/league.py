"""The main table: one row a cell, best first within a load point, what failed last and never left out.

One way to make the rows for the terminal and for Markdown; they differ in layout alone. A figure that is not
known reads ``n/a [1]``, and the numbered note says why. Machine-readable figures are in ``summary.json`` and,
by trial, in ``results.csv``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fwcompare.model.plan import Plan
from fwcompare.model.ports import Report
from fwcompare.model.quantities import as_variable
from fwcompare.model.summary import CellSummary, Interval, LoadSummary, QuantileSummary
from fwcompare.reporting import figures
from fwcompare.reporting.load_point import offered
from fwcompare.reporting.reasons import kind, merged

Quantile = Literal["p50", "p90", "p99"]
LoadModel = Literal["closed", "open"]
QUANTILES: tuple[Quantile, ...] = ("p50", "p90", "p99")


@dataclass(frozen=True)
class Column:
    """A figure of the table: its heading in two lines, its field in the summary, and how it is written.

    ``full`` is for a document with room for intervals, ``short`` for a terminal. Both give None when the figure
    is not known.
    """

    title: str
    subtitle: str
    field: str
    short: Callable[[CellSummary], str | None]
    full: Callable[[CellSummary], str | None]


@dataclass(frozen=True)
class LoadGroup:
    """The cells of one workload and load point, best throughput first, those without a valid trial last.

    ``unit`` is that of its rate.
    """

    workload: str
    load: LoadSummary
    cells: tuple[CellSummary, ...]
    unit: str = "req/s"

    @property
    def label(self) -> str:
        """Name the load: ``10 connections``."""
        connections = figures.count(self.load.connections, "connection")
        if self.load.rate is None:
            return connections
        return f"{offered(self.load, unit=self.unit)}, {connections}"

    @property
    def ranked(self) -> tuple[CellSummary, ...]:
        """The cells with at least one valid trial."""
        return tuple(cell for cell in self.cells if cell.outcome == "ok")


class Notes:
    """Reasons, numbered in the order in which they are first needed; equal reasons share a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._reasons: list[list[str]] = []

    def mark(self, reason: str, *, alike: bool = False) -> str:
        """Give the mark that stands in the table: ``[1]``.

        :param alike: share a number with reasons that differ in figures alone; the note has the range of each.
        """
        line = figures.one_line(reason)
        number = self._numbers.setdefault(kind(line) if alike else line, len(self._reasons))
        if number == len(self._reasons):
            self._reasons.append([])
        self._reasons[number].append(line)
        return f"[{number + 1}]"

    def lines(self) -> list[tuple[str, str]]:
        """Give every mark with its reason."""
        return [(f"[{place}]", merged(reasons)) for place, reasons in enumerate(self._reasons, start=1)]


def _throughput(cell: CellSummary) -> str | None:
    if cell.throughput_rps is None:
        return None
    return (">= " if cell.throughput_is_lower_bound else "") + figures.interval(cell.throughput_rps)


def _time(model: LoadModel, quantile: Quantile) -> Column:
    field = "service_ms" if model == "closed" else "response_ms"

    def show(cell: CellSummary) -> str | None:
        times: QuantileSummary | None = getattr(cell, field)
        value: float | None = None if times is None else getattr(times, quantile)
        return None if value is None else figures.number(value)

    return Column(field.removesuffix("_ms"), f"{quantile} ms", f"{field}.{quantile}", show, show)


def _mean(value: Interval | None) -> str | None:
    return None if value is None else figures.number(value.mean)


def _errors(cell: CellSummary) -> str | None:
    return None if cell.error_rate is None else figures.percent(cell.error_rate)


def _memory(cell: CellSummary) -> str | None:
    return None if cell.peak_rss_mib is None else figures.number(cell.peak_rss_mib)


def columns(report: Report) -> tuple[Column, ...]:
    """Give the columns of a run: its times are response times in an open model, else service times."""
    first, *others = _COLUMNS[report.scenario.load.model]
    cells = report.summary.cells
    groups = [_GROUP] if _ties(cells) else []
    limits = [_LIMIT] if any(cell.bound for cell in cells) else []
    return (*groups, first, *limits, *others)


def _limit(cell: CellSummary) -> str:
    if cell.bound is None:
        return "-"
    share = "" if cell.throughput_rps is None else f" ({cell.throughput_rps.mean / cell.bound.throughput_rps:.0%})"
    return figures.number(cell.bound.throughput_rps) + share


def _ties(cells: Iterable[CellSummary]) -> bool:
    """Tell whether any two cells of a load point share a letter; where none do, their order says it all."""
    letters = [(cell.workload, cell.load.model_dump_json(), letter) for cell in cells for letter in cell.group or ""]
    return len(set(letters)) < len(letters)


def _group(cell: CellSummary) -> str:
    return cell.group or "-"


_GROUP = Column("", "group", "group", _group, _group)
"""Before the throughput, where three or more are ranked and some of them are ties: those share a letter."""


_LIMIT = Column("limit", "(reached)", "bound", _limit, _limit)
"""Beside the throughput, where arithmetic gives a limit: what it is, and which share of it was measured."""


def _columns(model: LoadModel) -> tuple[Column, ...]:
    return (
        Column("throughput", "req/s", "throughput_rps", _throughput, _throughput),
        *(_time(model, quantile) for quantile in QUANTILES),
        Column("", "errors", "error_rate", _errors, _errors),
        Column(
            "CPU",
            "ms/req.",
            "cpu_ms_per_request",
            lambda cell: _mean(cell.cpu_ms_per_request),
            lambda cell: None if cell.cpu_ms_per_request is None else figures.interval(cell.cpu_ms_per_request),
        ),
        Column("peak", "RSS MiB", "peak_rss_mib", _memory, _memory),
    )


_COLUMNS: Mapping[LoadModel, tuple[Column, ...]] = {"closed": _columns("closed"), "open": _columns("open")}


def labels(plan: Plan, *, workload: bool = True) -> Mapping[str, str]:
    """Name every cell within its load point, by its key: the target; the runtime, workload and parameters that vary.

    :param workload: name it, where there are several; False where a heading does.
    """
    named = {}
    for cell in (*plan.every_cell, *(entry.cell for entry in plan.unsupported)):
        values = cell.values
        axes = [f"{name}={figures.one_line(as_variable(values[name]))}" for name in cell.axes]
        of = [cell.workload] if cell.workload_varies and workload else []
        runtime = [cell.runtime] if cell.runtime_varies else []
        named[cell.key] = " ".join([cell.target, *runtime, *of, *axes])
    return named


def rate_unit(plan: Plan, workload: str) -> str:
    """Give the unit of an open load's rate: ``flows/s`` where an arrival begins a flow of several requests."""
    return "flows/s" if any(len(flow.steps) > 1 for flow in plan.flows.get(workload, ())) else "req/s"


def load_groups(report: Report) -> list[LoadGroup]:
    """Give every cell of the summary, by load point in the order of the plan."""
    cells: dict[tuple[str, str], list[CellSummary]] = {}
    for cell in report.summary.cells:
        cells.setdefault((cell.workload, cell.load.model_dump_json()), []).append(cell)
    return [
        LoadGroup(workload, group[0].load, tuple(sorted(group, key=_place)), rate_unit(report.plan, workload))
        for (workload, _), group in cells.items()
    ]


def by_workload(report: Report) -> Mapping[str, tuple[LoadGroup, ...]]:
    """Give the load points of each workload, in the order of the plan: figures of unlike work share no table."""
    found: dict[str, tuple[LoadGroup, ...]] = {}
    for group in load_groups(report):
        found[group.workload] = (*found.get(group.workload, ()), group)
    return found


def load_name(group: LoadGroup, *, several: bool) -> str:
    """Name a load point where one table has all: ``10 connections``; with several workloads ``users, 10 connections``.

    :param several: whether the run has several workloads.
    """
    return f"{figures.one_line(group.workload)}, {group.label}" if several else group.label


def row_texts(
    report: Report, cell: CellSummary, notes: Notes, *, full: bool, shown: Sequence[Column] | None = None
) -> list[str]:
    """Write the figures of a cell, one for each of :func:`columns`, and last what became of it.

    :param shown: those columns, where the caller has them: every cell of the run is looked at to find them.
    """
    if shown is None:
        shown = columns(report)
    if cell.outcome != "ok":
        return ["-"] * len(shown) + [f"{cell.outcome} {notes.mark(_reason(cell, 'outcome'))}"]
    return [_figure(cell, column, notes, full=full) for column in shown] + [_remarks(cell, notes)]


def limit_words(cells: Iterable[CellSummary]) -> str:
    """Say where the limits come from, by workload; empty where there are none."""
    told = dict.fromkeys(f"{cell.workload} {cell.bound.reason}" for cell in cells if cell.bound is not None)
    return f"Limit: what arithmetic allows, req/s: {'; '.join(told)}." if told else ""


def group_words(cells: Sequence[CellSummary]) -> str:
    """Say what the letters mean; empty where there are none."""
    if not _ties(cells):
        return ""
    return "Group: targets of a load point that share a letter could not be told apart in throughput."


def has_intervals(cells: Iterable[CellSummary]) -> bool:
    """Tell whether any throughput has an interval to explain."""
    return any(cell.throughput_rps is not None and cell.throughput_rps.low is not None for cell in cells)


def _place(cell: CellSummary) -> tuple[bool, bool, float]:
    known = cell.throughput_rps is not None
    return cell.outcome != "ok", not known, -(cell.throughput_rps.mean if cell.throughput_rps else 0.0)


def _figure(cell: CellSummary, column: Column, notes: Notes, *, full: bool) -> str:
    text = (column.full if full else column.short)(cell)
    if text is None:
        return f"{figures.MISSING} {notes.mark(_reason(cell, column.field), alike=True)}"
    without_bounds = cell.reasons.get(f"{column.field}.low") if column.field == "throughput_rps" else None
    return f"{text} {notes.mark(without_bounds)}" if without_bounds else text


def _remarks(cell: CellSummary, notes: Notes) -> str:
    remarks: Sequence[str] = [
        f"{cell.parity} {notes.mark(_PARITY[cell.parity])}" if cell.parity in _PARITY else "",
        f"{cell.verdict} {notes.mark(_reason(cell, _EVIDENCE[cell.verdict]))}"
        if cell.verdict in _EVIDENCE
        else cell.verdict or "",
        f"{figures.count(cell.disturbed_blocks, 'block')} disturbed {notes.mark(_reason(cell, 'disturbed'))}"
        if cell.disturbed_blocks and cell.verdict != "noisy"
        else "",
        f"{cell.trials} of {cell.trials + cell.failed_trials} ok {notes.mark(_reason(cell, 'failed_trials'))}"
        if cell.failed_trials
        else "",
    ]
    return ", ".join(remark for remark in remarks if remark) or "ok"


_PARITY = {
    "non-comparable": "it did other work than the contract says: see the table of the work",
    "declared deviation": "it does other work than the contract says, and declares it: see the table of the work",
    "not audited": "whether it did the work of the contract is not known: see the table of the work",
}
"""What stands beside the figures of a target that is not known to have done the same work."""

_EVIDENCE = {
    "client-bound": "throughput_is_lower_bound",
    "saturated": "saturated",
    "unstable": "verdict",
    "noisy": "verdict",
}
"""Where the reason stands of a verdict that takes something from a figure; the other verdicts speak for themselves."""


def _reason(cell: CellSummary, field: str) -> str:
    whole = field.partition(".")[0]
    return cell.reasons.get(field) or cell.reasons.get(whole) or "no reason was recorded"
