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

from fwcompare.cli.load_flags import DURATION, FAMILIAR_FLAGS, HEADER, request_body
from fwcompare.cli.load_model import check_open_model, check_threads, open_model_options
from fwcompare.cli.options import json_option
from fwcompare.cli.run import stop_on_signals
from fwcompare.errors import InterruptedRunError, MeasurementError
from fwcompare.load.command import start
from fwcompare.load.running import RunningLoad
from fwcompare.model.load_report import Arrivals, Asked, Backlog, LoadReport
from fwcompare.reporting.load_view import print_load
from fwcompare.session.world import StopSignal

_LOOK_S = 0.05
_SHOW_S = 0.2
_CLEAR_REST = "\x1b[K"
_DEFAULT_DURATION = timedelta(seconds=10)


@click.command(epilog=FAMILIAR_FLAGS)
@click.argument("url")
@click.option("-n", "--requests", type=click.IntRange(1), metavar="N", help="Send exactly N requests, instead of -z.")
@click.option("-z", "--duration", type=DURATION, help="Send for this long, such as 18s or 500ms.  [default: 10s]")
@click.option(
    "-c",
    "--connections",
    type=click.IntRange(1, 65535),
    default=10,
    show_default=True,
    metavar="N",
    help="Each has one request under way.",
)
@click.option("-m", "--method", default="GET", show_default=True, help="HTTP method; -d does not change it.")
@click.option("-d", "--data", metavar="TEXT|@FILE", help="Request body, as it stands or from a file.")
@click.option("-H", "--header", "headers", type=HEADER, multiple=True, help="A header field; may be repeated.")
@click.option("--disable-keepalive", is_flag=True, help="A fresh connection for each request.")
@click.option("--timeout", type=DURATION, default="30s", show_default=True, help="Give a request up after this long.")
@click.option(
    "--warmup", type=DURATION, default="0s", show_default=True, help="Load before the measured window, in no figure."
)
@open_model_options
@click.option(
    "--threads", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="At most one a connection."
)
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="A host beside loopback; repeatable.")
@json_option
def load(
    url: str,
    requests: int | None,
    duration: timedelta | None,
    connections: int,
    method: str,
    data: str | None,
    headers: tuple[tuple[str, str], ...],
    timeout: timedelta,
    warmup: timedelta,
    rate: float | None,
    arrivals: Arrivals | None,
    seed: int | None,
    backlog: Backlog | None,
    max_connections: int | None,
    shed_after: timedelta | None,
    threads: int,
    allow_hosts: tuple[str, ...],
    *,
    disable_keepalive: bool,
    latency_correction: bool,
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
    check_threads(threads, connections)
    check_open_model(
        rate=rate,
        arrivals=arrivals,
        seed=seed,
        backlog=backlog,
        max_connections=max_connections,
        shed_after=shed_after,
        latency_correction=latency_correction,
    )
    length = _DEFAULT_DURATION if duration is None else duration
    asked = Asked(
        url=url,
        method=method,
        connections=connections,
        duration_s=None if requests is not None else length.total_seconds(),
        requests=requests,
        warmup_s=warmup.total_seconds(),
        timeout_s=timeout.total_seconds(),
        keepalive=not disable_keepalive,
        threads=threads,
        rate=rate,
        arrivals=None if rate is None else arrivals or "constant",
        seed=(seed or 0) if arrivals == "poisson" else None,
        backlog=None if rate is None else backlog or "queue",
        max_connections=max_connections,
        shed_after_s=None if shed_after is None else shed_after.total_seconds(),
    )
    with _stopping() as stop:
        report = _watch(start(asked, headers=headers, body=request_body(data), allow_hosts=allow_hosts), stop)
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
