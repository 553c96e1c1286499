"""``fwcompare report``: an old run's documents and summary once more, or one of them on standard output."""

from pathlib import Path

import click
from rich.console import Console

from fwcompare.cli.options import plugin_options, registry, results_option
from fwcompare.cli.voice import say, warn
from fwcompare.errors import HostError
from fwcompare.reporting.formats import FORMATS
from fwcompare.reporting.terminal import print_summary
from fwcompare.session.run import make_report, write_documents
from fwcompare.store.run_directory import find_run


@click.command()
@plugin_options
@click.argument("run", default="latest")
@click.option(
    "--format",
    "form",
    type=click.Choice(tuple(FORMATS)),
    help="Print this document and write none; gfm is the league table alone, to be pasted into an issue.",
)
@results_option
def report(run: str, form: str | None, results: Path) -> int:
    """Make the documents of RUN anew and print its summary.

    Exits with 4 when a document cannot be written.
    """
    store = find_run(results, run)
    made = make_report(store, warn)
    if form is not None:
        click.echo(FORMATS[form](made), nl=False)
        return 0
    failed = write_documents(tuple(registry().reporters.usable().values()), made, warn)
    print_summary(made, Console(highlight=False))
    if made.summary.status == "interrupted":
        say(f"unfinished: {store.how_to_resume}    runs what is missing")
    return HostError.exit_code if failed else 0
