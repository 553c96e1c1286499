"""What a run says in words: the answer in one sentence, and a sentence for each pair of neighbours.

A winner is named only where the pair verdicts say *faster* than every other valid cell of the load point;
otherwise the sentence says why none is. Ratios are of throughput, with Holm-adjusted intervals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, Metric, PairSummary, PairVerdict
from fwcompare.reporting import figures
from fwcompare.reporting.league import LoadGroup, labels, load_groups

_MIRRORED: Mapping[PairVerdict, PairVerdict] = {"faster": "slower", "slower": "faster"}

WORDS: Mapping[PairVerdict, str] = {
    "faster": "faster",
    "slower": "slower",
    "equivalent": "equivalent",
    "differs": "differs",
    "inconclusive": "cannot be told apart",
    "too few repeats": "too few repeats to rank",
    "refused": "no winner is named",
}
"""How a verdict reads after a ratio."""


@dataclass(frozen=True)
class Standing:
    """What one load point says of its best cell: the pairs in which it is faster, and those that leave a doubt."""

    group: LoadGroup
    beaten: tuple[PairSummary, ...]
    doubted: tuple[PairSummary, ...]

    @property
    def winner(self) -> CellSummary | None:
        """The cell that is faster than every other; None when there is a doubt or nothing to compare."""
        return self.group.ranked[0] if self.beaten and not self.doubted else None


class PairBook:
    """The pairs of a run, found by their cells in either order."""

    def __init__(self, report: Report) -> None:
        self._pairs = {(frozenset((pair.a, pair.b)), pair.metric): pair for pair in report.summary.pairs}
        self._labels = labels(report.plan)
        self._lower_bounds = {cell.key for cell in report.summary.cells if cell.throughput_is_lower_bound}

    def find(self, a: CellSummary, b: CellSummary, metric: Metric = "throughput_rps") -> PairSummary | None:
        """Give the pair as ``a`` over ``b``; None when the summary has none."""
        pair = self._pairs.get((frozenset((a.key, b.key)), metric))
        return pair if pair is None or pair.a == a.key else mirrored(pair)

    def sentence(self, pair: PairSummary) -> str:
        """Say how ``a`` stands to ``b`` in throughput and what that is worth."""
        a, b = self._labels[pair.a], self._labels[pair.b]
        verdict = WORDS[pair.verdict] + (f" ({figures.one_line(pair.reason)})" if pair.reason else "")
        if pair.ratio is None:
            return f"{a} against {b} in throughput: {verdict}"
        return f"{a} is {self.ratio(pair)}{figures.bounds(pair.low, pair.high)} {b} in throughput: {verdict}"

    def ratio(self, pair: PairSummary) -> str:
        """Write how many times ``b`` the throughput of ``a`` is, or at least is."""
        least = "at least " if pair.a in self._lower_bounds else ""
        return least + (figures.MISSING if pair.ratio is None else figures.times(pair.ratio))

    def standing(self, group: LoadGroup) -> Standing:
        """Compare the best cell of a load point with each other one."""
        ranked = group.ranked
        pairs = [pair for rival in ranked[1:] if (pair := self.find(ranked[0], rival)) is not None]
        return Standing(
            group,
            beaten=tuple(pair for pair in pairs if pair.verdict == "faster"),
            doubted=tuple(pair for pair in pairs if pair.verdict != "faster"),
        )


def mirrored(pair: PairSummary) -> PairSummary:
    """Give the same pair as ``b`` over ``a``."""
    return pair.model_copy(
        update={
            "a": pair.b,
            "b": pair.a,
            "ratio": None if pair.ratio is None else 1 / pair.ratio,
            "low": None if not pair.high else 1 / pair.high,
            "high": None if not pair.low else 1 / pair.low,
            "verdict": _MIRRORED.get(pair.verdict, pair.verdict),
        }
    )


_FEW = 3
"""So many sentences that say the same are let stand."""


def pair_sentences(report: Report) -> list[tuple[str, list[str]]]:
    """Say for each pair of neighbours in the league table how they stand, by the load's name.

    Where too few repeats keep every one of many pairs from being judged, that is said once.
    """
    book = PairBook(report)
    found = []
    for group in load_groups(report):
        neighbours = [book.find(better, worse) for better, worse in pairwise(group.ranked)]
        pairs = [pair for pair in neighbours if pair is not None]
        if pairs:
            found.append((group.label, pairs))
    every = [pair for _, pairs in found for pair in pairs]
    if len(every) > _FEW and all(pair.verdict == "too few repeats" for pair in every):
        reasons = "; ".join(dict.fromkeys(pair.reason for pair in every))
        return [("", [f"None of {len(every)} pairs of neighbours is judged, for too few repeats: {reasons}"])]
    return [(label, [book.sentence(pair) for pair in pairs]) for label, pairs in found]


def answer(report: Report) -> str:
    """Say in one sentence who won and how sure that is, or why nobody is named; nothing of a mere search."""
    if report.summary.capacities and not report.summary.cells:
        return ""
    book = PairBook(report)
    standings = [book.standing(group) for group in load_groups(report)]
    said = _one_load(report, book, standings[0]) if len(standings) == 1 else _several_loads(report, book, standings)
    unfinished = "Interrupted, so from part of the trials: " if report.summary.status == "interrupted" else ""
    return f"{unfinished}{said}{_unranked(report)}"


def _one_load(report: Report, book: PairBook, standing: Standing) -> str:
    group = standing.group
    names = labels(report.plan)
    if not group.ranked:
        return "No target gave a valid result"
    if len(group.ranked) == 1:
        (alone,) = group.ranked
        throughput = alone.throughput_rps
        served = "no 2xx answer" if throughput is None else f"{figures.interval(throughput)} req/s"
        least = "at least " if alone.throughput_is_lower_bound and throughput is not None else ""
        doubt = f" ({alone.verdict})" if alone.verdict in ("noisy", "unstable") else ""
        return f"{names[alone.key]} served {least}{served} at {group.label}{doubt}, and nothing valid stands beside it"
    if standing.winner is None:
        beaten = [names[pair.b] for pair in standing.beaten]
        known = f"; {names[group.ranked[0].key]} is faster than {figures.listing(beaten)}" if beaten else ""
        overall = "overall " if beaten else ""
        return f"No {overall}winner at {group.label}: {book.sentence(standing.doubted[0])}{known}"
    pair = standing.beaten[0]
    interval = figures.bounds(pair.low, pair.high).replace(
        "(", f"({figures.setting_percent(report.summary.confidence)} interval "
    )
    return (
        f"{names[pair.a]} is fastest at {group.label}: {book.ratio(pair)}{interval} "
        f"the throughput of {names[pair.b]}, the next"
    )


def _several_loads(report: Report, book: PairBook, standings: list[Standing]) -> str:
    names = labels(report.plan)
    won: dict[str, list[Standing]] = {}
    for standing in standings:
        if standing.winner is not None:
            won.setdefault(names[standing.winner.key], []).append(standing)
    if not any(standing.group.ranked for standing in standings):
        return "No target gave a valid result"
    parts = [
        f"{winner} is fastest at {_loads(where, standings)} ({_span(report, where)})" for winner, where in won.items()
    ]
    undecided = [standing for standing in standings if standing.winner is None]
    if undecided:
        doubt = next((standing for standing in undecided if standing.doubted), None)
        where = f"; at {doubt.group.label} " if doubt and len(undecided) > 1 else ": "
        why = where + book.sentence(doubt.doubted[0]) if doubt else ""
        parts.append(f"no winner at {_loads(undecided, standings, whole='any')}{why}")
    said = "; ".join(parts)
    return said[0].upper() + said[1:] if not won else said


def _span(report: Report, where: list[Standing]) -> str:
    pairs = [standing.beaten[0] for standing in where]
    ratios = [pair.ratio for pair in pairs if pair.ratio is not None]
    span = " to ".join(dict.fromkeys(map(figures.times, (min(ratios), max(ratios)))))
    lows = [pair.low for pair in pairs if pair.low is not None]
    highs = [pair.high for pair in pairs if pair.high is not None]
    confidence = figures.setting_percent(report.summary.confidence)
    reach = f"; {confidence} intervals from {figures.number(min(lows))} to {figures.number(max(highs))}"
    return f"{span} the next{reach}"


def _loads(some: list[Standing], every: list[Standing], *, whole: str = "each") -> str:
    if len(some) == len(every):
        return f"{whole} of the {len(every)} load points"
    levels = figures.listing([str(standing.group.load.connections) for standing in some])
    return f"{levels} connections"


def _unranked(report: Report) -> str:
    names = labels(report.plan)
    groups = load_groups(report)
    lost: dict[tuple[str, str], list[str]] = {}
    for group in groups:
        for cell in group.cells:
            if cell.outcome != "ok":
                lost.setdefault((names[cell.key], cell.outcome), []).append(str(group.load.connections))
    told = [
        f"{name} ({outcome}{'' if len(levels) == len(groups) else f' at {figures.listing(levels)} connections'})"
        for (name, outcome), levels in lost.items()
    ]
    return f". Not ranked: {', '.join(told)}." if told else "."
