"""A figure against the load, with its interval, in Vega-Lite: lines with bands, or bars at a single load."""

from collections.abc import Mapping, Sequence

import altair as alt

from fwcompare.reporting import figures
from fwcompare.reporting.chart_series import Panel, Series, Sweep, spread
from fwcompare.reporting.chart_vega import (
    NAMES,
    POINTS,
    QUIET,
    WHOLE,
    Row,
    Spec,
    bars_high,
    colour,
    dashes,
    finish,
    logarithmic_axis,
    named,
    names,
    outlines,
    row_names,
    shape,
    short,
)

_LIMIT = "limits"
_ROOM, _ROOM_IF_NARROW = 1.15, 1.6
"""How much longer than the longest bar the axis is."""

_NARROW_PX = 600

_BEYOND = 3.0
"""A limit so many times above everything measured would squeeze the lines."""

_TICKS = 10
_BOUNDED = "isValid(datum.l)"
_FIGURE = "(datum.b ? '>= ' : '') + format(datum.y, datum.y < 100 ? ',.3~r' : ',.0f')"
"""A figure of a line, which its row needs not hold in words: nobody reads more than one of them at a time."""


def against_load(sweep: Sweep, panel: Panel, *, limited: bool = False) -> Spec | None:
    """Draw a panel; None where no figure of it is known.

    :param limited: draw the analytic limit too, where there is one for every load.
    """
    lines = sweep.drawn([panel])
    if not lines:
        return None
    limits = limit_rows(sweep, panel) if limited else []
    return _bars(sweep, panel, lines, limits) if sweep.single else _lines(sweep, panel, lines, limits)


def limit_rows(sweep: Sweep, panel: Panel) -> list[Row]:
    """Give the limit of every load; nothing where targets differ in it, or where it lies far above all figures."""
    bounds: dict[float, set[float]] = {}
    for line in sweep.series:
        for level, cell in line.cells:
            if cell.bound is not None:
                bounds.setdefault(level, set()).add(cell.bound.throughput_rps)
    highest = max((point.reach[1] for line in sweep.series for _, point in line.points(panel)), default=0.0)
    if (
        any(len(found) > 1 for found in bounds.values())
        or max(map(max, bounds.values()), default=0) > _BEYOND * highest
    ):
        return []
    return [{"x": level, "y": short(next(iter(bounds[level])))} for level in sorted(bounds)]


def _rows(panel: Panel, lines: tuple[Series, ...], *, told: bool) -> list[Row]:
    """Give a row for each point.

    :param told: with its figure as every document writes it, which stands beside a bar.
    """
    rows: list[Row] = []
    for key, line in enumerate(lines):
        for level, point in line.points(panel):
            row: dict[str, object] = {"k": key, "x": level, "y": short(point.value)}
            if point.low is not None and point.high is not None:
                row |= {"l": short(point.low), "h": short(point.high)}
            if point.lower_bound:
                row["b"] = 1
            if told:
                row["t"] = (">= " if point.lower_bound else "") + figures.number(point.value)
            rows.append(row)
    return rows


def _tooltip(sweep: Sweep, panel: Panel) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("s:N", title="target"),
        alt.Tooltip("x:Q", title=sweep.label, format=","),
        alt.Tooltip("t:N", title=panel.label),
        alt.Tooltip("l:Q", title="from", format=",.4~g"),
        alt.Tooltip("h:Q", title="to", format=",.4~g"),
    ]


def _lines(sweep: Sweep, panel: Panel, lines: tuple[Series, ...], limits: list[Row]) -> Spec:
    rows = _rows(panel, lines, told=False)
    x, y, low = _axes(sweep, panel, lines)
    base = alt.Chart()
    with_bounds = base.transform_filter(_BOUNDED)
    points = base.transform_calculate(t=_FIGURE).encode(y=y, shape=shape(lines), tooltip=_tooltip(sweep, panel))
    # A layer without a single row would have no extent, which Vega complains of.
    bands = [
        with_bounds.mark_area(opacity=0.18).encode(y=low, y2="h:Q"),
        with_bounds.mark_rule(opacity=0.55).encode(y=low, y2="h:Q"),
    ]
    closed = [points.transform_filter("!datum.b").mark_point(filled=True, size=64, opacity=1)]
    opened = [points.transform_filter("datum.b").mark_point(filled=False, size=64, strokeWidth=2, opacity=1)]
    limit = [
        alt.Chart(alt.NamedData(_LIMIT))
        .mark_line(strokeDash=[6, 4], strokeWidth=1.5, color=QUIET)
        .encode(x=x, y=y, tooltip=alt.Tooltip("y:Q", title="limit", format=",.4~g"))
    ]
    series = named(
        alt.layer(
            *(bands if any("l" in row for row in rows) else []),
            base.mark_line(strokeWidth=2).encode(y=y, **dashes(lines)),
            *(closed if any("b" not in row for row in rows) else []),
            *(opened if any("b" in row for row in rows) else []),
            data=alt.NamedData(POINTS),
        ).encode(x=x, color=colour(lines))
    )
    chart = alt.layer(series, *limit) if limits else series
    return finish(chart, _data(rows, lines, limits))


