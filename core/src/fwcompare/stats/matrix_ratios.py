"""The ratios of one column of a matrix: every cell over the baseline's, with what speaks against believing it.

Two cells of one run meet block by block, as in ``pairs.py``. Of two runs of one host nothing pairs the trials: they
have Welch's interval (``welch.py``). Across hosts, loads or limits there is no ratio. The rows of a column are one
family for Holm's procedure. Pure.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from fwcompare.model.matrix import MatrixRatio, Reason
from fwcompare.stats.compare_runs import differences, unlike_hosts
from fwcompare.stats.contenders import Contender
from fwcompare.stats.holm import holm_levels
from fwcompare.stats.intervals import LogEstimate, paired_estimate
from fwcompare.stats.matrix_sides import Side
from fwcompare.stats.verdicts import MAX_DISCARDED, MAX_ERROR_RATE_GAP
from fwcompare.stats.welch import WelchEstimate
from fwcompare.stats.wording import count, percent


@dataclass(frozen=True)
class Judged:
    """What a cell's figure is beside the baseline's, and why it is not comparable; else what is to be known of it."""

    ratio: MatrixRatio | None
    comparable: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class _Met:
    """A cell and the baseline, met. Without an ``estimate`` there may be a ratio that has no interval, ``mean``."""

    estimate: LogEstimate | WelchEstimate | None
    mean: float | None
    paired: bool
    side: Side
    refusals: tuple[Reason, ...]
    doubts: tuple[Reason, ...]


def judge_column(sides: Mapping[str, Side], baseline: str, *, confidence: float, margin: float) -> Mapping[str, Judged]:
    """Judge every row of a column against the row ``baseline``.

    :param sides: by row, of one workload and figure; without the rows that have no such cell.
    :param confidence: of the column: the share of columns in which no interval of it is wrong.
    :param margin: differences below this share are of no interest, which is what Holm's procedure tests.
    """
    base = sides.get(baseline)
    judged = {baseline: _alone(base)} if base is not None else {}
    met = {row: _meet(one, base, baseline) for row, one in sorted(sides.items()) if row != baseline}
    delta = math.log1p(margin)
    # A cell that nothing can be said of is no test, and must not make the others' intervals wider.
    tested = {row: one.estimate for row, one in met.items() if one.estimate is not None}
    levels = holm_levels([estimate.p_beyond(delta) for estimate in tested.values()], 1 - confidence)
    level = dict(zip(tested, levels, strict=True))
    return judged | {row: _judge(one, base, level.get(row)) for row, one in met.items()}


def _alone(base: Side) -> Judged:
    """Judge the baseline's own cell: it is comparable where it can carry the others."""
    against = (*base.refusals, *base.doubts)
    ratio = None if base.refusals else MatrixRatio(ratio=1.0, low=None, high=None, paired=True)
    return Judged(ratio, not against, against or base.remarks)


def _meet(side: Side, base: Side | None, baseline: str) -> _Met:
    refusals = [*side.refusals, *([] if side.contender is None else _against_meeting(side, base, baseline))]
    if refusals or base is None or side.contender is None or base.contender is None:
        return _Met(None, None, paired=True, side=side, refusals=tuple(refusals), doubts=())
    a, b = side.contender, base.contender
    paired = side.entry.report is base.entry.report
    why = _without_ratio(a, b, paired=paired)
    if why is not None:
        return _Met(None, None, paired=paired, side=side, refusals=(why,), doubts=())
    doubts = (
        *side.doubts,
        *_of_baseline(base.doubts, side.doubts, baseline),
        *_between(a, b, paired=paired),
    )
    estimate: LogEstimate | WelchEstimate | None
    if paired:
        blocks = sorted(a.figures.keys() & b.figures.keys())
        estimate = paired_estimate((a.figures[block], b.figures[block]) for block in blocks)
        mean = None if estimate is None else estimate.mean
    else:
        estimate = WelchEstimate.of(_values(b), _values(a))
        mean = _mean_logarithm(a) - _mean_logarithm(b)
    return _Met(estimate, mean, paired=paired, side=side, refusals=(), doubts=doubts)


def _against_meeting(side: Side, base: Side | None, baseline: str) -> Iterable[Reason]:
    """Say why a cell that has figures has no ratio to the baseline's; what did not run has said enough by itself."""
    if base is None:
        return [Reason(word="no baseline", text=f"the baseline {baseline} was not measured under this load")]
    return [*_of_baseline(base.refusals, side.refusals, baseline), *_unlike(side, base)]


def _of_baseline(against: Iterable[Reason], own: Sequence[Reason], baseline: str) -> Iterable[Reason]:
    """Tell what speaks against the baseline, but for what was said of the cell in the same words."""
    for why in against:
        if why not in own:
            yield Reason(word=f"baseline {why.word}", text=f"the baseline {baseline}: {why.text}")


def _unlike(side: Side, base: Side) -> Iterable[Reason]:
    """Say what makes a ratio one of two different things."""
    mine, theirs = side.entry, base.entry
    if mine.cell.load != theirs.cell.load:
        told = "; ".join(differences(asdict(theirs.cell.load), asdict(mine.cell.load)))
        yield Reason(word="other load", text=f"its load is not the baseline's: {told} (the baseline's first)")
    if mine.report is theirs.report:
        return
    hosts = unlike_hosts(theirs.report, mine.report)
    if hosts:
        yield Reason(word="other host", text=f"measured on another host than the baseline: {'; '.join(hosts)}")
    limits = [report.scenario.model_dump(mode="json", include={"limits"}) for report in (theirs.report, mine.report)]
    if limits[0] != limits[1]:
        told = "; ".join(differences(*limits))
        yield Reason(word="other limits", text=f"measured within other limits than the baseline: {told}")


def _without_ratio(a: Contender, b: Contender, *, paired: bool) -> Reason | None:
    if a.lower_bound and b.lower_bound:
        text = "the load generator was the limit of both, so that not even the direction is known"
        return Reason(word="client-bound", text=text)
    if any(figure <= 0 for one in (a, b) for figure in one.figures.values()):
        return Reason(word="zero", text="a figure is 0 in a trial, and a ratio to or of 0 does not exist")
    if not a.figures or not b.figures or (paired and not a.figures.keys() & b.figures.keys()):
        return Reason(word="no common block", text="no block holds a valid trial of both")
    return None


def _between(a: Contender, b: Contender, *, paired: bool) -> Iterable[Reason]:
    """Say what makes a ratio doubtful that neither side is alone to blame for."""
    if a.error_rate is not None and b.error_rate is not None and abs(a.error_rate - b.error_rate) > MAX_ERROR_RATE_GAP:
        text = (
            f"error rates differ, {percent(a.error_rate)} and {percent(b.error_rate)}: an error can be a cheap answer"
        )
        yield Reason(word="errors", text=text)
    if not paired:
        return
    used = a.figures.keys() & b.figures.keys()
    every = {*a.blocks, *b.blocks}
    lost = len(every) - len(used)
    if lost > MAX_DISCARDED * len(every):
        text = f"{lost} of {count(len(every), 'block')} left out; at most {percent(MAX_DISCARDED)} may be"
        yield Reason(word="blocks left out", text=text)


def _judge(met: _Met, base: Side | None, level: float | None) -> Judged:
    if met.refusals or met.mean is None or base is None:
        return Judged(None, comparable=False, reasons=met.refusals)
    bounds = None if met.estimate is None or level is None else met.estimate.bounds(1 - level)
    low, high = bounds or (None, None)
    ratio = MatrixRatio(
        ratio=math.exp(met.mean), low=low, high=high, open_end=_open_end(met.side, base), paired=met.paired
    )
    if met.doubts:
        return Judged(ratio, comparable=False, reasons=_unique(met.doubts))
    if bounds is None:
        why = Reason(word="no interval", text="too few trials, or too far apart, for an interval")
        return Judged(ratio, comparable=False, reasons=(why,))
    return Judged(ratio, comparable=True, reasons=_unique((*met.side.remarks, *_across(met, base))))


def _open_end(side: Side, base: Side) -> Literal["more", "less"] | None:
    if side.contender is not None and side.contender.lower_bound:
        return "more"
    return "less" if base.contender is not None and base.contender.lower_bound else None


def _across(met: _Met, base: Side) -> Iterable[Reason]:
    if met.paired:
        return
    mine, theirs = met.side.entry, base.entry
    yield Reason(
        word="other run",
        text=f"of run {mine.report.run}, and the baseline's of run {theirs.report.run}: nothing pairs their trials, so "
        "the interval is Welch's, and the ratio holds what changed on the host meanwhile",
    )
    if not all(report.environment.get("host") for report in (mine.report, theirs.report)):
        yield Reason(word="host not known", text="one of the runs did not record its host, which may be another one")
    here, there = dict(mine.cell.settings), dict(theirs.cell.settings)
    both = sorted(here.keys() & there.keys())
    changed = [f"{name}: {here[name]} and {there[name]}" for name in both if here[name] != there[name]]
    if changed:
        text = f"its parameters are not the baseline's: {', '.join(changed)} (the baseline's last)"
        yield Reason(word="other parameters", text=text)


def _values(one: Contender) -> Sequence[float]:
    # In the order of the blocks, so that the order of the trials changes no last digit.
    return [one.figures[block] for block in sorted(one.figures)]


def _mean_logarithm(one: Contender) -> float:
    values = _values(one)
    return math.fsum(map(math.log, values)) / len(values)


def _unique(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple({(one.word, one.text): one for one in reasons}.values())
