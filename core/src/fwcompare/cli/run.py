"""``fwcompare run``: a scenario from start to report, or what is missing of a run that ended early."""

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from fwcompare.cli.options import (
    plugin_options,
    read_scenario,
    registry,
    results_option,
    scenario_changes,
    use_plugins_of,
)
from fwcompare.cli.plan import print_plan
from fwcompare.cli.voice import listen, say, warn
from fwcompare.errors import InterruptedRunError
from fwcompare.model.ports import Processes
from fwcompare.reporting.capacity import search_sentences
from fwcompare.reporting.terminal import print_summary
from fwcompare.session.assemble import Resolved, kept_processes, provenance_of, real_world, resolve
from fwcompare.session.known_host import host_file, know_host, real_probe
from fwcompare.session.provenance import Provenance
from fwcompare.session.resume import find_resumable
from fwcompare.session.run import resume as resume_session
from fwcompare.session.run import run as run_session
from fwcompare.session.world import StopSignal, World
from fwcompare.store.run_directory import RunDirectory, find_run

_SERVICE = "services."


@click.command()
@plugin_options
@scenario_changes
@click.argument("scenario", metavar="[SCENARIO]", required=False)
@results_option
@click.option("--host-check", is_flag=True, help="First compare a server with itself: is this host fit? About 20 s.")
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option("--resume", "interrupted", metavar="RUN", help="Run what is missing of RUN, instead of a SCENARIO.")
def run(
    scenario: str | None,
    only: tuple[str, ...],
    overrides: tuple[str, ...],
    repeats: int | None,
    results: Path,
    *,
    host_check: bool,
    dry_run: bool,
    interrupted: str | None,
) -> int:
    """Run a SCENARIO, a file or a name that `fwcompare scenarios` lists.

    Ctrl-C stops and keeps what was measured; a second one ends at once. `--resume RUN` goes on with a run that was
    stopped, was killed or found the disk full; a block that was interrupted is run again as a whole.
    """
    if interrupted is not None:
        if scenario is not None or only or repeats is not None or dry_run or host_check:
            raise click.UsageError("--resume takes everything from the run; expected no SCENARIO and no option of one")
        return _resume(find_run(results, interrupted), overrides)
    if scenario is None:
        raise click.UsageError("Missing argument 'SCENARIO'.")
    resolved = resolve(read_scenario(scenario, overrides, only, repeats), registry())
    if dry_run:
        print_plan(resolved.plan, resolved.scenario.repeats, search_sentences(resolved.scenario.load))
        return 0
    with kept_processes() as processes:
        world, provenance = _session(resolved, processes, host_check=host_check)
        finished = run_session(world, resolved.scenario, resolved.plan, results, provenance)
    print_summary(finished.report, Console(highlight=False))
    return finished.exit_code


def _session(resolved: Resolved, processes: Processes, *, host_check: bool) -> tuple[World, Provenance]:
    """Put together what a session works with, and what it is known to be worth."""
    world = real_world(resolved, registry(), processes, stop=stop_on_signals(), listener=listen)
    known = know_host(host_file(), real_probe(world.stop), check=host_check, say=say, warn=warn)
    world = replace(world, ceiling_rps=known.ceiling_rps)
    provenance = provenance_of(world, shlex.join(["fwcompare", *sys.argv[1:]]))
    provenance.known_host = known.record()
    return world, provenance


def _resume(store: RunDirectory, overrides: Sequence[str]) -> int:
    use_plugins_of(store.read_run().scenario)
    found = find_resumable(store, _services(overrides), registry())
    if found.recorded.status == "complete":
        say(f"run {store.name} is finished: nothing is missing; fwcompare report {store.name}    makes its report anew")
        return 0
    with kept_processes() as processes:
        world, provenance = _session(found.resolved, processes, host_check=False)
        finished = resume_session(world, found, provenance)
    print_summary(finished.report, Console(highlight=False))
    return finished.exit_code


def _services(overrides: Sequence[str]) -> dict[str, str]:
    """Give the URLs of services, the one thing that a run does not hold whole and that may be given again."""
    services = {}
    for override in overrides:
        key, _, value = override.partition("=")
        if not key.startswith(_SERVICE):
            raise click.UsageError(f"--set {key} beside --resume; expected services.NAME=URL, to give a password again")
        services[key.removeprefix(_SERVICE)] = value
    return services


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
