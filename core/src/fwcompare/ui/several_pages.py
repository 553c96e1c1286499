"""Pages about several runs: a comparison, a matrix, a history. The pages themselves are those of the commands."""

from collections.abc import Sequence
from typing import Final

from fwcompare.errors import ScenarioError
from fwcompare.model.history import TREND_METRICS, TrendMetric
from fwcompare.model.ports import Report
from fwcompare.reporting.comparison_page import comparison_page
from fwcompare.reporting.history_page import history_page
from fwcompare.reporting.matrix_page import matrix_page
from fwcompare.stats.compare_runs import compare_runs
from fwcompare.stats.history import make_history
from fwcompare.stats.matrix import make_matrix
from fwcompare.store.index import Index
from fwcompare.ui import links
from fwcompare.ui.library import Library, NoSuchRunError

_PAIR: Final = 2


def compare(library: Library, runs: Sequence[str], *, force: bool) -> str:
    """Hold the later of two runs against the earlier.

    :param force: compare what cannot be compared in earnest as well.
    :raises ScenarioError: when there are not two, one cannot be read, or they are not of one kind.
    """
    chosen = dict.fromkeys(runs)
    if len(chosen) != _PAIR:
        raise ScenarioError(
            "two runs are compared at a time", seen=f"{len(chosen)} chosen", hint="go back, and choose two of the list"
        )
    a, b = sorted((library.read(run).report for run in chosen), key=_begun)
    try:
        comparison = compare_runs(a, b, force=force)
    except ScenarioError as error:
        if force:
            raise
        again = ("Compare them all the same", links.asking("/compare", run=[a.run, b.run], force="true"))
        raise RefusedError(error, again) from error
    return links.with_trail(comparison_page(comparison), [links.HOME], "comparison")


def matrix(library: Library, runs: Sequence[str], baseline: str | None, *, latest: bool) -> str:
    """Lay out targets by workloads over one run or several.

    :param baseline: the target that every figure is set over; None chooses one.
    :param latest: take a cell that several runs have from the newest of them.
    :raises ScenarioError: when there is no run, one cannot be read, or they do not make a matrix.
    """
    chosen = list(dict.fromkeys(runs))
    if not chosen:
        raise ScenarioError(
            "a matrix is made of one run or several",
            seen="none was chosen",
            hint="go back, and choose some of the list",
        )
    reports = [library.read(run).report for run in chosen]
    try:
        made = make_matrix(reports, baseline=baseline, latest=latest)
    except ScenarioError as error:
        if latest or len(chosen) == 1:
            raise
        where = links.asking("/matrix", run=chosen, baseline=baseline, latest="true")
        raise RefusedError(error, ("Take each cell from the newest run that has it", where)) from error
    rows = [row.key for row in made.rows]
    ways = [(row, links.asking("/matrix", run=chosen, baseline=row, latest=latest)) for row in rows]
    return links.with_trail(matrix_page(made), [links.HOME], "matrix", links.Choice("baseline", ways))


def history(index: Index, target: str, metric: TrendMetric) -> str:
    """Show how a target fared from run to run.

    :raises NoSuchRunError: when no run has figures of it.
    """
    cells = index.cells(target=target)
    if not cells:
        raise NoSuchRunError(f"no run has figures of target {target!r}", expected="a target of a run that has ended")
    made = make_history(target, metric, cells, index.conditions({cell.run for cell in cells}))
    ways = [(each, links.asking("/history", target=target, metric=each)) for each in TREND_METRICS]
    return links.with_trail(history_page(made), [links.HOME], f"history of {target}", links.Choice("figure", ways))


class RefusedError(ScenarioError):
    """What was asked for makes no sense as it is; ``again`` is a link to what would."""

    def __init__(self, refused: ScenarioError, again: links.Step) -> None:
        super().__init__(
            refused.who, seen=refused.seen, expected=refused.expected, hint=refused.hint, details=refused.details
        )
        self.again = again


def _begun(report: Report) -> str:
    return str(report.environment.get("started") or report.run)
