"""A cell as a side of a matrix's ratio: its figure, and whether that may be held against another's.

*Refusals* say that the figure is of something else, so that a ratio would mean nothing; *doubts* that there is a ratio
and it may not be believed; *remarks* are to be known of a ratio that may. They are what pairs of a run are held to
(``contenders.py``, ``pairs.py``), in a form that a table can mark. Leaves out what only two sides have
(``matrix_ratios.py``). Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from fwcompare.model.matrix import MatrixFigure, Reason
from fwcompare.model.measurement import Trial
from fwcompare.model.summary import CellSummary, Interval, Metric
from fwcompare.stats.blocks import is_valid
from fwcompare.stats.contenders import Contender, contender
from fwcompare.stats.intervals import geometric_interval
from fwcompare.stats.matrix_capacity import Room
from fwcompare.stats.matrix_cells import Entry
from fwcompare.stats.verdicts import MIN_BLOCKS
from fwcompare.stats.wording import count, percent

_OTHER_WORK: Final = {
    "non-comparable": Reason(word="other work", text="it did other work than the contract says (parity)"),
    "declared deviation": Reason(
        word="declared deviation", text="it does other work than the contract says, and declares it (parity)"
    ),
}
_METRICS: Final[Mapping[MatrixFigure, Metric]] = {
    "throughput_rps": "throughput_rps",
    "response_p99_ms": "response_p99_ms",
    "cpu_ms_per_request": "cpu_ms_per_request",
    # What is doubtful about the one is about the other: both are of the target's processes.
    "peak_rss_mib": "cpu_ms_per_request",
}
_NOISY: Final = "the host disturbed every block"


@dataclass(frozen=True)
class Side:
    """One figure of one cell; ``contender`` is None where it has no valid trial."""

    entry: Entry
    contender: Contender | None
    value: Interval | None
    refusals: tuple[Reason, ...]
    doubts: tuple[Reason, ...]
    remarks: tuple[Reason, ...]


def side(entry: Entry, figure: MatrixFigure, room: Room | None = None) -> Side:
    """Make a side of a cell, whatever became of it.

    :param room: what its rate leaves of the target's capacity, which a response time depends on.
    """
    summary = entry.summary
    if summary.outcome != "ok":
        why = Reason(word=summary.outcome, text=summary.reasons.get("outcome", "no reason was recorded"))
        return Side(entry, None, None, (why,), (), ())
    made = contender(summary, entry.blocks, _METRICS[figure])
    if figure == "peak_rss_mib":
        made = replace(made, figures=_memory(entry.blocks.counted))
    value = _value(summary, figure, made, confidence=entry.report.summary.confidence)
    refusals = [_OTHER_WORK[summary.parity]] if summary.parity in _OTHER_WORK else []
    if value is None:
        refusals.append(_unknown(summary, figure))
    elif figure == "throughput_rps" and entry.cell.load.model == "open":
        offered = "open model: no more was offered than the rate, whatever the target can do"
        refusals.append(Reason(word="open load", text=offered))
    near, unknown = _of_room(room) if figure == "response_p99_ms" else ((), ())
    return Side(
        entry=entry,
        contender=made,
        value=value,
        refusals=tuple(refusals),
        doubts=() if value is None else (*near, *_doubts(summary, made)),
        remarks=(*unknown, *_remarks(summary)),
    )


def _of_room(room: Room | None) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Give what a rate near the capacity speaks against, and what is to be known where the capacity is not."""
    if room is None or room.reason is None:
        return (), ()
    return ((room.reason,), ()) if room.state == "too little" else ((), (room.reason,))


def _memory(trials: Iterable[Trial]) -> Mapping[int, float]:
    """Give the peak of each valid trial, by its block."""
    peaks = {
        trial.planned.block: trial.measurement.target.peak_rss_mib
        for trial in trials
        if is_valid(trial) and trial.measurement is not None
    }
    return {block: peak for block, peak in peaks.items() if peak is not None}


def _value(summary: CellSummary, figure: MatrixFigure, made: Contender, *, confidence: float) -> Interval | None:
    if figure == "throughput_rps":
        return summary.throughput_rps
    if figure == "cpu_ms_per_request":
        return summary.cpu_ms_per_request
    if figure == "response_p99_ms":
        times = summary.response_ms
        if times is None or times.p99 is None:
            return None
        return times.intervals.get("p99") or Interval(mean=times.p99, low=None, high=None)
    # In the order of the blocks, so that the order of the trials changes no last digit.
    peaks = [made.figures[block] for block in sorted(made.figures)]
    return geometric_interval(peaks, confidence) if peaks and min(peaks) > 0 else None


def _unknown(summary: CellSummary, figure: MatrixFigure) -> Reason:
    told = summary.reasons
    if figure == "response_p99_ms":
        text = told.get("response_ms.p99") or told.get("response_ms", "no reason was recorded")
        if summary.load.model == "closed":
            return Reason(word="closed model", text=text)
        return Reason(word="saturated" if "saturated" in told else "not known", text=text)
    return Reason(word="not known", text=told.get(figure, "no reason was recorded"))


def _doubts(summary: CellSummary, made: Contender) -> Iterable[Reason]:
    told = summary.reasons
    if summary.verdict in ("unstable", "noisy", "saturated"):
        text = told.get("saturated") if summary.verdict == "saturated" else told.get("verdict")
        yield Reason(word=summary.verdict, text=text or "no reason was recorded")
    elif made.unsteady:
        text = f"not steady: it changed by {percent(made.unsteady)} in {made.unsteady_in}"
        yield Reason(word="unstable", text=text)
    if made.lower_bound:
        text = told.get("throughput_is_lower_bound", "the load generator was the limit")
        yield Reason(word="client-bound", text=text)
    for doubt in made.doubts:
        if doubt != _NOISY or summary.verdict != "noisy":
            yield Reason(word="doubtful", text=doubt)
    if len(made.figures) < MIN_BLOCKS:
        seen = count(len(made.figures), "trial")
        word = "single trial" if len(made.figures) == 1 else "too few repeats"
        yield Reason(word=word, text=f"{seen} that may be used, {MIN_BLOCKS} are needed")


def _remarks(summary: CellSummary) -> Iterable[Reason]:
    told = summary.reasons
    if summary.parity in (None, "not audited"):
        yield Reason(word="not audited", text=told.get("parity", "its work was not held to the contract"))
    if summary.failed_trials:
        lost = f"{summary.failed_trials} of {count(summary.trials + summary.failed_trials, 'trial')} lost"
        yield Reason(word="trials lost", text=f"{lost}: {told.get('failed_trials', 'no reason was recorded')}")
    if summary.disturbed_blocks and summary.verdict != "noisy":
        left_out = f"{count(summary.disturbed_blocks, 'block')} left out"
        yield Reason(word="blocks disturbed", text=f"{left_out}: {told.get('disturbed', 'the host disturbed them')}")
