"""Two runs side by side, in words: the rows of two tables, and the notes below them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from fwcompare.model.comparison import CellComparison, RunComparison, RunVerdict
from fwcompare.model.summary import Interval
from fwcompare.reporting import figures

CELL_HEADER: Final = ("cell", "figure", "a", "b", "b / a", "interval", "verdict on b")
FACTOR_HEADER: Final = ("what differs", "a", "b")
_METRICS: Final[Mapping[str, str]] = {"throughput_rps": "req/s", "cpu_ms_per_request": "CPU ms/req."}
_LONGEST: Final = 40


@dataclass(frozen=True)
class ComparisonView:
    """What is printed, from top to bottom: ``heading``, ``cells``, ``notes``, ``factors``, ``warnings``."""

    heading: Sequence[str]
    cells: Sequence[Sequence[str]]
    notes: Sequence[str]
    factors: Sequence[Sequence[str]]
    warnings: Sequence[str]


def comparison_view(comparison: RunComparison) -> ComparisonView:
    """Lay out a comparison."""
    return ComparisonView(
        heading=(f"a: {comparison.a}", f"b: {comparison.b}"),
        cells=[_cell(one) for one in comparison.cells],
        notes=[*_notes(comparison), *(f"{one.key}: not compared; {_line(one.reason)}" for one in comparison.alone)],
        factors=[(one.path, _value(one.a), _value(one.b)) for one in comparison.factors],
        warnings=[_line(warning) for warning in comparison.warnings],
    )


def verdict_counts(comparison: RunComparison) -> str:
    """Say in one sentence how the second run fared, for each figure, and how many cells were not compared."""
    told = []
    for metric, name in _METRICS.items():
        seen = Counter(one.verdict for one in comparison.cells if one.metric == metric)
        if seen:
            counts = [f"{verdict} in {seen[verdict]}" for verdict in get_args(RunVerdict) if seen[verdict]]
            told.append(f"{name}: {', '.join(counts)} of {figures.count(seen.total(), 'cell')}")
    if comparison.alone:
        told.append(f"{figures.count(len(comparison.alone), 'cell')} not compared")
    return f"b against a - {'; '.join(told)}." if told else "No cell is in both runs."


def _cell(one: CellComparison) -> tuple[str, ...]:
    return (
        one.key,
        _METRICS[one.metric],
        _mean(one.a),
        _mean(one.b),
        figures.MISSING if one.ratio is None else figures.times(one.ratio),
        figures.bounds(one.low, one.high).strip(" ()") or figures.MISSING,
        one.verdict,
    )


def _notes(comparison: RunComparison) -> list[str]:
    told = [
        f"{one.key}, {_METRICS[one.metric]}: {one.verdict}; {_line(one.reason)}"
        for one in comparison.cells
        if one.reason and one.verdict != "same"
    ]
    if comparison.cells:
        told.append(
            "The runs were taken at different times, so nothing pairs their trials: ratios have Welch's intervals on "
            f"logarithms, adjusted for the number of cells ({figures.setting_percent(comparison.confidence)}), and "
            f"hold what changed on the host meanwhile. Within {figures.setting_percent(comparison.margin)} is the same."
        )
    return told


def _mean(value: Interval | None) -> str:
    return figures.MISSING if value is None else figures.number(value.mean)


def _value(value: object) -> str:
    text = "-" if value is None else _line(", ".join(map(str, value)) if isinstance(value, list) else str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _line(text: str) -> str:
    return figures.one_line(text)
