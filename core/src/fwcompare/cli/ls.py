"""``fwcompare ls``: the runs of a results folder, newest first."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from fwcompare.cli.options import json_option, results_option
from fwcompare.cli.tables import print_table
from fwcompare.cli.voice import say
from fwcompare.errors import ScenarioError
from fwcompare.model.history import IndexedRun
from fwcompare.reporting.history_view import RUN_HEADER, problems_of, run_row
from fwcompare.store.index import Index


@click.command()
@results_option
@click.option("--scenario", metavar="NAME", help="Runs of this scenario only.")
@click.option("--tag", metavar="TAG", help="Runs with this tag only.")
@click.option("--target", metavar="NAME", help="Runs of this target only.")
@click.option("-n", "most", type=click.IntRange(1), help="So many at most, the newest.")
@json_option
def ls(
    results: Path, *, scenario: str | None, tag: str | None, target: str | None, most: int | None, as_json: bool
) -> None:
    """List the runs that are kept, newest first."""
    if not results.is_dir():
        # A name typed wrongly, more often than a first look.
        raise ScenarioError(
            f"folder {results} does not exist",
            expected="a folder of runs",
            hint="fwcompare run SCENARIO    makes a run, in ./results unless told otherwise by --results",
        )
    runs = [
        run
        for run in Index.open(results, say).runs()
        if (scenario is None or run.scenario == scenario)
        and (tag is None or tag in run.tags)
        and (target is None or target in run.targets)
    ][:most]
    if as_json:
        click.echo(json.dumps([_record(run) for run in runs], indent=2))
        return
    if not runs:
        _say_what_there_is(results, scenario=scenario, tag=tag, target=target)
        return
    print_table(RUN_HEADER, [run_row(run) for run in runs], whole=("run", "tags"))
    for line in problems_of(runs):
        click.echo(line)


def _say_what_there_is(results: Path, *, scenario: str | None, tag: str | None, target: str | None) -> None:
    """Say why a list is empty: no run in the folder, or none of those asked for, and then which there are."""
    runs = Index.open(results, say).runs()
    if not runs:
        say(f"no run in {results}")
        return
    asked: Mapping[str, tuple[str | None, set[str]]] = {
        # A run that cannot be read has none.
        "scenario": (scenario, {run.scenario for run in runs if run.scenario}),
        "tag": (tag, {tag for run in runs for tag in run.tags}),
        "target": (target, {target for run in runs for target in run.targets}),
    }
    for what, (name, known) in asked.items():
        if name is not None and name not in known:
            there_are = ", ".join(sorted(known)) or "none"
            say(f"no run in {results} with {what} {name!r}; {what}s there are: {there_are}")
            return
    say(f"no run in {results} with all of that")


def _record(run: IndexedRun) -> Mapping[str, object]:
    return asdict(run)
