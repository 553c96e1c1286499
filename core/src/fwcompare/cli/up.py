"""``fwcompare up``: a target and its database, standing, to look at by hand."""

import shlex
import sys
from pathlib import Path

import click

from fwcompare.cli.options import plugin_options, registry, runtime_option
from fwcompare.cli.run import stop_on_signals
from fwcompare.cli.services import chosen_services, require_known, service_option
from fwcompare.cli.voice import say
from fwcompare.errors import TargetError
from fwcompare.model.asks import Ask, asks
from fwcompare.session.alone import Alone, alone, chosen_workload
from fwcompare.session.conformance import log_tail

_LOOK_S = 0.2


@click.command()
@plugin_options
@click.argument("target")
@click.option("--workload", help="The workload whose data to serve; the target's first by default.")
@click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter, such as WORKERS=2.")
@runtime_option()
@service_option
@click.option("--port", type=click.IntRange(1, 65535), help="A fixed port instead of a free one.")
def up(target: str, workload: str | None, parameters: tuple[str, ...], runtime: str, port: int | None) -> None:
    """Start TARGET and its database, print how to reach them, and stay until Ctrl-C with its log on the terminal."""
    name = chosen_workload(registry(), registry().targets.get(target), workload)
    services = chosen_services()
    require_known(services, registry())
    with alone(
        registry(),
        target,
        name,
        parameters=parameters,
        services=services,
        port=port,
        runtime=runtime,
        say=say,
        stop=stop_on_signals(),
    ) as standing:
        url = standing.running.url + standing.target.workloads[name]
        served = standing.world.workloads[standing.cell.workload]
        click.echo(f"{target} serves {name} at {url}")
        for ask in asks(served, standing.target.workloads[name]):
            click.echo(f"  {curl(ask, standing.running.url)}")
        for variable, value in standing.variables.items():
            click.echo(f"  {variable}={value}")
        click.echo("Ctrl-C ends it. Its log:")
        _follow(standing)


def curl(ask: Ask, url: str) -> str:
    """Write a request as a command, a step of a flow with values of the first flow."""
    request = ask.request
    method = [] if request.method == "GET" else ["-X", request.method]
    # What curl would say of a body otherwise is that it is a form.
    fields = [
        word for name, text in request.headers if name.lower() == "content-type" for word in ("-H", f"{name}: {text}")
    ]
    body = ["-d", request.body.decode(errors="replace")] if request.body else []
    return shlex.join(["curl", "-i", *method, *fields, *body, f"{url}{ask.path}"])


def _follow(standing: Alone) -> None:
    """Copy the log to the terminal until the user or the target ends it."""
    with Path(standing.log).open("rb") as log:
        while not standing.world.stop.requested:
            sys.stdout.buffer.write(log.read())
            sys.stdout.flush()
            code = standing.running.exit_code()
            if code is not None:
                raise TargetError(
                    f"target {standing.target.name!r} exited", seen=f"exit code {code}", details=log_tail(standing.log)
                )
            standing.world.clock.sleep(_LOOK_S)
