"""``fwcompare verify``: does a target answer as its workloads' contracts say?"""

import click

from fwcompare.cli.options import registry
from fwcompare.cli.run import stop_on_signals
from fwcompare.cli.voice import say
from fwcompare.errors import TargetError
from fwcompare.session.alone import alone, chosen_workload
from fwcompare.session.conformance import check_answer, read_facts


@click.command()
@click.argument("target")
@click.option("--workload", help="This workload only, instead of all that the target offers.")
@click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter, such as WORKERS=2.")
def verify(target: str, workload: str | None, parameters: tuple[str, ...]) -> int:
    """Start TARGET on fresh data and hold its answers to the contract. No load is put on it."""
    offered = registry().targets.get(target)
    first = chosen_workload(registry(), offered, workload)
    names = [first] if workload else [name for name in offered.workloads if name in registry().workloads.usable()]
    failed = False
    stop = stop_on_signals()
    for name in names:
        try:
            with alone(registry(), target, name, parameters=parameters, say=say, stop=stop) as up:
                check_answer(
                    up.target,
                    up.world.workloads[name],
                    dict(up.cell.parameters),
                    up.running,
                    up.world.http,
                    up.log,
                )
                facts = read_facts(up.running, up.world.http)
        except TargetError as error:
            failed = True
            click.echo(f"{name}: failed\n{error}")
        else:
            click.echo(f"{name}: ok" + ("" if facts else "; but GET /facts gave no JSON object"))
    return TargetError.exit_code if failed else 0
