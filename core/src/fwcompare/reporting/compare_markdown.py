"""A comparison of two runs as GitHub-flavoured Markdown: what the terminal says."""

from fwcompare.model.comparison import RunComparison
from fwcompare.reporting.compare_view import CELL_HEADER, FACTOR_HEADER, comparison_view, verdict_counts
from fwcompare.reporting.gfm import escape, paragraph, table


def comparison_markdown(comparison: RunComparison) -> str:
    """Give the whole document, which ends with a line feed."""
    view = comparison_view(comparison)
    blocks = [
        [f"# {escape(comparison.b)} against {escape(comparison.a)}"],
        [paragraph(verdict_counts(comparison))],
        [f"- {paragraph(line)}" for line in view.heading],
        [f"- warning: {escape(line)}" for line in view.warnings],
        table(CELL_HEADER, [list(map(escape, row)) for row in view.cells], right=range(2, 6)) if view.cells else [],
        [f"- {paragraph(line)}" for line in view.notes],
        ["## What differs"],
        table(FACTOR_HEADER, [list(map(escape, row)) for row in view.factors])
        if view.factors
        else ["Nothing that is recorded differs."],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
