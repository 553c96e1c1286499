"""The tables that compare cells: the league, what bounded each cell, all pairs, thresholds, discarded blocks, errors.

Plain rows for Markdown and the page. Tables of trials are in ``trials.py``, of the work in ``work.py``, of
capacities in ``capacity.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from fwcompare.model.parity import Audit
from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, Metric, PairSummary, PairVerdict
from fwcompare.reporting import figures
from fwcompare.reporting.answer import WORDS, PairBook
from fwcompare.reporting.document import Content, Grid, Kind, Named, Words, judged, worst
from fwcompare.reporting.league import (
    Notes,
    by_workload,
    columns,
    group_words,
    labels,
    limit_words,
    load_groups,
    load_name,
    row_texts,
)
from fwcompare.reporting.threshold_lines import HEADER as THRESHOLD_HEADER
from fwcompare.reporting.threshold_lines import threshold_rows
from fwcompare.reporting.work import work_words

_METRICS: Mapping[Metric, str] = {
    "throughput_rps": "throughput",
    "cpu_ms_per_request": "CPU per request",
    "response_p99_ms": "response time p99",
}
_TIMES = {
    "closed": "Service time runs from the send to the last byte; in a closed model a request has no due time "
    "and so no response time.",
    "open": "Response time runs from when a request was due to the last byte, the waiting for a free connection "
    "included. Of a saturated target none is given: its times tell how the load was laid out, and grow with a backlog "
    "that grows.",
}
_CPU_WORDS: Mapping[PairVerdict, str] = {"faster": "less CPU", "slower": "more CPU"}
_PAIR_HEADER = ("a", "b", "connections", "metric", "a / b", "interval", "blocks", "verdict on a", "why")
_CAPTION = "every cell, by load, the best throughput first"
_WORK = "target, and its work per request"


@dataclass(frozen=True)
class League:
    """The main table, one for each workload, with its notes: each mark and the reason behind it."""

    grids: tuple[Grid, ...]
    notes: tuple[tuple[str, str], ...]


def league(report: Report, *, page: bool = False, notes: Notes | None = None) -> League:
    """Give the main table, one row a cell; one table for each workload, as their figures have nothing in common.

    :param page: for a page, where words wrap and figures do not: what became of a cell stands where it is seen without
        scrolling, and what one request of it is, where that was counted, below its name.
    :param notes: those that a table below it goes on with; its own where there is none.
    """
    names = labels(report.plan, workload=False)
    notes = Notes() if notes is None else notes
    shown = columns(report)
    audits = _audits(report) if page else {}
    headings = [f"{column.title} {column.subtitle}".strip() for column in shown]
    header = [
        _WORK if audits else "target",
        "load",
        *(["outcome", *headings] if page else [*headings, "outcome"]),
    ]
    first = 3 if page else 2
    tables = by_workload(report) or {"": ()}
    grids = []
    for workload, groups in tables.items():
        rows: list[list[Content]] = []
        for group in groups:
            for cell in group.cells:
                *told, outcome = row_texts(report, cell, notes, full=True, shown=shown)
                audit = audits.get(cell.key)
                name: Content = names[cell.key] if audit is None else Named(names[cell.key], work_words(audit))
                became = Words(outcome, worst(_kinds(cell)))
                said = [became, *map(Words, told)] if page else [*map(Words, told), became]
                rows.append([name, group.label, *said])
        made = Grid(
            caption=f"{figures.one_line(workload)}: {_CAPTION}" if len(tables) > 1 else _CAPTION.capitalize(),
            header=tuple(header),
            rows=rows,
            right=(*(() if page else (1,)), *range(first, first + len(headings))),
            group=1,
            empty="No cell was planned.",
        )
        grids.append(made)
    confidence = figures.setting_percent(report.summary.confidence)
    explained = [
        f"Figures are geometric means over trials; brackets hold {confidence} intervals.",
        _TIMES[report.scenario.load.model],
        limit_words(report.summary.cells),
        group_words(report.summary.cells),
    ]
    grids[-1] = replace(grids[-1], explained=" ".join(filter(None, explained)))
    return League(tuple(grids), tuple(notes.lines()))


def _kinds(cell: CellSummary) -> list[Kind]:
    if cell.outcome != "ok":
        return [judged(cell.outcome).kind]
    said = [judged(word).kind for word in (cell.outcome, cell.verdict or "", cell.parity or "")]
    if cell.failed_trials or cell.disturbed_blocks:
        said.append("doubt")
    return said


def _audits(report: Report) -> Mapping[str, Audit]:
    """Give what was counted for each cell, by the cell's key."""
    found = {audit.served: audit for audit in report.audits}
    return {cell.key: found[cell.served] for cell in report.plan.cells if cell.served in found}


