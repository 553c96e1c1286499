"""``fwcompare run``: a scenario from start to report, or what is missing of a run that ended early."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
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
    runtime_changes,
    scenario_changes,
    use_plugins_of,
)
from fwcompare.cli.plan import print_plan
from fwcompare.cli.progress import LogFormat, Watching, leave_display, listening
from fwcompare.cli.progress_lines import print_json
from fwcompare.cli.services import chosen_services
from fwcompare.cli.voice import say, stamped_now, warn
from fwcompare.errors import FwcompareError, InterruptedRunError
from fwcompare.model.events import Listener, Warned
from fwcompare.model.ports import Processes
from fwcompare.reporting.capacity import search_sentences
from fwcompare.reporting.terminal import print_summary
from fwcompare.session.assemble import Resolved, kept_processes, provenance_of, real_world, resolve
from fwcompare.session.known_host import host_file, know_host, real_probe
from fwcompare.session.provenance import Provenance
from fwcompare.session.resume import find_resumable
from fwcompare.session.run import FinishedRun
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
@click.option("-q", "--quiet", is_flag=True, help="Tell warnings, trials that failed, and the summary.")
@click.option("-v", "--verbose", is_flag=True, help="Tell details: phases, gates, and how each load goes.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: one line an event on standard error, nothing else there.",
)
def run(
    scenario: str | None,
    only: tuple[str, ...],
    runtimes: tuple[str, ...],
    overrides: tuple[str, ...],
    repeats: int | None,
    results: Path,
    *,
    host_check: bool,
    dry_run: bool,
    interrupted: str | None,
    quiet: bool,
    verbose: bool,
    log_format: LogFormat,
) -> int:
    """Run a SCENARIO, a file or a name that `fwcompare scenarios` lists.

    Ctrl-C stops and keeps what was measured; a second one ends at once. `--resume RUN` goes on with a run that was
    stopped, was killed or found the disk full; a block that was interrupted is run again as a whole.
    """
    watching = _watching(quiet=quiet, verbose=verbose, log_format=log_format)
    if interrupted is not None:
        if scenario is not None or only or runtimes or repeats is not None or dry_run or host_check:
            raise click.UsageError("--resume takes everything from the run; expected no SCENARIO and no option of one")
        return _shown(watching, lambda listener: _resume(find_run(results, interrupted), overrides, listener))
    overrides = (*overrides, *runtime_changes(runtimes))
    if scenario is None:
        raise click.UsageError("Missing argument 'SCENARIO'.")
    if dry_run:
        resolved = resolve(read_scenario(scenario, overrides, only, repeats), registry())
        print_plan(resolved.plan, resolved.scenario.repeats, search_sentences(resolved.scenario.load))
        return 0

    def begin(listener: Listener) -> FinishedRun:
        resolved = resolve(read_scenario(scenario, overrides, only, repeats), registry())
        with kept_processes() as processes:
            world, provenance = _session(resolved, processes, listener, host_check=host_check)
            return run_session(world, resolved.scenario, resolved.plan, results, provenance)

    return _shown(watching, begin)


def _watching(*, quiet: bool, verbose: bool, log_format: LogFormat) -> Watching:
    if quiet + verbose + (log_format == "json") > 1:
        raise click.UsageError("--quiet, --verbose and --log-format json exclude each other; json tells every event")
    return Watching("quiet" if quiet else "verbose" if verbose else "usual", log_format)


def _shown(watching: Watching, session: Callable[[Listener], FinishedRun | None]) -> int:
    """Carry a session out while it is watched, then print what it came to."""
    try:
        with listening(watching) as listener:
            finished = session(listener)
    except FwcompareError as error:
        if watching.log_format == "text":
            raise
        print_json(stamped_now(Warned(f"error: {error}")))
        return error.exit_code
    if finished is None:
        return 0
    print_summary(finished.report, Console(highlight=False))
    return finished.exit_code


def _session(
    resolved: Resolved, processes: Processes, listener: Listener, *, host_check: bool
) -> tuple[World, Provenance]:
    """Put together what a session works with, and what it is known to be worth."""
    world = real_world(resolved, registry(), processes, stop=stop_on_signals(), listener=listener)
    known = know_host(host_file(), real_probe(world.stop), check=host_check, say=say, warn=warn)
    world = replace(world, ceiling_rps=known.ceiling_rps)
    provenance = provenance_of(world, shlex.join(["fwcompare", *sys.argv[1:]]))
    provenance.known_host = known.record()
    return world, provenance


def _resume(store: RunDirectory, overrides: Sequence[str], listener: Listener) -> FinishedRun | None:
    services = _services(overrides)
    use_plugins_of(store.read_run().scenario)
    found = find_resumable(store, services, registry())
    if found.recorded.status == "complete":
        say(f"run {store.name} is finished: nothing is missing; fwcompare report {store.name}    makes its report anew")
        return None
    with kept_processes() as processes:
        world, provenance = _session(found.resolved, processes, listener, host_check=False)
        return resume_session(world, found, provenance)


def _services(overrides: Sequence[str]) -> dict[str, str]:
    """Give the URLs of services, the one thing that a run does not hold whole and that may be given again."""
    services = dict(chosen_services())
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
            leave_display()
            os._exit(InterruptedRunError.exit_code)
        stop.request()
        say("stopping; once more to end at once")

    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGTERM, handle)
    return stop
