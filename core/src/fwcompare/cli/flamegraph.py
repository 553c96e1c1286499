"""``fwcompare flamegraph``: where a target's flamegraphs are, its dearest functions, and what differs from another."""

from dataclasses import dataclass
from pathlib import Path

import click

from fwcompare.cli.options import json_option, results_option
from fwcompare.cli.tables import print_table
from fwcompare.cli.voice import warn
from fwcompare.errors import HostError, ScenarioError
from fwcompare.model.functions import FunctionTable
from fwcompare.model.measurement import Trial
from fwcompare.model.plan import Cell
from fwcompare.model.ports import Report
from fwcompare.profilers.flamegraph import render_change
from fwcompare.profilers.folded import Stack
from fwcompare.profilers.speedscope_export import NamedStacks, export
from fwcompare.reporting import function_table as tables
from fwcompare.reporting.figures import one_line
from fwcompare.session.recordings import FileRecordings
from fwcompare.session.run import make_report
from fwcompare.stats.functions import compare_functions
from fwcompare.stats.profiled import Chosen, choose, profiled
from fwcompare.store.run_directory import RunDirectory, find_run

_PACKAGES = 10


@dataclass(frozen=True)
class _Side:
    """One profile that was chosen, with its stacks."""

    report: Report
    chosen: Chosen
    table: FunctionTable
    stacks: dict[Stack, int]


@dataclass(frozen=True)
class _Printed:
    """What is printed: JSON, or ``tables`` with ``limit`` functions, or neither."""

    as_json: bool
    tables: bool
    limit: int


@click.command()
@click.argument("run")
@click.argument("target")
@results_option
@click.option("--open", "show", is_flag=True, help="Open the first one, or the difference, in the browser.")
@click.option(
    "--top",
    type=click.IntRange(1, 10_000),
    is_flag=False,
    flag_value=tables.SHOWN,
    metavar="[N]",
    help=f"Print the N functions with the greatest self time, in ms of CPU per request; {tables.SHOWN} if not said.",
)
@click.option(
    "--diff",
    "other",
    metavar="[RUN:]TARGET",
    help="Print what another target, or the same one in another run, spends more and less; draw the difference.",
)
@click.option("--cell", help="The cell to look at, such as fastapi-c10, instead of the last planned.")
@click.option("--block", type=click.IntRange(1), help="The block, instead of that nearest to the mean throughput.")
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the difference is drawn, instead of flamegraphs/A--B.svg in the run's folder.",
)
@click.option("--speedscope", type=click.Path(path_type=Path, dir_okay=False), help="Write a file for speedscope.")
@json_option
def flamegraph(
    run: str,
    target: str,
    results: Path,
    *,
    show: bool,
    top: int | None,
    other: str | None,
    cell: str | None,
    block: int | None,
    svg: Path | None,
    speedscope: Path | None,
    as_json: bool,
) -> None:
    """Print the paths of TARGET's flamegraphs in RUN, one per trial.

    With --top, print its functions instead; with --diff, what another target spends that it does not. TARGET may be a
    cell, such as fastapi-c10.
    """
    if svg is not None and other is None:
        raise ScenarioError(
            "--svg is for a difference", hint="add --diff TARGET; a target's own graphs are drawn already"
        )
    store = find_run(results, run)
    report = make_report(store, warn)
    if top is None and other is None and speedscope is None and not as_json:
        _print_paths(report, target, show=show)
        return
    a = _side(store, report, choose(report, target, cell=cell, block=block))
    printed = _Printed(as_json, top is not None or speedscope is None, top or tables.SHOWN)
    if other is None:
        sides = [a]
        graph: Path | None = _print_one(a, printed)
    else:
        b = _other(results, store, report, other, block, a.chosen.trial.planned.cell)
        sides = [a, b]
        graph = _print_two(a, b, printed, svg)
    if speedscope is not None:
        _write(speedscope, export([_named(side) for side in sides], " and ".join(_named(side).name for side in sides)))
        click.echo(f"speedscope: {speedscope}", err=as_json)
    if show and graph is not None:
        _open(graph)


def _other(results: Path, store: RunDirectory, report: Report, name: str, block: int | None, like: Cell) -> _Side:
    """Find the other side: ``TARGET`` or ``RUN:TARGET``, under the same load where it was measured there."""
    run, colon, target = name.rpartition(":")
    if not colon:
        # The same block is the same stretch of time; there is one only within a run.
        return _side(store, report, choose(report, target, block=block, like=like))
    other_store = find_run(results, run)
    other_report = make_report(other_store, warn)
    return _side(other_store, other_report, choose(other_report, target, like=like))


