"""The cells that a matrix is made of, found in one run or several by what they are: target, workload, parameters, load.

Leaves out which load a column shows (``matrix_loads.py``) and what a cell's figures are worth (``matrix_sides.py``).
Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fwcompare.errors import ScenarioError
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Report
from fwcompare.model.quantities import Scalar, as_variable
from fwcompare.model.summary import CellSummary
from fwcompare.stats.blocks import Blocks, sort_out

_Configuration = tuple[str, tuple[tuple[str, Scalar], ...]]
"""A target and all its settings."""

Identity = tuple[str, str, tuple[tuple[str, Scalar], ...], str]
"""What a cell is: target, workload, settings, and the label of its load."""

_SHOWN = 5


@dataclass(frozen=True)
class Entry:
    """A cell in the run that it is taken from; ``blocks`` hold its own trials only."""

    report: Report
    cell: Cell
    summary: CellSummary
    blocks: Blocks

    @property
    def identity(self) -> Identity:
        """Tell it from every other cell of the runs."""
        return self.cell.target, self.cell.workload, self.cell.settings, self.cell.load.label


@dataclass(frozen=True)
class RowName:
    """How a row is called, and those of its parameters that the name tells."""

    text: str
    params: Mapping[str, Scalar]


@dataclass(frozen=True)
class Gathered:
    """Every cell once; ``replaced`` names, by run, those for which a newer run has another."""

    entries: tuple[Entry, ...]
    replaced: Mapping[str, Sequence[str]]


def by_age(reports: Iterable[Report]) -> list[Report]:
    """Give the runs, oldest first, in whatever order they came."""
    return sorted(reports, key=lambda report: (str(report.environment.get("started") or ""), report.run))


def gather(reports: Iterable[Report], *, latest: bool) -> Gathered:
    """Find every cell of the runs.

    :param latest: take a cell that several runs have from the newest, whatever became of it there.
    :raises ScenarioError: when several runs have a cell, unless ``latest``.
    """
    found: dict[Identity, Entry] = {}
    replaced: dict[str, list[str]] = {}
    twice: list[str] = []
    for report in by_age(reports):
        for entry in _entries(report):
            older = found.get(entry.identity)
            if older is not None:
                twice.append(f"{entry.summary.key} ({entry.cell.workload}) in {older.report.run} and {report.run}")
                replaced.setdefault(older.report.run, []).append(older.summary.key)
            found[entry.identity] = entry
    if twice and not latest:
        more = [f"and {len(twice) - _SHOWN} more"] if len(twice) > _SHOWN else []
        raise ScenarioError(
            "the runs hold some cells twice",
            seen="\n".join([*twice[:_SHOWN], *more]),
            expected="every target, workload and load in one of the runs only",
            hint="fwcompare matrix ... --latest    takes each from the newest run that has it",
        )
    return Gathered(tuple(found.values()), replaced)


def row_names(entries: Collection[Entry]) -> Mapping[_Configuration, RowName]:
    """Name the row of every target and parameters: the target, and what varies of its parameters.

    A parameter varies where a target has cells of one workload and load with more than one value of it; one that is
    merely another for another workload makes no row of its own.
    """
    cells = [entry.cell for entry in entries]
    names: dict[str, set[str]] = {}
    for cell in cells:
        names.setdefault(cell.target, set()).update(name for name, _ in cell.settings)
    values: dict[tuple[str, str, str, str], set[Scalar | None]] = {}
    for cell in cells:
        here = dict(cell.settings)
        for name in names[cell.target]:
            values.setdefault((cell.target, name, cell.workload, cell.load.label), set()).add(here.get(name))
    varying = {(target, name) for (target, name, _, _), seen in values.items() if len(seen) > 1}
    named = {}
    for cell in cells:
        here = dict(cell.settings)
        shown = [name for name in sorted(names[cell.target]) if (cell.target, name) in varying]
        told = [f"{name}={as_variable(here[name])}" if name in here else f"no {name}" for name in shown]
        params = {name: here[name] for name in shown if name in here}
        named[cell.target, cell.settings] = RowName(" ".join([cell.target, *told]), params)
    return named


def _entries(report: Report) -> Iterable[Entry]:
    summaries = {cell.key: cell for cell in report.summary.cells}
    cells = {cell.key: cell for cell in (*report.plan.cells, *(entry.cell for entry in report.plan.unsupported))}
    blocks = sort_out(trial for trial in report.trials if trial.planned.cell.key in cells)
    counted, disturbed = _by_cell(blocks.counted), _by_cell(blocks.disturbed)
    for key, cell in cells.items():
        if key not in summaries:
            continue  # of a search for a capacity, which is no cell of a table
        own = Blocks(
            counted=tuple(counted.get(key, ())),
            disturbed=tuple(disturbed.get(key, ())),
            causes=blocks.causes,
            all_disturbed=blocks.all_disturbed,
            discarded=blocks.discarded,
        )
        yield Entry(report, cell, summaries[key], own)


def _by_cell(trials: Iterable[Trial]) -> Mapping[str, list[Trial]]:
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.planned.cell.key, []).append(trial)
    return found
