"""Errors by class: what became of the requests that did not end with a 2xx answer, cell by cell.

Over the same trials as the figures of the cell. Leaves out cells without any, which the table says.
"""

from collections.abc import Iterable, Mapping

from fwcompare.model.measurement import Counts
from fwcompare.model.ports import Report
from fwcompare.reporting.chart_trials import counted_trials
from fwcompare.reporting.document import Content, Grid
from fwcompare.reporting.league import by_workload, labels, load_groups, load_name

_HEADER = (
    "target",
    "load",
    "due",
    "ok",
    "HTTP errors",
    "transport errors",
    "timeouts",
    "shed",
    "unfinished",
    "which",
)


def error_grid(report: Report) -> Grid:
    """Give what became of the requests of every cell that had any error."""
    names = labels(report.plan, workload=False)
    several = len(by_workload(report)) > 1
    trials = counted_trials(report)
    rows: list[list[Content]] = []
    for group in load_groups(report):
        for cell in group.ranked:
            counts = [trial.measurement.counts for trial in trials.get(cell.key, ()) if trial.measurement is not None]
            if any(seen.due != seen.ok for seen in counts):
                rows.append([names[cell.key], load_name(group, several=several), *_figures(counts)])
    return Grid(
        caption="What became of requests, over the valid trials of each cell that had any error",
        header=_HEADER,
        rows=rows,
        right=range(2, 9),
        explained="In every trial due = ok + HTTP errors + transport errors + timeouts + shed + unfinished. "
        "Cells without a row had no error.",
        empty="Every request of every valid trial ended with a 2xx answer." if trials else "No cell has a valid trial.",
    )


def _figures(counts: list[Counts]) -> list[str]:
    sums = [
        sum(seen.due for seen in counts),
        sum(seen.ok for seen in counts),
        sum(seen.http_errors for seen in counts),
        sum(seen.transport_errors for seen in counts),
        sum(seen.timeouts for seen in counts),
        sum(seen.shed for seen in counts),
        sum(seen.censored for seen in counts),
    ]
    statuses = {
        status: count for status, count in _added(seen.by_status for seen in counts).items() if status[:1] != "2"
    }
    named = {**{f"status {status}": count for status, count in statuses.items()}, **_added(c.by_error for c in counts)}
    which = ", ".join(f"{name}: {count:,}" for name, count in sorted(named.items(), key=lambda item: -item[1]))
    return [*(f"{count:,}" for count in sums), which]


def _added(every: Iterable[Mapping[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for seen in every:
        for name, count in seen.items():
            sums[name] = sums.get(name, 0) + count
    return sums
