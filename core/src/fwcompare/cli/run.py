"""``fwcompare run``: a scenario from start to report."""

import os
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from fwcompare.cli.options import read_scenario, registry, results_option, scenario_options
from fwcompare.cli.plan import print_plan
from fwcompare.cli.voice import say, warn
from fwcompare.errors import InterruptedRunError
from fwcompare.reporting.capacity import search_sentences
from fwcompare.reporting.terminal import print_summary
from fwcompare.session.assemble import kept_processes, provenance_of, real_world, resolve
from fwcompare.session.run import run as run_session
from fwcompare.session.world import StopSignal


@click.command()
@scenario_options
@results_option
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
def run(
    scenario: str,
    only: tuple[str, ...],
    overrides: tuple[str, ...],
    repeats: int | None,
    results: Path,
    *,
    dry_run: bool,
) -> int:
    """Run a SCENARIO, a file or a name that `fwcompare scenarios` lists.

    Ctrl-C stops and keeps what was measured; a second one ends at once.
    """
    resolved = resolve(read_scenario(scenario, overrides, only, repeats), registry())
    if dry_run:
        print_plan(resolved.plan, search_sentences(resolved.scenario.load))
        return 0
    with kept_processes() as processes:
        world = real_world(resolved, registry(), processes, stop=stop_on_signals(), say=say, warn=warn)
        provenance = provenance_of(world, shlex.join(["fwcompare", *sys.argv[1:]]))
        finished = run_session(world, resolved.scenario, resolved.plan, results, provenance)
    print_summary(finished.report, Console(highlight=False))
    return finished.exit_code


def stop_on_signals() -> StopSignal:
    """Give a signal that the first Ctrl-C (or SIGTERM) sets; the second ends this process at once.

    Leaving without clean-up is safe: the keeper sees us gone and ends everything we started.
    """
    stop = StopSignal()

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            os._exit(InterruptedRunError.exit_code)
        stop.request()
        say("stopping; once more to end at once")

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop
