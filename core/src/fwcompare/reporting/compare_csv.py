"""A comparison of two runs as CSV: one row for every figure of every cell, in full precision, without the factors.

A cell that is not compared is a row without a figure, with the reason. An empty field is not known, never 0.
"""

import csv
from io import StringIO
from typing import Final

from fwcompare.model.comparison import CellAlone, CellComparison, RunComparison
from fwcompare.model.summary import Interval
from fwcompare.reporting.figures import one_line

_COLUMNS: Final = (
    *("cell", "metric", "a", "a_low", "a_high", "b", "b_low", "b_high", "trials_a", "trials_b"),
    *("ratio", "ratio_low", "ratio_high", "verdict", "in_run", "reason"),
)


def comparison_csv(comparison: RunComparison) -> str:
    """Give the whole text, with a line of names first."""
    file = StringIO()
    writer = csv.DictWriter(file, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_cell, comparison.cells))
    writer.writerows(map(_alone, comparison.alone))
    return file.getvalue()


def _cell(one: CellComparison) -> dict[str, object]:
    return {
        "cell": one_line(one.key),
        "metric": one.metric,
        **_interval("a", one.a),
        **_interval("b", one.b),
        "trials_a": one.trials_a,
        "trials_b": one.trials_b,
        "ratio": one.ratio,
        "ratio_low": one.low,
        "ratio_high": one.high,
        "verdict": one.verdict,
        "in_run": "both",
        "reason": one_line(one.reason),
    }


def _interval(name: str, value: Interval | None) -> dict[str, object]:
    return {} if value is None else {name: value.mean, f"{name}_low": value.low, f"{name}_high": value.high}


def _alone(one: CellAlone) -> dict[str, object]:
    return {"cell": one_line(one.key), "verdict": "not compared", "in_run": one.run, "reason": one_line(one.reason)}
