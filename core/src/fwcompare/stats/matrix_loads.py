"""Under which load each workload of a matrix is shown.

A throughput is what a target can do in the closed model only: in the open one it is what was offered. A p99 of response
times is of the open model only, and of no use once a target is saturated or near it. So a figure has a load point of
its own, the one that most rows have, and of those the largest. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fwcompare.errors import ScenarioError
from fwcompare.model.matrix import MatrixFigure
from fwcompare.model.plan import LoadPoint
from fwcompare.stats.matrix_capacity import Room
from fwcompare.stats.matrix_cells import Entry, Identity


@dataclass(frozen=True)
class Choice:
    """A load point by its label, None where there is none to choose; ``others`` are the labels not chosen."""

    label: str | None
    others: tuple[str, ...]
    reason: str


def choose_load(
    figure: MatrixFigure, entries: Sequence[Entry], wanted: Sequence[str], room: Mapping[Identity, Room]
) -> Choice:
    """Choose the load point of a figure of one workload.

    :param entries: the cells of the workload, of all loads.
    :param room: of the cells of an open model, what their rate leaves of the capacity.
    :param wanted: labels that were asked for, the first that there is counts.
    """
    points: dict[str, LoadPoint] = {}
    rows: dict[str, list[Entry]] = {}
    for entry in entries:
        points.setdefault(entry.cell.load.label, entry.cell.load)
        rows.setdefault(entry.cell.load.label, []).append(entry)
    labels = sorted(points, key=lambda label: (*_size(points[label]), label))
    possible = [label for label in labels if figure != "response_p99_ms" or points[label].model == "open"]
    if not possible:
        return Choice(None, tuple(labels), "closed model: no rate was equal for all, and only service times exist")
    asked = [label for label in wanted if label in possible]
    chosen = asked[0] if asked else max(possible, key=lambda label: _fitness(figure, points[label], rows[label], room))
    others = tuple(label for label in labels if label != chosen)
    return Choice(chosen, others, _reason(figure, asked=bool(asked), alone=not others))


def check_wanted(entries: Sequence[Entry], wanted: Sequence[str]) -> None:
    """Refuse a load point that no workload has.

    :raises ScenarioError: with those that there are.
    """
    known: Mapping[str, LoadPoint] = {entry.cell.load.label: entry.cell.load for entry in entries}
    unknown = [label for label in wanted if label not in known]
    if unknown:
        raise ScenarioError(
            f"no cell has load {unknown[0]!r}",
            seen="loads of the runs: " + ", ".join(sorted(known, key=lambda label: (*_size(known[label]), label))),
            expected="one of them, such as c10 for 10 connections or c10-r500 for 500 requests per second over them",
        )


def _fitness(
    figure: MatrixFigure, point: LoadPoint, entries: Sequence[Entry], room: Mapping[Identity, Room]
) -> tuple[int, int, float, int]:
    """Rank a load point: closed before open but for a p99, then how many rows have it, then how large it is."""
    if figure == "response_p99_ms":
        # A saturated target has no response time to tell, and one near its capacity none to compare: a rate that leaves
        # more of them room comes first, and of those one of which that is known.
        left = [room[entry.identity].state for entry in entries if _bears(entry)]
        return len(left) - left.count("too little"), left.count("enough"), *_size(point)
    return point.model == "closed", len(entries), *_size(point)


def _bears(entry: Entry) -> bool:
    times = entry.summary.response_ms
    return entry.summary.outcome == "ok" and times is not None and times.p99 is not None


def _size(point: LoadPoint) -> tuple[float, int]:
    return point.rate or 0.0, point.connections


def _reason(figure: MatrixFigure, *, asked: bool, alone: bool) -> str:
    if asked:
        return "as asked for"
    if alone:
        return "the only load"
    if figure == "response_p99_ms":
        return "the highest rate that most targets bear with room to spare, as far as is known"
    return "the largest load that most targets have"
