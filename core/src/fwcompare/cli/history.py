"""``fwcompare history``: how a target fared from run to run, cell by cell, each on one host."""

from pathlib import Path

import click

from fwcompare.cli.documents import write_document
from fwcompare.cli.options import json_option, results_option
from fwcompare.cli.tables import print_table
from fwcompare.cli.voice import say
from fwcompare.errors import ScenarioError
from fwcompare.model.history import TREND_METRICS, History, TrendMetric
from fwcompare.reporting.history_view import history_view
from fwcompare.stats.history import make_history
from fwcompare.store.index import Index


@click.command()
@click.argument("target")
@results_option
@click.option("--workload", metavar="NAME", help="Trends of this workload only.")
@click.option("--metric", type=click.Choice(TREND_METRICS), default="throughput", show_default=True)
@click.option("--host", metavar="DIGEST", help="Trends on this host only: a beginning of what `ls` shows of it.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw the trends: FILE.svg or FILE.png.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with all of it.")
@json_option
def history(
    target: str,
    results: Path,
    *,
    workload: str | None,
    metric: TrendMetric,
    host: str | None,
    plot: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Show the trend of each cell of TARGET over the runs that are kept, with what changed between them."""
    found = _history(Index.open(results, say), target, metric, workload=workload, host=host)
    if plot is not None:
        write_document(plot, _drawn(found, plot))
    if html is not None:
        from fwcompare.reporting.history_page import history_page  # noqa: PLC0415 - charts take a second to import

        write_document(html, history_page(found))
    if as_json:
        click.echo(found.model_dump_json(by_alias=True, indent=2))
    elif plot is None and html is None:
        _print(found)


def _history(index: Index, target: str, metric: TrendMetric, *, workload: str | None, host: str | None) -> History:
    cells = [
        cell
        for cell in index.cells(target=target)
        if workload in (None, cell.summary.workload) and (host is None or (cell.host or "").startswith(host))
    ]
    if not cells:
        of_target = index.cells(target=target)
        hosts = sorted({cell.host for cell in of_target if cell.host is not None})
        workloads = sorted({cell.summary.workload for cell in of_target})
        if host is not None and not any(known.startswith(host) for known in hosts):
            known = hosts
        elif workload is not None and workload not in workloads:
            known = workloads
        else:
            known = [] if of_target else sorted({cell.summary.target for cell in index.cells()})
        asked = [f"workload {workload!r}"] * (workload is not None) + [f"host {host!r}"] * (host is not None)
        raise ScenarioError(
            f"no run has figures of target {target!r}" + (f" with {' and '.join(asked)}" if asked else ""),
            expected=f"one of {', '.join(known)}" if known else "a run that has ended",
            hint="fwcompare ls    lists the runs",
        )
    return make_history(target, metric, cells, index.conditions({cell.run for cell in cells}))


def _drawn(found: History, path: Path) -> bytes:
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("svg", "png"):
        raise click.UsageError(f"--plot {path}: expected a name that ends with .svg or .png")
    from fwcompare.reporting.history_plot import draw_history  # noqa: PLC0415 - matplotlib takes a second to import

    return draw_history(found, "svg" if kind == "svg" else "png")


def _print(found: History) -> None:
    view = history_view(found)
    click.echo(view.answer)
    for trend in view.trends:
        click.echo()
        click.echo(f"{trend.name}; {trend.host}  {trend.sparkline}")
        print_table(trend.header, [row.cells for row in trend.rows], whole=("run", "verdict"))
    click.echo()
    for mark, reason in view.notes:
        click.echo(f"{mark} {reason}")
    click.echo(view.caption)