def _axes(sweep: Sweep, panel: Panel, lines: tuple[Series, ...]) -> tuple[alt.X, alt.Y, alt.Y]:
    """Give both axes, and the second once more for the lower bounds."""
    reach = [bound for line in lines for _, point in line.points(panel) for bound in point.reach]
    steep = spread(reach)
    title = f"{panel.label}, logarithmic" if steep else panel.label
    scale = alt.Scale(type="log", nice=False, padding=8) if steep else alt.Scale(zero=True)
    axis = logarithmic_axis(min(reach), max(reach)) if steep else alt.Axis(format=WHOLE, tickCount=6, labelOverlap=True)
    step = -(-len(sweep.levels) // _TICKS)
    x = alt.X(
        "x:Q",
        title=sweep.label,
        scale=alt.Scale(type="log", nice=False, padding=14)
        if sweep.logarithmic
        else alt.Scale(nice=False, zero=False, padding=14),
        axis=alt.Axis(values=list(sweep.levels[::step]), format=WHOLE, grid=False, labelOverlap=True),
    )
    return (
        x,
        alt.Y("y:Q", title=title, scale=scale, axis=axis),
        alt.Y("l:Q", title=title, scale=scale, axis=axis),
    )


def _bars(sweep: Sweep, panel: Panel, lines: tuple[Series, ...], limits: list[Row]) -> Spec:
    rows = _rows(panel, lines, told=True)
    highest = max(bound for line in lines for _, point in line.points(panel) for bound in point.reach)
    axis = alt.Axis(format=WHOLE, tickCount=5, labelOverlap=True)
    # The figure stands beside its bar, and takes more of a narrow page.
    room = f"{highest or 1} * (containerSize()[0] < {_NARROW_PX} ? {_ROOM_IF_NARROW} : {_ROOM})"
    scale = alt.Scale(domainMin=0, domainMax=alt.ExprRef(expr=room), nice=False)
    y = row_names([line.label for line in lines])
    hue = colour(lines, shown=False)
    base = named(alt.Chart(alt.NamedData(POINTS))).transform_calculate(
        end="isValid(datum.h) ? max(datum.h, datum.y) : datum.y", alpha="datum.b ? 0.35 : 0.85"
    )
    with_bounds = base.transform_filter(_BOUNDED)

    def along(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=panel.label, scale=scale, axis=axis)

    bars = base.mark_bar().encode(
        x=along("y"),
        y=y,
        color=hue,
        opacity=alt.Opacity("alpha:Q", scale=None),
        tooltip=_tooltip(sweep, panel),
        **outlines(lines),
    )
    intervals = [
        with_bounds.mark_rule(strokeWidth=1.5).encode(x=along("l"), x2="h:Q", y=y),
        *(with_bounds.mark_tick(thickness=1.5, size=10).encode(x=along(end), y=y) for end in ("l", "h")),
    ]
    figure = base.mark_text(align="left", dx=6, fontSize=12).encode(x=along("end"), y=y, text="t:N")
    limit = [
        alt.Chart(alt.NamedData(_LIMIT))
        .mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=QUIET)
        .encode(x=along("y"), tooltip=alt.Tooltip("y:Q", title="limit", format=",.4~g"))
    ]
    chart = alt.layer(bars, *(intervals if any("l" in row for row in rows) else []), figure, *(limit if limits else []))
    return finish(chart, _data(rows, lines, limits), height=bars_high(len(lines)))


def _data(rows: list[Row], lines: tuple[Series, ...], limits: list[Row]) -> Mapping[str, Sequence[Row]]:
    return {POINTS: rows, NAMES: names(lines)} | ({_LIMIT: limits} if limits else {})