def _side(store: RunDirectory, report: Report, chosen: Chosen) -> _Side:
    recordings = FileRecordings(store, report.environment)
    table, stacks = recordings.functions(chosen.trial), recordings.stacks(chosen.trial)
    if table is None or stacks is None:
        planned, graph = chosen.trial.planned, chosen.trial.flamegraph
        raise HostError(
            f"the profile of {planned.cell.key}, {planned.block_name}, cannot be read",
            seen=f"{report.folder / (graph.folded or '') if graph else report.folder} is missing, empty or torn",
            expected="folded stacks, one 'frame;frame;frame samples' a line",
            hint="--block N    looks at another block",
        )
    return _Side(report, chosen, table, dict(stacks))


def _print_one(side: _Side, printed: _Printed) -> Path:
    """Print the functions of one trial; give the path of its graph."""
    if printed.as_json:
        click.echo(side.table.model_dump_json(by_alias=True, indent=2))
    elif printed.tables:
        click.echo(tables.profile_line(side.table.trial))
        click.echo(f"chosen: {one_line(side.chosen.why)}\n")
        print_table(*tables.top_rows(side.table, min(printed.limit, _PACKAGES), "packages"))
        click.echo()
        print_table(*tables.top_rows(side.table, printed.limit))
        click.echo(f"\n{tables.ERROR_NOTE}")
    return side.report.folder / _svg(side.chosen.trial)


def _print_two(a: _Side, b: _Side, printed: _Printed, svg: Path | None) -> Path | None:
    """Print what differs and draw it; give the path of the graph, where there can be one."""
    comparison = compare_functions(a.table, b.table)
    if printed.as_json:
        click.echo(comparison.model_dump_json(by_alias=True, indent=2))
    else:
        for letter, side in (("a", a), ("b", b)):
            click.echo(f"{letter}: {tables.profile_line(side.table.trial)}")
            click.echo(f"   chosen: {one_line(side.chosen.why)}")
        click.echo(f"\n{tables.answer_line(comparison)}\n")
        print_table(*tables.change_rows(comparison, min(printed.limit, _PACKAGES), "packages"))
        click.echo()
        print_table(*tables.change_rows(comparison, printed.limit))
        click.echo()
        for note in (tables.ERROR_NOTE, *comparison.notes):
            click.echo(one_line(note))
    drawn = _draw(a, b, svg)
    if drawn is not None:
        click.echo(f"differential flamegraph: {drawn}", err=printed.as_json)
    return drawn


def _draw(a: _Side, b: _Side, svg: Path | None) -> Path | None:
    """Draw the difference and give its path; None where there can be none and nobody asked for it."""
    try:
        drawn = render_change(a.table.trial, a.stacks, b.table.trial, b.stacks)
    except ScenarioError as error:
        if svg is not None:
            raise
        warn(": ".join(filter(None, (error.who, error.seen))))
        return None
    own = a.report.folder / "flamegraphs"
    if svg is None:
        own.mkdir(exist_ok=True)
    path = svg or own / f"{_file_name(a)}--{_file_name(b, beside=a)}.svg"
    _write(path, drawn)
    return path


def _file_name(side: _Side, beside: _Side | None = None) -> str:
    planned = side.chosen.trial.planned
    other_run = "" if beside is None or beside.report.run == side.report.run else f"{side.report.run}-"
    attempt = "" if planned.attempt == 1 else f".{planned.attempt}"
    return f"{other_run}{planned.cell.key}-{planned.block}{attempt}"


def _named(side: _Side) -> NamedStacks:
    trial = side.table.trial
    name = f"{trial.title}: {trial.cell}, block {trial.block}, run {trial.run}"
    return NamedStacks(name, side.stacks, trial.cpu_ms_per_request)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HostError(
            f"{path} cannot be written", seen=str(error), expected="a folder that can be written to"
        ) from error


def _print_paths(report: Report, target: str, *, show: bool) -> None:
    paths = [report.folder / _svg(trial) for trial in profiled(report, target)]
    for path in paths:
        click.echo(str(path))
    if show:
        _open(paths[0])


def _svg(trial: Trial) -> str:
    return "" if trial.flamegraph is None else trial.flamegraph.svg or ""


def _open(path: Path) -> None:
    if click.launch(str(path)) != 0:
        raise HostError("no browser could be opened", seen=str(path), hint="open the file above yourself")
