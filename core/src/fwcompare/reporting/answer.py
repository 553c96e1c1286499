"""What a run says in words: the answer, one sentence a workload, and a sentence for each pair of neighbours.

A winner is named only where the pair verdicts say *faster* than every other valid cell of the load point;
otherwise the sentence says why none is. Ratios are of throughput, with Holm-adjusted intervals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fwcompare.model.ports import Report
from fwcompare.model.summary import CellSummary, Metric, PairSummary, PairVerdict
from fwcompare.reporting import figures
from fwcompare.reporting.league import LoadGroup, by_workload, labels, load_groups, load_name
from fwcompare.reporting.load_point import offered

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
        # Cells of unlike workloads are never compared: the workload stands before the sentence, not in every name.
        self._labels = labels(report.plan, workload=False)
        self._lower_bounds = {cell.key for cell in report.summary.cells if cell.throughput_is_lower_bound}
        self.confidence = report.summary.confidence

    def name(self, key: str) -> str:
        """Name a cell within its workload and load, by its key."""
        return self._labels[key]

    def throughput(self, cell: CellSummary) -> str:
        """Write the throughput of a cell, or the least that it may be: ``at least 9,740 (9,510 to 9,980) req/s``."""
        if cell.throughput_rps is None:
            return figures.MISSING
        return f"{'at least ' * cell.throughput_is_lower_bound}{figures.interval(cell.throughput_rps)} req/s"

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
    groups = load_groups(report)
    several = len({group.workload for group in groups}) > 1
    for group in groups:
        neighbours = [book.find(better, worse) for better, worse in pairwise(group.ranked)]
        pairs = [pair for pair in neighbours if pair is not None]
        if pairs:
            found.append((load_name(group, several=several), pairs))
    every = [pair for _, pairs in found for pair in pairs]
    if len(every) > _FEW and all(pair.verdict == "too few repeats" for pair in every):
        reasons = "; ".join(dict.fromkeys(pair.reason for pair in every))
        return [("", [f"None of {len(every)} pairs of neighbours is judged, for too few repeats: {reasons}"])]
    return [(label, [book.sentence(pair) for pair in pairs]) for label, pairs in found]


def answer(report: Report) -> str:
    """Say who won and how sure that is, or why nobody is named, a sentence for each workload."""
    return " ".join(answer_parts(report))


def answer_parts(report: Report) -> list[str]:
    """Give :func:`answer` by workload, in the order of the plan; nothing of a mere search."""
    if report.summary.capacities and not report.summary.cells:
        return []
    book = PairBook(report)
    groups = by_workload(report)
    if not groups:
        return ["No target gave a valid result."]
    told = []
    for workload, own in groups.items():
        standings = [book.standing(group) for group in own]
        said = _one_load(book, standings[0]) if len(own) == 1 else _several_loads(book, standings)
        on = f"on {figures.one_line(workload)}, " if len(groups) > 1 else ""
        told.append(f"{on}{said}{_unranked(book, own)}")
    if report.summary.status == "interrupted":
        return [f"Interrupted, so from part of the trials: {told[0]}", *map(_sentence, told[1:])]
    return list(map(_sentence, told))


def _sentence(said: str) -> str:
    """Begin with a capital what begins with a word of ours; a target's name stays as it is."""
    return said[0].upper() + said[1:] if said.startswith(("on ", "no ")) else said


def _one_load(book: PairBook, standing: Standing) -> str:
    group = standing.group
    if not group.ranked:
        return "no target gave a valid result"
    first = group.ranked[0]
    if len(group.ranked) == 1:
        served = "no 2xx answer" if first.throughput_rps is None else book.throughput(first)
        doubt = f" ({first.verdict})" if first.verdict in ("noisy", "unstable") else ""
        return f"{book.name(first.key)} served {served} at {group.label}{doubt}, and nothing valid stands beside it"
    if standing.winner is None:
        beaten = [book.name(pair.b) for pair in standing.beaten]
        known = f"; {book.name(first.key)} is faster than {figures.listing(beaten)}" if beaten else ""
        overall = "overall " if beaten else ""
        return f"no {overall}winner at {group.label}: {_doubt(book, standing)}{known or _highest(book, standing)}"
    pair = standing.beaten[0]
    interval = figures.bounds(pair.low, pair.high).replace(
        "(", f"({figures.setting_percent(book.confidence)} interval "
    )
    return (
        f"{book.name(pair.a)} is fastest at {group.label}: {book.ratio(pair)}{interval} "
        f"the throughput of {book.name(pair.b)}, the next"
    )


