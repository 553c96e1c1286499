"""Targets by workloads over one run or several: which is how many times the baseline, and where may that be believed?

A cell is found by what it is - target, parameters, workload, load - and never by its place, so that neither the order
of runs, targets and trials nor a cell that is missing changes any other. The confidence is the highest of the runs' and
the margin the largest. Leaves out how a ratio is made and doubted (``matrix_ratios.py``, ``matrix_sides.py``), and
which load a column shows (``matrix_loads.py``). Pure.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fwcompare.errors import ScenarioError
from fwcompare.model.matrix import (
    MORE_IS_BETTER,
    Matrix,
    MatrixCell,
    MatrixColumn,
    MatrixFigure,
    MatrixOverall,
    MatrixRow,
    MatrixRun,
    Reason,
)
from fwcompare.model.ports import Report
from fwcompare.model.summary import LoadSummary
from fwcompare.stats.matrix_capacity import Room, rooms
from fwcompare.stats.matrix_cells import Entry, Identity, RowName, by_age, gather, row_names
from fwcompare.stats.matrix_loads import Choice, check_wanted, choose_load
from fwcompare.stats.matrix_ratios import Judged, judge_column
from fwcompare.stats.matrix_sides import Side, side
from fwcompare.stats.matrix_warnings import matrix_warnings

_FIRST: Final[MatrixFigure] = "throughput_rps"
_NAMED: Final = 4
_Place = tuple[str, str, str]


@dataclass(frozen=True)
class _Table:
    """The cells by row, workload and load label, what the rates among them leave, and the load of every column."""

    rows: Mapping[str, MatrixRow]
    workloads: Sequence[str]
    entries: Mapping[_Place, Entry]
    room: Mapping[Identity, Room]
    choices: Mapping[tuple[MatrixFigure, str], Choice]

    def entry(self, row: str, workload: str, figure: MatrixFigure) -> Entry | None:
        """Find a cell; where no load is fit for the figure, the one that tells why: that of the throughput."""
        label = self.choices[figure, workload].label or self.choices[_FIRST, workload].label
        return None if label is None else self.entries.get((row, workload, label))


def make_matrix(
    reports: Sequence[Report],
    *,
    baseline: str | None = None,
    loads: Sequence[str] = (),
    latest: bool = False,
) -> Matrix:
    """Make the matrix of one run or several.

    :param baseline: a row, or a target that has one row only; None chooses one, and says why.
    :param loads: short names of load points, such as ``c10``: each workload is shown under the first that it has, one
        that has none of them under the largest that most of its targets have.
    :param latest: take a cell that several runs have from the newest of them.
    :raises ScenarioError: when runs hold a cell twice, or there is no such baseline or load, or no cell at all.
    """
    found = gather(reports, latest=latest)
    if not found.entries:
        raise ScenarioError(
            "there is nothing to make a matrix of",
            seen=f"no cell in {', '.join(report.run for report in by_age(reports)) or 'no run'}",
            expected="a run that measured, or was to measure, at least one target",
        )
    check_wanted(found.entries, loads)
    table = _table(found.entries, loads)
    chosen, why = _baseline(table, baseline)
    confidence = max(report.summary.confidence for report in reports)
    margin = max(report.summary.margin for report in reports)
    cells = [
        cell
        for figure in MORE_IS_BETTER
        for workload in table.workloads
        for cell in _column(table, figure, workload, chosen, confidence=confidence, margin=margin)
    ]
    return Matrix(
        runs=[_run(report) for report in by_age(reports)],
        baseline=chosen,
        baseline_reason=why,
        confidence=confidence,
        margin=margin,
        workloads=list(table.workloads),
        rows=list(table.rows.values()),
        columns=[_described(table, figure, workload) for figure in MORE_IS_BETTER for workload in table.workloads],
        cells=cells,
        overall=_overall(table, cells),
        warnings=matrix_warnings(found),
    )


def _run(report: Report) -> MatrixRun:
    started = report.environment.get("started")
    return MatrixRun(
        name=report.run, scenario=report.summary.scenario, started=None if started is None else str(started)
    )


def _table(entries: Sequence[Entry], loads: Sequence[str]) -> _Table:
    names = row_names(entries)
    workloads = sorted({entry.cell.workload for entry in entries})
    placed: dict[_Place, Entry] = {}
    rows: dict[str, MatrixRow] = {}
    for entry in entries:
        name = names[entry.cell.target, entry.cell.settings]
        placed[name.text, entry.cell.workload, entry.cell.load.label] = entry
        # Entries are given oldest first: what the newest run says of a target counts.
        rows[name.text] = _row(name, entry, rows.get(name.text))
    room = rooms(entries)
    of = {name: [entry for entry in entries if entry.cell.workload == name] for name in workloads}
    return _Table(
        rows=dict(sorted(rows.items(), key=lambda item: _group(item[1]))),
        workloads=workloads,
        entries=placed,
        room=room,
        choices={
            (figure, workload): choose_load(figure, of[workload], loads, room)
            for figure in MORE_IS_BETTER
            for workload in workloads
        },
    )


def _row(name: RowName, entry: Entry, older: MatrixRow | None) -> MatrixRow:
    targets = entry.report.environment.get("targets")
    told = targets.get(entry.cell.target) if isinstance(targets, Mapping) else None
    known = {key: value for key, value in told.items() if value} if isinstance(told, Mapping) else {}
    language = known.get("language") or (older and older.language)
    framework = known.get("framework") or (older and older.framework)
    return MatrixRow(
        key=name.text,
        target=entry.cell.target,
        params=dict(name.params),
        language=str(language) if language else None,
        framework=str(framework) if framework else None,
    )


def _group(row: MatrixRow) -> tuple[bool, str, str]:
    """Give the place of a row: by language, those of unknown language last, then by name."""
    return row.language is None, row.language or "", row.key


def _baseline(table: _Table, wanted: str | None) -> tuple[str, str]:
    if wanted is not None:
        fitting = [row.key for row in table.rows.values() if wanted in (row.key, row.target)]
        exact = [wanted] if wanted in table.rows else fitting
        if len(exact) != 1:
            raise ScenarioError(
                f"baseline {wanted!r} " + ("is not one row" if fitting else "is in none of the runs"),
                seen=f"rows: {', '.join(fitting or table.rows)}",
                expected="one of them",
            )
        return exact[0], "as asked for"
    able = {row: _able(table, row) for row in table.rows}
    most = max(len(workloads) for workloads in able.values())
    best = sorted(row for row, workloads in able.items() if len(workloads) == most)
    if len(best) == 1:
        return best[0], "which has a figure under the most workloads"
    # Over the same workloads for all, or else it would be a mean over different sets; and in an open model all have the
    # throughput that was offered.
    common = [
        workload
        for workload in table.workloads
        if all(workload in able[row] for row in best)
        and all(entry.cell.load.model == "closed" for entry in (able[row][workload] for row in best))
    ]
    if not common:
        return best[0], "the first by name of those that have a figure under the most workloads"
    fastest = max(best, key=lambda row: math.fsum(_log_throughput(able[row][workload]) for workload in common))
    return fastest, "the fastest of those that have a figure under the most workloads"


def _able(table: _Table, row: str) -> Mapping[str, Entry]:
    """Give the cell of a row under each workload where it did the agreed work and bore the load."""
    found = {workload: table.entry(row, workload, _FIRST) for workload in table.workloads}
    return {
        workload: entry
        for workload, entry in found.items()
        if entry is not None
        and entry.summary.throughput_rps is not None
        and entry.summary.parity not in ("non-comparable", "declared deviation")
        and entry.summary.verdict != "saturated"
    }


def _log_throughput(entry: Entry) -> float:
    interval = entry.summary.throughput_rps
    return -math.inf if interval is None else math.log(interval.mean)


def _described(table: _Table, figure: MatrixFigure, workload: str) -> MatrixColumn:
    choice = table.choices[figure, workload]
    points = [
        entry.cell.load
        for (_, name, label), entry in sorted(table.entries.items(), key=lambda item: item[0])
        if (name, label) == (workload, choice.label)
    ]
    return MatrixColumn(
        figure=figure,
        workload=workload,
        load=LoadSummary.of(points[0]) if points else None,
        load_key=choice.label,
        other_loads=list(choice.others),
        reason=choice.reason,
    )


def _column(
    table: _Table, figure: MatrixFigure, workload: str, baseline: str, *, confidence: float, margin: float
) -> Iterable[MatrixCell]:
    entries = {row: table.entry(row, workload, figure) for row in table.rows}
    sides = {
        row: side(entry, figure, table.room.get(entry.identity)) for row, entry in entries.items() if entry is not None
    }
    judged = judge_column(sides, baseline, confidence=confidence, margin=margin)
    for row in table.rows:
        if row in sides:
            yield _cell(row, workload, figure, sides[row], judged[row])
        else:
            yield _absent(table, row, workload, figure)


def _cell(row: str, workload: str, figure: MatrixFigure, one: Side, judged: Judged) -> MatrixCell:
    return MatrixCell(
        row=row,
        workload=workload,
        figure=figure,
        outcome=one.entry.summary.outcome,
        run=one.entry.report.run,
        cell=one.entry.summary.key,
        trials=one.entry.summary.trials,
        value=one.value,
        value_is_lower_bound=one.contender is not None and one.contender.lower_bound,
        ratio=judged.ratio,
        comparable=judged.comparable,
        reasons=list(judged.reasons),
    )


def _absent(table: _Table, row: str, workload: str, figure: MatrixFigure) -> MatrixCell:
    loads = sorted(label for name, of, label in table.entries if (name, of) == (row, workload))
    why = f"not measured under this load, only under {', '.join(loads)}" if loads else "in none of these runs"
    return MatrixCell(
        row=row,
        workload=workload,
        figure=figure,
        outcome="absent",
        run=None,
        cell=None,
        trials=0,
        value=None,
        ratio=None,
        comparable=False,
        reasons=[Reason(word="absent", text=why)],
    )


def _overall(table: _Table, cells: Iterable[MatrixCell]) -> list[MatrixOverall]:
    of: dict[tuple[MatrixFigure, str], list[MatrixCell]] = {}
    for cell in cells:
        of.setdefault((cell.figure, cell.row), []).append(cell)
    return [_mean(row, figure, of[figure, row]) for figure in MORE_IS_BETTER for row in table.rows]


def _mean(row: str, figure: MatrixFigure, cells: Sequence[MatrixCell]) -> MatrixOverall:
    ratios = [cell.ratio.ratio for cell in cells if cell.comparable and cell.ratio is not None]
    if len(ratios) == len(cells):
        mean = math.exp(math.fsum(map(math.log, ratios)) / len(ratios))
        return MatrixOverall(row=row, figure=figure, ratio=mean, reason="")
    missing = [f"{cell.workload} ({cell.reasons[0].word})" for cell in cells if not cell.comparable]
    more = [f"{len(missing) - _NAMED} more"] if len(missing) > _NAMED else []
    return MatrixOverall(
        row=row, figure=figure, ratio=None, reason=f"not comparable in {', '.join([*missing[:_NAMED], *more])}"
    )
