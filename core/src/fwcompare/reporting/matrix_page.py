"""A matrix as a page of its own: a heat map for every figure, with the reasons below it.

A heat map is a table whose cells are coloured on a diverging scale by the logarithm of the ratio, blue where it speaks
for the target and orange where it speaks against it: told apart with every kind of colour vision. Only a ratio that is
comparable and whose interval excludes 1 has a colour; the figures themselves always stand in the cell.
"""

from typing import Final

from fwcompare.model.matrix import Matrix
from fwcompare.reporting import figures
from fwcompare.reporting.matrix_view import OVERALL, heat_of, matrix_view
from fwcompare.reporting.pages.page import Page

_SWATCHES: Final = (16.0, 4.0, 2.0, 1.25)
"""Ratios that the legend shows the colours of."""


def matrix_page(matrix: Matrix) -> str:
    """Give the whole page."""
    view = matrix_view(matrix)
    return Page(f"Matrix over {figures.one_line(matrix.baseline)}").render(
        "matrix.html",
        view=view,
        overall=OVERALL,
        swatches=[(figures.times(ratio), heat_of(ratio)) for ratio in _SWATCHES],
        anchors={mark: f"note-{place}" for place, (mark, _) in enumerate(view.notes, start=1)},
    )
