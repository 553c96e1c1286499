"""The history of a target as a page that stands alone: its trends as charts, and every step in a table."""

from collections.abc import Mapping, Sequence
from typing import Final

from fwcompare.model.history import History
from fwcompare.reporting import figures
from fwcompare.reporting.history_view import TrendPanel, axis_of, changed, history_view, trend_panels
from fwcompare.reporting.pages.page import Page

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#767676", "#56B4E9", "#E69F00")
"""Those of every plot, but grey for black: the page may be dark."""
_SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
_HEIGHT_PX: Final = 260
_EDGE_PX: Final = 14
_TICKS: Final = 8
_FEW_DAYS: Final = 7


def history_page(history: History, *, live: bool = False) -> str:
    """Give the whole page.

    :param live: it is served, see :class:`Page`.
    """
    view = history_view(history)
    panels = trend_panels(history)
    charts = [(f"trend-{place}", trend_chart(panel), panel, words(panel)) for place, panel in enumerate(panels)]
    return Page(view.title, live=live).render("history.html", view=view, charts=charts)


def words(panel: TrendPanel) -> str:
    """Say what a chart shows, for those who do not see it."""
    told = [
        f"{name}: {figures.number(trend.points[0].figure.mean)} at first, "
        f"{figures.number(trend.points[-1].figure.mean)} in the latest of {figures.count(len(trend.points), 'run')}"
        for name, trend in panel.trends
    ]
    return f"{panel.unit} from run to run, {panel.title}. {'; '.join(told)}."


def trend_chart(panel: TrendPanel) -> dict[str, object]:
    """Give the chart of a panel: lines with markers, and bars for the intervals."""
    names = [name for name, _ in panel.trends]
    place: dict[str, dict[str, object]] = {
        "x": {
            "field": "started",
            "type": "temporal",
            "title": "start of the run, UTC",
            "scale": {"type": "utc", "padding": _EDGE_PX},
            "axis": {"format": _time_format(panel), "labelOverlap": True, "tickCount": _TICKS},
        },
        "y": {
            "field": "mean",
            "type": "quantitative",
            "title": panel.unit,
            "scale": {"domain": list(axis_of(panel)), "zero": False, "nice": False},
        },
        "color": {
            "field": "cell",
            "type": "nominal",
            "scale": _scale(names, _COLOURS),
            "legend": {"title": None, "orient": "bottom", "columns": 1, "symbolOpacity": 1},
        },
    }
    reach = {**place, "y": {**place["y"], "field": "low"}, "y2": {"field": "high"}}
    marked = {
        **place,
        "shape": {"field": "cell", "type": "nominal", "scale": _scale(names, _SHAPES)},
        "fillOpacity": {"condition": {"test": "datum.lower_bound", "value": 0}, "value": 1},
        "tooltip": [
            {"field": name, "type": "nominal", "title": title}
            for name, title in (
                ("cell", "cell"),
                ("run", "run"),
                ("told", panel.unit),
                ("verdict", "verdict"),
                ("changed", "changed"),
            )
        ],
    }
    return {
        "$schema": _SCHEMA,
        "width": "container",
        "height": _HEIGHT_PX,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": _rows(panel)},
        "layer": [
            {"mark": {"type": "area", "opacity": 0.18, "tooltip": False}, "encoding": reach},
            {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": place},
            {
                "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.6},
                "encoding": reach,
            },
            {
                "mark": {"type": "point", "size": 45, "filled": True, "strokeWidth": 1.5, "opacity": 1},
                "encoding": marked,
            },
        ],
    }


def _time_format(panel: TrendPanel) -> str:
    """Give what tells the ticks apart: the day, and with few days the time too."""
    days = {point.started[:10] for _, trend in panel.trends for point in trend.points if point.started is not None}
    return "%m-%d %H:%M" if len(days) <= _FEW_DAYS else "%Y-%m-%d"


def _scale(names: Sequence[str], values: Sequence[str]) -> Mapping[str, Sequence[str]]:
    return {"domain": names, "range": [values[place % len(values)] for place in range(len(names))]}


def _rows(panel: TrendPanel) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, trend in panel.trends:
        steps = {step.after: step for step in trend.steps}
        for point in trend.points:
            step = steps.get(point.run)
            rows.append(
                {
                    "cell": name,
                    "run": figures.one_line(point.run),
                    "started": point.started,
                    "mean": point.figure.mean,
                    "low": point.figure.low,
                    "high": point.figure.high,
                    "lower_bound": point.lower_bound,
                    "told": (">= " if point.lower_bound else "") + figures.interval(point.figure),
                    "verdict": "first" if step is None else f"{step.verdict}, {figures.times(step.ratio)}",
                    "changed": "" if step is None else figures.one_line("; ".join(changed(step))),
                }
            )
    return rows
