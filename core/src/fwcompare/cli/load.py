"""``fwcompare load``: load on one URL by hand, with the flags that users of such tools know.

Reads the flags and refuses what makes no sense, waits, and hands the report to JSON or to the terminal view. What
the figures mean is in ``model/load_report.py``.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
from rich.console import Console

from fwcompare.cli.load_content import ContentFlags, content_options
from fwcompare.cli.load_familiar import FAMILIAR_FLAGS
from fwcompare.cli.load_flags import DURATION
from fwcompare.cli.load_groups import SectionedCommand, section
from fwcompare.cli.load_model import (
    ClosedModel,
    OpenModel,
    check_seed,
    check_threads,
    closed_model_options,
    open_model_options,
)
from fwcompare.cli.load_network import Network, network_options
from fwcompare.cli.options import json_option
from fwcompare.cli.run import stop_on_signals
from fwcompare.errors import InterruptedRunError, MeasurementError
from fwcompare.load.command import start
from fwcompare.load.running import RunningLoad
from fwcompare.model.load_report import Asked, AskedFlow, LoadReport
from fwcompare.reporting.load_view import print_load
from fwcompare.session.world import StopSignal

_LOOK_S = 0.05
_SHOW_S = 0.2
_CLEAR_REST = "\x1b[K"
_DEFAULT_DURATION = timedelta(seconds=10)


_load = section("Load")


@click.command(cls=SectionedCommand, epilog=FAMILIAR_FLAGS)
@click.argument("url")
@_load("-n", "--requests", type=click.IntRange(1), metavar="N", help="Send exactly N requests, instead of -z.")
@_load("-z", "--duration", type=DURATION, help="Send for this long, such as 18s or 500ms.  [default: 10s]")
@_load(
    "-c",
    "--connections",
    type=click.IntRange(1, 65535),
    default=10,
    show_default=True,
    metavar="N",
    help="Each has one request under way.",
)
@_load("--disable-keepalive", is_flag=True, help="A fresh connection for each request.")
@_load("--timeout", type=DURATION, default="30s", show_default=True, help="Give a request up after this long.")
@_load(
    "--warmup", type=DURATION, default="0s", show_default=True, help="Load before the measured window, in no figure."
)
@_load("--threads", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="At most one a connection.")
@_load("--seed", type=click.IntRange(0, 2**64 - 1), metavar="N", help="Of all that is drawn at random.  [default: 0]")
@_load("--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="A host beside loopback; repeatable.")
@content_options
@open_model_options
@closed_model_options
@network_options
@json_option
def load(
    url: str,
    requests: int | None,
    duration: timedelta | None,
    connections: int,
    timeout: timedelta,
    warmup: timedelta,
    threads: int,
    seed: int | None,
    allow_hosts: tuple[str, ...],
    what: ContentFlags,
    arrivals: OpenModel,
    pace: ClosedModel,
    network: Network,
    *,
    disable_keepalive: bool,
    as_json: bool,
) -> int:
    """Put load on URL and say how long each step of a request took, and whether the figures can be trusted.

    Without --rate, the closed model: each connection waits for its answer, then sends again. With it, the open
    model: requests are due at that rate whether or not answers come, and response time counts from then. Load goes
    to this machine, or to hosts named with --allow-host.

    Exit codes: 0 the load was made, whatever the target answered (its errors are figures); 2 wrong usage; 5 the
    generator was the limit, so the result is invalid; 130 Ctrl-C, after printing what was recorded.
    """
    if requests is not None and duration is not None:
        raise click.UsageError("-n and -z exclude each other: the load ends after N requests, or after a time")
    length = _DEFAULT_DURATION if duration is None and requests is None else duration
    check_threads(threads, connections)
    arrivals.check(length, requests)
    pace.check(arrivals.rate)
    network.check(url)
    what.check(url)
    content = what.content(url)
    drawn = content.is_drawn or arrivals.arrivals == "poisson" or pace.think_time_spread == "exponential"
    check_seed(seed, drawn=drawn)
    asked = Asked(
        url=url,
        method=None if content.flows else what.method or "GET",
        flows=tuple(
            AskedFlow(weight=flow.weight, steps=tuple(step.label for step in flow.steps)) for flow in content.flows
        ),
        values={name: value.written for name, value in content.values},
        connections=connections,
        duration_s=None if length is None else length.total_seconds(),
        requests=requests,
        warmup_s=warmup.total_seconds(),
        timeout_s=timeout.total_seconds(),
        keepalive=not disable_keepalive,
        threads=threads,
        seed=(seed or 0) if drawn else None,
        **arrivals.asked(),
        **pace.asked(),
        **network.asked(),
    )
    with _stopping() as stop:
        report = _watch(start(asked, content, allow_hosts=allow_hosts), stop)
    if as_json:
        click.echo(report.model_dump_json(by_alias=True, indent=2))
    else:
        print_load(report, Console(highlight=False))
    if report.interrupted:
        return InterruptedRunError.exit_code
    return MeasurementError.exit_code if report.verdict == "generator-limited" else 0


def _watch(under_way: RunningLoad[LoadReport], stop: StopSignal) -> LoadReport:
    """Wait for the end, with a line of progress where somebody looks."""
    console = Console(stderr=True, highlight=False)
    shown = console.is_terminal and not console.is_dumb_terminal
    shown_s = 0.0
    try:
        while (report := under_way.wait(_LOOK_S)) is None:
            if stop.requested:
                under_way.stop()
            elif shown and (seen := under_way.progress()).elapsed_s - shown_s >= _SHOW_S:
                shown_s = seen.elapsed_s
                line = f"{seen.phase}, {seen.elapsed_s:.0f} s: {seen.sent:,} sent, {seen.errors:,} errors"
                sys.stderr.write(f"\r{line}{_CLEAR_REST}")
                sys.stderr.flush()
    finally:
        if shown:
            sys.stderr.write(f"\r{_CLEAR_REST}")
            sys.stderr.flush()
    return report


@contextmanager
def _stopping() -> Iterator[StopSignal]:
    """Give a signal that Ctrl-C sets, and put the handlers back afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop_on_signals()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
