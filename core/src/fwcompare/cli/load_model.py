"""The flags of ``fwcompare load`` that say when requests go out: the open model's, and the closed one's.

A flag that would do nothing is refused, with the one that it needs.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import click

from fwcompare.cli.load_flags import DURATION, STAGE
from fwcompare.cli.load_groups import gathered, refuse_without_effect, section
from fwcompare.model.load_report import Arrivals, Backlog, Spread
from fwcompare.model.load_settings import StageSettings, come_before_the_end
from fwcompare.model.plan import Stage

_open = section("Open model")
_closed = section("Closed model (without --rate)")


@dataclass(frozen=True, kw_only=True)
class OpenModel:
    """``--rate`` and what goes with it."""

    rate: float | None
    stages: tuple[StageSettings, ...]
    arrivals: Arrivals | None
    backlog: Backlog | None
    max_connections: int | None
    shed_after: timedelta | None
    latency_correction: bool

    def check(self, duration: timedelta | None, requests: int | None) -> None:
        """Refuse flags that would do nothing, policies without their limit, and stages that would not come.

        :raises click.UsageError: for the first of them.
        """
        is_open = self.rate is not None
        if self.latency_correction and not is_open:
            raise click.UsageError(
                "--latency-correction needs --rate: without a rate no request has a due time to count from, and "
                "figures made up afterwards would be no measurement"
            )
        grow, shed = self.backlog == "grow", self.backlog == "shed"
        refuse_without_effect(
            [
                ("--stage", bool(self.stages), "--rate, at which the stages begin", is_open),
                ("--arrivals", self.arrivals is not None, "--rate", is_open),
                ("--backlog", self.backlog is not None, "--rate", is_open),
                ("--max-connections", self.max_connections is not None, "--backlog grow", grow),
                ("--shed-after", self.shed_after is not None, "--backlog shed", shed),
                ("--backlog grow", grow, "--max-connections", self.max_connections is not None),
                ("--backlog shed", shed, "--shed-after", self.shed_after is not None),
            ]
        )
        if self.rate is not None and self.stages:
            try:
                come_before_the_end(self.stages, (self.rate,), {"duration": duration, "requests": requests})
            except ValueError as error:
                raise click.UsageError(f"--stage: {error}") from error

    def asked(self) -> Mapping[str, Any]:
        """Give the fields of :class:`~fwcompare.model.load_report.Asked`."""
        is_open = self.rate is not None
        return {
            "rate": self.rate,
            "stages": tuple(Stage(stage.duration.total_seconds(), stage.rate) for stage in self.stages),
            "arrivals": (self.arrivals or "constant") if is_open else None,
            "backlog": (self.backlog or "queue") if is_open else None,
            "max_connections": self.max_connections,
            "shed_after_s": None if self.shed_after is None else self.shed_after.total_seconds(),
        }


@dataclass(frozen=True, kw_only=True)
class ClosedModel:
    """How connections start, and rest between requests."""

    think_time: timedelta | None
    think_time_spread: Spread | None
    spawn_rate: float | None

    def check(self, rate: float | None) -> None:
        """Refuse flags that would do nothing.

        :raises click.UsageError: for the first of them.
        """
        closed = rate is None
        thinks = bool(self.think_time)
        refuse_without_effect(
            [
                ("--think-time", self.think_time is not None, "no --rate, whose gaps are the --arrivals", closed),
                ("--think-time", self.think_time is not None, "a time above zero", thinks),
                ("--think-time-spread", self.think_time_spread is not None, "--think-time", thinks),
                ("--spawn-rate", self.spawn_rate is not None, "no --rate; a rate grows with --stage", closed),
            ]
        )

    def asked(self) -> Mapping[str, Any]:
        """Give the fields of :class:`~fwcompare.model.load_report.Asked`."""
        return {
            "think_time_s": self.think_time.total_seconds() if self.think_time else None,
            "think_time": (self.think_time_spread or "constant") if self.think_time else None,
            "spawn_rate": self.spawn_rate,
        }


open_model_options = gathered(
    OpenModel,
    "arrivals",
    _open(
        "-q",
        "--rate",
        type=click.FloatRange(0.001, 10_000_000),
        metavar="R",
        help="Requests, or flows, due a second, over all connections: the open model.",
    ),
    _open(
        "--stage",
        "stages",
        type=STAGE,
        multiple=True,
        help="Change the rate, from the start of the window on: 30s:2000 climbs for 30 s to 2000/s, 0s:500 is a step; "
        "may be repeated.",
    ),
    _open(
        "--arrivals",
        type=click.Choice(["constant", "poisson"]),
        help="Gaps between due times: all equal, or random as of independent users.  [default: constant]",
    ),
    _open(
        "--backlog",
        type=click.Choice(["queue", "grow", "shed"]),
        help="A request due while all connections are busy waits, has one opened, or is dropped in the end."
        "  [default: queue]",
    ),
    _open("--max-connections", type=click.IntRange(1, 65535), metavar="N", help="With --backlog grow: the most."),
    _open("--shed-after", type=DURATION, help="With --backlog shed: how long a request waits unsent."),
    _open("--latency-correction", is_flag=True, help="Needs --rate, whose times are from the due time in any case."),
)

closed_model_options = gathered(
    ClosedModel,
    "pace",
    _closed("--think-time", type=DURATION, help="Rest between a request and the next on its connection."),
    _closed(
        "--think-time-spread",
        type=click.Choice(["constant", "exponential"]),
        help="Rests all equal, or random with that mean.  [default: constant]",
    ),
    _closed(
        "--spawn-rate",
        type=click.FloatRange(0.001, 10_000_000),
        metavar="R",
        help="Connections started a second; without it, all at once.",
    ),
)


def check_seed(seed: int | None, *, drawn: bool) -> None:
    """Refuse a seed of nothing.

    :raises click.UsageError: then.
    """
    what = (
        "something that is drawn: --arrivals poisson, --think-time-spread exponential, a value of uuid or random, or "
        "several flows"
    )
    refuse_without_effect([("--seed", seed is not None, what, drawn)])


def check_threads(threads: int, connections: int) -> None:
    """Refuse threads that would have nothing to do, or no CPU to do it on.

    :raises click.UsageError: then.
    """
    if threads > connections:
        raise click.UsageError(f"--threads {threads} is more than --connections {connections}; each needs one at least")
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if threads > cpus:
        raise click.UsageError(
            f"--threads {threads} is more than the CPUs that this process may use ({cpus}); whether the generator was "
            "the limit could not be told"
        )
