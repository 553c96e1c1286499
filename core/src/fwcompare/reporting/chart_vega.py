"""What all Vega-Lite charts of a report have in common: size, legend, series by colour and shape, data kept apart.

Altair checks a specification against its schema; the rows are put in afterwards, so that the check does not read them.
Names are only ever data: no expression and no field name is made of one. Colours of axes and text, for light and dark,
are the page's.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

import altair as alt

from fwcompare.reporting.chart_series import Series

Row = Mapping[str, object]
Spec = dict[str, object]
C = TypeVar("C", alt.Chart, alt.LayerChart)

POINTS, NAMES = "points", "names"
HEIGHT = 280

WHOLE = ",~r"
"""How numbers of an axis are written: thousands apart, and never with an exponent."""

QUIET = "#808080"
"""What belongs to no series: it can be seen on paper and on a dark screen."""

_BAR_PX = 30
_OUTLINE_PX = 2.5
_AXIS_PX = 10

_LETTER_PX = 7.5
_HANDLE_PX = 34
_DIGITS = 5
_POWERS = 3


def finish(
    chart: alt.LayerChart | alt.FacetChart | alt.Chart,
    rows: Mapping[str, Sequence[Row]],
    *,
    height: int = HEIGHT,
) -> Spec:
    """Give the specification with its data, as wide as its place in the page.

    :param rows: the data, by the name that the chart knows them by.
    :param height: of the axes, in pixels.
    """
    spec: Spec = chart.to_dict()
    # The page has both: which library draws, and how.
    del spec["$schema"], spec["config"]
    return spec | {
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "datasets": {name: list(values) for name, values in rows.items()},
    }


def bars_high(rows: int) -> int:
    """Give the height of so many bars, one below the other."""
    return rows * _BAR_PX + _AXIS_PX


def names(lines: Sequence[Series]) -> list[Row]:
    """Give the series as rows: in the points, a series is a short number, and here is its name."""
    return [{"k": key, "s": line.label} for key, line in enumerate(lines)]


def named(chart: C) -> C:
    """Look up the name of each point's series."""
    return chart.transform_lookup(lookup="k", from_=alt.LookupData(data=alt.NamedData(NAMES), key="k", fields=["s"]))


def legend(labels: Sequence[str], symbol: Literal["stroke"] | None = None) -> alt.Legend:
    """Give a legend below the chart, in as many columns as there is room for.

    :param symbol: lines instead of the shapes of points.
    """
    longest = max((len(label) for label in labels), default=1)
    wide = round(longest * _LETTER_PX + _HANDLE_PX)
    amount = max(1, len(labels))
    # No column more than the rows fill: Vega would put what is left over out of its order.
    fitting = f"max(1, min({amount}, floor(containerSize()[0] / {wide})))"
    columns = f"ceil({amount} / ceil({amount} / {fitting}))"
    return alt.Legend(
        orient="bottom",
        direction="vertical",
        title=None,
        columns=alt.ExprRef(expr=columns),
        labelLimit=alt.ExprRef(expr="max(80, containerSize()[0] - 60)"),
        symbolStrokeWidth=2,
        symbolType=symbol or alt.Undefined,
        # Without it, the paleness of a band.
        symbolOpacity=1,
    )


def colour(lines: Sequence[Series], *, shown: bool = True) -> alt.Color:
    """Give each series its colour."""
    labels = [line.label for line in lines]
    return alt.Color(
        "s:N",
        sort=None,
        scale=alt.Scale(domain=labels, range=[line.colour for line in lines]),
        legend=legend(labels) if shown else None,
    )


def shape(lines: Sequence[Series]) -> alt.Shape:
    """Give each series its shape."""
    labels = [line.label for line in lines]
    return alt.Shape(
        "s:N",
        sort=None,
        scale=alt.Scale(domain=labels, range=[line.shape for line in lines]),
        legend=legend(labels),
    )


def dashes(lines: Sequence[Series]) -> dict[str, alt.StrokeDash]:
    """Give each series its dashes, as an encoding; nothing where colours alone tell them apart."""
    if not any(line.turn for line in lines):
        return {}
    scale = alt.Scale(domain=list(range(len(lines))), range=[list(line.dash) or [1, 0] for line in lines])
    # Not by the name, by which the legend is: dashes would run around its shapes and fray them, and colours and shapes
    # are enough there.
    return {"strokeDash": alt.StrokeDash("k:N", sort=None, scale=scale, legend=None)}


def outlines(lines: Sequence[Series]) -> dict[str, alt.Stroke | alt.StrokeDash | alt.StrokeWidthValue]:
    """Give bars of the same colour outlines with the dashes of their series; nothing where colours tell them apart."""
    if not any(line.turn for line in lines):
        return {}
    labels = [line.label for line in lines]
    strokes = alt.Scale(domain=labels, range=[QUIET if line.turn else line.colour for line in lines])
    dash = alt.Scale(domain=labels, range=[list(line.dash) or [1, 0] for line in lines])
    return {
        "stroke": alt.Stroke("s:N", sort=None, scale=strokes, legend=None),
        "strokeDash": alt.StrokeDash("s:N", sort=None, scale=dash, legend=None),
        "strokeWidth": alt.StrokeWidthValue(_OUTLINE_PX),
    }


def row_names(labels: Sequence[str]) -> alt.Y:
    """Give an axis of names, from top to bottom."""
    axis = alt.Axis(
        title=None,
        labelLimit=alt.ExprRef(expr="max(90, containerSize()[0] * 0.34)"),
        ticks=False,
        domain=False,
        labelPadding=6,
    )
    return alt.Y("s:N", sort=None, scale=alt.Scale(domain=list(labels), paddingInner=0.3, paddingOuter=0.15), axis=axis)


def logarithmic_axis(low: float, high: float) -> alt.Axis:
    """Give an axis with lines at 1, 2 and 5 of each power of ten between two figures; over many powers, at 1 alone."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first <= _POWERS else (1,)
    values = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    return alt.Axis(
        format=WHOLE, labelOverlap=True, values=[value for value in values if low / 1.5 <= value <= high * 1.5]
    )


def short(value: float | None) -> float | None:
    """Round to five digits: more cannot be seen, and would double the page."""
    return None if value is None else float(f"{value:.{_DIGITS}g}")
