"""What each target really did for one request, beside what the contract says: the tables of the parity audit.

One way to make the rows for the terminal, for Markdown and for ``verify``. A figure that differs from the contract
is told in words below the table, with the reason where the target declares it. Facts that differ between the
targets of a run stand in a table of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fwcompare.model.parity import Audit, Finding
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Report
from fwcompare.reporting import figures
from fwcompare.reporting.document import Content, Grid, judged
from fwcompare.reporting.league import labels

_KINDS = ("INSERT", "SELECT", "UPDATE", "DELETE")
_FEW_CONTROLS = 3
_NOTHING = ("-", "0")
_UNKNOWN = "?"

HEADER = ("work of a request", *_KINDS, "other", "commits", "conn.", "files", "bytes", "proc.", "thr.", "parity")
"""Headings of :func:`work_rows`; the figures are between the first and the last of them."""


@dataclass(frozen=True)
class WorkTable:
    """The columns that say something of these audits: names first, then figures, the state last."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def work_rows(audits: Sequence[Audit]) -> list[list[str]]:
    """Give a row for every audit, per request; connections, processes and threads are the most at once."""
    return [[work_name(audit), *_figures(audit), audit.state] for audit in audits]


def work_words(audit: Audit) -> str:
    """Say in a few words what one request is: ``1 SELECT, 10,407 bytes``."""
    if audit.state == "not audited":
        return audit.state
    statements = [f"{_count(audit.statements[kind])} {kind}" for kind in _KINDS if audit.statements.get(kind)]
    other = sum(count for kind, count in audit.statements.items() if kind not in _KINDS)
    told = [
        *statements,
        *([f"{_count(other)} other statements"] if other else []),
        *([] if statements or other else ["no SQL"]),
        *([f"{_count(audit.write_commits)} commits"] if audit.write_commits else []),
        *([] if audit.answer_bytes is None else [f"{audit.answer_bytes:,.0f} bytes"]),
    ]
    return ", ".join(told)


def work_table(audits: Sequence[Audit]) -> WorkTable:
    """Give the rows without the figures that no audit has: a database that none uses, statements that none sends."""
    rows = work_rows(audits)
    ends = (0, len(HEADER) - 1)
    places = [place for place in range(len(HEADER)) if place in ends or any(row[place] not in _NOTHING for row in rows)]
    return WorkTable(
        tuple(HEADER[place] for place in places), tuple(tuple(row[place] for place in places) for row in rows)
    )


def work_name(audit: Audit) -> str:
    """Name the target, and after a blank the workload and the parameters that vary: ``axum sleep-sync-workers2``."""
    varying = audit.name.removeprefix(audit.target).removeprefix("-")
    return figures.one_line(f"{audit.target} {varying}")


def _figures(audit: Audit) -> list[str]:
    if audit.state == "not audited":
        return ["-"] * (len(HEADER) - 2)
    without_database = audit.write_commits is None
    other = sum(count for kind, count in audit.statements.items() if kind not in _KINDS)
    peak = _UNKNOWN if audit.connections_peak is None else str(audit.connections_peak)
    return [
        *("-" if without_database else _count(audit.statements.get(kind, 0.0)) for kind in _KINDS),
        "-" if without_database else _count(other),
        "-" if audit.write_commits is None else _count(audit.write_commits),
        "-" if without_database else peak,
        _UNKNOWN if audit.file_events is None else _count(audit.file_events.get("create", 0.0)),
        "-" if audit.answer_bytes is None else f"{audit.answer_bytes:,.0f}",
        "-" if audit.processes is None else str(audit.processes),
        "-" if audit.threads is None else str(audit.threads),
    ]


def _count(value: float) -> str:
    return f"{value:.6g}" if value == round(value) else f"{value:.4g}"


