"""The flags of ``fwcompare load`` that make an open model, and which of them make sense together.

A flag that would do nothing is refused, with the one that it needs.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

from fwcompare.cli.load_flags import DURATION

F = TypeVar("F", bound=Callable[..., Any])


def open_model_options(function: F) -> F:
    """Add ``--rate`` and what goes with it."""
    for decorate in (
        click.option(
            "--latency-correction", is_flag=True, help="Needs --rate, whose times are from the due time in any case."
        ),
        click.option("--shed-after", type=DURATION, help="With --backlog shed: how long a request waits unsent."),
        click.option(
            "--max-connections", type=click.IntRange(1, 65535), metavar="N", help="With --backlog grow: the most."
        ),
        click.option(
            "--backlog",
            type=click.Choice(["queue", "grow", "shed"]),
            help="A request due while all connections are busy waits, has one opened, or is dropped in the end."
            "  [default: queue]",
        ),
        click.option(
            "--seed", type=click.IntRange(0, 2**64 - 1), metavar="N", help="Of --arrivals poisson.  [default: 0]"
        ),
        click.option(
            "--arrivals",
            type=click.Choice(["constant", "poisson"]),
            help="Gaps between due times: all equal, or random as of independent users.  [default: constant]",
        ),
        click.option(
            "-q",
            "--rate",
            type=click.FloatRange(0.001, 10_000_000),
            metavar="R",
            help="Requests due a second, over all connections: the open model.",
        ),
    ):
        function = decorate(function)
    return function


def check_open_model(
    *,
    rate: float | None,
    arrivals: str | None,
    seed: int | None,
    backlog: str | None,
    max_connections: int | None,
    shed_after: timedelta | None,
    latency_correction: bool,
) -> None:
    """Refuse flags that would do nothing, and policies without their limit.

    :raises click.UsageError: for the first of them.
    """
    if rate is None and latency_correction:
        raise click.UsageError(
            "--latency-correction needs --rate: without a rate no request has a due time to count from, and figures "
            "made up afterwards would be no measurement"
        )
    needs = [
        ("--arrivals", arrivals, "--rate", rate is not None),
        ("--backlog", backlog, "--rate", rate is not None),
        ("--seed", seed, "--arrivals poisson, since nothing else is drawn", arrivals == "poisson"),
        ("--max-connections", max_connections, "--backlog grow", backlog == "grow"),
        ("--shed-after", shed_after, "--backlog shed", backlog == "shed"),
        ("--backlog grow", backlog == "grow" or None, "--max-connections", max_connections is not None),
        ("--backlog shed", backlog == "shed" or None, "--shed-after", shed_after is not None),
    ]
    for flag, value, needed, there in needs:
        if value is not None and not there:
            raise click.UsageError(f"{flag} needs {needed}")


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
