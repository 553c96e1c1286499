"""A line under ``assert`` of a scenario, and what became of it.

    [TARGET[/TARGET]:] METRIC OPERATOR VALUE [UNIT]

``fastapi: service_p99 < 250ms`` speaks of one target, ``errors < 0.1%`` of each, and ``axum/fastapi: throughput > 2``
of the first over the second. It is asked of every cell of those targets. Operators are ``<``, ``<=``, ``>`` and
``>=``. :data:`METRICS` lists the metrics with their units; a bare ``p99`` is refused, since it could mean either time.

Leaves out when a line holds (``stats/thresholds.py``).
"""

import difflib
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

LoadModel = Literal["closed", "open"]
Operator = Literal["<", "<=", ">", ">="]
ThresholdState = Literal["holds", "fails", "cannot be told"]
ThresholdUnit = Literal["req/s", "ms", "share", "MiB", "ratio"]

_NAME: Final = r"[a-z0-9][a-z0-9._-]*"
_LINE: Final = re.compile(
    rf"(?:(?P<target>{_NAME})(?:\s*/\s*(?P<over>{_NAME}))?\s*:\s*)?"
    r"(?P<metric>\w+)\s*(?P<operator><=|>=|<|>)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z%/]*)",
    re.ASCII,
)
_FORM: Final = "[TARGET[/TARGET]:] METRIC <|<=|>|>= VALUE, such as `fastapi: service_p99 < 250ms`"
_OPERATORS: Final[Mapping[str, tuple[Operator, Callable[[float, float], bool]]]] = {
    "<": ("<", operator.lt),
    "<=": ("<=", operator.le),
    ">": (">", operator.gt),
    ">=": (">=", operator.ge),
}


@dataclass(frozen=True)
class Metric:
    """A figure of a cell: its dotted field in the summary, that field's unit, and the units that people write.

    ``units`` maps what is written to the factor that gives the field's unit. ``pairs`` says that two targets can be
    compared by it, block by block; ``timed`` that it is a time as the client saw it.
    """

    field: str
    unit: ThresholdUnit
    units: Mapping[str, float]
    pairs: bool = False
    timed: bool = False


_TIME: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}
METRICS: Final[Mapping[str, Metric]] = {
    "throughput": Metric("throughput_rps", "req/s", {"": 1.0, "req/s": 1.0}, pairs=True),
    **{
        f"{kind}_{quantile}": Metric(f"{kind}_ms.{quantile}", "ms", _TIME, timed=True)
        for kind in ("response", "service")
        for quantile in ("p50", "p90", "p99")
    },
    "errors": Metric("error_rate", "share", {"%": 0.01}),
    "cpu_per_request": Metric("cpu_ms_per_request", "ms", _TIME, pairs=True),
    "peak_rss": Metric("peak_rss_mib", "MiB", {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}),
}
"""Every metric that a threshold may name."""

_RATIO_UNITS: Final = {"": 1.0, "x": 1.0}
_QUANTILES: Final = ("p50", "p90", "p99")


@dataclass(frozen=True)
class Threshold:
    """A line that was understood.

    ``target`` None: each target. With ``over`` the figure is the ratio of ``target`` over it. ``value`` is in the
    unit of the metric's field, or a ratio. ``text`` is the line as it was written.
    """

    text: str
    target: str | None
    over: str | None
    metric: str
    operator: Operator
    value: float

    @property
    def unit(self) -> ThresholdUnit:
        """The unit of ``value``."""
        return "ratio" if self.over is not None else METRICS[self.metric].unit

    def admits(self, figure: float) -> bool:
        """Tell whether a figure is on the right side."""
        return _OPERATORS[self.operator][1](figure, self.value)


def read_threshold(value: object, *, targets: Sequence[str] = (), model: LoadModel | None = None) -> Threshold:
    """Read a line. YAML makes a mapping of ``fastapi: errors < 1%`` where it is not quoted; that is the same.

    :param targets: those of the scenario; none: whether a target exists is not known yet.
    :param model: the scenario's load model, where it is known.
    :raises ValueError: with what was expected.
    """
    if isinstance(value, Threshold):
        return value
    text = _as_text(value)
    parts = _LINE.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text!r} is no threshold; expected {_FORM}")
    metric = _metric(parts["metric"], model)
    units = _RATIO_UNITS if parts["over"] else metric.units
    if parts["over"] and not metric.pairs:
        raise ValueError(
            f"{parts['metric']} has no ratio of two targets; expected "
            + " or ".join(name for name, one in METRICS.items() if one.pairs)
        )
    if parts["unit"] not in units:
        seen = f"{parts['unit']!r} is no unit of" if parts["unit"] else "a unit is missing behind the value of"
        what = f"a ratio of {parts['metric']}" if parts["over"] else parts["metric"]
        raise ValueError(f"{seen} {what}; expected {' or '.join(unit or 'none' for unit in units)}")
    limit = float(parts["number"]) * units[parts["unit"]]
    if limit == 0 and parts["operator"] == "<":
        raise ValueError(f"{text!r} can never hold, as no figure is below 0; expected <= 0 or a larger value")
    _known(parts["target"], parts["over"], targets)
    return Threshold(text, parts["target"], parts["over"], parts["metric"], _OPERATORS[parts["operator"]][0], limit)


def unknown_target(name: str, known: Sequence[str]) -> str:
    """Say that a line names a target that is none."""
    near = difflib.get_close_matches(name, known, n=1)
    expected = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
    return f"{name!r} is no target of the scenario; {expected}"


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, dict) and len(value) == 1:
        ((targets, rest),) = value.items()
        if isinstance(rest, str):
            return " ".join(f"{targets}: {rest}".split())
    raise ValueError(f"{value!r} is no threshold; expected {_FORM}")


def _metric(name: str, model: LoadModel | None) -> Metric:
    if name in _QUANTILES:
        meant = {"closed": f"service_{name}", "open": f"response_{name}", None: f"service_{name} or response_{name}"}
        raise ValueError(
            f"{name} could be a time from the send or from when a request was due; expected {meant[model]}"
            + ("" if model is None else f", the one that the {model} model is judged by")
        )
    if name not in METRICS:
        near = difflib.get_close_matches(name, METRICS, n=1)
        expected = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(METRICS)}"
        raise ValueError(f"{name!r} is no metric; {expected}")
    if model == "closed" and name.startswith("response_"):
        other = name.replace("response", "service")
        raise ValueError(f"the closed model has no response time; expected {other}, or a `rate` under `load`")
    return METRICS[name]


def _known(target: str | None, over: str | None, targets: Sequence[str]) -> None:
    if target is not None and target == over:
        raise ValueError(f"{target}/{over} is 1 whatever is measured; expected two targets")
    for name in (target, over):
        if name is not None and targets and name not in targets:
            raise ValueError(unknown_target(name, targets))


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ThresholdCell(_Record):
    """A threshold at one cell, or at one pair of cells."""

    cell: str = Field(description="key of the cell; of a ratio, the one above the line")
    over: str | None = Field(default=None, description="of a ratio, key of the cell below the line")
    state: ThresholdState
    value: float | None = Field(description="the figure, in the unit of the threshold")
    low: float | None = Field(description="its interval; null where the figure has none")
    high: float | None
    reason: str = Field(default="", description="why it cannot be told")


class ThresholdResult(_Record):
    """What became of a line under ``assert``: it holds if it holds at every cell that it speaks of."""

    line: str
    state: ThresholdState
    unit: ThresholdUnit
    cells: list[ThresholdCell]
    reason: str = Field(default="", description="why it cannot be told at all")