def problem_sentences(audits: Sequence[Audit]) -> list[str]:
    """Say what is not as agreed, a sentence for each figure of each target."""
    told = [f"{work_name(audit)}: {problem_words(finding)}" for audit in audits for finding in audit.problems]
    return told + [
        f"{work_name(audit)}: not audited: {figures.one_line(audit.reason)}"
        for audit in audits
        if audit.state == "not audited"
    ]


def problem_words(finding: Finding) -> str:
    """Say one figure that is not as agreed: ``SELECT statements: 2, expected 1 per request``."""
    words = f"{finding.measure}: {finding.seen}, expected {finding.expected} {finding.unit}".rstrip()
    reason = f" ({finding.state}: {finding.reason})" if finding.reason else ""
    # Facts are what a target says of itself: anything may stand in them.
    return figures.one_line(words + reason)


def control_sentences(audits: Sequence[Audit]) -> list[str]:
    """Say what each driver adds around the data statements, the most frequent first."""
    told = []
    for audit in audits:
        shown = [f"{_count(count)} x {figures.one_line(text)}" for text, count in audit.control.items()]
        if shown:
            more = f", and {len(shown) - _FEW_CONTROLS} more" if len(shown) > _FEW_CONTROLS else ""
            told.append(f"{work_name(audit)}: {', '.join(shown[:_FEW_CONTROLS])}{more}")
    return told


def work_grid(report: Report) -> Grid:
    """Give the table of the work of a request, with every column."""
    rows: list[list[Content]] = [[*row[:-1], judged(row[-1])] for row in work_rows(report.audits)]
    explained = (
        "Counted in an unmeasured pass before the run: data statements by kind, transactions that wrote and were "
        "committed, temporary files and bytes received, per request; most connections, processes and threads at once. "
        "What a driver adds around the data statements is not compared."
    )
    return Grid("What each target did for one request", HEADER, rows, right=range(1, 12), explained=explained)


def fact_grid(report: Report) -> Grid:
    """Give the table of the facts that are not the same for every target."""
    header, *rows = differing_facts(report) or [["target"]]
    return Grid(
        "What targets say of themselves, where it differs",
        tuple(header),
        rows,
        explained="What a target was told by a parameter of the run is no fact, unless it says otherwise.",
        empty="Every target says the same of itself.",
    )


def differing_facts(report: Report) -> list[list[str]]:
    """Give a table of the facts that are not the same for every target, headed by their names; empty when all agree.

    One row a target, in the order of the plan; one for each of its cells that says otherwise than the others. A fact
    that every trial was given as a parameter is left out: those are in the conditions.
    """
    facts: dict[str, Mapping[str, object]] = {}
    for trial in report.trials:
        if trial.facts is not None:
            facts.setdefault(trial.planned.cell.key, trial.facts)
    told = [(cell, facts[cell.key]) for cell in report.plan.every_cell if cell.key in facts]
    names = sorted({name for cell, known in told for name in known if known[name] != _given(cell).get(name)})
    differing = [name for name in names if len({_fact(known.get(name)) for _, known in told}) > 1]
    rows: dict[str, dict[tuple[str, ...], list[Cell]]] = {}
    for cell, known in told:
        texts = tuple(_fact(known.get(name)) for name in differing)
        rows.setdefault(cell.target, {}).setdefault(texts, []).append(cell)
    found = [
        [target if len(ways) == 1 else _names(report, cells), *texts]
        for target, ways in rows.items()
        for texts, cells in ways.items()
    ]
    return [["target", *differing], *found] if differing else []


def _given(cell: Cell) -> Mapping[str, object]:
    """Give the parameters of a cell under the names that facts have."""
    return {name.lower(): value for name, value in cell.parameters}


def _names(report: Report, cells: Sequence[Cell]) -> str:
    named = labels(report.plan)
    return ", ".join(dict.fromkeys(named[cell.key] for cell in cells))


def _fact(value: object) -> str:
    if isinstance(value, Mapping) and "name" in value:
        return f"{value['name']} {value.get('version', '')}".strip()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "-" if value is None else str(value)
