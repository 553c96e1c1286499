"""Two runs side by side as a page of its own: what the terminal says, and a forest plot for each figure."""

from collections.abc import Mapping
from typing import Final

from fwcompare.model.comparison import RunComparison
from fwcompare.reporting import figures
from fwcompare.reporting.compare_view import CELL_HEADER, FACTOR_HEADER, comparison_view, verdict_counts
from fwcompare.reporting.forest_plot import forest_plot, is_cut
from fwcompare.reporting.pages.page import Page

_TITLES: Final[Mapping[str, str]] = {
    "throughput_rps": "Throughput",
    "cpu_ms_per_request": "CPU time per request",
}


def comparison_page(comparison: RunComparison) -> str:
    """Give the whole page."""
    view = comparison_view(comparison)
    plots = [
        (
            title,
            forest_plot(cells, comparison.margin),
            f"{title}: the ratio of every cell with its interval; the figures stand in the table of cells",
            is_cut(cells, comparison.margin),
        )
        for metric, title in _TITLES.items()
        if (cells := [one for one in comparison.cells if one.metric == metric])
    ]
    return Page(figures.one_line(f"{comparison.b} against {comparison.a}")).render(
        "compare.html",
        a=figures.one_line(comparison.a),
        b=figures.one_line(comparison.b),
        answer=verdict_counts(comparison),
        view=view,
        plots=plots,
        margin=figures.setting_percent(comparison.margin),
        cell_header=CELL_HEADER,
        factor_header=FACTOR_HEADER,
    )
