"""A figure against the load, with its interval, in Vega-Lite: lines with bands, or bars at a single load."""

import altair as alt

from fwcompare.reporting import figures
from fwcompare.reporting.chart_series import Panel, Series, Sweep, spread
from fwcompare.reporting.chart_vega import (
    BAR_STEP,
    NAMES,
    POINTS,
    Row,
    Spec,
    colour,
    finish,
    named,
    names,
    row_names,
    shape,
    short,
)

_LIMIT = "limits"
_ROOM = 1.25
"""How much longer than the longest bar the axis is: the figure stands beside it."""

_BEYOND = 3.0
"""A limit so many times above everything measured would squeeze the lines."""

_TICKS = 10


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


def _rows(panel: Panel, lines: tuple[Series, ...]) -> list[Row]:
    rows: list[Row] = []
    for key, line in enumerate(lines):
        for level, point in line.points(panel):
            row: dict[str, object] = {"k": key, "x": level, "y": short(point.value)}
            if point.low is not None and point.high is not None:
                row |= {"l": short(point.low), "h": short(point.high)}
            if point.lower_bound:
                row["b"] = 1
            rows.append(row | {"t": (">= " if point.lower_bound else "") + figures.number(point.value)})
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
    reach = [bound for line in lines for _, point in line.points(panel) for bound in point.reach]
    steep = spread(reach)
    y_scale = alt.Scale(type="log", nice=False, padding=8) if steep else alt.Scale(zero=True)
    title = f"{panel.label}, logarithmic" if steep else panel.label
    x_scale = alt.Scale(type="log" if sweep.logarithmic else "linear", nice=False, zero=False, padding=14)
    step = -(-len(sweep.levels) // _TICKS)
    x_axis = alt.Axis(
        values=list(sweep.levels[::step]),
        format=",~g",
        grid=False,
        labelOverlap=True,
        labelFlush=False,
        tickCount=_TICKS,
    )
    x = alt.X("x:Q", title=sweep.label, scale=x_scale, axis=x_axis)
    y_axis = alt.Axis(format=",~g", tickCount=6, labelOverlap=True)
    y = alt.Y("y:Q", title=title, scale=y_scale, axis=y_axis)
    base = named(alt.Chart(alt.NamedData(POINTS)))
    known = "isValid(datum.l)"
    layers = [
        base.transform_filter(known)
        .mark_area(opacity=0.18)
        .encode(x=x, y=alt.Y("l:Q", title=title, scale=y_scale, axis=y_axis), y2="h:Q", color=colour(lines)),
        base.transform_filter(known).mark_rule(opacity=0.55).encode(x=x, y=alt.Y("l:Q"), y2="h:Q", color=colour(lines)),
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour(lines)),
        base.transform_filter("!datum.b")
        .mark_point(filled=True, size=64, opacity=1)
        .encode(x=x, y=y, color=colour(lines), shape=shape(lines), tooltip=_tooltip(sweep, panel)),
        base.transform_filter("datum.b")
        .mark_point(filled=False, size=64, strokeWidth=2, opacity=1)
        .encode(x=x, y=y, color=colour(lines), shape=shape(lines), tooltip=_tooltip(sweep, panel)),
    ]
    if limits:
        layers.append(
            alt.Chart(alt.NamedData(_LIMIT))
            .mark_line(strokeDash=[6, 4], strokeWidth=1.5, color="#888888", point=False)
            .encode(x=x, y=y, tooltip=alt.Tooltip("y:Q", title="limit", format=",.4~g"))
        )
    rows = {POINTS: _rows(panel, lines), NAMES: names(lines)} | ({_LIMIT: limits} if limits else {})
    return finish(alt.layer(*layers), rows)


def _bars(sweep: Sweep, panel: Panel, lines: tuple[Series, ...], limits: list[Row]) -> Spec:
    highest = max(bound for line in lines for _, point in line.points(panel) for bound in point.reach)
    axis = alt.Axis(format=",~g", tickCount=5, labelOverlap=True)
    x = alt.X("y:Q", title=panel.label, scale=alt.Scale(domain=[0, highest * _ROOM or 1], nice=False), axis=axis)
    y = row_names([line.label for line in lines])
    base = named(alt.Chart(alt.NamedData(POINTS)))
    hue = colour(lines, shown=False)
    known = "isValid(datum.l)"
    layers = [
        base.mark_bar(strokeWidth=2)
        .transform_calculate(end="isValid(datum.h) ? max(datum.h, datum.y) : datum.y", alpha="datum.b ? 0.35 : 0.85")
        .encode(
            x=x,
            y=y,
            color=hue,
            stroke=alt.Stroke("s:N", scale=hue["scale"], legend=None),
            fillOpacity=alt.FillOpacity("alpha:Q", scale=None),
            tooltip=_tooltip(sweep, panel),
        ),
        base.transform_filter(known)
        .mark_rule(strokeWidth=1.5, color="#888888")
        .encode(x=alt.X("l:Q", title=panel.label), x2="h:Q", y=y),
        *(
            base.transform_filter(known)
            .mark_tick(thickness=1.5, size=10, color="#888888")
            .encode(x=alt.X(f"{end}:Q", title=panel.label), y=y)
            for end in ("l", "h")
        ),
        base.transform_calculate(end="isValid(datum.h) ? max(datum.h, datum.y) : datum.y")
        .mark_text(align="left", dx=6, fontSize=12, color="#888888")
        .encode(x=alt.X("end:Q", title=panel.label), y=y, text="t:N"),
    ]
    if limits:
        layers.append(
            alt.Chart(alt.NamedData(_LIMIT))
            .mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color="#888888")
            .encode(x=alt.X("y:Q"), tooltip=alt.Tooltip("y:Q", title="limit", format=",.4~g"))
        )
    rows = {POINTS: _rows(panel, lines), NAMES: names(lines)} | ({_LIMIT: limits} if limits else {})
    return finish(alt.layer(*layers), rows, height=BAR_STEP)
