"""Errors by class in Vega-Lite: one stacked bar a cell."""

import altair as alt

from fwcompare.reporting.chart_errors import Errors
from fwcompare.reporting.chart_series import COLOURS
from fwcompare.reporting.chart_vega import POINTS, WHOLE, Row, Spec, bars_high, finish, legend, row_names, short


def error_chart(found: Errors) -> Spec | None:
    """Draw the errors; None where there are none."""
    if not found.rows:
        return None
    rows: list[Row] = [
        {
            "s": row.label,
            "c": name,
            "o": found.classes.index(name),
            "y": short(row.percent(name)),
            "n": count,
            "d": row.due,
        }
        for row in found.rows
        for name, count in row.by_class
    ]
    chart = (
        alt.Chart(alt.NamedData(POINTS))
        .mark_bar(strokeWidth=1, stroke="white")
        .encode(
            x=alt.X(
                "y:Q",
                title="% of the requests due",
                stack="zero",
                axis=alt.Axis(format=WHOLE, tickCount=5, labelOverlap=True),
            ),
            y=row_names([row.label for row in found.rows]),
            color=alt.Color(
                "c:N",
                sort=None,
                scale=alt.Scale(domain=list(found.classes), range=list(COLOURS[: len(found.classes)])),
                legend=legend(found.classes),
            ),
            order=alt.Order("o:Q"),
            tooltip=[
                alt.Tooltip("s:N", title="target"),
                alt.Tooltip("c:N", title="what became of them"),
                alt.Tooltip("n:Q", title="requests", format=","),
                alt.Tooltip("d:Q", title="of those due", format=","),
                alt.Tooltip("y:Q", title="%", format=",.3~g"),
            ],
        )
    )
    return finish(chart, {POINTS: rows}, height=bars_high(len(found.rows)))
