"""``fwcompare flamegraph``: where a target's flamegraphs are."""

from pathlib import Path

import click

from fwcompare.cli.options import results_option
from fwcompare.cli.voice import warn
from fwcompare.errors import HostError, ScenarioError
from fwcompare.session.run import make_report
from fwcompare.store.run_directory import find_run


@click.command()
@click.argument("run")
@click.argument("target")
@results_option
@click.option("--open", "show", is_flag=True, help="Open the first one in the browser.")
def flamegraph(run: str, target: str, results: Path, *, show: bool) -> None:
    """Print the paths of TARGET's flamegraphs in RUN, one per trial."""
    report = make_report(find_run(results, run), warn)
    every = (*report.probes, *report.trials)
    trials = [trial for trial in every if trial.planned.cell.target == target]
    if not trials:
        names = sorted({trial.planned.cell.target for trial in every})
        raise ScenarioError(
            f"run {report.run} has no target {target!r}", expected=", ".join(names) or "no trial has ended yet"
        )
    paths = [report.folder / t.flamegraph.svg for t in trials if t.flamegraph is not None and t.flamegraph.svg]
    if not paths:
        reasons = dict.fromkeys(
            t.flamegraph.reason if t.flamegraph is not None else f"trial {t.outcome}: {t.reason}"
            for t in trials
            if t.flamegraph is not None or not t.planned.cell.load.probe
        )
        raise HostError(f"target {target!r} has no flamegraph in run {report.run}", seen="\n".join(reasons))
    for path in paths:
        click.echo(str(path))
    if show and click.launch(str(paths[0])) != 0:
        raise HostError("no browser could be opened", seen=str(paths[0]), hint="open the file above yourself")
