"""The sentences below a picture of figures over a load: what bands and open markers mean, what is absent and why."""

from collections.abc import Sequence

from fwcompare.reporting import figures
from fwcompare.reporting.chart_series import Panel, Point, Sweep
from fwcompare.reporting.reasons import kind, merged

_NAMED = 12
"""The most absences that a note names; the others are counted."""


def note(sweep: Sweep, panels: Sequence[Panel], confidence: float) -> str:
    """Say what the picture of these panels does not say itself; empty where there is nothing to say."""
    points = [point for panel in panels for line in sweep.series for _, point in line.points(panel)]
    sentences = [f"{sweep.at(sweep.levels[0])}."] if len(sweep.levels) == 1 else []
    bounds, held_back = ("Error bars", "Pale bars") if sweep.single else ("Bands", "Open markers")
    if any(point.low is not None for point in points):
        sentences.append(f"{bounds}: {figures.setting_percent(confidence)} interval over trials.")
    elif points and all(cell.trials <= 1 for line in sweep.series for _, cell in line.cells):
        sentences.append("No intervals: no cell has two valid trials.")
    if any(point.lower_bound for point in points):
        sentences.append(f"{held_back}: a lower bound (>=), the load generator was the limit.")
    missing = absences(sweep, panels)
    if missing:
        sentences.append(f"Not shown: {'; '.join(missing)}.")
    if sweep.left_out:
        left_out = figures.count(len(sweep.left_out), "slower one")
        sentences.append(f"Of too many series the fastest are drawn; {left_out} not: see the table.")
    return " ".join(sentences)


def absences(sweep: Sweep, panels: Sequence[Panel]) -> list[str]:
    """Name what has no figure, once a kind of reason, with the loads where it is not all of them."""
    absent: dict[tuple[str, str], set[float]] = {}
    reasons: dict[str, list[str]] = {}
    for line in sweep.series:
        for panel in panels:
            for level, cell in line.cells:
                if panel.figure(cell) is None:
                    reason = panel.absence(cell)
                    reasons.setdefault(kind(reason), []).append(reason)
                    absent.setdefault((line.label, kind(reason)), set()).add(level)
    told: dict[tuple[str, str], list[str]] = {}
    for (label, why), where in absent.items():
        told.setdefault((why, _where(sweep, where)), []).append(label)
    return [f"{named(labels)} ({merged(reasons[why])}{where})" for (why, where), labels in told.items()]


def named(missing: Sequence[str]) -> str:
    """Name the first of many, and count the others."""
    more = [f"{len(missing) - _NAMED} more"] if len(missing) > _NAMED else []
    return figures.listing([*missing[:_NAMED], *more])


def words(sweep: Sweep, panel: Panel) -> str:
    """Tell the figures of a panel to who does not see it: of each series the first and the last, with their bounds."""
    told = []
    lines = sweep.drawn([panel])
    for line in lines[:_NAMED]:
        points = line.points(panel)
        ends = points if len(points) == 1 else [points[0], points[-1]]
        told.append(
            f"{line.label} "
            + ", ".join(_point(point) + ("" if sweep.single else f" at {sweep.at(level)}") for level, point in ends)
        )
    if len(lines) > _NAMED:
        told.append(f"and {len(lines) - _NAMED} more")
    against = f" at {sweep.at(sweep.levels[0])}" if sweep.single and sweep.levels else f" against {sweep.label}"
    return f"{panel.label}{against}: {'; '.join(told)}."


def _point(point: Point) -> str:
    return (">= " if point.lower_bound else "") + figures.number(point.value) + figures.bounds(point.low, point.high)


def _where(sweep: Sweep, where: set[float]) -> str:
    return (
        "" if len(where) == len(sweep.levels) else f" at {figures.listing([f'{level:,g}' for level in sorted(where)])}"
    )
