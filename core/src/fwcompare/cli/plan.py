"""``fwcompare plan``: what a scenario would measure, and in which order."""

from collections.abc import Sequence

import click

from fwcompare.cli.options import plugin_options, read_scenario, registry, runtime_changes, scenario_options
from fwcompare.cli.tables import print_table
from fwcompare.model.plan import LoadPoint, Plan
from fwcompare.model.quantities import as_variable
from fwcompare.model.scenario import WidthRepeats
from fwcompare.reporting.capacity import search_sentences
from fwcompare.reporting.figures import setting_percent
from fwcompare.reporting.load_point import offered, settings
from fwcompare.session.assemble import resolve


@click.command()
@plugin_options
@scenario_options
def plan(
    scenario: str, only: tuple[str, ...], runtimes: tuple[str, ...], overrides: tuple[str, ...], repeats: int | None
) -> None:
    """Print the cells and the order of trials of a SCENARIO, without running it."""
    resolved = resolve(read_scenario(scenario, (*overrides, *runtime_changes(runtimes)), only, repeats), registry())
    print_plan(resolved.plan, resolved.scenario.repeats, search_sentences(resolved.scenario.load))


def print_plan(plan: Plan, repeats: int | WidthRepeats, sought: Sequence[str] = ()) -> None:
    """Print cells, then each block's order, or what is ``sought`` before there is one.

    :param repeats: the scenario's, which may leave the number of blocks open.
    """
    rows = [
        (
            cell.key,
            cell.target,
            " ".join(f"{name}={as_variable(value)}" for name, value in sorted(cell.values.items())) or "-",
            _load(cell.load),
            reason,
        )
        for cell, reason in [
            *((cell, "") for cell in plan.every_cell),
            *((left_out.cell, f"unsupported: {left_out.reason}") for left_out in plan.unsupported),
        ]
    ]
    print_table(("cell", "target", "parameters", "load", ""), rows)
    for line in sought:
        click.echo(f"\n{line}")
    if sought:
        return
    click.echo(f"\n{_blocks(plan, repeats)}, seed {plan.seed}")
    for block in range(1, plan.repeats + 1):
        click.echo(f"  block {block}: " + ", ".join(t.cell.key for t in plan.trials if t.block == block))


def _blocks(plan: Plan, repeats: int | WidthRepeats) -> str:
    if isinstance(repeats, int):
        return f"{len(plan.trials)} trials in {repeats} randomised blocks"
    least = repeats.min * len(plan.cells)
    return (
        f"{least} to {len(plan.trials)} trials in {repeats.min} to {repeats.max} randomised blocks, until every "
        f"interval is within {setting_percent(repeats.width)} of its ratio"
    )


def _load(point: LoadPoint) -> str:
    length = f"{point.requests} requests" if point.requests is not None else f"{point.duration_s:g} s"
    reuse = "keep-alive" if point.keepalive else "a connection per request"
    rate = [] if point.rate is None else [f"{offered(point)} ({point.arrivals})"]
    more = [f"{name} {value}" for name, value in settings(point).items()]
    return ", ".join(
        [point.model, *rate, f"{point.connections} connections", f"{length} after {_warmup(point)}", reuse, *more]
    )


def _warmup(point: LoadPoint) -> str:
    most = "" if point.warmup_ceiling_s is None else f" to {point.warmup_ceiling_s:g}"
    return f"{point.warmup_s:g}{most} s"
