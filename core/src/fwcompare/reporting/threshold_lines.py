"""What became of the lines under ``assert`` of a scenario, in words: for the terminal, Markdown and the exit."""

from collections.abc import Iterable, Sequence

from fwcompare.model.summary import Interval
from fwcompare.model.threshold import ThresholdCell, ThresholdResult
from fwcompare.reporting import figures

HEADER = ("threshold", "verdict", "cell", "seen")


def threshold_headline(results: Sequence[ThresholdResult]) -> str:
    """Say how many hold: ``thresholds: 2 of 3 hold``; empty without any."""
    if not results:
        return ""
    held = sum(one.state == "holds" for one in results)
    return f"thresholds: {held} of {len(results)} {'holds' if len(results) == 1 else 'hold'}"


def threshold_sentences(results: Iterable[ThresholdResult]) -> list[str]:
    """Give a line for each threshold: its verdict, itself, and each cell at which it does not hold.

    One that cannot be told is no pass, and says so.
    """
    return [_sentence(one) for one in results]


def threshold_rows(results: Iterable[ThresholdResult]) -> list[tuple[str, str, str, str]]:
    """Give a row for each threshold and cell, under :data:`HEADER`."""
    rows: list[tuple[str, str, str, str]] = []
    for one in results:
        rows += [(one.line, cell.state, _where(cell), _seen(one, cell)) for cell in one.cells]
        if not one.cells:
            rows.append((one.line, one.state, "-", one.reason))
    return rows


def _sentence(result: ThresholdResult) -> str:
    if result.state == "holds":
        return f"holds: {result.line} ({'; '.join(f'{_where(cell)}: {_seen(result, cell)}' for cell in result.cells)})"
    lacking = [cell for cell in result.cells if cell.state != "holds"]
    # What fails goes first: it says more than what is not known.
    told = [
        f"{_where(cell)}: {_seen(result, cell)}" for cell in sorted(lacking, key=lambda cell: cell.state != "fails")
    ]
    passed = "; no pass" if result.state == "cannot be told" else ""
    return f"{result.state}{passed}: {result.line} ({'; '.join(told) or result.reason})"


def _where(cell: ThresholdCell) -> str:
    return cell.cell if cell.over is None else f"{cell.cell} over {cell.over}"


def _seen(result: ThresholdResult, cell: ThresholdCell) -> str:
    if cell.value is None:
        return figures.one_line(cell.reason)
    words = _figure(result, cell.value, cell.low, cell.high)
    return f"{words}, {figures.one_line(cell.reason)}" if cell.reason else words


def _figure(result: ThresholdResult, value: float, low: float | None, high: float | None) -> str:
    if result.unit == "share":
        return figures.percent(value)
    if result.unit == "ratio":
        return figures.times(value) + figures.bounds(low, high)
    mean, _, interval = figures.interval(Interval(mean=value, low=low, high=high)).partition(" ")
    return " ".join(part for part in (mean, result.unit, interval) if part)
