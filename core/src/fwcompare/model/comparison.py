"""Two finished runs of one scenario, side by side: what ``fwcompare compare --json`` prints, version 1.

Ratios and verdicts are of run ``b`` over run ``a``: *better* says that ``b`` is. A factor is anything recorded that is
not the same in both runs.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from fwcompare.model.summary import Interval

COMPARISON_SCHEMA: Literal[1] = 1

RunVerdict = Literal["better", "worse", "same", "inconclusive"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CellComparison(_Record):
    """One metric of one cell that is in both runs."""

    key: str
    metric: Literal["throughput_rps", "cpu_ms_per_request"]
    a: Interval | None = Field(description="geometric mean over the trials of run a, with its own interval")
    b: Interval | None
    trials_a: int
    trials_b: int
    ratio: float | None = Field(description="b over a; null when either has no figure")
    low: float | None = Field(description="interval of the ratio, adjusted for the number of cells (Holm)")
    high: float | None
    verdict: RunVerdict
    reason: str = ""


class CellAlone(_Record):
    """A cell that is not compared, and why."""

    key: str
    run: Literal["a", "b", "both"]
    reason: str


class Factor(_Record):
    """Something recorded that differs; null where it is not known, or not recorded in that run.

    ``thing`` names what it is a part of: factors of one thing count as one difference. None: it does not count,
    as one of the runs did not record it.
    """

    path: str
    a: object
    b: object
    target: str | None = Field(default=None, description="the target that it concerns; null: every one")
    thing: str | None


class RunComparison(_Record):
    """Two runs, compared."""

    schema_: Literal[1] = Field(default=COMPARISON_SCHEMA, alias="schema")
    a: str
    b: str
    confidence: float
    margin: float
    cells: list[CellComparison]
    alone: list[CellAlone]
    factors: list[Factor]
    warnings: list[str]

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
