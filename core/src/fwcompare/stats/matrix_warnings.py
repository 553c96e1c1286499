"""What somebody who reads a matrix must know of the runs that it is made of before believing it. Pure."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from fwcompare.model.comparison import Factor
from fwcompare.model.ports import Report
from fwcompare.stats.matrix_cells import Gathered, by_age, row_names
from fwcompare.stats.run_factors import factors

_SHOWN_ELSEWHERE: Final = ("load", "workload", "parameters", "matrix")
"""What of a scenario is told by columns, rows and warnings of their own."""


def matrix_warnings(found: Gathered) -> list[str]:
    """Give the warnings, gravest first."""
    reports = by_age({id(entry.report): entry.report for entry in found.entries}.values())
    return [*_interrupted(reports), *_different(reports, found), *_parameters(found), *_replaced(found)]


def _interrupted(reports: Iterable[Report]) -> list[str]:
    return [
        f"run {report.run} was interrupted: it holds fewer trials than were planned"
        for report in reports
        if report.summary.status == "interrupted"
    ]


def _different(reports: Sequence[Report], found: Gathered) -> list[str]:
    """Name what is not the same in all runs, each held against the oldest; targets only where both runs have them."""
    targets = {
        report.run: {entry.cell.target for entry in found.entries if entry.report is report} for report in reports
    }
    told = []
    for report in reports[1:]:
        differing = factors(reports[0], report, targets[reports[0].run] & targets[report.run])
        things = dict.fromkeys(filter(None, (_thing(one, reports[0], report) for one in differing)))
        if things:
            told.append(
                f"runs {reports[0].run} and {report.run} differ in {', '.join(things)}: what stands side by side of "
                "both may differ for that"
            )
    return told


def _thing(factor: Factor, a: Report, b: Report) -> str:
    """Name what a factor is a part of; empty where the table itself shows it, or one of the runs has no such thing."""
    head, *inner = factor.path.split(".")
    if factor.thing is None or (head == "scenario" and inner[0] in _SHOWN_ELSEWHERE):
        return ""
    if head == "services":
        both = all(inner[0] in _services(report) for report in (a, b))
        return f"service {inner[0]}" if both else ""
    return factor.thing


def _services(report: Report) -> Container[str]:
    services = report.environment.get("services")
    return services if isinstance(services, Mapping) else ()


def _parameters(found: Gathered) -> list[str]:
    """Name parameters of a row that are not the same under every workload, of which the row's name says nothing."""
    names = row_names(found.entries)
    values: dict[tuple[str, str], dict[str, set[str]]] = {}
    for entry in found.entries:
        cell = entry.cell
        for parameter, value in cell.settings:
            where = values.setdefault((names[cell.target, cell.settings].text, parameter), {})
            where.setdefault(str(value), set()).add(cell.workload)
    return [
        f"{row}: {parameter} is "
        + ", ".join(f"{value} in {' and '.join(sorted(where))}" for value, where in sorted(seen.items()))
        for (row, parameter), seen in sorted(values.items())
        if len(seen) > 1
    ]


def _replaced(found: Gathered) -> list[str]:
    return [f"of run {run}, newer runs replace {', '.join(cells)}" for run, cells in sorted(found.replaced.items())]
