"""What somebody who reads a comparison of two runs must know before believing it."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from fwcompare.model.comparison import CellComparison, Factor
from fwcompare.model.ports import Report
from fwcompare.stats.run_factors import things_of

_MAX_PRESSURE_GAP = 0.1
"""Shares of the windows in which something waited for a CPU further apart than this are warned of."""


def warnings(
    a: Report, b: Report, targets: Iterable[str], differing: Sequence[Factor], cells: Iterable[CellComparison]
) -> list[str]:
    """Give the warnings on a comparison, gravest first.

    :param targets: those that are compared.
    :param differing: the factors, as ``run_factors.factors`` gives them.
    """
    things = {target: tuple(things_of(target, differing)) for target in targets}
    judged = {one.key for one in cells if one.verdict in ("better", "worse")}
    changed = {cell.target for cell in b.plan.cells if cell.key in judged}
    return [
        *_interrupted(a, b),
        *_many(things),
        *_none(changed - {target for target, found in things.items() if found}),
        *_pressure(a, b),
        *_unknown(differing),
    ]


def _interrupted(a: Report, b: Report) -> list[str]:
    return [
        f"run {name} was interrupted: it holds fewer trials than were planned"
        for name, report in (("a", a), ("b", b))
        if report.summary.status == "interrupted"
    ]


def _many(things: Mapping[str, tuple[str, ...]]) -> list[str]:
    alike: dict[tuple[str, ...], list[str]] = {}
    for target, found in things.items():
        if len(found) > 1:
            alike.setdefault(found, []).append(target)
    return [
        f"{', '.join(who)}: more than one thing differs ({', '.join(found)}), so no difference can be put down to one"
        for found, who in alike.items()
    ]


def _none(unexplained: Iterable[str]) -> list[str]:
    who = ", ".join(sorted(unexplained))
    if not who:
        return []
    told = (
        f"{who}: nothing that is recorded differs, so a verdict of better or worse tells of something that is not, "
        "such as how busy the host was; repeat both runs before believing it"
    )
    return [told]


def _pressure(a: Report, b: Report) -> list[str]:
    before, after = _waited(a), _waited(b)
    if before is None or after is None or abs(before - after) <= _MAX_PRESSURE_GAP:
        return []
    shares = f"{before:.0%} of the time in a and {after:.0%} in b"
    return [f"the host was not as busy: something waited for a CPU for {shares}, which alone makes figures differ"]


def _waited(report: Report) -> float | None:
    """Give the mean CPU pressure of the measured windows, or of the 10 s before the run where they do not tell."""
    noises = [trial.measurement.noise for trial in report.trials if trial.measurement is not None]
    known = [noise.pressure_share for noise in noises if noise is not None and noise.pressure_share is not None]
    if known:
        # Sorted, so that the order of the trials changes no last digit.
        return fmean(sorted(known))
    host = report.environment.get("host")
    share = host.get("cpu_pressure_avg10") if isinstance(host, Mapping) else None
    return share / 100 if isinstance(share, int | float) else None


def _unknown(differing: Iterable[Factor]) -> list[str]:
    paths = [one.path for one in differing if one.thing is None]
    return (
        [f"recorded in one of the runs alone, so whether it differs is not known: {', '.join(paths)}"] if paths else []
    )
