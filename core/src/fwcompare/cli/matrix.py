"""``fwcompare matrix``: targets by workloads, each figure over a baseline's."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from fwcompare.cli.documents import write_document
from fwcompare.cli.options import results_option
from fwcompare.cli.voice import warn
from fwcompare.model.matrix import Matrix
from fwcompare.reporting.matrix_csv import matrix_csv
from fwcompare.reporting.matrix_markdown import matrix_markdown
from fwcompare.reporting.matrix_page import matrix_page
from fwcompare.reporting.matrix_terminal import matrix_lines
from fwcompare.session.run import make_report
from fwcompare.stats.matrix import make_matrix
from fwcompare.store.run_directory import find_run

_FILE_WIDTH: Final = 80
_FORMATS: Final[Mapping[str, Callable[[Matrix], str]]] = {
    "markdown": matrix_markdown,
    "csv": matrix_csv,
    "json": lambda matrix: matrix.model_dump_json(by_alias=True, indent=2) + "\n",
    "html": matrix_page,
}


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@results_option
@click.option("--baseline", metavar="TARGET", help="What every figure is set over; by default one is chosen, and said.")
@click.option(
    "--load",
    "loads",
    multiple=True,
    metavar="LOAD",
    help="Load to show, such as c10 or c10-r500; repeated: the first that a workload has. By default the largest that "
    "most targets have.",
)
@click.option("--latest", is_flag=True, help="Take a cell that several runs have from the newest of them.")
@click.option("--format", "form", type=click.Choice(["text", *_FORMATS]), default="text", show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write there instead of printing; html goes to matrix.html below --results by default.",
)
def matrix(
    runs: tuple[str, ...],
    results: Path,
    baseline: str | None,
    loads: tuple[str, ...],
    form: str,
    output: Path | None,
    *,
    latest: bool,
) -> None:
    """Lay out targets by workloads, over one run or several, relative to a baseline.

    Runs are given by name, a unique beginning of it, id, path, or `latest`. What is not comparable is marked, and a
    note says why.
    """
    stores = {store.folder: store for store in (find_run(results, run) for run in runs)}
    made = make_matrix(
        [make_report(store, warn) for store in stores.values()], baseline=baseline, loads=loads, latest=latest
    )
    path = output or (results / "matrix.html" if form == "html" else None)
    if form == "text":
        width = _FILE_WIDTH if path else Console().width
        text = "".join(f"{line}\n" for line in matrix_lines(made, width=width))
    else:
        text = _FORMATS[form](made)
    if path is None:
        click.echo(text, nl=False)
    else:
        write_document(path, text)
    if form == "text":
        for line in made.warnings:
            warn(line)
