"""Two runs side by side as a page of its own: what the terminal says, and a forest plot."""

from fwcompare.model.comparison import RunComparison
from fwcompare.reporting.compare_view import CELL_HEADER, FACTOR_HEADER, comparison_view
from fwcompare.reporting.pages.page import Page


def comparison_page(comparison: RunComparison) -> str:
    """Give the whole page."""
    return Page(f"{comparison.a} and {comparison.b}").render(
        "compare.html",
        comparison=comparison,
        view=comparison_view(comparison),
        cell_header=CELL_HEADER,
        factor_header=FACTOR_HEADER,
    )