def _doubt(book: PairBook, standing: Standing) -> str:
    """Say why nobody is named. A ratio without an interval is not said: it would read as an answer."""
    if not standing.doubted:
        alone = [book.name(cell.key) for cell in standing.group.ranked]
        return f"nothing valid stands beside {alone[0]}" if alone else "no target gave a valid result"
    pair = standing.doubted[0]
    if pair.low is not None:
        return book.sentence(pair)
    if pair.verdict != "too few repeats":
        return book.sentence(pair.model_copy(update={"ratio": None}))
    noisy = any(cell.verdict == "noisy" for cell in standing.group.ranked if cell.key in (pair.a, pair.b))
    disturbed = ", and the host disturbed every block" if noisy else ""
    return f"{WORDS[pair.verdict]} ({figures.one_line(pair.reason)}){disturbed}"


def _highest(book: PairBook, standing: Standing) -> str:
    """Say what was measured where nothing could be compared, so that a quick look is not left with nothing."""
    first = standing.group.ranked[0]
    if first.throughput_rps is None or any(pair.low is not None for pair in standing.doubted[:1]):
        return ""
    without = "" if first.throughput_rps.low is not None else ", without an interval"
    return f"; the highest throughput was that of {book.name(first.key)}, {book.throughput(first)}{without}"


def _several_loads(book: PairBook, standings: list[Standing]) -> str:
    won: dict[str, list[Standing]] = {}
    for standing in standings:
        if standing.winner is not None:
            won.setdefault(book.name(standing.winner.key), []).append(standing)
    if not any(standing.group.ranked for standing in standings):
        return "no target gave a valid result"
    parts = [
        f"{winner} is fastest at {_loads(where, standings)} ({_span(book, where)})" for winner, where in won.items()
    ]
    undecided = [standing for standing in standings if standing.winner is None]
    if undecided:
        first, *others = (_doubt(book, standing) for standing in undecided)
        # A ratio is of one load, also where it is the same at another.
        shared = {first} == set(others) and not any(pair.low for pair in undecided[0].doubted[:1])
        where = ": " if shared or not others else f"; at {_levels(undecided[:1], standings)} "
        parts.append(f"no winner at {_loads(undecided, standings, whole='any')}{where}{first}")
    return "; ".join(parts)


def _span(book: PairBook, where: list[Standing]) -> str:
    pairs = [standing.beaten[0] for standing in where]
    ratios = [pair.ratio for pair in pairs if pair.ratio is not None]
    span = " to ".join(dict.fromkeys(map(figures.times, (min(ratios), max(ratios)))))
    lows = [pair.low for pair in pairs if pair.low is not None]
    highs = [pair.high for pair in pairs if pair.high is not None]
    confidence = figures.setting_percent(book.confidence)
    reach = f"; {confidence} intervals from {figures.number(min(lows))} to {figures.number(max(highs))}"
    return f"{span} the next{reach}"


def _loads(some: list[Standing], every: list[Standing], *, whole: str = "each") -> str:
    if len(some) == len(every):
        return f"{whole} of the {len(every)} load points"
    return _levels(some, every)


def _levels(some: list[Standing], every: list[Standing]) -> str:
    return level_words([one.group for one in some], [one.group for one in every])


def level_words(some: Sequence[LoadGroup], every: Sequence[LoadGroup]) -> str:
    """Name some loads of a workload by what tells them from the others: ``10 and 50 connections``, ``200 req/s``."""
    rates = {group.load.rate for group in every}
    if len(rates) <= 1:
        return f"{figures.listing([str(group.load.connections) for group in some])} connections"
    if len({group.load.connections for group in every}) > 1:
        return figures.listing([f"{offered(group.load)} over {group.load.connections} connections" for group in some])
    levels = [offered(group.load).removesuffix(" req/s") for group in some]
    return f"{figures.listing(levels)} req/s"


def _unranked(book: PairBook, groups: Sequence[LoadGroup]) -> str:
    lost: dict[tuple[str, str], list[LoadGroup]] = {}
    for group in groups:
        for cell in group.cells:
            if cell.outcome != "ok":
                lost.setdefault((book.name(cell.key), cell.outcome), []).append(group)
    told = [
        f"{name} ({outcome}{'' if len(where) == len(groups) else f' at {level_words(where, groups)}'})"
        for (name, outcome), where in lost.items()
    ]
    return f". Not ranked: {', '.join(told)}." if told else "."
