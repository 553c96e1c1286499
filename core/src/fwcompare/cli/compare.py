"""``fwcompare compare``: two runs of one scenario, and all that differs between them."""

from pathlib import Path

import click

from fwcompare.cli.documents import write_document
from fwcompare.cli.options import json_option, results_option
from fwcompare.cli.tables import print_table
from fwcompare.cli.voice import warn
from fwcompare.errors import ScenarioError
from fwcompare.reporting.compare_csv import comparison_csv
from fwcompare.reporting.compare_markdown import comparison_markdown
from fwcompare.reporting.compare_view import CELL_HEADER, FACTOR_HEADER, ComparisonView, comparison_view
from fwcompare.reporting.comparison_page import comparison_page
from fwcompare.session.run import make_report
from fwcompare.stats.compare_runs import compare_runs
from fwcompare.store.run_directory import find_run


@click.command()
@click.argument("run_a")
@click.argument("run_b")
@results_option
@click.option("--force", is_flag=True, help="Compare runs of different scenarios or hosts, and cells set otherwise.")
@json_option
@click.option("--format", "form", type=click.Choice(["markdown", "csv"]), help="Print Markdown or CSV instead.")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a page there as well."
)
def compare(
    run_a: str, run_b: str, results: Path, form: str | None, html: Path | None, *, force: bool, as_json: bool
) -> None:
    """Compare RUN_B with RUN_A, cell by cell, and list every factor that differs.

    Runs are given by name, a unique beginning of it, id, tag, path, or `latest`.
    """
    if as_json and form is not None:
        raise click.UsageError(f"--json and --format {form} are two forms; expected one of them")
    first, second = (find_run(results, run) for run in (run_a, run_b))
    if first.folder == second.folder:
        raise ScenarioError(
            "a run is not compared with itself",
            seen=f"{run_a} and {run_b} are both {first.name}",
            expected="two runs",
            hint="fwcompare ls    lists them",
        )
    a, b = (make_report(store, warn) for store in (first, second))
    comparison = compare_runs(a, b, force=force)
    if html is not None:
        write_document(html, comparison_page(comparison))
    if as_json:
        click.echo(comparison.model_dump_json(by_alias=True, indent=2))
    elif form is not None:
        click.echo(comparison_markdown(comparison) if form == "markdown" else comparison_csv(comparison), nl=False)
    else:
        _print(comparison_view(comparison))


def _print(view: ComparisonView) -> None:
    for line in view.heading:
        click.echo(line)
    if view.cells:
        click.echo()
        print_table(CELL_HEADER, view.cells)
    click.echo()
    for line in view.notes:
        click.echo(line)
    click.echo()
    if view.factors:
        print_table(FACTOR_HEADER, view.factors)
    else:
        click.echo("Nothing that is recorded differs.")
    for line in view.warnings:
        warn(line)
