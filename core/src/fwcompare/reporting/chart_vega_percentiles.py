"""The percentile curves in Vega-Lite: response times thick, service times thin, one colour and dash a target."""

import altair as alt

from fwcompare.reporting.chart_percentiles import THICK, THIN, TICKS, Percentiles, percentile
from fwcompare.reporting.chart_vega import (
    NAMES,
    POINTS,
    Row,
    Spec,
    colour,
    dashes,
    finish,
    legend,
    logarithmic_axis,
    named,
    names,
    shape,
    short,
)

_TICK_LABEL = "format(100 * (1 - pow(10, -datum.value)), '.7~g') + ' %'"
_MARKED = (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)
_SAME = 1e-9
_ALONE = 2


def percentile_chart(found: Percentiles) -> Spec | None:
    """Draw the curves; None where there are none."""
    if not found.curves:
        return None
    lines = list({curve.series.label: curve.series for curve in found.curves}.values())
    keys = {line.label: key for key, line in enumerate(lines)}
    rows: list[Row] = [
        {
            "k": keys[curve.series.label],
            "d": f"{curve.times} time",
            "x": round(place, 4),
            "y": short(point.ms),
            "q": percentile(point.quantile),
            # Every line is drawn through all points; shapes stand at those that people speak of.
            **({"m": 1} if any(abs(point.quantile - marked) < _SAME for marked in _MARKED) else {}),
        }
        for curve in found.curves
        for place, point in curve.points
        if point.ms > 0
    ]
    if not rows:
        return None
    times_ms = [point.ms for curve in found.curves for _, point in curve.points if point.ms > 0]
    furthest = max(place for curve in found.curves for place, _ in curve.points)
    x = alt.X(
        "x:Q",
        title="percentile of requests",
        scale=alt.Scale(domain=[0, furthest], nice=False),
        axis=alt.Axis(
            values=[tick for tick in TICKS if tick <= furthest + 0.01], labelExpr=_TICK_LABEL, labelOverlap=True
        ),
    )
    y = alt.Y(
        "y:Q",
        title="ms, logarithmic",
        scale=alt.Scale(type="log", nice=False, padding=6),
        axis=logarithmic_axis(min(times_ms), max(times_ms)),
    )
    kinds = [kind for kind in ("response time", "service time") if any(row["d"] == kind for row in rows)]
    # Colour, shape and dashes are of the target, so that which time it is shows by the width.
    width = alt.StrokeWidth("d:O", sort=kinds, scale=alt.Scale(range=[THICK, THIN]), legend=legend(kinds, "stroke"))
    beside = len(kinds) > 1
    widths = {"strokeWidth": width} if beside else {}
    tooltip = [
        alt.Tooltip("s:N", title="target"),
        alt.Tooltip("d:N", title="time"),
        alt.Tooltip("q:N", title="percentile"),
        alt.Tooltip("y:Q", title="ms", format=",.4~g"),
    ]
    base = named(alt.Chart(alt.NamedData(POINTS)))
    chart = alt.layer(
        (base.mark_line() if beside else base.mark_line(strokeWidth=_ALONE)).encode(
            x=x, y=y, color=colour(lines), detail="d:N", **widths, **dashes(lines)
        ),
        base.transform_filter("datum.m")
        .mark_point(filled=True, size=50, opacity=1)
        .encode(x=x, y=y, color=colour(lines), shape=shape(lines), tooltip=tooltip),
    )
    return finish(chart, {POINTS: rows, NAMES: names(lines)})
