"""``fwcompare rm``: runs that are not wanted any more."""

from collections.abc import Sequence
from pathlib import Path

import click

from fwcompare.cli.options import results_option
from fwcompare.cli.voice import say
from fwcompare.store.removal import removable, remove_runs
from fwcompare.store.run_directory import find_run


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@results_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Remove runs that have tags, too.")
def rm(runs: Sequence[str], results: Path, *, yes: bool, force: bool) -> None:
    """Remove runs with all that they hold. A run that is under way is not removed."""
    # Every one is looked at before the first goes.
    found = {run.folder: run for run in (removable(results, _place(results, name), force=force) for name in runs)}
    if not yes:
        for run in found.values():
            click.echo(run.name)
        click.confirm(f"remove {len(found)} of the runs in {results} for good?", abort=True)
    remove_runs(results, found.values(), lambda run: say(f"{run.name}: removed"))


def _place(results: Path, name: str) -> Path:
    """Find a run as every command does; one that cannot be read, or is no run, is taken by its whole name."""
    whole = results / name
    return whole if _is_one_name(name) and (whole.is_symlink() or whole.is_dir()) else find_run(results, name).folder


def _is_one_name(name: str) -> bool:
    return name == Path(name).name and name != "latest"
