"""What a run's trials left in files, for whoever draws them: read when it is asked for, never held all at once.

Nothing of it decides anything: every judgement is in the summary. What was not recorded, or cannot be read any more,
is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from fwcompare.model.functions import FunctionComparison, FunctionTable
from fwcompare.model.measurement import Trial

TimeKind = Literal["response", "service"]


@dataclass(frozen=True)
class CurvePoint:
    """The ``quantile`` of a distribution of times, from 0 to 1, in milliseconds."""

    quantile: float
    ms: float


@dataclass(frozen=True)
class Curve:
    """The quantiles of ``count`` times, ascending, as far as ten of them lie beyond each."""

    count: int
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class TimelineRow:
    """A slice of a measured window: ``at_s`` from its beginning, ``width_s`` long.

    ``ok_rps`` are 2xx answers per second, ``errors_rps`` what else ended, ``backlog`` how many requests were due
    and not yet sent at its end; the times are those of requests that ended in the slice, None where none did.
    ``response_*`` are None in the closed model.
    """

    at_s: float
    width_s: float
    ok_rps: float
    errors_rps: float
    backlog: int
    service_p50_ms: float | None
    service_p99_ms: float | None
    response_p50_ms: float | None
    response_p99_ms: float | None


class Recordings(Protocol):
    """The files of a run's trials."""

    def curve(self, trials: Sequence[Trial], times: TimeKind) -> Curve | None:
        """Merge the histograms of trials, for display: nothing is ever judged by requests of several trials."""
        ...

    def timeline(self, trial: Trial) -> Sequence[TimelineRow]:
        """Give the measured window slice by slice; nothing where there was none."""
        ...

    def telemetry(self, trial: Trial) -> Mapping[str, object] | None:
        """Give what was sampled beside the load, as ``telemetry/sampler.py`` describes it."""
        ...

    def functions(self, trial: Trial) -> FunctionTable | None:
        """Give where the CPU time went, function by function."""
        ...

    def difference(self, a: Trial, b: Trial) -> FunctionComparison | None:
        """Hold the functions of trial ``b`` against those of trial ``a``."""
        ...

    def flamegraph(self, trial: Trial) -> str | None:
        """Give the SVG of its flamegraph."""
        ...
