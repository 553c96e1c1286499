"""A forest plot: every cell's ratio with its interval on a logarithmic axis, and the margin within which all is equal.

A Vega-Lite specification. Verdicts differ in shape as well as in colour. A cell without a ratio keeps its line, with
``n/a`` on it. What is cut off is cut at the edge of the axis, which the widest of intervals must not stretch.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from fwcompare.model.comparison import CellComparison
from fwcompare.model.matrix import MORE_IS_BETTER
from fwcompare.reporting import figures
from fwcompare.reporting.pages.page import Chart

_VERDICTS: Final = {
    "better": ("#0072b2", "triangle-up"),
    "same": ("#009e73", "square"),
    "inconclusive": ("#8a939c", "circle"),
    "worse": ("#d55e00", "triangle-down"),
}
"""Colours of Okabe and Ito, and shapes, by verdict."""

_STRETCH: Final = 4.0
"""An interval may widen the axis by this factor beyond the outermost ratio."""

_LINE_PX: Final = 26
_ROOM: Final = 1.05
_MOST_TICKS: Final = 7
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_LINEAR: Final = 4.0
"""Axes that span less than this factor have evenly spaced ticks, others powers."""


def forest_plot(cells: Sequence[CellComparison], margin: float) -> Chart:
    """Plot cells of one metric, in the order given.

    :param margin: the share within which a ratio is of no interest.
    """
    low, high = _domain(cells, margin)
    right = MORE_IS_BETTER[cells[0].metric] if cells else True
    x: dict[str, Any] = {
        "type": "quantitative",
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {
            "values": ratio_ticks(low, high),
            "format": ",~g",
            "labelExpr": "datum.label + 'x'",
            "labelOverlap": True,
            "title": f"b / a, {'right' if right else 'left'} is better",
        },
    }
    y = {
        "field": "cell",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 150, "grid": False},
        "scale": {"domain": [one.key for one in cells]},
    }
    colour = {
        "field": "verdict",
        "scale": {"domain": list(_VERDICTS), "range": [name for name, _ in _VERDICTS.values()]},
        "legend": {"orient": "bottom", "title": None, "columns": 2, "symbolType": "square"},
    }
    shape = {
        "field": "verdict",
        "scale": {"domain": list(_VERDICTS), "range": [name for _, name in _VERDICTS.values()]},
        "legend": {"orient": "bottom", "title": None, "columns": 2},
    }
    tooltip = [{"field": name, "type": "nominal"} for name in ("cell", "b / a", "interval", "verdict")]
    band = [{"from": max(low, 1 / (1 + margin)), "to": min(high, 1 + margin), "one": 1}]
    return {
        "width": "container",
        "height": _LINE_PX * len(cells),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": [_point(one, low, high) for one in cells]},
        "layer": [
            {
                "data": {"values": band},
                "mark": {"type": "rect", "color": "#8a939c", "opacity": 0.25},
                "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
            },
            {
                "data": {"values": band},
                "mark": {"type": "rule", "color": "#8a939c"},
                "encoding": {"x": {**x, "field": "one"}},
            },
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {
                    "x": {**x, "field": "low"},
                    "x2": {"field": "high"},
                    "y": y,
                    "color": colour,
                    "tooltip": tooltip,
                },
            },
            {
                "transform": [{"filter": "isValid(datum.ratio)"}],
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"x": {**x, "field": "ratio"}, "y": y, "color": colour, "shape": shape, "tooltip": tooltip},
            },
            {
                "transform": [{"filter": "!isValid(datum.ratio)"}],
                "mark": {"type": "text", "text": figures.MISSING, "align": "left", "dx": 6, "color": "#8a939c"},
                "encoding": {"x": {**x, "field": "nothing"}, "y": y, "tooltip": tooltip},
            },
        ],
    }


def ratio_ticks(low: float, high: float) -> list[float]:
    """Choose where an axis of ratios from ``low`` to ``high`` has ticks: 1 among them, and at most about seven."""
    if high / low < _LINEAR:
        step = next((step for step in _STEPS if (high - low) / step <= _MOST_TICKS), _STEPS[-1])
        first = math.ceil(round((low - 1) / step, 9))
        last = math.floor(round((high - 1) / step, 9))
        return [round(1 + step * place, 4) for place in range(first, last + 1)]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for leads in ((1, 2, 5), (1, 3), (1,)):
        ticks = [lead * 10.0**decade for decade in decades for lead in leads if low <= lead * 10.0**decade <= high]
        if len(ticks) <= _MOST_TICKS + 1:
            break
    return ticks


def is_cut(cells: Sequence[CellComparison], margin: float) -> bool:
    """Tell whether any interval goes beyond the axis."""
    low, high = _domain(cells, margin)
    return any(one.low is not None and one.high is not None and (one.low < low or one.high > high) for one in cells)


def _domain(cells: Sequence[CellComparison], margin: float) -> tuple[float, float]:
    ratios = [1.0, *(one.ratio for one in cells if one.ratio is not None)]
    lows = [one.low for one in cells if one.low is not None]
    highs = [one.high for one in cells if one.high is not None]
    least = max(min([*ratios, *lows]), min(ratios) / _STRETCH)
    most = min(max([*ratios, *highs]), max(ratios) * _STRETCH)
    room = max(_ROOM, 1 + 2 * margin)
    return least / room, most * room


def _point(one: CellComparison, low: float, high: float) -> dict[str, object]:
    return {
        "cell": one.key,
        "ratio": one.ratio,
        "low": None if one.low is None else max(one.low, low),
        "high": None if one.high is None else min(one.high, high),
        "nothing": low,
        "verdict": one.verdict,
        "b / a": figures.MISSING if one.ratio is None else figures.times(one.ratio),
        "interval": figures.bounds(one.low, one.high).strip(" ()") or figures.MISSING,
    }