def verdict_grid(report: Report) -> Grid:
    """Give what bounded each cell, with the evidence."""
    names = labels(report.plan, workload=False)
    several = len(by_workload(report)) > 1
    return Grid(
        caption="What bounded each cell, with the evidence",
        header=("target", "load", "verdict", "evidence"),
        group=1,
        rows=[
            [
                names[cell.key],
                load_name(group, several=several),
                judged(cell.verdict or "none"),
                cell.reasons.get("verdict", ""),
            ]
            for group in load_groups(report)
            for cell in group.ranked
        ],
        explained="What bounded a cell, by who used its CPUs.",
        empty="No cell has a valid trial.",
    )


def discarded_grid(report: Report) -> Grid:
    """Give the blocks that do not count."""
    return Grid(
        caption="Attempts at blocks that do not count, with the reason",
        header=("block", "attempt", "why"),
        rows=[[str(each.block), str(each.attempt), each.reason] for each in report.summary.discarded],
        right=(0, 1),
        explained="Their trials stay in the table of trials. A block that was run again counts by its later attempt.",
        empty="No block was discarded.",
    )


def pair_grid(report: Report) -> Grid:
    """Give every pair of cells of one load point, for each metric."""
    names = labels(report.plan, workload=False)
    several = len(by_workload(report)) > 1
    book = PairBook(report)
    explained = (
        "Ratios are taken block by block. Intervals are adjusted by Holm's procedure, so that all verdicts on one "
        f"load point and metric hold together with {figures.setting_percent(report.summary.confidence)} confidence. "
        f"Differences below {figures.setting_percent(report.summary.margin)} are of no interest."
    )
    return Grid(
        caption="Every pair of cells of one load point",
        header=(*_PAIR_HEADER[:2], "load" if several else _PAIR_HEADER[2], *_PAIR_HEADER[3:]),
        rows=[
            _pair_row(pair, load_name(group, several=True) if several else str(group.load.connections), names)
            for group in load_groups(report)
            for metric in _METRICS
            for better, worse in combinations(group.ranked, 2)
            if (pair := book.find(better, worse, metric)) is not None
        ],
        right=(*(() if several else (2,)), 4, 5, 6),
        group=3,
        explained=explained,
        empty="No two cells of one load point have a valid trial.",
    )


def _pair_row(pair: PairSummary, load: str, names: Mapping[str, str]) -> list[Content]:
    words = _CPU_WORDS if pair.metric == "cpu_ms_per_request" else {}
    return [
        names[pair.a],
        names[pair.b],
        load,
        _METRICS[pair.metric],
        figures.MISSING if pair.ratio is None else figures.times(pair.ratio),
        figures.bounds(pair.low, pair.high).strip(" ()") or figures.MISSING,
        str(pair.blocks),
        judged(words.get(pair.verdict, WORDS[pair.verdict])),
        pair.reason,
    ]


def threshold_grid(report: Report) -> Grid:
    """Give every threshold with each cell that it was held to."""
    return Grid(
        caption="What the scenario asserts",
        header=THRESHOLD_HEADER,
        rows=[
            [line, judged(verdict), cell, seen]
            for line, verdict, cell, seen in threshold_rows(report.summary.thresholds)
        ],
        explained="A threshold holds at a cell when the whole interval is on the right side; errors and peak RSS have "
        "none and are judged as measured. One that cannot be told is no pass.",
        empty="The scenario has no threshold.",
    )
