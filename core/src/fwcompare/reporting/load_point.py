"""What a load was beyond its connections, length and single rate, in words: one way for the plan and the reports.

Says only what was asked for; a setting at its default is left out. What came of it is told by the summary.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final

from fwcompare.model.plan import LoadPoint, Stage
from fwcompare.model.quantities import format_duration
from fwcompare.model.summary import LoadSummary
from fwcompare.reporting.figures import number

_MOST_NAMED: Final = 4


def offered(load: LoadPoint | LoadSummary, *, unit: str = "req/s") -> str:
    """Name the rate, or with stages the rates in their order: ``200 to 2,000 to 500 req/s``; nothing if closed.

    :param unit: ``flows/s`` where one arrival is several requests.
    """
    if load.rate is None:
        return ""
    # A stage that holds its rate is no change to name.
    rates = [number(rate) for rate, _ in groupby((load.rate, *(stage.rate for stage in load.stages)))]
    if len(rates) > _MOST_NAMED:
        rates = [rates[0], "...", rates[-1]]
    return f"{' to '.join(rates)} {unit}"


def settings(point: LoadPoint) -> Mapping[str, str]:
    """Give each setting that is not at its default, by its name."""
    told = {}
    if point.backlog == "grow":
        told["backlog"] = f"grow: a request that finds all connections busy opens one, up to {point.max_connections}"
    if point.backlog == "shed":
        told["backlog"] = (
            f"shed: a request is dropped when it has waited {_time(point.shed_after_s or 0)} for a connection; times "
            "are of the requests that were sent"
        )
    if point.stages:
        told["stages"] = staged(point.rate or 0, point.stages)
    if point.spawn_rate is not None:
        told["spawn rate"] = f"{number(point.spawn_rate)} connections started per second"
    if point.think_time_s:
        drawn = ", exponential" if point.think_time == "exponential" else ""
        told["think time"] = f"{_time(point.think_time_s)}{drawn}"
    return told


def staged(rate: float, stages: Sequence[Stage], *, unit: str = "req/s") -> str:
    """Tell the changes of a rate in their order: ``from 200 req/s over 30s to 2,000, then at once to 500``."""
    return f"from {number(rate)} {unit} " + ", then ".join(
        f"{f'over {_time(stage.duration_s)}' if stage.duration_s else 'at once'} to {number(stage.rate)}"
        for stage in stages
    )


def _time(seconds: float) -> str:
    return format_duration(timedelta(seconds=seconds))
