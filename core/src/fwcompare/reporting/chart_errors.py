"""What became of the requests that got no right answer, by class and cell, as shares of the requests that were due."""

from collections import Counter
from dataclasses import dataclass

from fwcompare.model.measurement import Counts
from fwcompare.model.ports import Report
from fwcompare.reporting import figures
from fwcompare.reporting.chart_notes import named
from fwcompare.reporting.chart_series import Series, Sweep
from fwcompare.reporting.chart_trials import counted_trials, measured, told

MOST_ROWS = 24
MOST_CLASSES = 7
OTHER = "others"


@dataclass(frozen=True)
class ErrorRow:
    """A cell with errors: requests by class, of all that were ``due`` in its counted trials."""

    label: str
    series: Series
    due: int
    by_class: tuple[tuple[str, int], ...]

    def percent(self, name: str) -> float:
        """Give the share of a class, in percent."""
        return 100 * dict(self.by_class).get(name, 0) / self.due

    @property
    def total_percent(self) -> float:
        """The share of all classes together, in percent."""
        return 100 * sum(count for _, count in self.by_class) / self.due


@dataclass(frozen=True)
class Errors:
    """The cells with errors in the order of the plan, and the classes, the most frequent first.

    Without rows there is nothing to draw, and ``note`` says so.
    """

    rows: tuple[ErrorRow, ...]
    classes: tuple[str, ...]
    note: str
    words: str


def errors(report: Report, sweep: Sweep) -> Errors:
    """Count the errors of a workload by class."""
    trials = counted_trials(report)
    rows: list[ErrorRow] = []
    unknown: dict[str, None] = {}
    for line in sweep.every_series:
        for level, cell in line.cells:
            if cell.key not in trials:
                unknown[f"{line.label} ({cell.outcome})"] = None
                continue
            label = line.label if sweep.single else f"{line.label}, {sweep.at(level)}"
            counts = [measured(trial).counts for trial in trials[cell.key]]
            seen: Counter[str] = Counter()
            for each in counts:
                seen.update(classes(each))
            due = sum(each.due for each in counts)
            if seen and due:
                rows.append(ErrorRow(label, line, due, tuple(seen.items())))
    worst = sorted(rows, key=lambda row: -row.total_percent)[:MOST_ROWS]
    shown = [row for row in rows if row in worst]
    total: Counter[str] = Counter()
    for row in shown:
        total.update(dict(row.by_class))
    ranked = sorted(total, key=lambda name: (-total[name], name))
    kept = ranked if len(ranked) <= MOST_CLASSES else [*ranked[: MOST_CLASSES - 1], OTHER]
    final = tuple(ErrorRow(row.label, row.series, row.due, _merged(row, kept)) for row in shown)
    sentences = [
        f"{sweep.at(sweep.levels[0])}." if sweep.single and final else "",
        "" if final else _NONE if trials else "No cell has a valid trial to count errors of.",
        f"The {MOST_ROWS} cells with most errors of {len(rows)} are shown." if len(rows) > len(final) else "",
        f"Not known everywhere: errors of {named(list(unknown))}." if unknown else "",
    ]
    return Errors(final, tuple(kept), told(sentences), _words(final))


def classes(counts: Counts) -> dict[str, int]:
    """Sort the requests of a trial that got no right answer by what became of them; classes without any are absent.

    ``status 503`` is an answer of that status, ``reset`` and the like are transport errors by their kind. What the
    load generator counted without a kind stands under the whole class.
    """
    found = {
        f"status {status}": count for status, count in sorted(counts.by_status.items()) if not status.startswith("2")
    }
    found["other wrong answers"] = counts.http_errors - sum(found.values())
    kinds = {
        kind.replace("_", " "): count
        for kind, count in sorted(counts.by_error.items())
        if kind != "timeout" and not kind.startswith("unexpected")  # both are counted elsewhere
    }
    found |= kinds
    found["transport errors"] = counts.transport_errors - sum(kinds.values())
    found["timeouts"] = counts.timeouts
    found["shed"] = counts.shed
    found["unfinished"] = counts.censored
    return {figures.one_line(name): count for name, count in found.items() if count > 0}


_NONE = "Every request of every counted trial got its answer: there are no errors to draw."


def _merged(row: ErrorRow, kept: list[str]) -> tuple[tuple[str, int], ...]:
    own = dict(row.by_class)
    others = sum(count for name, count in own.items() if name not in kept)
    merged = {name: own.get(name, 0) for name in kept if name in own}
    return tuple({**merged, **({OTHER: others} if others else {})}.items())


def _words(rows: tuple[ErrorRow, ...]) -> str:
    told_rows = [
        f"{row.label} {figures.number(row.total_percent)} % ("
        + ", ".join(f"{count:,} {name}" for name, count in row.by_class)
        + ")"
        for row in rows
    ]
    return f"Requests without a right answer, of those due: {named(told_rows)}." if rows else ""
