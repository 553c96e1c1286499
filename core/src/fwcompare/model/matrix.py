"""Targets by workloads, over one run or several: what ``fwcompare matrix --format json`` prints, version 1.

Every figure of a row stands beside a ratio to the row chosen as the baseline. A cell that is not comparable stays where
it is, with its reasons; a ratio is null where it would be of two different things.
"""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from fwcompare.model.plan import Outcome
from fwcompare.model.quantities import Scalar
from fwcompare.model.summary import Interval, LoadSummary

MATRIX_SCHEMA: Literal[1] = 1

MatrixFigure = Literal["throughput_rps", "response_p99_ms", "cpu_ms_per_request", "peak_rss_mib"]

MORE_IS_BETTER: Final[Mapping[MatrixFigure, bool]] = {
    "throughput_rps": True,
    "response_p99_ms": False,
    "cpu_ms_per_request": False,
    "peak_rss_mib": False,
}
"""Every figure, in the order in which they are shown."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MatrixRun(_Record):
    """A run that the matrix is made of."""

    name: str
    scenario: str
    started: str | None = Field(description="ISO 8601; null when it was not recorded")


class MatrixRow(_Record):
    """A target, with those of its parameters that vary."""

    key: str = Field(description="the target, and its parameters that vary: as it is shown")
    target: str
    params: dict[str, Scalar] = Field(description="those that vary among the rows of this target")
    language: str | None = Field(description="null when no run recorded it")
    framework: str | None


class MatrixColumn(_Record):
    """A workload under one load: a figure of a workload has exactly one column."""

    figure: MatrixFigure
    workload: str
    load: LoadSummary | None = Field(description="null when there is no load point that the figure could be taken at")
    load_key: str | None = Field(description="short name of the load point, such as c10 or c10-r500")
    other_loads: list[str] = Field(description="short names of the load points that were not chosen")
    reason: str = Field(description="why this load point, or why there is none")


class Reason(_Record):
    """Why a cell is not comparable, or what must be known of it: in a word, and in a sentence."""

    word: str
    text: str


class MatrixRatio(_Record):
    """A figure over that of the baseline. The true one may be *more* or *less* where a side is a lower bound."""

    ratio: float
    low: float | None = Field(description="interval, adjusted for the number of rows of the column (Holm)")
    high: float | None
    open_end: Literal["more", "less"] | None = Field(
        default=None, description="the load generator was the limit of one side: the truth lies in this direction"
    )
    paired: bool = Field(description="block by block within one run; else Welch's interval, over trials of two runs")


class MatrixCell(_Record):
    """One figure of one row under one workload."""

    row: str
    workload: str
    figure: MatrixFigure
    outcome: Outcome | Literal["absent"] = Field(description="absent: in none of the runs under this load")
    run: str | None
    cell: str | None = Field(description="the cell's key in its run")
    trials: int = Field(description="valid trials behind the figure")
    value: Interval | None = Field(description="geometric mean over trials with its own interval, not adjusted")
    value_is_lower_bound: bool = False
    ratio: MatrixRatio | None = Field(description="to the baseline; null when there is none or it would mean nothing")
    comparable: bool = Field(description="whether the ratio may be read as what tells the two apart")
    reasons: list[Reason] = Field(description="why it is not comparable; else what must be known of it")

    @property
    def differs(self) -> bool:
        """Tell whether the ratio is comparable and its interval excludes 1."""
        ratio = self.ratio
        if not self.comparable or ratio is None or ratio.low is None or ratio.high is None:
            return False
        return ratio.low > 1 or ratio.high < 1

    @property
    def better(self) -> bool:
        """Tell whether the ratio speaks for the row; meaningless without a ratio."""
        return self.ratio is not None and (self.ratio.ratio > 1) is MORE_IS_BETTER[self.figure]


class MatrixOverall(_Record):
    """Geometric mean of a row's ratios over all workloads; null unless every one of them is comparable."""

    row: str
    figure: MatrixFigure
    ratio: float | None
    reason: str = Field(description="why it is null; empty when it is not")


class Matrix(_Record):
    """Rows grouped by language, in the order in which they are shown."""

    schema_: Literal[1] = Field(default=MATRIX_SCHEMA, alias="schema")
    runs: list[MatrixRun]
    baseline: str = Field(description="key of the row that every ratio is over")
    baseline_reason: str
    confidence: float
    margin: float
    workloads: list[str]
    rows: list[MatrixRow]
    columns: list[MatrixColumn]
    cells: list[MatrixCell]
    overall: list[MatrixOverall]
    warnings: list[str]

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
